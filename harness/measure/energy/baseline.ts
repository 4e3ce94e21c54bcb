import type { MeterAccuracy } from '../meter/meter.js';
import { type SettledStretch, settledMean } from './idle-profile.js';

/** One line of the budget of the sleep power. */
export interface PowerTerm {
  term: string;
  /** Standard uncertainty (k = 1), microwatts. */
  microwatts: number;
  kind: 'A' | 'B';
  source: string;
}

/** Sleep power of a block, from settled idle before and after it: a field of the journal's `block-energy` record. */
export interface IdleBudget {
  microwatts: number;
  /** The same before and after the block alone; null where it has no such stretch. */
  beforeMicrowatts: number | null;
  afterMicrowatts: number | null;
  /** Meter time that was averaged, seconds, and how many stretches. */
  seconds: number;
  stretches: number;
  terms: PowerTerm[];
  /** Degrees of freedom of the type A term. */
  degrees: number;
}

export interface IdleBudgetInput {
  before: readonly SettledStretch[];
  after: readonly SettledStretch[];
  accuracy: MeterAccuracy;
  supplyVolts: number;
  /** Noise of one sample, watts, and the sample period, seconds. */
  noiseWatts: number;
  sampleSeconds: number;
  /** Share of the samples that are exactly 0: an instrument that shows no negative current cuts noise off there. */
  nothingShare?: number;
}

/**
 * By how much the mean of readings that are cut off at 0 is too high, relative to it, for normal noise: with a share p at 0 the mean lies
 * -z standard deviations above it, z the normal quantile of p (Abramowitz and Stegun 26.2.23), and gains phi(z) + z p of them.
 */
export function cutOffShare(p: number): number {
  if (!(p > 0)) return 0;
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 0.45)));
  const z = -(
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return Math.max(0, density + z * p) / -z;
}

const uniform = 1 / Math.sqrt(3);

/** Budget of the sleep power term by term (k = 1); undefined without a settled stretch. */
export function idleBudget(input: IdleBudgetInput): IdleBudget | undefined {
  const { accuracy, supplyVolts } = input;
  const before = settledMean(input.before);
  const after = settledMean(input.after);
  const parts = [before, after].filter(part => part !== undefined);
  if (parts.length === 0) return undefined;
  const watts = parts.reduce((sum, part) => sum + part.watts, 0) / parts.length;
  const sigma = Math.hypot(...parts.map(part => part.sigma)) / parts.length;
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
  const difference = before === undefined || after === undefined ? 0 : Math.abs(after.watts - before.watts);
  const step = accuracy.resolutionAmps * supplyVolts;
  const isDithered = input.noiseWatts >= step / 2;
  const samples = input.sampleSeconds > 0 ? Math.max(1, seconds / input.sampleSeconds) : 1;
  const quantum = step / Math.sqrt(12);
  const list: [string, number, 'A' | 'B', string][] = [
    ['gain', accuracy.gainRelative * Math.abs(watts), 'B', accuracy.source],
    ['linearity', (accuracy.linearityRelative ?? 0) * Math.abs(watts), 'B', accuracy.source],
    ['voltage', accuracy.voltageRelative * Math.abs(watts), 'B', accuracy.source],
    ['offset', accuracy.offsetAmps * supplyVolts, 'B', accuracy.source],
    [
      'quantisation',
      isDithered ? quantum / Math.sqrt(samples) : quantum,
      'B',
      isDithered ? 'one step, uniform, dithered by noise' : 'one step, uniform, the same in every sample',
    ],
    [
      'cut off',
      cutOffShare(input.nothingShare ?? 0) * Math.abs(watts),
      'B',
      'readings that are exactly 0: the instrument shows no current below, not corrected for',
    ],
    ['drift', (difference / 2) * uniform, 'B', 'settled idle after against before the block, uniform'],
    ['repeatability', sigma, 'A', 'batch means of the settled idle, widened for their correlation'],
  ];
  return {
    microwatts: watts * 1e6,
    beforeMicrowatts: before === undefined ? null : before.watts * 1e6,
    afterMicrowatts: after === undefined ? null : after.watts * 1e6,
    seconds,
    stretches: input.before.length + input.after.length,
    degrees: Math.min(...parts.map(part => part.degrees)),
    terms: list.map(([term, value, kind, source]) => ({ term, microwatts: value * 1e6, kind, source })),
  };
}
