import { quantileSorted } from 'simple-statistics';
import type { CampaignRecord, GoldenRecord } from '../../record/journal/records.js';
import type { Block } from '../../record/run-record.js';
import type { BlockData } from './block-data.js';
import { areaInterval95, areaUnderCurve } from './roc.js';
import { unscored } from './window-kinds.js';

/** Whether a window's score is the golden interpreter's, where there are scores. */
export function isGoldenScore(golden: GoldenRecord | undefined, block: BlockData, window: number): boolean {
  return golden?.scores === undefined
    ? block.scores.length === 0
    : golden.scores[window] === block.scores[window];
}

/** What the scores of a block are like, by true label; undefined of strategies without a score. */
export function scoresOf(
  campaign: CampaignRecord,
  golden: GoldenRecord | undefined,
  { scores }: BlockData,
): Block['scores'] {
  const unit = golden?.scoreUnit;
  if (unit === undefined || scores.length === 0) return undefined;
  const judged = [...scores.keys()].filter(w => campaign.truth[w] !== unscored);
  const isPositive = judged.map(w => campaign.truth[w] === 1);
  const auc = areaUnderCurve(
    judged.map(w => scores[w]),
    isPositive,
  );
  const positives = isPositive.filter(Boolean).length;
  const realOf = (score: number): number => score * unit.factor + unit.offset;
  const byLabel = campaign.labels.flatMap((label, truth) => {
    const own = judged.filter(w => campaign.truth[w] === truth).map(w => scores[w]);
    if (own.length === 0) return [];
    own.sort((a, b) => a - b);
    const at = (p: number): number => realOf(quantileSorted(own, p));
    return [{ label, windows: own.length, median: at(0.5), p5: at(0.05), p95: at(0.95) }];
  });
  return {
    of: unit.of,
    auc,
    aucCI95: auc === null ? null : areaInterval95(auc, positives, judged.length - positives),
    byLabel,
  };
}
