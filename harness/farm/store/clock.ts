import { audit } from './audit.js';
import type { Database } from './database.js';
import { giveLeasesTime } from './leases.js';

export interface ClockReading {
  /** The database's clock, milliseconds. */
  wall: number;
  /** Line of the audit log that has the newest jump of it; `0`: none. */
  newestJump: string;
}

const newestJump = `coalesce((select max(id) from farm.audit where action = 'clock-jumped'), 0)`;

export function readClock(database: Database): Promise<ClockReading> {
  return database.transaction(async ({ query }) => {
    const [{ at, jump }] = await query<{ at: Date; jump: string }>(
      `select farm.now() as at, ${newestJump} as jump`,
    );
    return { wall: at.getTime(), newestJump: jump };
  });
}

const jumpLock = 0x6c66_636b;

/**
 * The database's clock was set: leases of jobs get one lease time from now, and those of people last as long as they were taken for.
 * @param seconds by how much; positive: forward
 * @param since newest jump that the caller knew of before: of several servers that notice one, the first follows it
 */
export function followJump(
  database: Database,
  leaseSeconds: number,
  seconds: number,
  since: string,
): Promise<void> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    await query('select pg_advisory_xact_lock($1)', [jumpLock]);
    const [{ jump }] = await query<{ jump: string }>(`select ${newestJump} as jump`);
    if (jump !== since) return;
    await audit(transaction, 'farm', 'clock-jumped', 'farm', { seconds: Math.round(seconds * 1000) / 1000 });
    await giveLeasesTime(transaction, leaseSeconds, "the farm's clock was set");
    await query(
      `update farm.leases set expires_at = greatest(expires_at + make_interval(secs => $1), granted_at + interval '1 microsecond')
       where released_at is null and kind = 'reservation'`,
      [seconds],
    );
  });
}
