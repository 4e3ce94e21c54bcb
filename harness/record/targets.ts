import { z } from 'zod';
import type { Verdict } from './run-record.js';

/** What a target may bound, with the unit of its limit. */
export const metricUnits = {
  accuracy: 'share',
  /** Accuracy minus big-only's over the same windows. */
  'accuracy-vs-big-only': 'share',
  'energy-saving': 'share',
  'mac-saving': 'share',
  'golden-mismatches': 'windows',
  /** Longest active time of a window. */
  'latency-max': 'ms',
  'energy-per-window': 'uJ',
  'macs-per-window': 'MAC',
  /** Of a third party's DUT: area under the ROC curve; medians over inputs. */
  auc: 'share',
  'latency-median': 'ms',
  'energy-median': 'uJ',
} as const;
export type Metric = keyof typeof metricUnits;

/** One target of a bench or targets file. Exactly one of `atLeast` and `atMost`. */
export const targetSchema = z
  .strictObject({
    name: z.string().min(1),
    metric: z.enum(Object.keys(metricUnits) as [Metric, ...Metric[]]),
    /** Blocks it applies to; absent = all. */
    strategies: z.array(z.string()).optional(),
    bundles: z.array(z.string()).optional(),
    /** Data sets whose runs it is for; on others, as after `--data`, it is not asserted at all. Absent = all. */
    data: z.array(z.enum(['uci-har', 'hapt', 'synthetic'])).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine(t => (t.atLeast === undefined) !== (t.atMost === undefined), {
    message: 'exactly one of atLeast and atMost',
  });
export type Target = z.infer<typeof targetSchema>;

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
