import { LittlefirstError } from '../../errors.js';
import type { RunRecord } from '../../record/run-record.js';
import { type Cause, decide, type FailedAttempt, placeCodes } from '../jobs/causes.js';
import { type AnnouncedDevice, fits, type Want } from '../jobs/spec.js';
import { audit } from './audit.js';
import { countFault } from './benches.js';
import { endOfUse } from './claim.js';
import { type Database, type Transaction, tellReady } from './database.js';
import { queueAttempt, withdrawQueued } from './jobs.js';
import { insertRun, type RunFile } from './ledger.js';

/** How an attempt ended, as its worker tells. */
export interface Ended {
  attempt: string;
  fence: number;
  /** Absent: the run counts as it is. */
  failure?: { cause: Cause; code: string; message: string };
  record?: RunRecord;
  files: readonly RunFile[];
}

/** What became of it. `superseded`: the lease had expired and somebody else was given the device or the job. */
export type Settled = 'counted' | 'failed' | 'repeated' | 'superseded';

interface AttemptRow {
  id: string;
  job: string;
  number: number;
  queue: string;
  state: string;
  device: string | null;
  fence: string | null;
  priority: number;
  bench: string;
}

async function lockAttempt({ query }: Transaction, id: string): Promise<AttemptRow | undefined> {
  const [found] = await query<AttemptRow>(
    `select a.id, a.job, a.number, a.queue, a.state, a.device, a.fence, a.priority, d.bench
     from farm.attempts a join farm.devices d on d.id = a.device where a.id = $1 for update of a`,
    [id],
  );
  if (found !== undefined) await query('select from farm.jobs where id = $1 for update', [found.job]);
  return found;
}

async function release({ query }: Transaction, fence: string): Promise<void> {
  await query(
    `update farm.leases l set released_at = ${endOfUse}, ending = 'released'
     where fence = $1 and released_at is null`,
    [fence],
  );
}

async function hasOtherBench(
  { query }: Transaction,
  want: Want,
  failed: readonly FailedAttempt[],
): Promise<boolean> {
  const devices = await query<AnnouncedDevice & { bench: string }>(
    `select d.bench, d.name, d.board, d.chip, d.meter, d.tags from farm.devices d join farm.benches b on b.name = d.bench
     where d.is_present and b.quarantine is null and not b.is_draining`,
  );
  const broken = new Set(failed.filter(one => one.cause === 'bench').map(one => one.bench));
  return devices.some(device => !broken.has(device.bench) && fits(device, want));
}

/** An attempt has failed: its job is tried again, or has ended, as its causes decide. The lease must have ended. */
export async function failAttempt(
  database: Database,
  transaction: Transaction,
  attempt: AttemptRow,
  failure: NonNullable<Ended['failure']>,
  state: 'error' | 'expired' | 'cancelled',
): Promise<boolean> {
  const { query, boss } = transaction;
  const { cause, code, message } = failure;
  await query(
    `update farm.attempts set state = $2, cause = $3, code = $4, message = $5, finished_at = farm.now() where id = $1`,
    [attempt.id, state, cause, code, message],
  );
  await database.boss.complete(attempt.queue, attempt.id, null, { db: boss });
  await audit(transaction, 'farm', 'attempt-failed', `job ${attempt.job}`, {
    ...{ attempt: attempt.id, number: attempt.number, bench: attempt.bench, state, cause, code, message },
  });
  /* A worker that was ended in good order is no fault of its bench. */
  if (cause === 'bench' && code !== 'LF_INTERRUPTED' && !placeCodes.includes(code))
    await countFault(transaction, attempt.bench);
  const [job] = await query<{ want: Want; is_cancel_wanted: boolean }>(
    'select want, is_cancel_wanted from farm.jobs where id = $1',
    [attempt.job],
  );
  const failed = await query<FailedAttempt>(
    `select a.cause, d.bench from farm.attempts a join farm.devices d on d.id = a.device
     where a.job = $1 and a.state in ('error', 'expired', 'cancelled') order by a.number`,
    [attempt.job],
  );
  const isCancelled = cause === 'cancelled' || job.is_cancel_wanted;
  const decision = isCancelled
    ? ({ retry: false, reason: 'it was cancelled' } as const)
    : decide(failed, await hasOtherBench(transaction, job.want, failed));
  await audit(transaction, 'farm', decision.retry ? 'job-retried' : 'job-ended', `job ${attempt.job}`, {
    reason: decision.reason,
  });
  if (decision.retry) {
    await queueAttempt(database, transaction, {
      job: attempt.job,
      number: attempt.number + 1,
      want: job.want,
      priority: attempt.priority,
      excluded: decision.excluded,
      isPowerCycled: decision.isPowerCycled,
    });
    await query(`update farm.jobs set state = 'queued' where id = $1`, [attempt.job]);
    await tellReady(transaction);
    return true;
  }
  await query(`update farm.jobs set state = $2, finished_at = farm.now() where id = $1`, [
    attempt.job,
    isCancelled ? 'cancelled' : 'error',
  ]);
  return false;
}

/** Whether a run whose lease had expired may still count: nobody was given its device or its job meanwhile. */
async function mayStillCount(
  database: Database,
  transaction: Transaction,
  attempt: AttemptRow,
): Promise<boolean> {
  const { query } = transaction;
  const later = await query('select from farm.leases where device = $1 and fence > $2 limit 1', [
    attempt.device,
    attempt.fence,
  ]);
  const [job] = await query<{ state: string }>('select state from farm.jobs where id = $1', [attempt.job]);
  if (later.length > 0 || !['queued', 'error'].includes(job.state)) return false;
  return job.state === 'error' || withdrawQueued(database, transaction, attempt.job);
}

