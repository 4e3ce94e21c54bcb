import { z } from 'zod';
import type { Unit } from '../config/quantity.js';

/** What a target may bound, with the unit of its limit. */
export const metricUnits = {
  accuracy: 'share',
  /** Accuracy minus big-only's over the same windows. */
  'accuracy-vs-big-only': 'share',
  'energy-saving': 'share',
  /** Energy saving of whole periods, the sleep until the next window included. */
  'energy-saving-with-sleep': 'share',
  'mac-saving': 'share',
  'golden-mismatches': 'windows',
  /** Longest active time of a window. */
  'latency-max': 'ms',
  'energy-per-window': 'uJ',
  /** Over a whole period, sleep included. */
  'average-power': 'uW',
  /** Of the battery that the target names. */
  'battery-days': 'days',
  'macs-per-window': 'MAC',
  /** Area under the ROC curve of a `score` strategy or a third party's DUT. */
  auc: 'share',
  /** Of a third party's DUT: medians over inputs. */
  'latency-median': 'ms',
  'energy-median': 'uJ',
} as const;
export type Metric = keyof typeof metricUnits;

/** What the unit of a metric's limit is in the SI, where it is one of a quantity. */
const quantities: Readonly<Partial<Record<string, Unit>>> = {
  uJ: { symbol: 'J', size: 1e-6 },
  uW: { symbol: 'W', size: 1e-6 },
  ms: { symbol: 's', size: 1e-3 },
  days: { symbol: 's', size: 86_400 },
};

/** The unit of a target's limit, by the metric that stands beside it; undefined for shares, counts and everything else. */
export function limitUnit(key: PropertyKey | undefined, beside: unknown): Unit | undefined {
  if (key !== 'atLeast' && key !== 'atMost') return undefined;
  const metric = (beside as { metric?: unknown } | null | undefined)?.metric;
  return typeof metric === 'string' && Object.hasOwn(metricUnits, metric)
    ? quantities[metricUnits[metric as Metric]]
    : undefined;
}

/** Metrics of the meter: only these fall with an energy that does not count. */
export const energyMetrics: ReadonlySet<Metric> = new Set<Metric>([
  'energy-saving',
  'energy-saving-with-sleep',
  'energy-per-window',
  'average-power',
  'battery-days',
  'energy-median',
]);
/** Metrics that compare a block with its baseline. */
export const relativeMetrics: ReadonlySet<Metric> = new Set<Metric>([
  'energy-saving',
  'energy-saving-with-sleep',
  'mac-saving',
  'accuracy-vs-big-only',
]);

/** One target of a bench or targets file. Exactly one of `atLeast` and `atMost`. */
export const targetSchema = z
  .strictObject({
    name: z.string().min(1),
    metric: z.enum(Object.keys(metricUnits) as [Metric, ...Metric[]]),
    /** Blocks it applies to; absent = all. */
    strategies: z.array(z.string()).optional(),
    bundles: z.array(z.string()).optional(),
    /** Battery of `battery-days`, one of the bench's. */
    battery: z.string().optional(),
    /** Data sets whose runs it is for; on others, as after `--data`, it is not asserted at all. Absent = all. */
    data: z.array(z.enum(['uci-har', 'hapt', 'synthetic'])).optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine(t => (t.atLeast === undefined) !== (t.atMost === undefined), {
    message: 'exactly one of atLeast and atMost',
  })
  .superRefine((t, context) => {
    if (metricUnits[t.metric] !== 'share') return;
    for (const key of ['atLeast', 'atMost'] as const) {
      const limit = t[key];
      if (limit === undefined || Math.abs(limit) <= 1) continue;
      const message = `a share from -1 to 1: write ${Number((limit / 100).toPrecision(12))} for ${limit} %`;
      context.addIssue({ code: 'custom', message, path: [key] });
    }
  })
  .refine(t => (t.metric === 'battery-days') === (t.battery !== undefined), {
    message: 'a battery belongs to battery-days, and only there',
    path: ['battery'],
  });
export type Target = z.infer<typeof targetSchema>;
