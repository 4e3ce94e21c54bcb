import { ruleLimits } from '../limits.js';
import type { MeterAccuracy, MeterStatus } from '../meter/meter.js';
import type { TermName, UncertaintyTerm } from '../uncertainty.js';
import type { IdleBudget } from './baseline.js';
import { delayUncertainty, type MarkerDelay } from './edge-delay.js';
import type { Segmentation } from './segment.js';

/** Columns over the windows of a block: joules and seconds of meter time. */
export interface WindowColumns {
  gateJoules: number[];
  bigJoules: number[];
  otherJoules: number[];
  gateSeconds: number[];
  bigSeconds: number[];
  otherSeconds: number[];
}

export interface BudgetInput {
  columns: WindowColumns;
  accuracy: MeterAccuracy;
  /** Changes of range inside windows, over the block. */
  activeSwitches: number;
  /** Sleep power before and after the block. */
  idle?: IdleBudget;
  segmentation: Segmentation;
  supplyVolts: number;
  /** Standard uncertainty of the mean energy from the edges' timing, joules. */
  edgeJoulesSigma: number;
  /** Marker lines against current, where the block shows it. */
  markerDelay?: MarkerDelay;
  /** Shortest sample period, seconds. */
  sampleSeconds: number;
  /** Share of the samples whose loss nothing would have shown. */
  unwatchedShare: number;
}

export interface Budget {
  meanJoules: number;
  meanSeconds: number;
  terms: UncertaintyTerm[];
}

/** Bridged time may have had any power from none to twice its neighbour's. */
const bridgeShare = 1;

const uniform = 1 / Math.sqrt(3);

/** Of all samples, those whose loss nothing would have shown. */
export function unwatchedShare({ samples, lostSamples, unwatchedSamples = 0 }: MeterStatus): number {
  return unwatchedSamples / Math.max(1, samples + lostSamples);
}

/** Energy and time of each window. */
export function windowTotals(columns: WindowColumns): { joules: Float64Array; seconds: Float64Array } {
  const count = columns.gateJoules.length;
  const joules = new Float64Array(count);
  const seconds = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    joules[i] = columns.gateJoules[i] + columns.bigJoules[i] + columns.otherJoules[i];
    seconds[i] = columns.gateSeconds[i] + columns.bigSeconds[i] + columns.otherSeconds[i];
  }
  return { joules, seconds };
}

/**
 * Standard uncertainty of the mean that repeated readings show: windows differ by the work they do, so the spread is taken of
 * what the work does not explain, E_i - P T_i, with P the mean power of the windows that ran Big and of those that did not.
 */
function repeatability(columns: WindowColumns, joules: Float64Array, seconds: Float64Array): number {
  const groups = [
    { joules: 0, seconds: 0, count: 0 },
    { joules: 0, seconds: 0, count: 0 },
  ];
  const groupOf = (i: number) => groups[columns.bigSeconds[i] > 0 ? 1 : 0];
  for (let i = 0; i < joules.length; i += 1) {
    const group = groupOf(i);
    group.joules += joules[i];
    group.seconds += seconds[i];
    group.count += 1;
  }
  let squares = 0;
  for (let i = 0; i < joules.length; i += 1) {
    const group = groupOf(i);
    squares += (joules[i] - (group.joules / group.seconds) * seconds[i]) ** 2;
  }
  const degrees = joules.length - groups.filter(group => group.count > 0).length;
  return degrees < 1 ? 0 : Math.sqrt(squares / degrees / joules.length);
}

/**
 * Losses that nothing watched make windows too short by the meter: as much of them may be missing as the rule `clock` would let pass, uniform from none to that.
 */
function unwatchedTerm(share: number, joules: number): [TermName, number, 'A' | 'B', string][] {
  if (share === 0) return [];
  return [
    [
      'unwatched samples',
      uniform * share * ruleLimits.clockShare * joules,
      'B',
      `nothing watched the losses of ${(share * 100).toPrecision(3)} % of the samples: up to what two clocks may differ by (rule clock), uniform`,
    ],
  ];
}

