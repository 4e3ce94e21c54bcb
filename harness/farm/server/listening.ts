import type { Database } from '../store/database.js';
import { forgiveSilence } from '../store/leases.js';
import { expireLeases } from '../store/settle.js';

/** What ends the leases of workers that are not heard of, unless it is the farm that did not hear. */
export interface Listening {
  /** Ends leases whose time is over. @returns how many */
  expire(): Promise<number>;
  /** To be called before a worker's word is taken. */
  hear(): Promise<void>;
}

/** Part of a lease's time without the farm listening after which the silence may be the farm's own: a worker's word comes three times in a lease. */
const deafPart = 0.5;

/**
 * The farm is deaf while no server runs, while its process is stopped, and while its database is away. Whatever ran meanwhile gets one lease time more, since its
 * worker could not be heard.
 * @param now milliseconds of a clock that goes on while the process is stopped
 */
export function listening(
  database: Database,
  leaseSeconds: number,
  now = () => performance.now(),
): Listening {
  let listenedAt = Number.NEGATIVE_INFINITY;
  let forgiving: Promise<void> | undefined;
  const forgive = async () => {
    await forgiveSilence(database, leaseSeconds);
    listenedAt = now();
  };
  const hear = async () => {
    if (now() - listenedAt < leaseSeconds * 1000 * deafPart) return;
    forgiving ??= forgive().finally(() => {
      forgiving = undefined;
    });
    await forgiving;
  };
  return {
    hear,
    expire: async () => {
      await hear();
      const ended = await expireLeases(database);
      listenedAt = now();
      return ended;
    },
  };
}
