import { DisturbedSource } from '../../emulator/disturbance.js';
import { normalSource, uniformSource } from '../../emulator/instruments/noise.js';
import { type EmulatedMeterOptions, openEmulatedMeter } from '../../emulator/instruments/open.js';
import { EmulatedPpk2 } from '../../emulator/instruments/ppk2/instrument.js';
import { LittlefirstError } from '../../errors.js';
import { markers } from '../../machine/machine.js';
import { ScriptedSource } from '../../machine/waveform.js';
import { type BlockEnergy, BlockEnergyCollector } from '../../measure/energy/collector.js';
import { checkBlock } from '../../measure/energy/rules.js';
import { CalibratedMeter, calibrationOf, type MeasuredLoad } from '../../measure/meter/calibration.js';
import { measureKnownLoad } from '../../measure/meter/known-load.js';
import { pairProblem } from '../../measure/meter/load-pairs.js';
import type { Meter } from '../../measure/meter/meter.js';
import { openMeter } from '../../measure/meter/open.js';
import { nominalPpk2Ranges } from '../../measure/meter/ppk2/metadata.js';
import { ppk2SampleRateHz } from '../../measure/meter/ppk2/protocol.js';
import {
  type PeriodParts,
  periodSaving,
  periodUncertainty,
  sleepUncertainty,
  withWaking,
} from '../../measure/period.js';
import { savingUncertainty } from '../../measure/uncertainty.js';
import type { Fault, Load, ScepticMeter } from './sceptic-faults.js';
import { type Scene, scene, script, sleepAmpsOf, truthOf } from './sceptic-waveform.js';

/** Quantities that are compared with the truth. */
export const quantities = ['energy', 'sleep', 'average power', 'saving', 'saving with sleep'] as const;
export type Quantity = (typeof quantities)[number];

export interface ScepticResult {
  meter: string;
  load: string;
  fault: string;
  isWithin: boolean;
  knownLoad: NonNullable<Fault['knownLoad']>;
  cases: number;
  /** Cases with a figure whose interval holds the truth, and those without: wrong and valid. */
  covered: Record<Quantity, number>;
  wrong: Record<Quantity, number>;
  /** Cases in which at least one figure is wrong and valid. */
  anyWrong: number;
  /** Half width of the interval over the value, of the cases with a figure. */
  widths: Record<Quantity, number[]>;
  /** Cases without any figure, by the rule that was broken first. */
  refused: Record<string, number>;
}

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
const drawnGain = 0.01;
const drawnOffsetAmps = 0.7e-7;
const settle = async () => {};
const ppk2Ranges = nominalPpk2Ranges().map(range => ({ ...range, O: 400 }));
const lpm01aHz = 5000;

interface Drawn {
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
interface Bench {
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

interface Measured {
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
async function measurePair(bench: Bench, drawn: Drawn): Promise<[Measured, Measured] | string> {
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

function partsOf({ result }: Measured) {
  const { block, facts } = result;
  if (block.idle === undefined) throw new Error('no sleep power');
  const parts: PeriodParts = {
    microjoules: facts.meanJoules * 1e6,
    terms: block.uncertainty,
    windows: scene.windows,
    sleepMicrowatts: block.idle.microwatts,
    sleepTerms: block.idle.terms,
    sleepDegrees: block.idle.degrees,
    sleepSeconds: scene.periodSeconds - facts.meanSeconds,
  };
  return withWaking(parts, block.waking);
}

/** Value, half width and truth of every quantity; a figure that is not resolved covers by its upper limit. */
function figures(baseline: Measured, cascade: Measured): Record<Quantity, [number, number, number]> {
  const [own, other] = [partsOf(cascade), partsOf(baseline)];
  const summary = ({ result }: Measured) => ({
    meanMicrojoules: result.facts.meanJoules * 1e6,
    windows: scene.windows,
    terms: result.block.uncertainty,
    ranges: result.block.ranges,
  });
  const saving = savingUncertainty(summary(cascade), summary(baseline));
  const whole = periodSaving(own, other);
  const sum = periodUncertainty(own);
  const [truth, base] = [cascade.truth, baseline.truth];
  return {
    energy: [own.microjoules, cascade.result.facts.combined.u95 * 1e6, truth.joules * 1e6],
    sleep: [own.sleepMicrowatts, sleepUncertainty(own).u95, truth.sleepWatts * 1e6],
    'average power': [sum.microjoules, sum.u95, truth.period * 1e6],
    saving: [saving.saving, saving.u95, 1 - truth.joules / base.joules],
    'saving with sleep': [whole.saving, whole.u95, 1 - truth.period / base.period],
  };
}

const byQuantity = <T>(of: (name: Quantity) => T): Record<Quantity, T> =>
  Object.fromEntries(quantities.map(name => [name, of(name)])) as Record<Quantity, T>;

/** An error within the instrument's specification, of variance 1: normal, or with heavier tails. */
function drawError(normal: () => number, isHeavy: boolean): number {
  if (!isHeavy) return normal();
  const chi = normal() ** 2 + normal() ** 2 + normal() ** 2;
  // Student's t of 3 degrees has the variance 3.
  return normal() / Math.sqrt(chi / 3) / Math.sqrt(3);
}

/** A number of a row's own, so that no two rows see the same draws. */
const seedOf = (name: string): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 0) * 1000;

/** Seeds of a row's cases lie this far apart. */
const seedStep = 7919;

/**
 * Repeats a fault with newly drawn errors within the instrument's own specification.
 * @param from number of the first case: what a case sees follows from the seed and its number alone, so that a study can be continued
 */
export async function studyFault(
  driver: ScepticMeter,
  load: Load,
  fault: Fault,
  cases: number,
  seed: number,
  from = 0,
): Promise<ScepticResult> {
  const own = seed + seedOf(`${driver} ${load.name} ${fault.name}`);
  const result: ScepticResult = {
    meter: driver,
    load: load.name,
    fault: fault.name,
    isWithin: fault.isWithin ?? false,
    knownLoad: fault.knownLoad ?? 'check',
    cases,
    covered: byQuantity(() => 0),
    wrong: byQuantity(() => 0),
    anyWrong: 0,
    widths: byQuantity(() => []),
    refused: {},
  };
  for (let i = from; i < from + cases; i += 1) {
    const caseSeed = own + seedStep * i;
    const normal = normalSource(caseSeed);
    const uniformly = uniformSource(caseSeed + 1);
    const draw = () => drawError(normal, fault.isHeavy ?? false);
    const drawn = { gain: drawnGain * draw(), offsetAmps: drawnOffsetAmps * draw(), seed: caseSeed + 2 };
    const disturbance =
      typeof fault.disturbance === 'function' ? fault.disturbance(uniformly) : fault.disturbance;
    const played = new ScriptedSource();
    const source = new DisturbedSource(played, { volts: scene.volts, seed: drawn.seed, ...disturbance });
    const measured = await measurePair({ driver, load, fault, played, source, uniformly, normal }, drawn);
    if (typeof measured === 'string') {
      result.refused[measured] = (result.refused[measured] ?? 0) + 1;
      continue;
    }
    const all = figures(measured[0], measured[1]);
    let isWrong = false;
    for (const name of quantities) {
      const [value, u95, truth] = all[name];
      const isCovered = Math.abs(value - truth) <= u95;
      result[isCovered ? 'covered' : 'wrong'][name] += 1;
      isWrong ||= !isCovered;
      result.widths[name].push(u95 / Math.abs(value));
    }
    if (isWrong) result.anyWrong += 1;
  }
  return result;
}
