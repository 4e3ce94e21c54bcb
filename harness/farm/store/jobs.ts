import { createHash } from 'node:crypto';
import { LittlefirstError } from '../../errors.js';
import { startSpan } from '../../host/trace.js';
import type { NewJob, Want } from '../jobs/spec.js';
import { traceOf } from '../jobs/trace.js';
import { audit } from './audit.js';
import { type Database, type Transaction, tellReady } from './database.js';

/** pg-boss ends what it thinks too old by itself; leases do that here, so it is told to wait as long as it can. */
const queueOptions = {
  policy: 'standard',
  retryLimit: 0,
  expireInSeconds: 24 * 3600 - 1,
  retentionSeconds: 365 * 86_400,
  deleteAfterSeconds: 86_400,
} as const;

/** The queue of all attempts that the same devices fit. */
export async function queueOf(
  database: Database,
  { query }: Transaction,
  want: Want,
  excluded: readonly string[],
): Promise<string> {
  const { board, chip, meter, bench, device, tags } = want;
  const place = device === undefined ? bench : `${bench ?? ''}/${device}`;
  const key = JSON.stringify([board, chip ?? null, meter ?? null, place ?? null, [...tags].sort(), excluded]);
  const name = `want-${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  const found = await query('select name from farm.queues where name = $1', [name]);
  if (found.length > 0) return name;
  await database.boss.createQueue(name, queueOptions);
  await query(
    'insert into farm.queues (name, want, excluded) values ($1, $2, $3) on conflict (name) do nothing',
    [name, JSON.stringify(want), excluded],
  );
  return name;
}

/** What is new of an attempt. */
export interface NewAttempt {
  job: string;
  number: number;
  want: Want;
  priority: number;
  excluded: readonly string[];
  isPowerCycled: boolean;
}

/** Puts an attempt into its queue. */
export async function queueAttempt(
  database: Database,
  transaction: Transaction,
  { job, number, want, priority, excluded, isPowerCycled }: NewAttempt,
): Promise<void> {
  const queue = await queueOf(database, transaction, want, excluded);
  const id = database.newId();
  await transaction.query(
    `insert into farm.attempts (id, job, number, queue, priority, state, is_power_cycled, queued_at)
     values ($1, $2, $3, $4, $5, 'queued', $6, farm.now())`,
    [id, job, number, queue, priority, isPowerCycled],
  );
  await database.boss.send(queue, { job }, { id, priority, db: transaction.boss });
}

/** Largest matrix that one request brings. */
export const mostJobs = 10_000;
/** Jobs that one transaction makes at most, so that none holds locks for long. */
const batch = 500;

/** Puts a job into the queue, as part of a transaction. @returns its id */
export async function createJob(
  database: Database,
  transaction: Transaction,
  actor: string,
  { name, want, spec, priority }: NewJob,
  nightly?: string,
  id: string = database.newId(),
): Promise<string> {
  const span = startSpan('enqueue', {
    as: traceOf(id),
    attributes: { 'littlefirst.job': id, 'littlefirst.job.name': name, 'littlefirst.actor': actor },
  });
  await transaction.query(
    `insert into farm.jobs (id, name, nightly, want, spec, priority, state, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, 'queued', $7, farm.now())`,
    [id, name, nightly ?? null, JSON.stringify(want), JSON.stringify(spec), priority, actor],
  );
  await queueAttempt(database, transaction, {
    ...{ job: id, number: 1, want, priority, excluded: [], isPowerCycled: false },
  });
  await audit(transaction, actor, 'job-queued', `job ${id}`, { name, nightly });
  span.end();
  return id;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The id of a job that a request with a key brought: the same for the same request (RFC 9562, version 8). */
function idOf(actor: string, key: string, place: number): string {
  const hex = sha256(JSON.stringify([actor, key, place]));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Holds a key for the transaction, so that the same request does not run twice at once. @throws LF_FARM_REFUSED */
async function holdKey(
  { query }: Transaction,
  actor: string,
  key: string,
  { content, count }: { content: string; count: number },
): Promise<void> {
  await query(
    'insert into farm.requests (actor, key, content, made_at, jobs) values ($1, $2, $3, farm.now(), $4) on conflict do nothing',
    [actor, key, content, count],
  );
  const [found] = await query<{ content: string }>(
    'select content from farm.requests where actor = $1 and key = $2 for update',
    [actor, key],
  );
  if (found.content !== content)
    throw new LittlefirstError('LF_FARM_REFUSED', 'This key belongs to another request', {
      expected: 'a new key for other jobs',
      received: `the key ${JSON.stringify(key)} again, with other jobs than before`,
    });
}

/** What a request for jobs says of itself. */
export interface JobsRequest {
  nightly?: string;
  /** The same key again, from the same actor, is the same request: it makes no further jobs. */
  key?: string;
}

/**
 * Puts jobs into the queue. A request with a key that ended halfway goes on where it ended when it is sent again.
 * @returns their ids, in order
 * @throws LF_FARM_REFUSED for a key that came before with other jobs
 */
export async function createJobs(
  database: Database,
  actor: string,
  jobs: readonly NewJob[],
  { nightly, key }: JobsRequest = {},
): Promise<string[]> {
  const content = sha256(JSON.stringify([nightly ?? null, jobs]));
  const ids = jobs.map((_, place) => (key === undefined ? database.newId() : idOf(actor, key, place)));
  for (let from = 0; from < jobs.length; from += batch)
    await database.transaction(async transaction => {
      const these = ids.slice(from, from + batch);
      const known = new Set<string>();
      if (key !== undefined) {
        await holdKey(transaction, actor, key, { content, count: jobs.length });
        const rows = await transaction.query<{ id: string }>('select id from farm.jobs where id = any($1)', [
          these,
        ]);
        for (const { id } of rows) known.add(id);
      }
      for (const [place, id] of these.entries())
        if (!known.has(id)) await createJob(database, transaction, actor, jobs[from + place], nightly, id);
      await tellReady(transaction);
    });
  return ids;
}

/**
 * The jobs that a request with a key has made, in order.
 * @throws LF_FARM_REFUSED where this actor sent no such request, or it has not made all of its jobs yet
 */
export function jobsOfRequest(database: Database, actor: string, key: string): Promise<string[]> {
  return database.transaction(async ({ query }) => {
    const [found] = await query<{ jobs: number | null }>(
      'select jobs from farm.requests where actor = $1 and key = $2',
      [actor, key],
    );
    if (found === undefined)
      throw new LittlefirstError('LF_FARM_REFUSED', 'No jobs were enqueued with this key', {
        expected: 'a key that this very token has enqueued with',
        received: key,
      });
    /* Requests of earlier versions do not say how many jobs they brought. */
    const ids = Array.from({ length: found.jobs ?? mostJobs }, (_, place) => idOf(actor, key, place));
    const rows = await query<{ id: string }>('select id from farm.jobs where id = any($1)', [ids]);
    const made = new Set(rows.map(({ id }) => id));
    if (found.jobs !== null && made.size < found.jobs)
      throw new LittlefirstError('LF_FARM_REFUSED', 'The request with this key ended halfway', {
        expected: `${found.jobs} jobs`,
        received: `${made.size} of them`,
        hint: 'enqueue the same again, with the same key: what lacks is made up for',
      });
    return ids.filter(id => made.has(id));
  });
}

/** Takes an attempt that nobody has begun out of its queue. @returns false where there is none */
export async function withdrawQueued(
  database: Database,
  { query, boss }: Transaction,
  job: string,
): Promise<boolean> {
  const [withdrawn] = await query<{ id: string; queue: string }>(
    `update farm.attempts set state = 'cancelled', cause = 'cancelled', finished_at = farm.now()
     where job = $1 and state = 'queued' returning id, queue`,
    [job],
  );
  if (withdrawn === undefined) return false;
  await database.boss.cancel(withdrawn.queue, withdrawn.id, { db: boss });
  return true;
}

/**
 * Cancels a job: at once where it waits; where it runs, its worker ends it at the next heartbeat.
 * @throws LF_FARM_REFUSED where there is no such job, or it has ended
 */
export function cancelJob(database: Database, actor: string, job: string): Promise<'cancelled' | 'ending'> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    const [found] = await query<{ state: string }>('select state from farm.jobs where id = $1 for update', [
      job,
    ]);
    if (found === undefined || !['queued', 'running'].includes(found.state))
      throw new LittlefirstError('LF_FARM_REFUSED', `The job ${job} cannot be cancelled`, {
        expected: 'a job that waits or runs',
        received: found === undefined ? 'no such job' : `one that is ${found.state}`,
      });
    await audit(transaction, actor, 'cancel-wanted', `job ${job}`);
    if (await withdrawQueued(database, transaction, job)) {
      await query(`update farm.jobs set state = 'cancelled', finished_at = farm.now() where id = $1`, [job]);
      await audit(transaction, actor, 'job-cancelled', `job ${job}`);
      return 'cancelled';
    }
    await query('update farm.jobs set is_cancel_wanted = true where id = $1', [job]);
    return 'ending';
  });
}
