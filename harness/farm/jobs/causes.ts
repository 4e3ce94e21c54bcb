import { type ErrorCode, errorActors } from '../../errors.js';

/**
 * Who has to act on a failed attempt. A target that was missed is no failure of an attempt: the run counts as it is.
 * `input`: the job itself is wrong, so that no bench can do it.
 */
export type Cause = 'bench' | 'dut' | 'input' | 'cancelled';

/** A failed attempt as far as the next one depends on it. */
export interface FailedAttempt {
  cause: Cause;
  bench: string;
}

/** What follows a failed attempt. */
export type Decision =
  | { retry: false; reason: string }
  | { retry: true; reason: string; excluded: string[]; isPowerCycled: boolean };

/** A person has the board by labgrid: the bench, another than which may be tried, is not to blame. */
export const placeCodes: readonly string[] = ['LF_PLACE_BUSY', 'LF_PLACE_LOST'] satisfies ErrorCode[];

/** Attempts of one job that may end by the bench's fault: more would say that it is the job's. */
export const mostBenchFaults = 3;
/** A board that failed is tried once more from a cold start, then it is reported. */
export const mostDutFaults = 2;

/** The cause of an error that `littlefirst run` ended with. Unknown codes are of a later version: its bench is not understood. */
export function causeOf(code: string): Cause {
  if (code === 'LF_INTERRUPTED') return 'bench';
  const actor = Object.hasOwn(errorActors, code) ? errorActors[code as ErrorCode] : 'harness';
  if (actor === 'user') return 'input';
  return actor === 'dut' ? 'dut' : 'bench';
}

/**
 * Whether a job is tried again after its newest attempt failed.
 * @param failed all failed attempts, oldest first
 * @param hasOtherBench whether a bench fits that has not failed; where there is none, the same is tried again
 */
export function decide(failed: readonly FailedAttempt[], hasOtherBench: boolean): Decision {
  const { cause } = failed.at(-1)!;
  const count = failed.filter(one => one.cause === cause).length;
  const benches = [...new Set(failed.filter(one => one.cause === 'bench').map(one => one.bench))].sort();
  const excluded = hasOtherBench ? benches : [];
  if (cause === 'cancelled') return { retry: false, reason: 'it was cancelled' };
  if (cause === 'input') return { retry: false, reason: 'no bench can do it as it was asked for' };
  if (cause === 'dut')
    return count < mostDutFaults
      ? { retry: true, reason: 'once more, from a cold start', excluded, isPowerCycled: true }
      : { retry: false, reason: `the board failed ${count} times, the last time from a cold start` };
  if (count >= mostBenchFaults)
    return { retry: false, reason: `${count} attempts ended by faults of benches` };
  return {
    retry: true,
    reason: hasOtherBench ? 'on another bench' : 'on the same bench, since no other fits',
    excluded,
    isPowerCycled: true,
  };
}
