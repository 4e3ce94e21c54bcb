import type { Duplex } from 'node:stream';
import type { InaType } from '../../measure/meter/ina/protocol.js';
import type { Meter, MeterAccuracy } from '../../measure/meter/meter.js';
import {
  type MeterDriverName,
  type MeterSettings,
  meterDriverNames,
  openMeter,
} from '../../measure/meter/open.js';
import type { ScpiModel } from '../../measure/meter/scpi/dialects.js';
import { DirectMeter } from './direct.js';
import { EmulatedInaBridge } from './ina/instrument.js';
import type { InaErrors } from './ina/sensor.js';
import { EmulatedJoulescope, type JoulescopeErrors } from './joulescope.js';
import { EmulatedLpm01a, type Lpm01aErrors } from './lpm01a/instrument.js';
import { EmulatedOtii, type OtiiErrors } from './otii/instrument.js';
import { EmulatedPpk2, type Ppk2Errors } from './ppk2/instrument.js';
import type { Ppk2Calibration } from './ppk2/metadata.js';
import { EmulatedScpi, type ScpiErrors } from './scpi/instrument.js';
import type { InstrumentWiring } from './wiring.js';

/** Meters that an emulated bench can have. */
export const emulatedMeterDrivers = [
  'direct',
  'ppk2',
  'lpm01a',
  'otii',
  'scpi',
  'ina',
  'joulescope',
] as const;
export type EmulatedMeterDriver = (typeof emulatedMeterDrivers)[number];

/** Output of the emulated mainframe whose voltmeter the marker lines are wired to. */
const emulatedMarkerChannel = 2;

/** What an emulated instrument is fed by and told to do wrong. */
export interface EmulatedInstrumentOptions extends InstrumentWiring {
  ppk2Errors?: Ppk2Errors;
  /** Default: nominal. */
  ppk2Calibration?: Ppk2Calibration;
  lpm01aErrors?: Lpm01aErrors;
  otiiErrors?: OtiiErrors;
  scpiErrors?: ScpiErrors;
  inaErrors?: InaErrors;
  joulescopeErrors?: JoulescopeErrors;
  /** Default: a Keysight N6705 whose output 2 reads the marker lines. */
  scpiModel?: ScpiModel;
  /** Default: an INA228 with a shunt of 1 ohm. */
  inaType?: InaType;
  inaShuntOhms?: number;
  /** What a meter of the supply voltage reads, volts; default 3.3. */
  supplyVolts?: number;
}

/** An instrument on a byte stream: pipe `port` to a pty or socket to let any client of the real one use it. */
export interface EmulatedInstrument {
  readonly port: Duplex;
  /** Its own clock, where it has one that a driver may compare with: seconds of sampling since it was made. */
  readonly sampledSeconds?: number;
  /**
   * What it draws at random comes from this seed from now on, and what it made of the current before is forgotten, as in one that was just made.
   * Its settings stay, and its own time goes on: a drift does not begin anew.
   */
  restart(seed: number): void;
  /** Another client's end of the same instrument, where it takes several. */
  connect?: () => Duplex;
  /** Resolves when every command received so far has been carried out. */
  settled?: () => Promise<void>;
}

/** Every emulated instrument, by the name of its driver. */
export const emulatedInstruments: Record<
  MeterDriverName,
  (options: EmulatedInstrumentOptions) => EmulatedInstrument
> = {
  ppk2: options =>
    new EmulatedPpk2({ ...options, calibration: options.ppk2Calibration, errors: options.ppk2Errors }),
  lpm01a: options => new EmulatedLpm01a({ ...options, errors: options.lpm01aErrors }),
  otii: options => new EmulatedOtii({ ...options, errors: options.otiiErrors }),
  ina: options =>
    new EmulatedInaBridge({
      ...options,
      type: options.inaType ?? 'ina228',
      shuntOhms: options.inaShuntOhms ?? 1,
      errors: options.inaErrors,
    }),
  joulescope: options => new EmulatedJoulescope({ ...options, errors: options.joulescopeErrors }),
  scpi: options => new EmulatedScpi({ ...options, model: options.scpiModel, errors: options.scpiErrors }),
};

export const emulatedInstrumentNames = meterDriverNames;

export interface EmulatedMeterOptions extends EmulatedInstrumentOptions {
  /** LPM01A: text with D7 up to 5 kHz, or words up to 100 kHz without. */
  lpm01aFormat?: 'ascii' | 'binary';
  accuracy?: Partial<MeterAccuracy>;
  settings?: MeterSettings;
}

/** A driver with the instrument behind it. */
export interface EmulatedMeter extends Meter {
  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void;
}

/** The real driver on an emulated instrument that is fed by the modelled supply ('direct': the ideal meter). */
export function openEmulatedMeter(driver: EmulatedMeterDriver, options: EmulatedMeterOptions): EmulatedMeter {
  const { source, settle, power } = options;
  if (driver === 'direct')
    return Object.assign(new DirectMeter({ source, settle, power, exactEdges: true }), { restart: () => {} });
  const instrument = emulatedInstruments[driver]({
    inaShuntOhms: options.settings?.inaShuntOhms,
    ...options,
  });
  const elapsed =
    instrument.sampledSeconds === undefined
      ? undefined
      : { seconds: () => instrument.sampledSeconds ?? 0, jitterSeconds: 0 };
  const meter = openMeter(driver, {
    port: instrument.port,
    elapsed,
    settled: instrument.settled === undefined ? undefined : () => instrument.settled?.() ?? Promise.resolve(),
    emulated: true,
    accuracy: options.accuracy,
    settings: {
      lpm01aFormat: options.lpm01aFormat,
      scpiMarkerChannel: (options.scpiModel ?? 'n6705') === 'n6705' ? emulatedMarkerChannel : undefined,
      ...options.settings,
    },
  });
  return Object.assign(meter, { restart: (seed: number) => instrument.restart(seed) });
}
