import type { Comparison, ComparisonVerdict } from '../../verdict/compare/comparison.js';
import { inlineMark, mark, whiskerAcross } from '../html/charts/marks.js';
import { axisName, figure, plot } from '../html/charts/plot.js';
import { linearScale } from '../html/charts/scale.js';
import { across, element, textElement } from '../html/charts/svg.js';
import { htmlDocument } from '../html/document.js';
import { number, prose, table, words } from '../html/table.js';
import { section, template } from '../html/template.js';
import {
  cellsOf,
  changeText,
  comparisonNotes,
  type EffectRow,
  effectHead,
  effectRows,
  energyWords,
  figureName,
  reading,
  verdictLine,
} from './rows.js';

/** Changes that are drawn; the table has all. */
const mostForest = 24;

/** The colour of a verdict, by the class that the page has for it. */
const marks: Record<ComparisonVerdict, string> = {
  better: 'pass',
  worse: 'fail',
  mixed: 'inconclusive',
  'not comparable': 'inconclusive',
  'no difference shown': '',
};

const columns = effectHead.map(head => {
  if (head === 'from') return prose(head);
  return head === 'verdict' || head === 'figure' || head === 'block' ? words(head) : number(head);
});

const effectTable = (rows: readonly EffectRow[]): string =>
  table({
    isCards: true,
    rowHead: 1,
    columns,
    rows: rows.map(row => {
      const [, ...others] = cellsOf(row);
      return [{ text: row.verdict, mark: `verdict ${marks[row.verdict]}` }, ...others];
    }),
  });

const forestHeight = 26;

/** Relative changes with their intervals, one row a figure, on one axis: left of 0 is less, right of it more. */
function forest({ pairs, candidate }: Comparison, words: string): string {
  const rows = pairs.flatMap(({ name, effects }) =>
    effects.flatMap(effect =>
      effect.change?.isRelative === true ? [{ name, effect, change: effect.change }] : [],
    ),
  );
  if (rows.length === 0) return '';
  const shown = rows.slice(0, mostForest);
  const ends = shown
    .flatMap(({ change: { value, low, high } }) => [value, low, high])
    .filter(Number.isFinite);
  const scale = linearScale(100 * Math.min(0, ...ends), 100 * Math.max(0, ...ends), { count: 4 });
  const at = (value: number) => scale.of(100 * value);
  const marks = shown.flatMap(({ name, effect, change }, row) => {
    const y = row * 2 * forestHeight + forestHeight;
    return [
      textElement(`${figureName(effect, words)}, ${name}: ${effect.verdict}`, {
        x: 0,
        y: y - 4,
        class: 'figure',
      }),
      whiskerAcross(at(change.low), at(change.high), y + 12),
      mark(effect.verdict === 'worse' ? 1 : effect.verdict === 'better' ? 0 : 3, at(change.value), y + 12),
    ];
  });
  const height = shown.length * 2 * forestHeight;
  const zero = element('line', { class: 'zero', x1: across(at(0)), x2: across(at(0)), y1: 0, y2: height });
  return figure({
    title: `Relative changes of ${candidate.id} (energy: ${words}), with 95 % intervals`,
    legend: `<span>${inlineMark(0)} better</span> <span>${inlineMark(1)} worse</span> <span>${inlineMark(3)} no difference shown</span>`,
    isWide: true,
    note:
      rows.length > shown.length
        ? `The first ${shown.length} of ${rows.length}; all are in the table.`
        : undefined,
    panels: [
      {
        head: '',
        body:
          plot(
            {
              height,
              left: 14,
              finding: shown
                .map(
                  ({ name, effect }) =>
                    `${figureName(effect, words)}, ${name}: ${changeText(effect)}, ${effect.verdict}`,
                )
                .join('; '),
              x: scale,
              marks: [zero, ...marks],
            },
            true,
          ) + axisName({ text: `change, %, candidate against baseline (energy: ${words}); less is left` }),
      },
    ],
  });
}

const header = template<{
  comparison: Comparison;
  mark: string;
  line: string;
  notes: string[];
}>(`<header class="<%= it.mark %>">
<p class="brand">littlefirst compare</p>
<h1><span class="badge <%= it.mark %>"><%= it.comparison.verdict.toUpperCase() %></span> <%= it.comparison.candidate.id %></h1>
<p><%= it.line %></p>
<p>Baseline: <%= it.comparison.baseline.id %>, <%= it.comparison.baseline.startedAt %>. Candidate: <%= it.comparison.candidate.id %>, <%= it.comparison.candidate.startedAt %>.</p>
</header>
<% for (const note of it.notes) { %><div class="warn"><%= note %></div>
<% } %>`);

function effectsSection(comparison: Comparison, id: string): string {
  const rows = effectRows(comparison);
  const told = rows.filter(({ verdict }) => verdict !== 'no difference shown');
  const rest = rows.filter(({ verdict }) => verdict === 'no difference shown');
  const folded =
    rest.length === 0
      ? ''
      : `<details${told.length === 0 ? ' open' : ''}><summary>${rest.length} figures without a difference shown</summary>${effectTable(rest)}</details>`;
  return section({
    id,
    title: `Changes of ${comparison.candidate.id} (energy: ${energyWords(comparison)})`,
    notes: [reading],
    body:
      `${told.length === 0 ? '' : effectTable(told)}${folded}${forest(comparison, energyWords(comparison))}` ||
      '<p>Nothing could be compared.</p>',
  });
}

function differencesSection({ differences, candidate }: Comparison, id: string): string {
  return section({
    id,
    title: `What else differs in ${candidate.id}`,
    body:
      differences.length === 0
        ? '<p>Nothing: data, models, firmware, meter and host are the same.</p>'
        : table({
            columns: [words('What'), prose('Baseline'), prose('Candidate')],
            rows: differences.map(({ what, baseline, candidate: other }) => [what, baseline, other]),
          }),
  });
}

/** Comparisons of several runs with the first as one self-contained page. */
export function comparisonHtml(comparisons: readonly Comparison[]): string {
  const [first] = comparisons;
  return htmlDocument({
    title: `littlefirst compare: ${comparisons.map(({ verdict }) => verdict).join(', ')} (${first.baseline.id})`,
    header: comparisons
      .map(comparison =>
        header({
          comparison,
          mark: marks[comparison.verdict],
          line: verdictLine(comparison),
          notes: comparisonNotes(comparison),
        }),
      )
      .join('\n'),
    body: comparisons
      .flatMap((comparison, i) => [
        effectsSection(comparison, `changes-${i + 1}`),
        differencesSection(comparison, `differences-${i + 1}`),
      ])
      .join('\n'),
  });
}
