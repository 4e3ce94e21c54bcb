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

/** The worst of several verdicts: one fail fails, one inconclusive leaves open. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}
