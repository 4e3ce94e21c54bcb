import type { Writable } from 'node:stream';
import colours from 'picocolors';
import { budgetText, type FinishedRun, openPage, summaryText } from '../../library/index.js';
import { visibleLine } from '../../visible.js';
import { type CliContext, printColoured, printLine } from '../context.js';

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

/** Columns of a terminal; elsewhere tables are as wide as they come. */
const widthOf = (out: Writable): number => (out as NodeJS.WriteStream).columns ?? Number.POSITIVE_INFINITY;

/**
 * Prints the answer of a run, what the suite counted, and, last, where the report is.
 * @param options.budget also the uncertainty budgets, term by term
 */
export function printSummary(out: Writable, run: FinishedRun, { budget }: { budget?: boolean } = {}): void {
  const { record, suite, report } = run;
  const { caution } = record.provenance.dataset;
  const [first, ...lines] = summaryText(record, { checks: suite.results, width: widthOf(out) }).split('\n');
  printLine(out);
  printColoured(out, verdictColours[record.outcome](first));
  for (const line of lines) printColoured(out, coloured(line));
  if (budget === true) printLine(out, budgetText(record));
  for (const line of recordingsText(run)) printLine(out, visibleLine(line));
  const allowed = suite.results.filter(({ isAllowed }) => isAllowed === true).length;
  const counts = `${suite.passed} passed, ${suite.failed} failed, ${suite.inconclusive} inconclusive, ${suite.errors} errors${allowed > 0 ? `; ${allowed} of them allowed` : ''}`;
  printColoured(out, `${verdictColours[suite.outcome](suite.outcome.toUpperCase())}  ${counts}`);
  if (caution !== undefined) printColoured(out, cautionBanner(caution));
  printLine(out, report);
}

/** A line of the summary, whose verdict, if it begins with one, is coloured; strings of others in it are harmless already. */
function coloured(line: string): string {
  const [, bar = '', word] = /^(\| )?(pass|fail|inconclusive|error)\b/.exec(line) ?? [];
  if (word === undefined) return line;
  return `${bar}${verdictColours[word as keyof typeof verdictColours](word)}${line.slice(bar.length + word.length)}`;
}

/** Opens a run's page in the browser; that it cannot be is no reason to fail. */
export async function openReport({ err }: CliContext, { report }: FinishedRun): Promise<void> {
  const problem = await openPage(report);
  if (problem !== undefined) printLine(err, `the report was not opened: ${problem}`);
}

/** A run for other programs: its record, what the suite says, and where its files lie. */
export function printJson(out: Writable, { record, suite, folder, report }: FinishedRun): void {
  const { outcome, judged, passed, failed, inconclusive, errors } = suite;
  printLine(
    out,
    JSON.stringify(
      { folder, report, suite: { outcome, judged, passed, failed, inconclusive, errors }, record },
      null,
      2,
    ),
  );
}
