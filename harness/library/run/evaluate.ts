import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { harnessProvenance, hostProvenance } from '../../campaign/provenance.js';
import { asLittlefirstError, exitCodes } from '../../errors.js';
import { readJournal } from '../../record/journal/journal.js';
import { journalFileName } from '../../record/run-folder.js';
import { sealRun as writeSeal } from '../../record/seal.js';
import type { Target } from '../../record/targets.js';
import { writeCheck, writeReports } from '../../report/write.js';
import { openRun } from '../../verdict/open-run.js';
import type { Run } from '../../verdict/run.js';
import { runSuite, type SuiteResult } from '../../verdict/suite/suite.js';
import { writeUnbegun } from '../../verdict/unbegun.js';

export interface EvaluateOptions {
  /** Judge these instead of the campaign's own. */
  targets?: readonly Target[];
  /** What the user accepts: `inconclusive`, or names of targets; see `runSuite`. */
  allow?: readonly string[];
}

/** A run that was evaluated and asserted on. */
export interface FinishedRun extends Run {
  /** The folder that holds its files, absolute. */
  folder: string;
  /** The page that shows it, absolute. */
  report: string;
  suite: SuiteResult;
}

/**
 * The exit code of the command line for the outcome of a run.
 * @param failOn a verdict that shall end in the code of a missed target too
 */
export function exitCodeOfOutcome(outcome: SuiteResult['outcome'], failOn?: 'inconclusive'): number {
  if (outcome === 'error') return exitCodes.bench;
  return outcome === failOn ? exitCodes.fail : exitCodes[outcome];
}

/**
 * Evaluates a run folder, writes its reports and asserts on it.
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function finishRun(
  folder: string,
  { targets, allow }: EvaluateOptions = {},
): Promise<FinishedRun> {
  const run = await writeReports(folder, { targets });
  const report = join(folder, 'report.html');
  return { ...run, folder, report, suite: await runSuite(folder, run.record, { allow }) };
}

/**
 * Asserts on a run again. By the campaign's own targets nothing but `junit.xml` is written, and
 * not even that where the folder may only be read (`suite.unwritten`); by others, files of their own, `check-<name>.json`
 * (the record), `.html`, `.md` and `.xml`, so that no file of the run speaks of other targets than the next.
 * @param options.name of the other targets; default `targets`
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL, LF_UNKNOWN_TARGET
 */
export async function checkRun(
  folder: string,
  { targets, allow, name = 'targets' }: EvaluateOptions & { name?: string } = {},
): Promise<FinishedRun> {
  if (targets === undefined) {
    const run = await openRun(folder);
    const report = join(folder, 'report.html');
    return {
      ...run,
      folder,
      report,
      suite: await runSuite(folder, run.record, { allow, mayBeReadOnly: true }),
    };
  }
  const prefix = `check-${name.replace(/[^A-Za-z0-9_.-]+/g, '-')}`;
  const run = await openRun(folder, { targets });
  const files = { junit: `${prefix}.xml`, report: `${prefix}.html` };
  const suite = await runSuite(folder, run.record, { allow, files, mayBeReadOnly: true });
  await writeCheck(folder, prefix, run);
  return { ...run, folder, report: join(folder, files.report), suite };
}

/**
 * Signs a finished run (`harness/record/README.md`); its reports are written once more.
 * @param keyPath Ed25519 private key, PEM
 * @returns the fingerprint of the public key
 * @throws LF_USAGE for another key or a run that is sealed already or not finished; LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function sealRun(folder: string, keyPath: string): Promise<string> {
  const { record } = await writeReports(folder);
  return writeSeal(folder, record, keyPath);
}

/** What is known of a campaign that failed. */
export interface Failed {
  id: string;
  folder: string;
  error: unknown;
}

/**
 * Evaluates what there is of a campaign that failed; of one that did not begin, writes `run.json` and `junit.xml` with the error.
 * @returns whether the campaign had begun
 * @throws LF_RUN_CORRUPT, LF_JOURNAL
 */
export async function finishFailed({ id, folder, error }: Failed): Promise<boolean> {
  const isThere = existsSync(join(folder, journalFileName));
  const hasBegun = isThere && (await readJournal(folder))[0]?.kind === 'campaign';
  if (hasBegun) await finishRun(folder);
  else
    await writeUnbegun(folder, {
      id,
      startedAt: new Date().toISOString(),
      error: asLittlefirstError(error),
      harness: await harnessProvenance(),
      host: hostProvenance(),
    });
  return hasBegun;
}
