import type { Verdict } from '../../record/run-record.js';
import type { Target } from '../../record/targets.js';

/** An interval of 95 % around a value. */
export interface Interval {
  value: number;
  low: number;
  high: number;
  /** Half widths of the measurement's and the model's part, where the figure has them. */
  u95Meter?: number | null;
  u95Model?: number | null;
}

/**
 * What `judge` does, as calibration laboratories call it. With a guard band as wide as the expanded uncertainty (w = U), a pass means
 * that at most 2.5 % of what the value may be breaks the limit; likewise a fail. In between nothing is decided.
 */
export const decisionRule = {
  name: 'simple acceptance with guard band, both sides: pass, fail, or inconclusive',
  guardBand: 'w = U (k from Student or the Monte Carlo quantiles, 95 %)',
  coverage: 0.95,
  source: 'ILAC-G8:09/2019, section 4.2; JCGM 106:2012, section 8.3',
} as const;

/**
 * The three-way verdict: pass only if the whole 95 % interval keeps the limit, fail only if all of it breaks the limit,
 * otherwise inconclusive. NaN anywhere is inconclusive.
 */
export function judge(interval: Interval, target: Pick<Target, 'atLeast' | 'atMost'>): Verdict {
  const { low, high } = interval;
  if (target.atLeast !== undefined) {
    if (low >= target.atLeast) return 'pass';
    return high < target.atLeast ? 'fail' : 'inconclusive';
  }
  const limit = target.atMost!;
  if (high <= limit) return 'pass';
  return low > limit ? 'fail' : 'inconclusive';
}

/** From the worst: where something broke, even a missed target is not all that must be looked at. */
const worstFirst: readonly Verdict[] = ['error', 'fail', 'inconclusive'];

/** The worst of several verdicts; a pass where there is none worse. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  return worstFirst.find(verdict => verdicts.includes(verdict)) ?? 'pass';
}