async function count(
  database: Database,
  transaction: Transaction,
  attempt: AttemptRow,
  ended: Ended & { record: RunRecord },
): Promise<void> {
  const { query, boss } = transaction;
  const fence = Number(attempt.fence);
  const isNew = await insertRun(transaction, ended.record, ended.files, {
    ...{ bench: attempt.bench, job: attempt.job, attempt: attempt.id, fence },
  });
  if (!isNew)
    throw new LittlefirstError('LF_FARM_REFUSED', 'This run is in the ledger already, of another attempt', {
      received: ended.record.id,
      fields: { run: ended.record.id },
    });
  await query(
    `update farm.attempts set state = 'done', cause = null, code = null, message = null, finished_at = farm.now() where id = $1`,
    [attempt.id],
  );
  await query(`update farm.jobs set state = 'done', finished_at = farm.now() where id = $1`, [attempt.job]);
  await query('update farm.benches set faults_in_a_row = 0 where name = $1', [attempt.bench]);
  await database.boss.complete(attempt.queue, attempt.id, null, { db: boss });
  await audit(transaction, `bench ${attempt.bench}`, 'run-counted', `job ${attempt.job}`, {
    ...{ attempt: attempt.id, run: ended.record.id, outcome: ended.record.outcome, fence },
  });
}

/** A run says itself under which lease it was made: another one's folder does not count. @throws LF_FARM_REFUSED */
function checkLease({ lease, outcome }: RunRecord, { attempt, fence }: Ended): void {
  /* What could not even begin has a record without a journal. */
  if (lease === undefined && outcome === 'error') return;
  if (lease?.fence === fence && lease.attempt === attempt) return;
  throw new LittlefirstError('LF_FARM_REFUSED', 'The run was not made under the lease of this attempt', {
    expected: `lease ${fence}`,
    received: lease === undefined ? 'none' : `lease ${lease.fence}`,
  });
}

/**
 * Takes what an attempt has brought: the run into the ledger, the lease back, and what follows from a failure, all or nothing. The
 * same call again changes nothing.
 * @param token who tells; only the token of the attempt's bench may
 * @throws LF_FARM_REFUSED for an attempt that is not there or not this worker's
 */
export function settle(database: Database, token: number, ended: Ended): Promise<Settled> {
  return database.transaction(async transaction => {
    const attempt = await lockAttempt(transaction, ended.attempt);
    const [owner] =
      attempt === undefined
        ? []
        : await transaction.query<{ token: string }>('select token from farm.benches where name = $1', [
            attempt.bench,
          ]);
    if (attempt === undefined || Number(owner?.token) !== token || Number(attempt.fence) !== ended.fence)
      throw new LittlefirstError('LF_FARM_REFUSED', 'This worker holds no such attempt', {
        expected: 'an attempt of its own with the number of its lease',
      });
    if (attempt.state !== 'running' && attempt.state !== 'expired') return 'repeated';
    const { failure, record } = ended;
    if (record !== undefined) checkLease(record, ended);
    const isLate = attempt.state === 'expired';
    if (isLate && (failure !== undefined || !(await mayStillCount(database, transaction, attempt)))) {
      await audit(transaction, `bench ${attempt.bench}`, 'run-superseded', `job ${attempt.job}`, {
        ...{ attempt: attempt.id, fence: ended.fence, run: record?.id },
      });
      return 'superseded';
    }
    await release(transaction, attempt.fence!);
    await tellReady(transaction);
    if (failure === undefined) {
      if (record === undefined)
        throw new LittlefirstError('LF_FARM_REFUSED', 'An attempt that did not fail has a run record');
      await count(database, transaction, attempt, { ...ended, record });
      return 'counted';
    }
    const state = failure.cause === 'cancelled' ? 'cancelled' : 'error';
    const isTriedAgain = await failAttempt(database, transaction, attempt, failure, state);
    /* What the last attempt measured is reported with its errors. */
    if (!isTriedAgain && record !== undefined)
      await insertRun(transaction, record, ended.files, {
        ...{ bench: attempt.bench, job: attempt.job, attempt: attempt.id, fence: ended.fence },
      });
    return 'failed';
  });
}

/**
 * Ends leases whose time is over: the job that held one has an error at once.
 * @returns how many there were
 */
export function expireLeases(database: Database): Promise<number> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    const over = await query<{ fence: string; attempt: string | null; holder: string; expires_at: Date }>(
      `update farm.leases set released_at = expires_at, ending = 'expired'
       where fence in (select fence from farm.leases where released_at is null and expires_at <= farm.now() order by fence for update skip locked)
       returning fence, attempt, holder, expires_at`,
    );
    for (const { fence, attempt: id, holder, expires_at } of over) {
      await audit(transaction, 'farm', 'lease-expired', `lease ${fence}`, {
        holder,
        attempt: id,
        expires_at,
      });
      const attempt = id === null ? undefined : await lockAttempt(transaction, id);
      if (attempt?.state !== 'running') continue;
      await failAttempt(
        database,
        transaction,
        attempt,
        {
          cause: 'bench',
          code: 'LF_FARM_LEASE',
          message: `the worker of ${holder} was not heard of until ${expires_at.toISOString()}`,
        },
        'expired',
      );
    }
    if (over.length > 0) await tellReady(transaction);
    return over.length;
  });
}
