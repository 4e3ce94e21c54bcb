import { asLittlefirstError } from '../../errors.js';
import type { EndedJob, Transition, WatchedJob } from '../store/watch-jobs.js';
import type { FarmClient } from '../worker/client.js';
import { isUnreachable, mayBeHeard, patiently } from '../worker/patience.js';

export interface WaitOptions {
  /** How long it is waited altogether, seconds. */
  timeoutSeconds: number;
  /** What becomes of jobs that have not ended when the time is over or the signal ends the wait. */
  onInterrupt: 'leave' | 'cancel';
  signal: AbortSignal;
  /** Whether the farm has answered before: then its silence is waited out from the start, else a wrong address is an error at once. */
  isKnown?: boolean;
  onTransition: (transition: Transition) => void;
  onNote: (text: string) => void;
}

/** What was waited for. */
export interface Waited {
  /** In the order in which they were named. */
  ended: EndedJob[];
  open: { id: string; name?: string }[];
  /** Why some are open; absent: none is. */
  why?: 'timeout' | 'interrupted';
}

/** How long one question waits for news, seconds. */
const waitSeconds = 20;
/** How long the cancelling of what is open may take, milliseconds: GitHub's runner kills 7.5 s after its first signal. */
const cancelMilliseconds = 5000;
/** Requests under way at once. */
const cancelsAtOnce = 16;
/** Longest delay of a timer, milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** @returns how many the farm has heard of */
async function cancelAll(client: FarmClient, ids: readonly string[]): Promise<number> {
  const end = AbortSignal.timeout(cancelMilliseconds);
  let heard = 0;
  for (let from = 0; from < ids.length && !end.aborted; from += cancelsAtOnce)
    await Promise.all(
      ids.slice(from, from + cancelsAtOnce).map(async id => {
        try {
          await client.call('POST', `jobs/${id}/cancel`, undefined, end);
          heard += 1;
        } catch (error) {
          /* One that has ended meanwhile needs no cancelling. */
          if (!end.aborted && asLittlefirstError(error).code === 'LF_FARM_REFUSED') heard += 1;
        }
      }),
    );
  return heard;
}

/**
 * Waits until jobs have ended, over any restart of the farm and any answer that is lost.
 * @throws LF_FARM_ACCESS, LF_FARM_REFUSED for a job that is not there; LF_FARM_UNREACHABLE where the farm was never reached
 */
export async function waitForJobs(
  client: FarmClient,
  ids: readonly string[],
  options: WaitOptions,
): Promise<Waited> {
  const { signal, onNote, onTransition } = options;
  const watched = new Map<string, WatchedJob & { name?: string }>();
  for (const id of ids) watched.set(id, { id, after: 0 });
  const ended = new Map<string, EndedJob>();
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), Math.min(options.timeoutSeconds * 1000, longestTimer));
  const ends = AbortSignal.any([signal, over.signal]);
  let isKnown = options.isKnown === true;
  let isSilent = false;
  const note = (text: string) => {
    if (!isSilent) onNote(`${text}; waiting for it`);
    isSilent = true;
  };
  const news = async () => {
    const jobs = [...watched.values()].map(({ id, after }) => ({ id, after }));
    return patiently(
      () =>
        client.call<{ transitions: Transition[]; ended: EndedJob[] }>(
          'POST',
          'jobs/watch',
          { jobs, waitSeconds },
          ends,
        ),
      { signal: ends, onNote: note },
      error => (isKnown ? isUnreachable(error) : mayBeHeard(error)),
    );
  };
  try {
    while (watched.size > 0) {
      const told = await news();
      if (isSilent) onNote('the farm answers again');
      isKnown = true;
      isSilent = false;
      for (const transition of told.transitions) {
        const job = watched.get(transition.job);
        if (job === undefined) continue;
        Object.assign(job, { after: transition.id, name: transition.name });
        onTransition(transition);
      }
      for (const job of told.ended) if (watched.delete(job.id)) ended.set(job.id, job);
    }
  } catch (error) {
    if (!ends.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  const inOrder = [...new Set(ids)].flatMap(id => ended.get(id) ?? []);
  if (watched.size === 0) return { ended: inOrder, open: [] };
  const open = [...watched.values()].map(({ id, name }) => ({ id, name }));
  if (options.onInterrupt === 'cancel') {
    const heard = await cancelAll(client, [...watched.keys()]);
    onNote(`${heard} of ${open.length} jobs that had not ended are cancelled`);
  } else onNote(`${open.length} jobs that have not ended stay in the farm`);
  return { ended: inOrder, open, why: signal.aborted ? 'interrupted' : 'timeout' };
}
