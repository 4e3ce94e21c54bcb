import { DirectMeter } from '../../meter/direct.js';
import { Lpm01aMeter } from '../../meter/lpm01a.js';
import type { Meter } from '../../meter/meter.js';
import { OtiiMeter } from '../../meter/otii.js';
import { Ppk2Meter } from '../../meter/ppk2.js';
import type { WaveformSource } from '../supply.js';
import { EmulatedLpm01a, type Lpm01aErrors } from './lpm01a.js';
import { EmulatedOtii, type OtiiErrors } from './otii.js';
import { EmulatedPpk2, type Ppk2Errors } from './ppk2.js';

/** Meters that an emulated bench can have. */
export const emulatedMeterDrivers = ['direct', 'ppk2', 'lpm01a', 'otii'] as const;
export type EmulatedMeterDriver = (typeof emulatedMeterDrivers)[number];

export interface EmulatedMeterOptions {
  source: WaveformSource;
  /** Resolves when the source has sent everything up to now. */
  settle: () => Promise<void>;
  power?: (on: boolean) => Promise<void>;
  ppk2Errors?: Ppk2Errors;
  lpm01aErrors?: Lpm01aErrors;
  otiiErrors?: OtiiErrors;
  /** LPM01A: text with D7 up to 5 kHz, or words up to 100 kHz without. */
  lpm01aFormat?: 'ascii' | 'binary';
}

/** The real driver on an emulated instrument that is fed by the modelled supply ('direct': the ideal meter). */
export function openEmulatedMeter(driver: EmulatedMeterDriver, options: EmulatedMeterOptions): Meter {
  const { source, settle, power } = options;
  if (driver === 'direct') return new DirectMeter({ source, settle, power, exactEdges: true });
  if (driver === 'lpm01a') {
    const instrument = new EmulatedLpm01a({ source, settle, power, errors: options.lpm01aErrors });
    return new Lpm01aMeter({ port: instrument.port, format: options.lpm01aFormat, emulated: true });
  }
  if (driver === 'otii') {
    const { port } = new EmulatedOtii({ source, settle, power, errors: options.otiiErrors });
    return new OtiiMeter({ port, emulated: true });
  }
  const instrument = new EmulatedPpk2({ source, settle, power, errors: options.ppk2Errors });
  return new Ppk2Meter({
    port: instrument.port,
    elapsed: { seconds: () => instrument.sampledSeconds, jitterSeconds: 0 },
    settled: () => instrument.settled(),
    emulated: true,
  });
}
