import { LittlefirstError } from '../../errors.js';
import { type ClockReading, followJump, readClock } from '../store/clock.js';
import type { Database } from '../store/database.js';
import { forgiveSilence } from '../store/leases.js';
import { expireLeases } from '../store/settle.js';

/** What ends the leases of workers that are not heard of, unless it is the farm that did not hear, or its clock that jumped. */
export interface Listening {
  /** Ends leases whose time is over. @returns how many */
  expire(): Promise<number>;
  /** To be called before a worker's word is taken. */
  hear(): Promise<void>;
  /** Takes a worker's word that its lease goes on; once more where the farm's clock had jumped over the lease's end. */
  take<T>(word: () => Promise<T>): Promise<T>;
}

/** Part of a lease's time without the farm listening after which the silence may be the farm's own: a worker's word comes three times in a lease. */
const deafPart = 0.5;

/**
 * The farm is deaf while no server runs, while its process is stopped, and while its database is away. Whatever ran meanwhile gets one lease time more, since its
 * worker could not be heard. So it does when the database's clock was set by more than half a lease.
 * @param now milliseconds of a clock that goes on while the process is stopped, and never jumps
 */
export function listening(
  database: Database,
  leaseSeconds: number,
  now = () => performance.now(),
): Listening {
  let listenedAt = Number.NEGATIVE_INFINITY;
  let forgiving: Promise<void> | undefined;
  let read: (ClockReading & { steady: number }) | undefined;
  const mostMilliseconds = leaseSeconds * 1000 * deafPart;
  /** Compares the two clocks with how they stood before. @returns whether the database's has jumped */
  const followClock = async (): Promise<boolean> => {
    const before = now();
    const reading = await readClock(database);
    /* A reading that took long says little; the next one will tell. */
    if (now() - before > mostMilliseconds / 2) return false;
    const last = read;
    read = { ...reading, steady: before };
    if (last === undefined) return false;
    const jump = reading.wall - last.wall - (before - last.steady);
    if (Math.abs(jump) < mostMilliseconds) return false;
    await followJump(database, leaseSeconds, jump / 1000, last.newestJump);
    read = { ...(await readClock(database)), steady: now() };
    return true;
  };
  const forgive = async () => {
    await forgiveSilence(database, leaseSeconds);
    listenedAt = now();
  };
  const hear = async () => {
    if (now() - listenedAt < mostMilliseconds) return;
    forgiving ??= forgive().finally(() => {
      forgiving = undefined;
    });
    await forgiving;
  };
  return {
    hear,
    take: async word => {
      await hear();
      try {
        return await word();
      } catch (error) {
        const isOver = error instanceof LittlefirstError && error.code === 'LF_FARM_LEASE';
        if (!isOver || !(await followClock())) throw error;
        return word();
      }
    },
    expire: async () => {
      await followClock();
      await hear();
      const ended = await expireLeases(database);
      listenedAt = now();
      return ended;
    },
  };
}
