import type { DisturbedSource } from '../../emulator/disturbance.js';
import { type EmulatedMeterOptions, openEmulatedMeter } from '../../emulator/instruments/open.js';
import { EmulatedPpk2 } from '../../emulator/instruments/ppk2/instrument.js';
import { LittlefirstError } from '../../errors.js';
import { markers } from '../../machine/machine.js';
import type { ScriptedSource } from '../../machine/waveform.js';
import type { BlockEnergy } from '../../measure/energy/block-energy.js';
import { BlockEnergyCollector } from '../../measure/energy/collector.js';
import { checkBlock } from '../../measure/energy/rules/check.js';
import { CalibratedMeter, calibrationOf, type MeasuredLoad } from '../../measure/meter/calibration.js';
import { measureKnownLoad } from '../../measure/meter/known-load.js';
import { pairProblem } from '../../measure/meter/load-pairs.js';
import type { Meter } from '../../measure/meter/meter.js';
import { openMeter } from '../../measure/meter/open.js';
import { nominalPpk2Ranges } from '../../measure/meter/ppk2/metadata.js';
import { ppk2SampleRateHz } from '../../measure/meter/ppk2/protocol.js';
import type { Fault, Load, ScepticMeter } from './sceptic-faults.js';
import { type Scene, scene, script, sleepAmpsOf, truthOf } from './sceptic-waveform.js';

const supplyMillivolts = scene.volts * 1000;
/** Resistors draw this much more than Big, and 10 uA: one in the range of the work, one in that of the sleep. */
const knownLoadFactor = 1.2;
const knownLoadSleepAmps = 10e-6;
const knownLoadTolerance = 1e-3;
/** Voltmeter at the resistor: 0.03 % (k = 1), which its reading is off by. */
const voltmeterRelative = 3e-4;
const knownLoadSeconds = 0.1;
/** What a profile says of sleep is known to 20 % (k = 1). */
const leastSleepShare = 0.6;
/** Standard deviations of what is drawn of each instrument within its specification: half of what the PPK2's driver states, and less than the LPM01A's. */
export const drawnGain = 0.01;
export const drawnOffsetAmps = 0.7e-7;
const settle = async () => {};
const ppk2Ranges = nominalPpk2Ranges().map(range => ({ ...range, O: 400 }));
const lpm01aHz = 5000;

export interface Drawn {
  gain: number;
  offsetAmps: number;
  seed: number;
}

function open(driver: ScepticMeter, source: DisturbedSource, fault: Fault, drawn: Drawn): Meter {
  const gain = (1 + drawn.gain) * (1 + (fault.gain ?? 0)) - 1;
  const { offsetAmps, seed } = drawn;
  if (driver === 'lpm01a') {
    const lpm01aErrors = { gain, offsetAmps, seed, noiseAmps: 1e-7 * (fault.noise ?? 1) };
    const options: EmulatedMeterOptions = { source, settle, lpm01aErrors, lpm01aFormat: 'ascii' };
    return openEmulatedMeter('lpm01a', options);
  }
  const errors = { gain, offsetAmps, seed, noiseSteps: 0.5 * (fault.noise ?? 1), clock: 3e-5 };
  const instrument = new EmulatedPpk2({ source, settle, errors, ranges: ppk2Ranges });
  return openMeter('ppk2', {
    port: instrument.port,
    elapsed: { seconds: () => instrument.sampledSeconds, jitterSeconds: 0 },
    settled: () => instrument.settled(),
    emulated: true,
  });
}

/** One bench with its instrument, in one case. */
export interface Bench {
  driver: ScepticMeter;
  load: Load;
  fault: Fault;
  played: ScriptedSource;
  source: DisturbedSource;
  uniformly: () => number;
  normal: () => number;
}

