import { type Disturbance, DisturbedSource } from '../../emulator/disturbance.js';
import { normalSource, uniformSource } from '../../emulator/instruments/noise.js';
import { type EmulatedMeterOptions, openEmulatedMeter } from '../../emulator/instruments/open.js';
import { EmulatedPpk2 } from '../../emulator/instruments/ppk2/instrument.js';
import { LittlefirstError } from '../../errors.js';
import { markers } from '../../machine/machine.js';
import { ScriptedSource, type WaveformPiece } from '../../machine/waveform.js';
import { type BlockEnergy, BlockEnergyCollector } from '../../measure/energy/collector.js';
import { checkBlock } from '../../measure/energy/rules.js';
import { measureKnownLoad } from '../../measure/meter/known-load.js';
import type { Meter } from '../../measure/meter/meter.js';
import { openMeter } from '../../measure/meter/open.js';
import { nominalPpk2Ranges } from '../../measure/meter/ppk2/metadata.js';
import { periodSaving, periodUncertainty, sleepUncertainty } from '../../measure/period.js';
import { savingUncertainty } from '../../measure/uncertainty.js';

/** A bench that does to the signal what no driver is told, or an instrument that is off by more than it says. */
export interface Fault {
  name: string;
  disturbance?: Disturbance;
  /** Relative errors of the instrument, beyond what is drawn within its specification. */
  gain?: number;
  clock?: number;
  noise?: number;
  /** A known load is measured before the blocks. */
  knownLoad?: boolean;
  /** Whether it is within what the instrument and the method claim to bear. */
  isWithin?: boolean;
}

export interface Load {
  name: string;
  bigAmps: number;
  gateAmps: number;
  sleepAmps: number;
}

/** A Cortex-M4 of 10 mA, and one near threshold. */
export const sceptic = {
  loads: [
    { name: 'M4-like', bigAmps: 10e-3, gateAmps: 9.6e-3, sleepAmps: 7e-6 },
    { name: 'near threshold', bigAmps: 0.62e-3, gateAmps: 0.6e-3, sleepAmps: 2.5e-6 },
  ] satisfies Load[],
  meters: ['ppk2', 'lpm01a'] as const,
  faults: [
    { name: 'none', isWithin: true },
    { name: 'noise 20 steps', noise: 20, isWithin: true },
    {
      name: 'noise with memory, 1 ms',
      disturbance: { slowNoise: { amps: 2e-6, seconds: 1e-3 } },
      isWithin: true,
    },
    { name: 'hum, 5 uA', disturbance: { humAmps: 5e-6 }, isWithin: true },
    { name: 'RC 200 us', disturbance: { rcSeconds: 200e-6 } },
    { name: 'RC 1 ms', disturbance: { rcSeconds: 1e-3 } },
    { name: 'latency 50 us', disturbance: { latencySeconds: 50e-6 } },
    { name: 'sag, 5 ohm', disturbance: { sagOhms: 5 } },
    { name: 'back-power 0.1 mA', disturbance: { backPowerAmps: 1e-4 } },
    { name: 'inrush 20 mA, 100 us', disturbance: { inrush: { amps: 0.02, seconds: 100e-6 } } },
    { name: 'gain +4 %, known load', gain: 0.04, knownLoad: true },
    { name: 'gain +8 %', gain: 0.08 },
    { name: 'gain +8 %, known load', gain: 0.08, knownLoad: true },
    { name: 'clock +0.5 %', clock: 5e-3 },
  ] satisfies Fault[],
} as const;

/** Quantities that are compared with the truth. */
export const quantities = ['energy', 'sleep', 'average power', 'saving', 'saving with sleep'] as const;
export type Quantity = (typeof quantities)[number];

export interface ScepticResult {
  meter: string;
  load: string;
  fault: string;
  isWithin: boolean;
  cases: number;
  /** Cases with a figure whose interval holds the truth, and those without: wrong and valid. */
  covered: Record<Quantity, number>;
  wrong: Record<Quantity, number>;
  /** Cases without any figure, by the rule that was broken first. */
  refused: Record<string, number>;
}

const supplyMillivolts = 3300;
const volts = supplyMillivolts / 1000;
const hertz = 48_000_000;
const windows = 60;
const periodSeconds = 1.28;
const gateSeconds = 0.93e-3;
const bigSeconds = 8.3e-3;
/** Every how many windows of the cascade run Big. */
const bigEvery = 10;
const known = { ohms: 1000, toleranceRelative: 1e-3, seconds: 0.3 };
const settle = async () => {};
const ppk2Ranges = nominalPpk2Ranges().map(range => ({ ...range, O: 400 }));

