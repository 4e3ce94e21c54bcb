import { setTimeout as pause } from 'node:timers/promises';
import { LittlefirstError } from '../../errors.js';
import type { Meter, MeterAccuracy, SampleChunk } from './meter.js';

export interface KnownLoad {
  /** Resistor across the meter's output. */
  ohms: number;
  /** Relative tolerance of the resistor (full width of a uniform distribution is twice this). */
  toleranceRelative: number;
  supplyMillivolts: number;
  /** Voltage across the resistor as a voltmeter read it, millivolts, and its relative standard uncertainty. Absent: the meter's own, nominal. */
  measuredMillivolts?: number;
  voltageRelative?: number;
  sampleRateHz?: number;
  /** How long to measure. */
  seconds: number;
}

export interface KnownLoadResult {
  isPassed: boolean;
  expectedAmps: number;
  measuredAmps: number;
  /** Half-width of the 95 % interval of the difference, amperes. */
  u95Amps: number;
  /** Standard uncertainty of the reading by its own noise and offset, amperes: what a correction by it cannot take off. */
  ownSigmaAmps: number;
  /** The part of it that is the reading's own noise, amperes. */
  noiseSigmaAmps: number;
  /** What the instrument states where it stood. */
  accuracy: MeterAccuracy;
  /** Range of the instrument in which most samples were, where it tells. */
  range?: number;
  samples: number;
  problems: string[];
}

/** Groups that a reading is cut into for its spread. */
const groupCount = 10;

/**
 * Measures a known resistor: a drifted, mis-wired or mis-calibrated meter shows here. Run at the start and end of a campaign.
 * @param wait lets the given time pass on the bench; default real time. What it throws ends the measurement
 * @throws LF_CONFIG_INVALID for a load that makes no sense; whatever the meter and `wait` throw
 */
export async function measureKnownLoad(
  meter: Meter,
  load: KnownLoad,
  wait: (seconds: number) => Promise<void> = seconds => pause(seconds * 1000),
): Promise<KnownLoadResult> {
  if (!(load.ohms > 0 && load.seconds > 0 && load.toleranceRelative >= 0)) {
    throw new LittlefirstError('LF_CONFIG_INVALID', 'this known load makes no sense', {
      expected: 'ohms and seconds above 0, a tolerance of at least 0',
      received: `${load.ohms} ohms, ${load.seconds} s, tolerance ${load.toleranceRelative}`,
    });
  }
  const { supplyMillivolts, sampleRateHz } = load;
  const actual = await meter.configure({ supplyMillivolts, sampleRateHz });
  let coulombs = 0;
  let seconds = 0;
  const means: number[] = [];
  const ranges = new Map<number, number>();
  if (meter.canSwitchSupply !== false) await meter.supply(true);
  await meter.start((chunk: SampleChunk) => {
    const length = chunk.periodNs * 1e-9;
    chunk.current.forEach((amps, i) => {
      const group = Math.floor((seconds / load.seconds) * groupCount);
      means[group] = (means[group] ?? 0) + amps * length;
      coulombs += amps * length;
      seconds += length;
      const range = chunk.range?.[i];
      if (range !== undefined) ranges.set(range, (ranges.get(range) ?? 0) + 1);
    });
  });
  try {
    await wait(load.seconds);
  } catch (error) {
    await meter.stop();
    throw error;
  }
  const status = await meter.stop();
  const problems = [...status.problems];
  if (status.saturatedSamples > 0)
    problems.push(`${status.saturatedSamples} samples at the end of the range`);
  if (status.overcurrent) problems.push('an overcurrent');
  if (status.lostSamples > 0) problems.push(`${status.lostSamples} samples lost`);
  const measuredAmps = coulombs / seconds;
  const expectedAmps = (load.measuredMillivolts ?? actual.supplyMillivolts) / 1000 / load.ohms;
  const accuracy = meter.accuracy('idle');
  const noiseSigmaAmps = spread(means, load.seconds);
  const own = Math.hypot(accuracy.offsetAmps, accuracy.resolutionAmps / Math.sqrt(12), noiseSigmaAmps);
  const u = Math.hypot(
    expectedAmps * accuracy.gainRelative,
    expectedAmps * (accuracy.linearityRelative ?? 0),
    expectedAmps *
      (load.measuredMillivolts === undefined ? accuracy.voltageRelative : (load.voltageRelative ?? 0)),
    (expectedAmps * load.toleranceRelative) / Math.sqrt(3),
    own,
  );
  const u95Amps = 1.96 * u + 1e-9 * expectedAmps;
  return {
    isPassed: problems.length === 0 && Math.abs(measuredAmps - expectedAmps) <= u95Amps,
    expectedAmps,
    measuredAmps,
    u95Amps,
    ownSigmaAmps: own,
    noiseSigmaAmps,
    accuracy,
    range: [...ranges].sort((a, b) => b[1] - a[1])[0]?.[0],
    samples: status.samples,
    problems,
  };
}

/** Standard uncertainty of the mean current of a reading by the spread of groups of its samples, amperes. */
function spread(coulombs: readonly number[], seconds: number): number {
  const amps = coulombs.slice(0, groupCount).map(value => (value * groupCount) / seconds);
  const mean = amps.reduce((a, b) => a + b, 0) / amps.length;
  const squares = amps.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return amps.length < groupCount ? 0 : Math.sqrt(squares / (groupCount * (groupCount - 1)));
}

/** @throws LF_METER_CHECK when the result is a failure; `when` says at which point of the session */
export function assertKnownLoad(result: KnownLoadResult, when: string): void {
  if (result.isPassed) return;
  const milliamps = (amps: number) => `${(amps * 1e3).toPrecision(5)} mA`;
  throw new LittlefirstError('LF_METER_CHECK', `the known-load check ${when} failed`, {
    expected: `${milliamps(result.expectedAmps)} within ${milliamps(result.u95Amps)}`,
    received: [milliamps(result.measuredAmps), ...result.problems].join('; '),
    hint: 'check the resistor and its value, the wiring, and the calibration of the meter',
  });
}
