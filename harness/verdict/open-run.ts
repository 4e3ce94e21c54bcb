import { campaignOf } from '../record/campaign-of.js';
import { readJournal } from '../record/journal/journal.js';
import type { JournalRecord } from '../record/journal/records.js';
import { verifyRecordings } from '../record/recording/verify.js';
import { checkTargets, type TargetScope } from '../record/target-check.js';
import type { Target } from '../record/targets.js';
import { evaluate } from './evaluation/evaluate.js';
import { gatherBlocks } from './evaluation/gather.js';
import { combineVerdicts } from './evaluation/judge.js';
import type { Run } from './run.js';
import { checksOf, runChecks } from './suite/checks.js';

export interface OpenRunOptions {
  /** Judge these instead of the campaign's own targets. */
  targets?: readonly Target[];
}

/**
 * Evaluates journal records. The record's outcome is the worst of the verdicts and of the suite's checks (identity,
 * levels, golden answers, validity, provenance), so that the record and the suite never disagree.
 * @throws LF_RUN_CORRUPT; LF_UNKNOWN_TARGET for a target given here that the run has nothing for
 */
export function evaluateRun(records: readonly JournalRecord[], { targets }: OpenRunOptions = {}): Run {
  if (targets !== undefined) checkTargets(targets, scopeOf(records));
  const run: Run = { record: evaluate(records, targets), journal: gatherBlocks(records) };
  run.record.checks = {
    total: checksOf(run).length,
    withInterval: run.record.verdicts.filter(({ u95, ci95 }) => (u95 ?? 0) > 0 || ci95?.[1] === null).length,
  };
  if (run.record.outcome !== 'error') {
    run.record.outcome = combineVerdicts([run.record.outcome, ...runChecks(run).map(check => check.verdict)]);
  }
  return run;
}

/** What the targets of a run may ask for. */
function scopeOf(records: readonly JournalRecord[]): TargetScope {
  const { plan, provenance, thirdParty } = campaignOf(records);
  const started = records.flatMap(record => (record.kind === 'block-start' ? [record.key] : []));
  return {
    blocks: plan ?? started,
    hasMeter: provenance.meter.driver !== 'none',
    isThirdParty: thirdParty !== undefined,
  };
}

/**
 * Opens the folder of a run by its journal, and compares the recordings beside it with the hashes that the journal has of them.
 * @throws LF_RUN_MISSING; LF_RUN_CORRUPT where the journal or a recording is not what was written
 */
export async function openRun(folder: string, options: OpenRunOptions = {}): Promise<Run> {
  const records = await readJournal(folder);
  const recordings = await verifyRecordings(folder, records);
  return { ...evaluateRun(records, options), recordings };
}
