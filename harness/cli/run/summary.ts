import type { Writable } from 'node:stream';
import { budgetText, type FinishedRun, openPage, summaryText } from '../../library/index.js';
import { visibleLine } from '../../visible.js';
import { type CliContext, printColoured, printLine } from '../context.js';
import { fold } from '../terminal/fold.js';
import { type Colours, coloursOf, columnsOf } from '../terminal/stream.js';

const verdictColours = (colours: Colours) => ({
  pass: colours.green,
  fail: colours.red,
  inconclusive: colours.yellow,
  error: colours.red,
});

/** Prints loud words about data that are not real people, folded to the terminal. */
export function printCaution(context: CliContext, stream: Writable, caution: string): void {
  for (const line of cautionLines(context, stream, caution)) printColoured(stream, line);
}

/** The lines of {@link printCaution}. */
export function cautionLines(context: CliContext, stream: Writable, caution: string): string[] {
  const { bold, black, bgYellow } = coloursOf(stream, context.isColoured, context.env);
  return fold(visibleLine(caution), columnsOf(stream) - 4).map(line => bold(black(bgYellow(`  ${line}  `))));
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

export interface SummaryChoice {
  /** Also the uncertainty budgets, term by term. */
  budget?: boolean;
  /** The verdict and where the report is, and nothing else but what no reader may miss. */
  quiet?: boolean;
  /** A JSON object instead. */
  json?: boolean;
}

/** Prints the answer of a run, what the suite counted, and, last, where the report is. */
export function printSummary(context: CliContext, run: FinishedRun, choice: SummaryChoice = {}): void {
  const { out } = context;
  const { budget, quiet, json } = choice;
  if (json === true) {
    printJson(out, run);
    return;
  }
  const { record, suite, report } = run;
  const { caution } = record.provenance.dataset;
  const width = columnsOf(out);
  const colours = verdictColours(coloursOf(out, context.isColoured, context.env));
  const [first, ...lines] = summaryText(record, { checks: suite.results, width }).split('\n');
  const firstLines = fold(first, width).map(line => colours[record.outcome](line));
  if (quiet === true) {
    for (const line of firstLines) printColoured(out, line);
    if (caution !== undefined) printCaution(context, out, caution);
    printLine(out, report);
    return;
  }
  printLine(out);
  for (const line of firstLines) printColoured(out, line);
  for (const line of lines.flatMap(one => fold(one, width))) printColoured(out, coloured(line, colours));
  if (budget === true) printLine(out, budgetText(record, width));
  for (const line of recordingsText(run)) printLine(out, visibleLine(line));
  const allowed = suite.results.filter(({ isAllowed }) => isAllowed === true).length;
  const counts = `${suite.passed} passed, ${suite.failed} failed, ${suite.inconclusive} inconclusive, ${suite.errors} errors${allowed > 0 ? `; ${allowed} of them allowed` : ''}`;
  printColoured(out, `${colours[suite.outcome](suite.outcome.toUpperCase())}  ${counts}`);
  if (caution !== undefined) printCaution(context, out, caution);
  printLine(out, report);
}

/** A line of the summary, whose verdict, if it begins with one, is coloured; strings of others in it are harmless already. */
function coloured(line: string, colours: ReturnType<typeof verdictColours>): string {
  const [, bar = '', word] = /^(\| )?(pass|fail|inconclusive|error)\b/.exec(line) ?? [];
  if (word === undefined) return line;
  return `${bar}${colours[word as keyof typeof colours](word)}${line.slice(bar.length + word.length)}`;
}

/** Opens a run's page in the browser; that it cannot be is no reason to fail. */
export async function openReport({ err }: CliContext, { report }: FinishedRun): Promise<void> {
  const problem = await openPage(report);
  if (problem !== undefined) printLine(err, `the report was not opened: ${problem}`);
}

/** A run for other programs: its record, what the suite says, and where its files lie. */
function printJson(out: Writable, { record, suite, folder, report }: FinishedRun): void {
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
