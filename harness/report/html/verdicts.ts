import { inUnit } from '../format.js';
import { number, table, words } from './table.js';
import { type ReportContext, section } from './template.js';

/** Every target on every block it is for, with its limit, value and reason. */
export function verdictsSection({ record, word }: ReportContext): string {
  const order = ['fail', 'inconclusive', 'pass'];
  const verdicts = [...record.verdicts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const body = table({
    columns: [
      words('Verdict'),
      words('Target'),
      words('Board / chip / level / bundle / strategy'),
      number(`Value ± U95 (energy: ${word})`),
      number('Limit'),
      words('Reason'),
    ],
    rows: verdicts.map(verdict => [
      { text: verdict.verdict, mark: `verdict ${verdict.verdict}` },
      verdict.target,
      verdict.block,
      inUnit(verdict.value, verdict.u95, verdict.unit),
      inUnit(verdict.limit, null, verdict.unit),
      verdict.reason,
    ]),
  });
  return section({
    id: 'verdicts',
    title: 'Verdicts',
    notes: [
      'A target passes only if the whole 95 % interval keeps its limit, fails only if all of it breaks the limit, and is inconclusive in between.',
    ],
    body: verdicts.length === 0 ? '<p>This run has no targets.</p>' : body,
  });
}
