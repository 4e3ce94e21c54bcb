import { figureText } from '../../../record/figure-text.js';
import { capital, percent, sig } from '../../../record/format.js';
import { savingBudgets } from '../../budget.js';
import { chipGroups, seriesLabel } from '../../groups.js';
import { number, prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

/** Uncertainty budgets: one row a block, one column a term, and where each term comes from. */
export function uncertaintySection({ record, word }: ReportContext): string {
  const all = record.blocks.flatMap(block => block.uncertainty);
  const terms = [...new Set(all.map(term => term.term))];
  const isZero = (name: string) => all.every(term => term.term !== name || term.microjoules === 0);
  const shown = terms.filter(name => !isZero(name));
  const sources = terms.map(name => {
    const members = all.filter(term => term.term === name);
    return [
      name,
      [...new Set(members.map(term => term.kind))].join(', '),
      isZero(name) ? 'no' : 'yes',
      [...new Set(members.map(term => term.source))].slice(0, 3).join('; '),
    ];
  });
  const budgets = chipGroups(record).map(group =>
    table({
      caption: `${group.label}: standard uncertainties (k = 1) of the mean ${word} energy, µJ per window`,
      columns: [
        words('Strategy'),
        words('Level'),
        ...shown.map(number),
        number(`${word} energy [95 %], µJ`),
        number('farther end, %'),
      ],
      rows: group.blocks.map(block => {
        const energy = block.energyPerWindow_uJ;
        const share = energy === null || energy.value === 0 ? null : (energy.u95 / energy.value) * 100;
        return [
          seriesLabel(record, block),
          block.level.name,
          ...shown.map(name => sig(block.uncertainty.find(term => term.term === name)?.microjoules, 3)),
          figureText(energy),
          sig(share, 3),
        ];
      }),
    }),
  );
  const savings = savingBudgets(record).map(({ caption, head, rows }) =>
    table({
      caption,
      columns: head.map((title, i) => (i < 2 ? words(title) : prose(title))),
      rows,
    }),
  );
  const unwatched = Math.max(0, ...record.blocks.map(block => block.unwatchedShare ?? 0));
  return section({
    id: 'uncertainty',
    title: `Uncertainty budgets of the ${word} energy`,
    notes: [
      `After the GUM: terms are independent and summed as squares; the interval of the energy holds the model's part too, and the farther end says how far it reaches. Kind A comes from the spread of the windows, kind B from anything else. Of a saving what both strategies have in common is left out; how much it varies with the choice of windows is its spread, another question and not in its interval.${word === 'measured' ? '' : ` The terms are those of taking the ${word} energy; what the model behind it leaves open stands beside them as "model".`}`,
      ...(unwatched === 0
        ? []
        : [
            `Lost samples: unknown for up to ${percent(unwatched)} % of a block's samples, which nothing watched. What may be missing is bounded by another clock and counts as a term of its own.`,
          ]),
    ],
    body:
      terms.length === 0
        ? '<p>This run has no energy.</p>'
        : `<details open><summary>${capital(word)} energy, all blocks</summary>${budgets.join('')}</details>${table(
            {
              caption: 'Where the terms come from',
              columns: [words('Term'), words('Kind'), words('Above 0'), prose('Source')],
              rows: sources,
            },
          )}${savings.join('')}`,
  });
}