interface Drawn {
  gain: number;
  offsetAmps: number;
  seed: number;
}

function open(driver: 'ppk2' | 'lpm01a', source: DisturbedSource, fault: Fault, drawn: Drawn): Meter {
  const gain = (1 + drawn.gain) * (1 + (fault.gain ?? 0)) - 1;
  const { offsetAmps, seed } = drawn;
  if (driver === 'lpm01a') {
    const lpm01aErrors = { gain, offsetAmps, seed, noiseAmps: 1e-7 * (fault.noise ?? 1) };
    const options: EmulatedMeterOptions = { source, settle, lpm01aErrors, lpm01aFormat: 'ascii' };
    return openEmulatedMeter('lpm01a', options);
  }
  const errors = { gain, offsetAmps, seed, noiseSteps: fault.noise ?? 0.5, clock: fault.clock ?? 3e-5 };
  const instrument = new EmulatedPpk2({ source, settle, errors, ranges: ppk2Ranges });
  return openMeter('ppk2', {
    port: instrument.port,
    elapsed: { seconds: () => instrument.sampledSeconds, jitterSeconds: 0 },
    settled: () => instrument.settled(),
    emulated: true,
  });
}

/** One block of the waveform: baselines, windows, guards; `big` says which windows run Big. */
function script(
  load: Load,
  big: (window: number) => boolean,
  isGated: boolean,
  idleSeconds: number,
  guard: () => number,
) {
  const asleep = (seconds: number): WaveformPiece => ({
    amps: load.sleepAmps,
    marker: markers.idle,
    seconds,
  });
  const window = (i: number): WaveformPiece[] => [
    ...(isGated ? [{ amps: load.gateAmps, marker: markers.gate, seconds: gateSeconds }] : []),
    ...(big(i) ? [{ amps: load.bigAmps, marker: markers.big, seconds: bigSeconds }] : []),
  ];
  const transfer: WaveformPiece = { amps: load.gateAmps, marker: markers.transfer, seconds: 0.02 };
  const baseline = [asleep(idleSeconds), ...window(0), asleep(idleSeconds), transfer];
  const block = Array.from({ length: windows }, (_, i) => [asleep(guard()), ...window(i)]).flat();
  return [transfer, ...baseline, ...block, asleep(guard()), transfer, ...baseline];
}

interface Measured {
  result: BlockEnergy;
  truth: { joules: number; seconds: number };
}

function check({ result }: Measured, dutCycles: number): string | undefined {
  return checkBlock({ facts: result.facts, hertz, dutCycles })[0]?.rule;
}

/** Measures big-only and the cascade with one instrument on one bench. @returns the rule that refused one of them */
async function measurePair(
  driver: 'ppk2' | 'lpm01a',
  load: Load,
  fault: Fault,
  drawn: Drawn,
  uniformly: () => number,
) {
  const script0 = new ScriptedSource();
  const source = new DisturbedSource(script0, { volts, seed: drawn.seed, ...fault.disturbance });
  const meter = open(driver, source, fault, drawn);
  const rateHz = driver === 'lpm01a' ? 5000 : undefined;
  const { sampleRateHz } = await meter.configure({ supplyMillivolts, sampleRateHz: rateHz });
  await meter.supply(true);
  if (fault.knownLoad) {
    const wait = async () => {
      script0.play([{ amps: volts / known.ohms, marker: markers.idle, seconds: known.seconds }]);
    };
    const { isPassed } = await measureKnownLoad(
      meter,
      { ...known, supplyMillivolts, sampleRateHz: rateHz },
      wait,
    );
    if (!isPassed) {
      await meter.close();
      return 'known-load';
    }
  }
  const idleSeconds = Math.max(0.05, 1000 / sampleRateHz);
  const guard = () => (20 + uniformly()) / sampleRateHz;
  const measured: Measured[] = [];
  for (const [isGated, big] of [
    [false, () => true],
    [true, (i: number) => i % bigEvery === 0],
  ] as const) {
    const collector = new BlockEnergyCollector({
      accuracy: () => meter.accuracy(),
      // One session samples all here; asleep the PPK2 stands in its finest range, whose step is nothing beside its offset.
      idleAccuracy: () => ({ ...meter.accuracy(), resolutionAmps: 0 }),
      supplyMillivolts,
      expectedWindows: windows,
      baseline: {
        before: 1,
        after: 1,
        seconds: idleSeconds,
        expected: { activeWatts: load.bigAmps * volts, sleepWatts: load.sleepAmps * volts },
      },
    });
    await meter.start(chunk => collector.push(chunk));
    script0.play(script(load, big, isGated, idleSeconds, guard));
    const status = await meter.stop();
    const bigs = Array.from({ length: windows }, (_, i) => big(i)).filter(Boolean).length;
    const seconds = ((isGated ? windows * gateSeconds : 0) + bigs * bigSeconds) / windows;
    const { amps: rush = 0, seconds: rushing = 0 } = fault.disturbance?.inrush ?? {};
    // What rushes in is drawn by the window: it belongs to the truth.
    const gateJoules = (isGated ? gateSeconds * load.gateAmps * volts : 0) + rush * rushing * volts;
    const truth = { joules: gateJoules + (bigs / windows) * bigSeconds * load.bigAmps * volts, seconds };
    try {
      const block = { result: collector.finish(status), truth };
      const broken = check(block, seconds * windows * hertz);
      if (broken !== undefined) {
        await meter.close();
        return broken;
      }
      measured.push(block);
    } catch (error) {
      await meter.close();
      if (error instanceof LittlefirstError && error.code === 'LF_SEGMENTATION') return 'segmentation';
      throw error;
    }
  }
  await meter.close();
  return measured;
}

