import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../data/random.js';
import type { Database } from '../../farm/store/database.js';
import type { FarmClient } from '../../farm/worker/client.js';
import { type Check, checks } from './checks.js';
import { disturb, type Kind, plan } from './disturbances.js';
import { Fleet, type FleetOptions } from './fleet.js';

export interface ChaosOptions extends FleetOptions {
  seed: number;
  jobs: number;
  disturbances: number;
  onNote: (text: string) => void;
}

export interface Chaos {
  checks: Check[];
  /** How often each thing was done. */
  done: Partial<Record<Kind, number>>;
  /** Figures of the trial by their names. */
  figures: Record<string, number>;
}

const spec = { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' };
/** Looks without any change after which the farm counts as stuck; four a second. */
const mostIdleLooks = 1200;

/** Asks again until there is an answer, each time by the same key. @returns the jobs' ids, and how often it was asked */
async function enqueue(client: FarmClient, body: object): Promise<{ jobs: string[]; asked: number }> {
  for (let asked = 1; ; asked++)
    try {
      return { ...(await client.call<{ jobs: string[] }>('POST', 'jobs', body)), asked };
    } catch (error) {
      if ((error as { code?: string }).code !== 'LF_FARM_UNREACHABLE') throw error;
      await pause(100);
    }
}

/** A person who brings back every bench that the farm took out of service, until told to stop. */
async function releaseAll(fleet: Fleet, over: AbortSignal): Promise<number> {
  let released = 0;
  while (!over.aborted) {
    try {
      const rows = await fleet.steady.call<{ bench: string; quarantine: string | null }[]>('GET', 'fleet');
      for (const bench of new Set(rows.filter(row => row.quarantine !== null).map(row => row.bench))) {
        await fleet.steady.call('POST', `benches/${bench}/release`, { reason: 'looked at' });
        released += 1;
      }
    } catch {
      /* The server is away. */
    }
    await pause(500, undefined, { signal: over }).catch(() => undefined);
  }
  return released;
}

/** Resolves when every job has ended. @throws when nothing changes any more */
async function allEnded(database: Database): Promise<void> {
  let last = '';
  for (let idle = 0; idle < mostIdleLooks; idle++) {
    const [{ open, now }] = await database.transaction(({ query }) =>
      query<{ open: number; now: string }>(
        `select (select count(*)::int from farm.jobs where state in ('queued', 'running')) as open,
           (select count(*) || ' ' || max(id) from farm.audit) as now`,
      ),
    );
    if (open === 0) return;
    if (now !== last) idle = 0;
    last = now;
    await pause(250);
  }
  throw new Error('nothing happens any more, and jobs are left');
}

const figuresOf = (database: Database): Promise<Record<string, number>> =>
  database.transaction(
    async ({ query }) =>
      (
        await query<Record<string, number>>(
          `select (select count(*)::int from farm.attempts) as "attempts, begun or not",
             (select count(*)::int from farm.audit where action = 'lease-expired') as "leases that expired",
             (select count(*)::int from farm.audit where action = 'lease-extended') as "leases given more time after the farm was deaf",
             (select count(*)::int from farm.audit where action = 'run-superseded') as "late runs that did not count",
             (select count(*)::int from farm.audit where action = 'quarantined') as "quarantines",
             (select count(*)::int from farm.jobs where state = 'done') as "jobs with a run",
             (select count(*)::int from farm.jobs where state = 'error') as "jobs given up after three lost attempts",
             (select round(extract(epoch from max(finished_at - created_at))::numeric, 1)::float from farm.jobs) as "longest job, s"`,
        )
      )[0],
  );

/** Does to a farm of processes what happens to farms, while it works; then looks whether anything is lost, twice or left. */
export async function chaos(options: ChaosOptions): Promise<Chaos> {
  const random = new Random(options.seed, 0x6368616f);
  const fleet = await Fleet.start(options);
  const over = new AbortController();
  try {
    const released = releaseAll(fleet, over.signal);
    const kinds = plan(random, options.disturbances, options.databaseUrl === undefined);
    const asked: string[] = [];
    let requests = 0;
    let made = 0;
    const done: Chaos['done'] = {};
    const enqueues: Promise<void>[] = [];
    for (const [place, kind] of kinds.entries()) {
      const until = Math.round((options.jobs * (place + 1)) / kinds.length);
      const jobs = Array.from({ length: until - made }, (_, n) => ({
        name: `job ${made + n}`,
        want: { board: (made + n) % 2 === 0 ? 'even' : 'odd', tags: [] },
        ...{ spec, priority: random.integer(0, 3) },
      }));
      made = until;
      if (jobs.length > 0)
        enqueues.push(
          enqueue(fleet.client, { nightly: 'trial', jobs, key: `part ${place}` }).then(answer => {
            asked.push(...answer.jobs);
            requests += answer.asked;
          }),
        );
      await pause(random.integer(0, options.leaseSeconds * 500));
      const what = await disturb(fleet, kind, random);
      done[kind] = (done[kind] ?? 0) + 1;
      options.onNote(`${place + 1}/${kinds.length}: ${kind} ${what}`);
    }
    await Promise.all(enqueues);
    const database = await fleet.openDatabase();
    try {
      await allEnded(database);
      /* Ended in good order, workers deliver what they still have. */
      over.abort();
      const benchesReleased = await released;
      const ill = await fleet.stopButDatabase();
      const found = await checks(fleet, database, asked);
      found.push({ name: 'every process ended well', looked: fleet.workers.length + 1, violations: ill });
      const figures = await figuresOf(database);
      return {
        checks: found,
        done,
        figures: {
          jobs: made,
          'requests for them': requests,
          ...figures,
          'benches released': benchesReleased,
        },
      };
    } finally {
      await database.close();
    }
  } finally {
    over.abort();
    await fleet.abandon();
  }
}
