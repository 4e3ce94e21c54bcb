import { exitCodes } from '../errors.js';
import type { Target } from '../record/targets.js';
import { writeReports } from '../report/write.js';
import { openRun } from '../verdict/open-run.js';
import type { Run } from '../verdict/run.js';
import { runSuite, type SuiteResult } from '../verdict/suite/suite.js';

/** A run that was evaluated and asserted on. */
export interface FinishedRun extends Run {
  /** The folder that holds its files, absolute. */
  folder: string;
  suite: SuiteResult;
}

/** The exit code of the command line for the outcome of a run. */
export function exitCodeOfOutcome(outcome: SuiteResult['outcome']): number {
  return outcome === 'error' ? exitCodes.bench : exitCodes[outcome];
}

/**
 * Evaluates a run folder, writes its reports and asserts on it.
 * @param options.targets judge these instead of the campaign's own
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function finishRun(
  folder: string,
  options: { targets?: readonly Target[] } = {},
): Promise<FinishedRun> {
  const run = await writeReports(folder, options);
  return { ...run, folder, suite: await runSuite(folder, run.record) };
}

/**
 * Asserts on a run again; writes nothing but `junit.xml`.
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function checkRun(
  folder: string,
  options: { targets?: readonly Target[] } = {},
): Promise<FinishedRun> {
  const run = await openRun(folder, options);
  return { ...run, folder, suite: await runSuite(folder, run.record) };
}