/** Measures the resistors. @returns the meter, corrected where the fault says so; or nothing where a check failed */
async function checkLoads(meter: Meter, bench: Bench): Promise<Meter | undefined> {
  const { fault, load, played, source, driver, normal } = bench;
  const { knownLoad = 'check', disturbance } = fault;
  if (knownLoad === 'none') return meter;
  const sagOhms = (typeof disturbance === 'object' ? disturbance.sagOhms : undefined) ?? 0;
  const measured: MeasuredLoad[] = [];
  source.isOnResistor = true;
  for (const amps of [knownLoadFactor * load.bigAmps, knownLoadSleepAmps]) {
    const ohms = scene.volts / amps;
    const trueMillivolts = (supplyMillivolts * ohms) / (ohms + sagOhms);
    const known = {
      ohms: ohms * (1 + knownLoadTolerance * (2 * bench.uniformly() - 1)),
      toleranceRelative: knownLoadTolerance,
      seconds: knownLoadSeconds,
      supplyMillivolts,
      sampleRateHz: driver === 'lpm01a' ? lpm01aHz : undefined,
      ...(knownLoad === 'apply' && {
        measuredMillivolts: trueMillivolts * (1 + voltmeterRelative * normal()),
        voltageRelative: voltmeterRelative,
      }),
    };
    const result = await measureKnownLoad(meter, known, async seconds => {
      played.play([{ amps, marker: markers.idle, seconds }]);
    });
    if (!result.isPassed) return undefined;
    measured.push({ load: known, result });
  }
  if (pairProblem(measured) !== undefined) return undefined;
  source.isOnResistor = false;
  const calibration = calibrationOf(measured);
  return calibration === undefined ? meter : new CalibratedMeter(meter, calibration);
}

export interface Measured {
  result: BlockEnergy;
  truth: ReturnType<typeof truthOf>;
}

/** Measures one block. @returns what it measured, or the rule that refused it */
async function measureBlock(meter: Meter, bench: Bench, isGated: boolean): Promise<Measured | string> {
  const { load, fault, played, uniformly } = bench;
  const { bursts, disturbance } = fault;
  const inrush = typeof disturbance === 'object' ? disturbance.inrush : undefined;
  const one: Scene = { load, bursts, inrush, isGated };
  const truth = truthOf(one);
  const sampleSeconds = 1 / (bench.driver === 'lpm01a' ? lpm01aHz : ppk2SampleRateHz);
  const idleSeconds = Math.max(0.05, 1000 * sampleSeconds);
  const sleepWatts = sleepAmpsOf(one) * scene.volts;
  const collector = new BlockEnergyCollector({
    accuracy: () => meter.accuracy(),
    idleAccuracy: () => meter.accuracy('idle'),
    supplyMillivolts,
    expectedWindows: scene.windows,
    baseline: {
      ...{ before: 1, after: 1, seconds: idleSeconds, hertz: scene.hertz },
      expected: {
        activeWatts: load.bigAmps * scene.volts,
        sleepWatts,
        leastSleepWatts: leastSleepShare * sleepWatts,
      },
    },
  });
  await meter.start(chunk => collector.push(chunk));
  played.play(script(one, idleSeconds, () => (20 + uniformly()) * sampleSeconds));
  const status = await meter.stop();
  try {
    const result = collector.finish(status);
    const dutCycles = truth.seconds * scene.windows * scene.hertz;
    const [broken] = checkBlock({ facts: result.facts, hertz: scene.hertz, dutCycles });
    return broken === undefined ? { result, truth } : broken.rule;
  } catch (error) {
    if (error instanceof LittlefirstError && error.code === 'LF_SEGMENTATION') return 'segmentation';
    throw error;
  }
}

/** Measures big-only and the cascade with one instrument on one bench. @returns the rule that refused one of them */
export async function measurePair(bench: Bench, drawn: Drawn): Promise<[Measured, Measured] | string> {
  const meter = open(bench.driver, bench.source, bench.fault, drawn);
  try {
    const sampleRateHz = bench.driver === 'lpm01a' ? lpm01aHz : undefined;
    await meter.configure({ supplyMillivolts, sampleRateHz });
    await meter.supply(true);
    const checked = await checkLoads(meter, bench);
    if (checked === undefined) return 'known-load';
    const cascade = await measureBlock(checked, bench, true);
    if (typeof cascade === 'string') return cascade;
    const baseline = await measureBlock(checked, bench, false);
    return typeof baseline === 'string' ? baseline : [baseline, cascade];
  } finally {
    await meter.close();
  }
}
