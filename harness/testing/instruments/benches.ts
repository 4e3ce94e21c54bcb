import type { Duplex } from 'node:stream';
import {
  EmulatedInaBridge,
  type EmulatedInaBridgeOptions,
} from '../../emulator/instruments/ina/instrument.js';
import { EmulatedJoulescope, type EmulatedJoulescopeOptions } from '../../emulator/instruments/joulescope.js';
import { EmulatedLpm01a, type EmulatedLpm01aOptions } from '../../emulator/instruments/lpm01a/instrument.js';
import { EmulatedOtii, type EmulatedOtiiOptions } from '../../emulator/instruments/otii/instrument.js';
import { EmulatedPpk2, type EmulatedPpk2Options } from '../../emulator/instruments/ppk2/instrument.js';
import { EmulatedScpi, type EmulatedScpiOptions } from '../../emulator/instruments/scpi/instrument.js';
import { markers } from '../../machine/machine.js';
import { ScriptedSource, type WaveformPiece } from '../../machine/waveform.js';
import { InaMeter, type InaMeterOptions } from '../../measure/meter/ina/driver.js';
import { JoulescopeMeter, type JoulescopeMeterOptions } from '../../measure/meter/joulescope/driver.js';
import { Lpm01aMeter, type Lpm01aMeterOptions } from '../../measure/meter/lpm01a/driver.js';
import type { Meter, MeterStatus, SampleChunk } from '../../measure/meter/meter.js';
import { OtiiMeter, type OtiiMeterOptions } from '../../measure/meter/otii/driver.js';
import { Ppk2Meter, type Ppk2MeterOptions } from '../../measure/meter/ppk2/driver.js';
import { ScpiMeter, type ScpiMeterOptions } from '../../measure/meter/scpi/driver.js';

/** An emulated instrument alone, on a load that the test plays, with its meter. */
export interface InstrumentBench<Instrument, M extends Meter> {
  source: ScriptedSource;
  instrument: Instrument;
  meter: M;
  /** Takes the instrument away. */
  unplug: () => Promise<void>;
}

/** For a load that is scripted: all of it was sent. */
export const settle = async (): Promise<void> => {};
const power = settle;

export const supplyMillivolts = 3300;

/** A piece of a load between windows. */
export const idle = (amps: number, seconds: number): WaveformPiece => ({
  amps,
  marker: markers.idle,
  seconds,
});

/** What a meter gives of what is played while it runs. */
export async function record(
  { meter }: { meter: Meter },
  play: () => void,
): Promise<{ chunks: SampleChunk[]; status: MeterStatus }> {
  const chunks: SampleChunk[] = [];
  await meter.start(chunk => chunks.push(chunk));
  play();
  return { chunks, status: await meter.stop() };
}

function openBench<Instrument extends { readonly port: Duplex }, M extends Meter>(
  instrumentOn: (source: ScriptedSource) => Instrument,
  meterOn: (instrument: Instrument) => M,
): InstrumentBench<Instrument, M> {
  const source = new ScriptedSource();
  const instrument = instrumentOn(source);
  return {
    source,
    instrument,
    meter: meterOn(instrument),
    unplug: async () => {
      instrument.port.destroy();
    },
  };
}

/** The clock of an instrument that tells how much it has sampled. */
const ownClock = (instrument: { readonly sampledSeconds: number }) => ({
  seconds: () => instrument.sampledSeconds,
  jitterSeconds: 0,
});

export const openPpk2 = (
  options: Partial<EmulatedPpk2Options> = {},
  driver: Partial<Ppk2MeterOptions> = {},
): InstrumentBench<EmulatedPpk2, Ppk2Meter> =>
  openBench(
    source => new EmulatedPpk2({ source, settle, power, ...options }),
    instrument =>
      new Ppk2Meter({
        port: instrument.port,
        elapsed: ownClock(instrument),
        settled: () => instrument.settled(),
        emulated: true,
        ...driver,
      }),
  );

export const openLpm01a = (
  options: Partial<EmulatedLpm01aOptions> = {},
  driver: Partial<Lpm01aMeterOptions> = {},
): InstrumentBench<EmulatedLpm01a, Lpm01aMeter> =>
  openBench(
    source => new EmulatedLpm01a({ source, settle, ...options }),
    ({ port }) => new Lpm01aMeter({ port, emulated: true, ...driver }),
  );

export const openOtii = (
  options: Partial<EmulatedOtiiOptions> = {},
  driver: Partial<OtiiMeterOptions> = {},
): InstrumentBench<EmulatedOtii, OtiiMeter> =>
  openBench(
    source => new EmulatedOtii({ source, settle, ...options }),
    ({ port }) => new OtiiMeter({ port, emulated: true, ...driver }),
  );

export const openScpi = (
  options: Partial<EmulatedScpiOptions> = {},
  driver: Partial<ScpiMeterOptions> = {},
): InstrumentBench<EmulatedScpi, ScpiMeter> =>
  openBench(
    source => new EmulatedScpi({ source, settle, power, ...options }),
    instrument =>
      new ScpiMeter({
        port: instrument.port,
        markerChannel: options.model === 'n6705' ? 2 : undefined,
        elapsed: ownClock(instrument),
        emulated: true,
        pollMilliseconds: 2,
        replyTimeoutMs: 5000,
        ...driver,
      }),
  );

/** An INA226 behind the bridge, with a shunt of 0.5 ohms. */
export const openIna = (
  options: Partial<EmulatedInaBridgeOptions> = {},
  driver: Partial<InaMeterOptions> = {},
): InstrumentBench<EmulatedInaBridge, InaMeter> =>
  openBench(
    source => new EmulatedInaBridge({ source, settle, type: 'ina226', shuntOhms: 0.5, ...options }),
    ({ port }) => new InaMeter({ port, shuntOhms: 0.5, emulated: true, replyTimeoutMs: 1000, ...driver }),
  );

export const openJoulescope = (
  options: Partial<EmulatedJoulescopeOptions> = {},
  driver: Partial<JoulescopeMeterOptions> = {},
): InstrumentBench<EmulatedJoulescope, JoulescopeMeter> =>
  openBench(
    source => new EmulatedJoulescope({ source, settle, power, ...options }),
    ({ port }) => new JoulescopeMeter({ port, emulated: true, replyTimeoutMs: 1000, ...driver }),
  );
