import { setTimeout as pause } from 'node:timers/promises';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';

/** Pauses after the farm could not be reached, milliseconds: the first, and the longest. */
const [firstPause, longestPause] = [250, 10_000];
/** Pauses before a request is sent again that the farm may have heard, milliseconds. */
const pauses = [500, 2000, 8000];

export const isUnreachable = (error: unknown): boolean =>
  error instanceof LittlefirstError && error.code === 'LF_FARM_UNREACHABLE';

/** Whether a farm may have heard a request whose answer is not there. A wrong address or certificate is wrong the next time, too. */
export function mayBeHeard(error: unknown): boolean {
  if (!isUnreachable(error)) return false;
  const { code = 'ECONNRESET' } = ((error as LittlefirstError).cause ?? {}) as { code?: string };
  return ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(code);
}

/** Calls until it works, as long as only the way to the farm is broken. @throws what else came, or what the signal's end makes of the pause */
export async function patiently<T>(
  work: () => Promise<T>,
  { signal, onNote = () => undefined }: { signal: AbortSignal; onNote?: (text: string) => void },
  isWorthWaiting: (error: unknown) => boolean = isUnreachable,
): Promise<T> {
  for (let milliseconds = firstPause; ; milliseconds = Math.min(longestPause, milliseconds * 2)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isWorthWaiting(error)) throw error;
      onNote(asLittlefirstError(error).message.split('\n').slice(0, 2).join(';'));
      await pause(milliseconds, undefined, { signal });
    }
  }
}

/** Sends again what may be sent twice and the farm may have heard, a few times. @throws what came last */
export async function sendTwice<T>(send: () => Promise<T>): Promise<T> {
  for (const milliseconds of pauses)
    try {
      return await send();
    } catch (error) {
      if (!mayBeHeard(error)) throw error;
      await pause(milliseconds);
    }
  return send();
}
