import { quantileSorted } from 'simple-statistics';
import type { CampaignRecord, GoldenRecord } from '../../record/journal/records.js';
import type { MlperfFigures } from '../../record/run-record.js';
import type { BlockData } from './block-data.js';
import { areaUnderCurve } from './roc.js';

/** Median with the least and the largest value: for five values those hold the true median with 93.75 %. */
function middle(values: readonly number[]): { value: number; low: number; high: number } | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return { value: quantileSorted(sorted, 0.5), low: sorted[0], high: sorted[sorted.length - 1] };
}

/**
 * As the stock runner has it: one score, or the second of two classes, is the score of class 1; more classes are averaged, one
 * against the rest, over outputs that are scaled to a sum of 1. Classes that never occur are left out.
 */
function aucOf(outputs: readonly (readonly number[])[], truth: readonly number[]): number | null {
  const width = Math.max(0, ...outputs.map(row => row.length));
  if (width <= 1)
    return areaUnderCurve(
      outputs.map(row => row[0]),
      outputs.map((_, w) => truth[w] === 1),
    );
  const shares = outputs.map(row => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map(value => (sum === 0 ? value : value / sum));
  });
  const classes = width === 2 ? [1] : Array.from({ length: width }, (_, i) => i);
  const areas = classes.flatMap(label => {
    const area = areaUnderCurve(
      shares.map(row => row[label]),
      outputs.map((_, w) => truth[w] === label),
    );
    return area === null ? [] : [area];
  });
  return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Decimal figures such as 0.0005 are not binary ones. */
const roundingSlack = 1e-9;

/** Inputs of a third party's DUT whose answer is not the golden interpreter's; 0 where there is none to compare with. */
export function strangerMismatches(block: BlockData, golden: GoldenRecord | undefined): number {
  if (golden === undefined) return 0;
  const { labels, outputs, tolerance = 0 } = golden;
  return block.outputs.filter((row, w) =>
    outputs === undefined
      ? block.labels[w] !== labels[w]
      : row.some((value, i) => !(Math.abs(value - outputs[w]?.[i]) <= tolerance + roundingSlack)),
  ).length;
}

/** What MLPerf Tiny reports of a mode; undefined for blocks of our own boards. */
export function mlperfFigures(
  campaign: CampaignRecord,
  block: BlockData,
  golden?: GoldenRecord,
): MlperfFigures | undefined {
  const { thirdParty } = campaign;
  if (thirdParty === undefined) return undefined;
  const seconds = block.seconds.filter(value => value !== null);
  const latency = middle(seconds.map(value => value * 1e3));
  return {
    iterations: block.iterations,
    loop: block.loop,
    auc: block.key.strategy === 'accuracy' ? aucOf(block.outputs, thirdParty.truth) : null,
    latencyMedian_ms: latency,
    inferencesPerSecond: latency === null ? null : 1e3 / latency.value,
    energyMedian_uJ: middle(block.other),
    latencies_ms: seconds.map(value => value * 1e3),
    energies_uJ: [...block.other],
    goldenChecked: golden === undefined ? 'no' : golden.outputs === undefined ? 'label' : 'outputs',
  };
}
