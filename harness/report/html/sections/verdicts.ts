import type { TargetVerdict } from '../../../record/run-record.js';
import { limitText, verdictValue } from '../../answer/target-rows.js';
import { groupBy } from '../../groups.js';
import { number, prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

/** More passed verdicts than this are folded away. */
const foldedFrom = 12;

function verdictTable(verdicts: readonly TargetVerdict[], word: string): string {
  return table({
    isCards: true,
    rowHead: 1,
    columns: [
      words('Verdict'),
      prose('Target'),
      prose('Board / chip / level / bundle / strategy'),
      number(`Value [95 %] (energy: ${word})`),
      number('Limit'),
      prose('Reason'),
    ],
    rows: verdicts.map(verdict => [
      { text: verdict.verdict, mark: `verdict ${verdict.verdict}` },
      verdict.target,
      verdict.block,
      verdictValue(verdict),
      limitText(verdict),
      verdict.reason,
    ]),
  });
}

/** One row a target: how many of its blocks pass, fail or stay open. */
function overview(verdicts: readonly TargetVerdict[]): string {
  return table({
    isCards: true,
    columns: [
      words('Target'),
      number('Limit'),
      number('Pass'),
      number('Fail'),
      number('Inconclusive'),
      number('Error'),
    ],
    rows: [...groupBy(verdicts, verdict => verdict.target)].map(([target, members]) => {
      const of = (wanted: TargetVerdict['verdict']) => members.filter(v => v.verdict === wanted).length;
      const marked = (wanted: TargetVerdict['verdict']) => ({
        text: String(of(wanted)),
        mark: of(wanted) > 0 ? wanted : '',
      });
      return [
        target,
        limitText(members[0]),
        marked('pass'),
        marked('fail'),
        marked('inconclusive'),
        marked('error'),
      ];
    }),
  });
}

/** Every target on every block it is for, with its limit, value and reason. */
export function verdictsSection({ record, word }: ReportContext): string {
  const of = (wanted: TargetVerdict['verdict']) => record.verdicts.filter(v => v.verdict === wanted);
  const passed = of('pass');
  const open = [...of('error'), ...of('fail'), ...of('inconclusive')];
  const folded =
    passed.length > foldedFrom
      ? `<details><summary>All ${passed.length} passed verdicts</summary>${verdictTable(passed, word)}</details>`
      : passed.length > 0
        ? verdictTable(passed, word)
        : '';
  return section({
    id: 'verdicts',
    title: 'Verdicts',
    notes: [
      `Decision rule: ${record.decisionRule === undefined ? 'not recorded' : `${record.decisionRule.name}, ${record.decisionRule.guardBand} (${record.decisionRule.source})`}. ${record.checks === undefined ? '' : `${record.checks.withInterval} of the ${record.checks.total} checks judge a figure that has an interval; the others are exact.`}`,
      'A target passes only if the whole 95 % interval keeps its limit, fails only if all of it breaks the limit, and is inconclusive in between. It is an error where bench, DUT or meter broke the block that it is about.',
    ],
    body:
      record.verdicts.length === 0
        ? '<p>This run has no targets.</p>'
        : `${overview(record.verdicts)}${open.length > 0 ? verdictTable(open, word) : ''}${folded}`,
  });
}
