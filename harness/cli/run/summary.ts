import type { Writable } from 'node:stream';
import colours from 'picocolors';
import { type FinishedRun, summaryText } from '../../library/index.js';
import { visibleLine } from '../../visible.js';
import { printColoured, printLine } from '../context.js';

const verdictColours = {
  pass: colours.green,
  fail: colours.red,
  inconclusive: colours.yellow,
  error: colours.red,
} as const;

/** Loud words about data that are not real people. */
export function cautionBanner(caution: string): string {
  const text = `  ${visibleLine(caution)}  `;
  return colours.bold(colours.black(colours.bgYellow(text)));
}

/** Prints the blocks and verdicts, what the suite did not pass, and the outcome. */
export function printSummary(out: Writable, { record, suite, folder }: FinishedRun): void {
  const { caution } = record.provenance.dataset;
  printLine(out);
  printLine(out, summaryText(record));
  for (const { group, title, verdict, message } of suite.results)
    if (verdict !== 'pass')
      printColoured(
        out,
        `${verdictColours[verdict](verdict)}  ${visibleLine(`${group}: ${title}: ${message}`)}`,
      );
  const counts = `${suite.passed} passed, ${suite.failed} failed, ${suite.inconclusive} inconclusive, ${suite.errors} errors`;
  printColoured(out, `${verdictColours[suite.outcome](suite.outcome.toUpperCase())}  ${counts}`);
  if (caution !== undefined) printColoured(out, cautionBanner(caution));
  printLine(out, folder);
}
