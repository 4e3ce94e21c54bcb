import { sig } from '../record/format.js';
import type { Block } from '../record/run-record.js';

type Scores = NonNullable<Block['scores']>;

const names: Readonly<Record<string, string>> = {
  reconstruction: 'mean squared reconstruction error',
  output: 'output',
};

/** What a score is of, in words. */
export const scoreName = ({ of }: Scores): string => names[of] ?? of;

/** Area under the ROC curve with its interval. */
export function areaText({ auc, aucCI95 }: Scores): string {
  if (auc === null || aucCI95 === null) return 'none: windows of one label only';
  return `${sig(auc, 4)} [${sig(aucCI95[0], 3)}, ${sig(aucCI95[1], 3)}]`;
}
