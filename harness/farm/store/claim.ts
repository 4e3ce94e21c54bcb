import { LittlefirstError } from '../../errors.js';
import { type AnnouncedDevice, fits, type Spec, type Want } from '../jobs/spec.js';
import { audit } from './audit.js';
import type { Database, Transaction } from './database.js';
import type { Identity } from './tokens.js';

/** A job as it is handed to a bench. */
export interface Claimed {
  attempt: string;
  job: string;
  name: string;
  device: string;
  /** Number of the lease; later leases have larger ones. */
  fence: number;
  leaseSeconds: number;
  /** The board is to be power-cycled before it is used. */
  isPowerCycled: boolean;
  spec: Spec;
  /** The span that what is done for the job belongs to. */
  traceparent?: string;
}

interface Bench {
  name: string;
  session: string;
  /** Number of the request, larger than those before that were answered. */
  claim?: number;
}

/**
 * Locks the row of a bench for the transaction, and says whether it may take jobs. `past`: the worker has gone on to another claim and hears no answer to this one.
 * @throws LF_FARM_REFUSED for another token or process than the one that announced it
 */
async function lockBench(
  { query }: Transaction,
  identity: Identity,
  { name, session, claim: number }: Bench,
): Promise<'open' | 'closed' | 'past'> {
  const [found] = await query<{
    token: string;
    session: string | null;
    is_draining: boolean;
    quarantine: string | null;
    claim: string;
  }>('select token, session, is_draining, quarantine, claim from farm.benches where name = $1 for update', [
    name,
  ]);
  if (found === undefined || Number(found.token) !== identity.token || found.session !== session)
    throw new LittlefirstError('LF_FARM_REFUSED', `This worker does not speak for the bench ${name}`, {
      expected: 'the process that announced it last',
      hint: 'announce the bench again',
    });
  if (number !== undefined && number < Number(found.claim)) return 'past';
  await query('update farm.benches set seen_at = farm.now(), claim = coalesce($2, claim) where name = $1', [
    name,
    number ?? null,
  ]);
  return found.is_draining || found.quarantine !== null ? 'closed' : 'open';
}

/** When a lease ends that is given so many seconds from now, and one that is given back now. A lease has lasted, even where the clock was set back since it began. */
export const endOfLease = (seconds: string): string =>
  `greatest(farm.now() + make_interval(secs => ${seconds}), l.granted_at + interval '1 microsecond')`;
export const endOfUse = `greatest(farm.now(), l.granted_at + interval '1 microsecond')`;

/** What this very claim was given before, if its lease still holds; the worker has not heard of it. */
async function givenBefore(
  { query }: Transaction,
  { name, session, claim: number }: Bench,
  leaseSeconds: number,
): Promise<Claimed | undefined> {
  if (number === undefined) return undefined;
  const [found] = await query<Omit<Claimed, 'fence' | 'leaseSeconds'> & { fence: string }>(
    `update farm.leases l set expires_at = ${endOfLease('$4')}
     from farm.attempts a, farm.jobs j, farm.devices d
     where l.claim_session = $1 and l.claim = $2 and l.released_at is null and l.expires_at > farm.now()
       and a.id = l.attempt and a.state = 'running' and j.id = a.job and d.id = l.device and d.bench = $3
     returning a.id as attempt, j.id as job, j.name, d.name as device, l.fence, a.is_power_cycled as "isPowerCycled", j.spec`,
    [session, number, name, leaseSeconds],
  );
  return found && { ...found, fence: Number(found.fence), leaseSeconds };
}

/** Queues that have something, those of the largest priority and the longest wait first. */
const waitingQueues = `
  select q.name, q.want, q.excluded from farm.attempts a join farm.queues q on q.name = a.queue
  where a.state = 'queued' group by q.name order by max(a.priority) desc, min(a.queued_at)`;

