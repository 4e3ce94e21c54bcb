import { dash } from '../../record/format.js';
import { inTextUnit, intervalText } from '../../record/interval.js';
import type { RunRecord, TargetVerdict, Verdict } from '../../record/run-record.js';
import { energyMetrics } from '../../record/targets.js';
import { groupBy } from '../groups.js';

/** One target, with its worst block. */
export interface TargetRow {
  verdict: Verdict;
  target: string;
  /** Value of the worst block with its 95 % interval. */
  value: string;
  limit: string;
  /** From the interval's end that is nearer to the limit; negative where the interval reaches over it. */
  margin: string;
  worstBlock: string;
  /** Blocks that meet it, of all that it is for. */
  met: string;
}

const severity: readonly Verdict[] = ['error', 'fail', 'inconclusive', 'pass'];

/** Ends of a verdict's interval; records without them have the farther end's distance alone. */
const endsOf = (value: number, u95: number | null, ci95: TargetVerdict['ci95']): [number, number] =>
  ci95 === undefined
    ? [value - (u95 ?? 0), value + (u95 ?? 0)]
    : [ci95[0], ci95[1] ?? Number.POSITIVE_INFINITY];

/** Distance of the interval's near end from the limit, in the verdict's unit; undefined where it cannot be told. */
export function marginOf({ value, u95, ci95, limit, side }: TargetVerdict): number | undefined {
  if (value === null || side === undefined) return undefined;
  const [low, high] = endsOf(value, u95, ci95);
  return side === 'atLeast' ? low - limit : Number.isFinite(high) ? limit - high : undefined;
}

/** Value and 95 % interval of a verdict, as it stands in every report. */
export function verdictValue({ value, u95, ci95, unit }: TargetVerdict): string {
  if (value === null) return dash;
  if (ci95 === undefined && u95 === null)
    return `${intervalText({ value, low: value, high: value }, unit)} (interval not stated)`;
  const [low, high] = endsOf(value, u95, ci95);
  return intervalText({ value, low, high }, unit);
}

/** The limit with its side. */
export function limitText({ limit, unit, side }: TargetVerdict): string {
  const text = intervalText({ value: limit, low: limit, high: limit }, unit);
  if (side === undefined) return text;
  return `${side === 'atLeast' ? 'at least' : 'at most'} ${text}`;
}

function marginText(verdict: TargetVerdict): string {
  const margin = marginOf(verdict);
  if (margin === undefined) return dash;
  const unit = verdict.unit === 'share' ? 'points' : verdict.unit;
  const shown = inTextUnit(margin, unit);
  const digits = Math.abs(shown.value) >= 100 ? 4 : 3;
  const rounded = Number(shown.value.toPrecision(digits));
  return `${rounded.toLocaleString('en-US', { signDisplay: 'exceptZero', maximumSignificantDigits: digits })} ${shown.unit}`;
}

/** From the worst verdict to the best; of the same, the smallest margin first, and first what has no value. */
export function fromTheWorst(verdicts: readonly TargetVerdict[]): TargetVerdict[] {
  const margin = (one: TargetVerdict) => marginOf(one) ?? Number.NEGATIVE_INFINITY;
  const byMargin = (a: TargetVerdict, b: TargetVerdict) =>
    margin(a) < margin(b) ? -1 : Number(margin(a) > margin(b));
  return [...verdicts].sort(
    (a, b) => severity.indexOf(a.verdict) - severity.indexOf(b.verdict) || byMargin(a, b),
  );
}

/** Whose energy it is stands before the name of every target that is about energy. */
function nameOf({ provenance }: RunRecord, { target, metric }: TargetVerdict): string {
  return metric !== undefined && energyMetrics.has(metric) && provenance.energy !== 'none'
    ? `${target} (${provenance.energy})`
    : target;
}

/** One row a target, from the worst; targets of the same verdict stay in their own order. */
export function targetRows(record: RunRecord): TargetRow[] {
  const groups = [...groupBy(record.verdicts, verdict => verdict.target).values()].map(fromTheWorst);
  return groups
    .map(([worst, ...others]) => ({
      verdict: worst.verdict,
      target: nameOf(record, worst),
      value: verdictValue(worst),
      limit: limitText(worst),
      margin: marginText(worst),
      worstBlock: worst.block,
      met: `${[worst, ...others].filter(one => one.verdict === 'pass').length} of ${others.length + 1}`,
    }))
    .sort((a, b) => severity.indexOf(a.verdict) - severity.indexOf(b.verdict));
}
