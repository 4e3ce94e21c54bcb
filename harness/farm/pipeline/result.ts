import type { Verdict } from '../../record/run-record.js';
import type { EndedJob, Transition } from '../store/watch-jobs.js';
import type { Waited } from './wait.js';

/** What became of a job, in the words of the command's exit codes. `usage`: the job itself was wrong, so that no bench could do it. */
export type JobResult = 'pass' | 'fail' | 'inconclusive' | 'bench' | 'usage';

/** A job as the reports show it. */
export interface JobRow {
  id: string;
  name: string;
  result: JobResult;
  /** Why it is no pass; empty where its verdicts say so. */
  reason: string;
  job?: EndedJob;
}

const resultOfOutcome: Readonly<Record<Verdict, JobResult>> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  error: 'bench',
};
/** As a run's own outcome is found from its verdicts: what broke hides everything else. */
const worstFirst: readonly JobResult[] = ['bench', 'usage', 'fail', 'inconclusive'];

const worst = (results: readonly JobResult[]): JobResult =>
  worstFirst.find(result => results.includes(result)) ?? 'pass';

function rowOf(job: EndedJob): JobRow {
  const { id, name, state, outcome, verdicts } = job;
  if (state === 'cancelled') return { id, name, result: 'bench', reason: 'the job was cancelled', job };
  if (state === 'error' || outcome === null) {
    const reason = `${job.code ?? 'LF_FARM'}: ${job.message ?? 'the job has ended without a run'}`;
    return { id, name, result: job.cause === 'input' ? 'usage' : 'bench', reason, job };
  }
  const result = resultOfOutcome[outcome];
  /* A run may be worse than each of its verdicts: its journal may be cut off. */
  const isTold = worst(verdicts.map(({ verdict }) => resultOfOutcome[verdict])) === result;
  return { id, name, result, reason: isTold ? '' : `the run's outcome is ${outcome}`, job };
}

/** Every job that was waited for: those that ended in their order, then those that did not. */
export function rowsOf({ ended, open, why }: Waited): JobRow[] {
  const reason = why === 'timeout' ? 'it had not ended when the time was over' : 'the wait was interrupted';
  return [
    ...ended.map(rowOf),
    ...open.map(({ id, name }): JobRow => ({ id, name: name ?? id, result: 'bench', reason })),
  ];
}

/** @param failOn what else counts as a missed target */
export function resultOf(rows: readonly JobRow[], failOn?: 'inconclusive'): JobResult {
  const result = worst(rows.map(row => row.result));
  return result === 'inconclusive' && failOn === 'inconclusive' ? 'fail' : result;
}

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

/** A line of the audit log in words. */
export function transitionText({ at, name, actor, action, detail }: Transition): string {
  const bench = text(detail.bench) || actor.replace(/^bench /, '');
  const words: Record<string, () => string> = {
    'job-queued': () => 'waits',
    'job-begun': () => `runs on ${bench}/${text(detail.device)}, attempt ${text(detail.number)}`,
    'attempt-failed': () =>
      `attempt ${text(detail.number)} failed on ${bench} (${text(detail.cause)}): ${text(detail.code)}: ${text(detail.message).split('\n')[0]}`,
    'job-retried': () => `is tried again ${text(detail.reason)}`,
    'job-ended': () => `has ended in an error: ${text(detail.reason)}`,
    'run-counted': () => `${text(detail.outcome)}, run ${text(detail.run)}`,
    'run-superseded': () => 'a late run does not count',
    'cancel-wanted': () => `is to be cancelled, says ${actor}`,
    'job-cancelled': () => 'was cancelled',
  };
  const said = Object.hasOwn(words, action) ? words[action]() : action;
  return `${at.slice(11, 19)}  ${name}: ${said}`;
}