/** The budget of a block's mean energy per window, term by term (k = 1). */
export function energyBudget(input: BudgetInput): Budget {
  const { columns, accuracy, segmentation, supplyVolts, idle } = input;
  const { joules, seconds } = windowTotals(columns);
  const count = joules.length;
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const meanJoules = count === 0 ? 0 : sum(joules) / count;
  const meanSeconds = count === 0 ? 0 : sum(seconds) / count;
  const watts = meanSeconds === 0 ? 0 : meanJoules / meanSeconds;
  const idleWatts = (idle?.microwatts ?? 0) * 1e-6;
  const noiseAmps = segmentation.activeNoiseWatts / supplyVolts;
  const samplesInWindows = Math.max(1, (count * meanSeconds) / input.sampleSeconds);
  const isDithered = noiseAmps >= accuracy.resolutionAmps / 2;
  const quantum = (accuracy.resolutionAmps / Math.sqrt(12)) * supplyVolts * meanSeconds;
  const switchesPerWindow = count === 0 ? 0 : input.activeSwitches / count;
  const drift = idle?.terms.find(({ term }) => term === 'drift')?.microwatts ?? 0;
  const hasDrift = typeof idle?.beforeMicrowatts === 'number' && typeof idle.afterMicrowatts === 'number';

  const list: [TermName, number, 'A' | 'B', string][] = [
    ['gain', accuracy.gainRelative * meanJoules, 'B', accuracy.source],
    [
      'linearity',
      (accuracy.linearityRelative ?? 0) * meanJoules,
      'B',
      `${accuracy.source}; differs from current to current, so that it does not cancel in a saving`,
    ],
    ['voltage', accuracy.voltageRelative * meanJoules, 'B', accuracy.source],
    ['clock', accuracy.clockRelative * meanJoules, 'B', accuracy.source],
    ['offset', accuracy.offsetAmps * supplyVolts * meanSeconds, 'B', accuracy.source],
    [
      'quantisation',
      isDithered ? quantum / Math.sqrt(samplesInWindows) : quantum,
      'B',
      isDithered
        ? 'one step, uniform, dithered by noise: independent from sample to sample'
        : 'one step, uniform, the same in every sample',
    ],
    [
      'edge timing',
      input.edgeJoulesSigma,
      'B',
      'two edges a window, each within one sample, or at a constant distance from the step of the current that the samples of all windows bound',
    ],
    [
      'edge latency',
      delayUncertainty(input.markerDelay, accuracy) * Math.abs(watts - idleWatts),
      'B',
      input.markerDelay === undefined
        ? `logic lines against current, the same at every edge: shifts the window as a whole; ${accuracy.source}`
        : `logic lines against current, the same at every edge: ${(input.markerDelay.seconds * 1e6).toFixed(2)} us measured at ${input.markerDelay.edges} edges, not corrected for`,
    ],
    ['range switching', (accuracy.rangeSwitchSeconds ?? 0) * watts * switchesPerWindow, 'B', accuracy.source],
    [
      'lost samples',
      count === 0 ? 0 : (uniform * bridgeShare * watts * segmentation.bridgedInWindows) / count,
      'B',
      'bridged with the neighbouring power, which may be off by its whole value, uniform',
    ],
    ...unwatchedTerm(input.unwatchedShare, meanJoules),
    [
      'drift',
      drift * 1e-6 * meanSeconds,
      'B',
      hasDrift
        ? 'settled sleep power after against before the block, uniform: an additive drift'
        : 'no settled idle before and after to tell',
    ],
    [
      'repeatability',
      repeatability(columns, joules, seconds),
      'A',
      "spread of what the windows' work does not explain",
    ],
  ];
  return {
    meanJoules,
    meanSeconds,
    terms: list.map(([term, value, kind, source]) => ({ term, microjoules: value * 1e6, kind, source })),
  };
}
