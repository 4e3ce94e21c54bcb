import { asLittlefirstError, exitCodes } from '../../errors.js';
import type { Target } from '../../record/targets.js';
import { writeReports } from '../../report/write.js';
import { runSuite, type SuiteResult } from '../../verdict/suite/suite.js';
import { type CliContext, printLine } from '../context.js';
import { printSummary } from './summary.js';

/** The CLI's exit code for the outcome of a run. */
export function exitCodeOfOutcome(outcome: SuiteResult['outcome']): number {
  return outcome === 'error' ? exitCodes.bench : exitCodes[outcome];
}

/** Writes what reports an unfinished run allows, and says where they are. Never throws: the run's own error matters more. */
export async function saveUnfinished(context: CliContext, folder: string): Promise<void> {
  try {
    await runSuite(folder, await writeReports(folder));
    printLine(context.err, `unfinished run: ${folder}`);
  } catch (error) {
    printLine(
      context.err,
      `no reports of the unfinished run ${folder}: ${asLittlefirstError(error).message}`,
    );
  }
}

/**
 * Evaluates a run folder, writes its reports, asserts, and prints the summary.
 * @returns the exit code
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function finishRun(
  context: CliContext,
  folder: string,
  targets?: readonly Target[],
): Promise<number> {
  const record = await writeReports(folder, { targets });
  const suite = await runSuite(folder, record);
  printSummary(context.out, record, suite, folder);
  return exitCodeOfOutcome(suite.outcome);
}