/** Holds a device for an attempt or a person: from now, or from the end of the lease before where the clock was set back since. @returns the fence */
export async function grant(
  { query }: Transaction,
  device: number,
  lease: {
    kind: 'job' | 'reservation' | 'command';
    holder: string;
    attempt?: string;
    seconds: number;
    request?: Bench;
  },
): Promise<number> {
  const [{ fence }] = await query<{ fence: string }>(
    `insert into farm.leases (device, kind, holder, attempt, granted_at, expires_at, claim_session, claim)
     select $1, $2, $3, $4, begins, begins + make_interval(secs => $5), $6, $7
     from (select greatest(farm.now(), (select l.released_at from farm.leases l where l.device = $1 and l.released_at is not null
       order by l.fence desc limit 1)) as begins) t returning fence`,
    [
      ...[device, lease.kind, lease.holder, lease.attempt ?? null, lease.seconds],
      ...(lease.request?.claim === undefined ? [null, null] : [lease.request.session, lease.request.claim]),
    ],
  );
  return Number(fence);
}

type FreeDevice = AnnouncedDevice & { id: string; bench: string };

async function begin(
  database: Database,
  transaction: Transaction,
  device: FreeDevice,
  queue: string,
  leaseSeconds: number,
  request: Bench,
): Promise<Claimed | undefined> {
  const { query } = transaction;
  const [fetched] = await database.boss.fetch(queue, {
    batchSize: 1,
    /* Nothing is ever to begin later than when it was put in; a clock that was set back must not make it so. */
    ignoreStartAfter: true,
    db: transaction.boss,
  });
  if (fetched === undefined) return undefined;
  const fence = await grant(transaction, Number(device.id), {
    kind: 'job',
    holder: `bench ${device.bench}`,
    attempt: fetched.id,
    seconds: leaseSeconds,
    request,
  });
  const [attempt] = await query<{ job: string; number: number; is_power_cycled: boolean }>(
    `update farm.attempts set state = 'running', device = $2, fence = $3, started_at = farm.now()
     where id = $1 and state = 'queued' returning job, number, is_power_cycled`,
    [fetched.id, device.id, fence],
  );
  if (attempt === undefined)
    throw new LittlefirstError(
      'LF_INTERNAL',
      `The attempt ${fetched.id} waits in its queue, but is not queued`,
    );
  const [job] = await query<{ name: string; spec: Spec }>(
    `update farm.jobs set state = 'running' where id = $1 returning name, spec`,
    [attempt.job],
  );
  await audit(transaction, `bench ${device.bench}`, 'job-begun', `job ${attempt.job}`, {
    attempt: fetched.id,
    number: attempt.number,
    device: device.name,
    fence,
  });
  return {
    attempt: fetched.id,
    job: attempt.job,
    name: job.name,
    device: device.name,
    fence,
    leaseSeconds,
    isPowerCycled: attempt.is_power_cycled,
    spec: job.spec,
  };
}

/**
 * The next job for a bench, with a lease on the device it is for. The same claim again, after an answer that was lost, gets the same job.
 * @returns undefined where nothing that fits waits, or the bench takes nothing
 * @throws LF_FARM_REFUSED
 */
export function claim(
  database: Database,
  identity: Identity,
  bench: Bench,
  leaseSeconds: number,
): Promise<Claimed | undefined> {
  return database.transaction(async transaction => {
    const state = await lockBench(transaction, identity, bench);
    if (state === 'past') return undefined;
    const before = await givenBefore(transaction, bench, leaseSeconds);
    if (before !== undefined || state === 'closed') return before;
    const devices = await transaction.query<FreeDevice>(
      `select d.id, d.bench, d.name, d.board, d.chip, d.meter, d.tags from farm.devices d where d.bench = $1 and d.is_present
       and not exists (select from farm.leases l where l.device = d.id and l.released_at is null) order by d.name`,
      [bench.name],
    );
    if (devices.length === 0) return undefined;
    const queues = await transaction.query<{ name: string; want: Want; excluded: string[] }>(waitingQueues);
    for (const { name, want, excluded } of queues) {
      if (excluded.includes(bench.name)) continue;
      for (const device of devices.filter(one => fits(one, want))) {
        const claimed = await begin(database, transaction, device, name, leaseSeconds, bench);
        if (claimed !== undefined) return claimed;
      }
    }
    return undefined;
  });
}
