import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../farm/store/database.js';
import type { Fleet } from './fleet.js';

/** What a stand-in told the witness. */
interface Seen {
  event: 'begin' | 'end';
  attempt: string;
  fence: number;
  device: string;
  files?: Record<string, string>;
}

/** A claim on the farm that the trial holds it to. */
export interface Check {
  name: string;
  /** How many things were looked at. */
  looked: number;
  /** What does not hold, in words. */
  violations: string[];
}

interface RunRow {
  id: string;
  job: string;
  attempt: string;
  fence: string;
  blocks: number;
  recorded: number;
  released_at: Date | null;
  state: string;
  files: Record<string, string>;
}

const runRows = `
  select r.id, r.job, r.attempt, r.fence, a.state, l.released_at,
    (select count(*)::int from farm.blocks b where b.run = r.id) as blocks, jsonb_array_length(r.record->'blocks') as recorded,
    (select jsonb_object_agg(f.name, f.sha256) from farm.run_files f where f.run = r.id) as files
  from farm.runs r join farm.attempts a on a.id = r.attempt and a.job = r.job and a.fence = r.fence
  join farm.leases l on l.fence = r.fence and l.attempt = r.attempt`;

/** Leases that overlap on a device, found without the constraint that forbids them. */
const overlaps = `
  select x.fence, y.fence as other from farm.leases x join farm.leases y on y.device = x.device and y.fence > x.fence
  where y.granted_at < coalesce(x.released_at, x.expires_at)`;

/** Jobs whose trail in the audit log is not one begin for each attempt, each ended before the next began. */
const trails = `
  select j.id, array_agg(a.action order by a.id) as actions from farm.jobs j
  join farm.audit a on a.subject = 'job ' || j.id and a.action in ('job-begun', 'attempt-failed', 'run-counted') group by j.id`;

export async function checks(fleet: Fleet, database: Database, asked: readonly string[]): Promise<Check[]> {
  const witness: Seen[] = readFileSync(fleet.path('witness.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Seen);
  const found = await database.transaction(async ({ query }) => ({
    jobs: await query<{
      id: string;
      state: string;
      attempts: number;
      lost: number;
      runs: number;
      counted: number;
    }>(
      `select j.id, j.state, (select count(*)::int from farm.attempts a where a.job = j.id) as attempts,
         (select count(*)::int from farm.attempts a where a.job = j.id and a.cause = 'bench') as lost,
         (select count(*)::int from farm.runs r where r.job = j.id) as runs,
         (select count(*)::int from farm.audit x where x.subject = 'job ' || j.id and x.action = 'run-counted') as counted
       from farm.jobs j`,
    ),
    runs: await query<RunRow>(runRows),
    runCount: (await query<{ n: number }>('select count(*)::int as n from farm.runs'))[0].n,
    open: await query<{ fence: string }>('select fence from farm.leases where released_at is null'),
    leases: (await query<{ n: number }>('select count(*)::int as n from farm.leases'))[0].n,
    overlapping: await query<{ fence: string; other: string }>(overlaps),
    trails: await query<{ id: string; actions: string[] }>(trails),
    waiting: await query<{ name: string; state: string }>(
      `select name, state::text from farm_queue.job where name like 'want-%' and state::text in ('created', 'retry', 'active')`,
    ),
  }));
  const all: Check[] = [];
  const check = (name: string, looked: number, violations: string[]) =>
    all.push({ name, looked, violations });

  const known = new Map(found.jobs.map(job => [job.id, job]));
  check('every job that was asked for is there, and no other', asked.length, [
    ...asked.filter(id => !known.has(id)).map(id => `job ${id} is lost`),
    ...(new Set(asked).size === found.jobs.length
      ? []
      : [`${found.jobs.length} jobs, ${new Set(asked).size} asked for`]),
  ]);
  check(
    'every job has ended: with one run in the ledger, or after three attempts that benches lost',
    found.jobs.length,
    found.jobs
      .filter(
        ({ state, runs, lost }) =>
          !(state === 'done' && runs === 1) && !(state === 'error' && runs === 0 && lost === 3),
      )
      .map(({ id, state, runs, lost }) => `job ${id}: ${state}, ${runs} runs, ${lost} attempts lost`),
  );
  check('each run was counted once, under the lease that it was made under', found.runCount, [
    ...(found.runs.length === found.runCount
      ? []
      : [`${found.runCount - found.runs.length} runs without their lease`]),
    ...found.runs
      .filter(run => run.state !== 'done' || run.released_at === null || known.get(run.job)?.counted !== 1)
      .map(({ id, state }) => `${id}: attempt ${state}`),
  ]);
  const ends = new Map(witness.filter(({ event }) => event === 'end').map(seen => [seen.attempt, seen]));
  check(
    'the ledger has of each run what the run wrote, block for block, file for file',
    found.runs.length,
    found.runs.flatMap(({ id, attempt, fence, blocks, recorded, files }) => {
      const seen = ends.get(attempt);
      const same =
        seen?.fence === Number(fence) && JSON.stringify(sorted(seen.files)) === JSON.stringify(sorted(files));
      return same && blocks === recorded ? [] : [`${id} is not what the witness saw`];
    }),
  );
  const artefacts = found.runs.flatMap(({ files }) => Object.values(files));
  check(
    'every artefact is there, its content as its name says',
    artefacts.length,
    artefacts.filter(hash => !isWhole(fleet, hash)),
  );
  check(
    'every lease was given back or has expired',
    found.leases,
    found.open.map(({ fence }) => `lease ${fence}`),
  );
  check(
    'no device had two leases at once',
    found.leases,
    found.overlapping.map(({ fence, other }) => `leases ${fence} and ${other}`),
  );
  check(
    'the audit log has each attempt once, one after the other',
    found.trails.length,
    found.trails
      .filter(({ actions }) => !isOrderly(actions))
      .map(({ id, actions }) => `job ${id}: ${actions.join(', ')}`),
  );
  check('no device was used by two runs at once', witness.length, together(witness));
  check(
    'the queue is empty',
    found.jobs.length,
    found.waiting.map(({ name, state }) => `${name}: ${state}`),
  );
  const spools = readdirSync(fleet.options.folder).filter(name => name.startsWith('spool-'));
  check(
    'no bench keeps a run, and none was refused',
    spools.length,
    spools.flatMap(name => readdirSync(fleet.path(name)).map(attempt => `${name}/${attempt}`)),
  );
  return all;
}

const sorted = (files: Record<string, string> | undefined) => Object.entries(files ?? {}).sort();

function isWhole(fleet: Fleet, hash: string): boolean {
  const file = join(fleet.path('artefacts'), hash.slice(0, 2), hash);
  return existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === hash;
}

/** begin, failed, begin, failed, ..., begin, counted; a run that came late counts after its attempt had failed. */
function isOrderly(actions: readonly string[]): boolean {
  return /^(bf)*(bc|bfc|)$/.test(
    actions.map(action => ({ 'job-begun': 'b', 'attempt-failed': 'f', 'run-counted': 'c' })[action]).join(''),
  );
}

/** A run that ended after another had begun on its device was not alone. */
function together(witness: readonly Seen[]): string[] {
  const newest = new Map<string, string>();
  const violations: string[] = [];
  for (const { event, device, attempt } of witness)
    if (event === 'begin') newest.set(device, attempt);
    else if (newest.get(device) !== attempt)
      violations.push(`${device}: ${attempt} and ${newest.get(device)}`);
  return violations;
}
