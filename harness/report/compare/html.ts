import type { Comparison, ComparisonVerdict } from '../../verdict/compare/comparison.js';
import { htmlDocument } from '../html/document.js';
import { number, prose, table, words } from '../html/table.js';
import { section, template } from '../html/template.js';
import {
  cellsOf,
  comparisonNotes,
  type EffectRow,
  effectHead,
  effectRows,
  energyWords,
  reading,
  verdictLine,
} from './rows.js';

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
    body: `${told.length === 0 ? '' : effectTable(told)}${folded}` || '<p>Nothing could be compared.</p>',
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
