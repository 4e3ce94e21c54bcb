import { count, sig } from '../../../record/format.js';
import type { Block } from '../../../record/run-record.js';
import { chipGroups, seriesLabel } from '../../groups.js';
import { areaText, scoreName } from '../../scores.js';
import { number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

/** Strategies that make a score: how it separates the two labels, and what it is on windows of each. */
export function scoresSection({ record }: ReportContext): string {
  const scored = (block: Block) => block.scores !== undefined;
  if (!record.blocks.some(scored)) return '';
  const tables = chipGroups(record).map(group =>
    table({
      caption: group.label,
      columns: [
        words('Strategy'),
        words('Level'),
        words('Score'),
        words('AUC [95 %]'),
        words('Windows that are'),
        number('Windows'),
        number('Median'),
        number('5 %'),
        number('95 %'),
      ],
      rows: group.blocks.flatMap(block =>
        (block.scores?.byLabel ?? []).map(({ label, windows, median, p5, p95 }) => [
          seriesLabel(record, block),
          block.level.name,
          scoreName(block.scores!),
          areaText(block.scores!),
          label,
          count(windows),
          sig(median),
          sig(p5),
          sig(p95),
        ]),
      ),
    }),
  );
  return section({
    id: 'scores',
    title: 'Scores',
    notes: [
      `The area under the ROC curve (AUC) is the share of pairs of a window labelled ${record.labels[1]} and one labelled ${record.labels[0]} whose scores are in that order; it needs no threshold. Its interval takes windows as independent. windows.csv has every score.`,
    ],
    body: tables.join(''),
  });
}
