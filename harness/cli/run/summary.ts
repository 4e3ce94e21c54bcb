import type { Writable } from 'node:stream';
import colours from 'picocolors';
import { budgetText, type FinishedRun, summaryText } from '../../library/index.js';
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

/** What was found of the recordings beside the journal. */
function recordingsText({ recordings }: FinishedRun): string[] {
  if (recordings === undefined || recordings.verified + recordings.absent.length === 0) return [];
  const { verified, absent } = recordings;
  const lost =
    absent.length === 0
      ? ''
      : `; ${absent.length} not there, so that nobody can replay them, the first is ${absent[0]}`;
  return [`${verified} recordings have the SHA-256 that they were closed with${lost}`];
}

/**
 * Prints the blocks and verdicts, what the suite did not pass, and the outcome.
 * @param options.budget also the uncertainty budgets, term by term
 */
export function printSummary(out: Writable, run: FinishedRun, { budget }: { budget?: boolean } = {}): void {
  const { record, suite, folder } = run;
  const { caution } = record.provenance.dataset;
  printLine(out);
  printLine(out, summaryText(record));
  if (budget === true) printLine(out, budgetText(record));
  for (const line of recordingsText(run)) printLine(out, visibleLine(line));
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
