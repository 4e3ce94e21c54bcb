import type { Verdict } from '../../record/run-record.js';
import type { Target } from '../../record/targets.js';

/** An interval of 95 % around a value. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

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