function partsOf({ result }: Measured) {
  const { block, facts } = result;
  if (block.idle === undefined) throw new Error('no sleep power');
  return {
    microjoules: facts.meanJoules * 1e6,
    terms: block.uncertainty,
    windows,
    sleepMicrowatts: block.idle.microwatts,
    sleepTerms: block.idle.terms,
    sleepDegrees: block.idle.degrees,
    sleepSeconds: periodSeconds - facts.meanSeconds,
  };
}

/** Value, half width and truth of every quantity; a figure that is not resolved covers by its upper limit. */
function figures(
  load: Load,
  baseline: Measured,
  cascade: Measured,
): Record<Quantity, [number, number, number]> {
  const [own, other] = [partsOf(cascade), partsOf(baseline)];
  const period = ({ truth }: Measured) =>
    truth.joules * 1e6 + load.sleepAmps * volts * 1e6 * (periodSeconds - truth.seconds);
  const summary = ({ result }: Measured) => ({
    meanMicrojoules: result.facts.meanJoules * 1e6,
    windows,
    terms: result.block.uncertainty,
    ranges: result.block.ranges,
  });
  const saving = savingUncertainty(summary(cascade), summary(baseline));
  const whole = periodSaving(own, other);
  const sum = periodUncertainty(own);
  return {
    energy: [own.microjoules, cascade.result.facts.combined.u95 * 1e6, cascade.truth.joules * 1e6],
    sleep: [own.sleepMicrowatts, sleepUncertainty(own).u95, load.sleepAmps * volts * 1e6],
    'average power': [sum.microjoules, sum.u95, period(cascade)],
    saving: [saving.saving, saving.u95, 1 - cascade.truth.joules / baseline.truth.joules],
    'saving with sleep': [whole.saving, whole.u95, 1 - period(cascade) / period(baseline)],
  };
}

const none = (): Record<Quantity, number> =>
  Object.fromEntries(quantities.map(name => [name, 0])) as Record<Quantity, number>;

/** Repeats a fault with newly drawn errors within the instrument's own specification. */
export async function studyFault(
  driver: 'ppk2' | 'lpm01a',
  load: Load,
  fault: Fault,
  cases: number,
  seed: number,
): Promise<ScepticResult> {
  const normal = normalSource(seed);
  const uniformly = uniformSource(seed + 1);
  const result: ScepticResult = {
    meter: driver,
    load: load.name,
    fault: fault.name,
    isWithin: fault.isWithin ?? false,
    cases,
    covered: none(),
    wrong: none(),
    refused: {},
  };
  for (let i = 0; i < cases; i += 1) {
    const drawn = { gain: 0.01 * normal(), offsetAmps: 1e-7 * normal(), seed: seed + 2 + i };
    const measured = await measurePair(driver, load, fault, drawn, uniformly);
    if (typeof measured === 'string') {
      result.refused[measured] = (result.refused[measured] ?? 0) + 1;
      continue;
    }
    const all = figures(load, measured[0], measured[1]);
    for (const name of quantities) {
      const [value, u95, truth] = all[name];
      result[Math.abs(value - truth) <= u95 ? 'covered' : 'wrong'][name] += 1;
    }
  }
  return result;
}
