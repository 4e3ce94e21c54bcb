import type { Transition } from '../../farm/store/watch-jobs.js';
import { clientOf, type FarmAccess } from './farm.js';

export interface WaitRequest {
  /** Ids of the jobs; absent: those that were enqueued with `key` by this token. */
  jobs?: readonly string[];
  key?: string;
  /** How long it is waited altogether, seconds. */
  timeoutSeconds: number;
  /** What becomes of jobs that have not ended when the signal or the time ends the wait. */
  onInterrupt: 'leave' | 'cancel';
  failOn?: 'inconclusive';
  /** Whether the farm has just answered: then it is waited for where it is away. */
  isKnown?: boolean;
  signal: AbortSignal;
  /** A job's transition, or what became of the way to the farm, as a line. */
  onLine: (text: string) => void;
}

/** What became of jobs that were waited for. */
export interface WaitedJobs {
  /** In the words of the exit codes: the worst of the jobs. */
  result: 'pass' | 'fail' | 'inconclusive' | 'bench' | 'usage';
  lines: string[];
  junit: string;
  markdown: string;
}

/**
 * Waits until jobs of a farm have ended, over restarts of its server and answers that are lost.
 * @throws LF_FARM_ACCESS, LF_FARM_REFUSED; LF_FARM_UNREACHABLE where the farm was never reached
 */
export async function waitForJobs(access: FarmAccess, request: WaitRequest): Promise<WaitedJobs> {
  const { waitForJobs: wait } = await import('../../farm/pipeline/wait.js');
  const { rowsOf, resultOf, transitionText } = await import('../../farm/pipeline/result.js');
  const { jobsJunit, jobsLines, jobsMarkdown } = await import('../../farm/pipeline/report.js');
  const { sendTwice } = await import('../../farm/worker/patience.js');
  const client = await clientOf(access);
  const { key, onLine } = request;
  const keyed = async () =>
    (await client.call<{ jobs: string[] }>('GET', `requests?key=${encodeURIComponent(key ?? '')}`)).jobs;
  const jobs = request.jobs ?? (await sendTwice(keyed));
  const waited = await wait(client, jobs, {
    ...request,
    onNote: onLine,
    onTransition: (transition: Transition) => onLine(transitionText(transition)),
  });
  const rows = rowsOf(waited);
  const result = resultOf(rows, request.failOn);
  return {
    result,
    lines: jobsLines(rows, result),
    junit: jobsJunit(rows, client.origin),
    markdown: jobsMarkdown(rows, result, client.origin),
  };
}
