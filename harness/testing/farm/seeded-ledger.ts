import type { Database } from '../../farm/store/database.js';
import { fakeRecord } from './bench.js';

export interface LedgerSize {
  /** Benches with a device each; each makes a run a night. */
  benches: number;
  nights: number;
  /** Each is a series. */
  blocksPerRun: number;
  /** Jobs that wait. */
  waiting: number;
}

/** Nights are enqueued and run a chunk at a time, so that no statement is larger than its memory. */
const nightsAtOnce = 10;

const fleet = `
insert into farm.benches (name, token, session, seen_at, version) select 'b' || n, $2, null, now(), 'made up' from generate_series(1, $1) n;
`;
const devices = `
insert into farm.devices (bench, name, board, chip, meter) select 'b' || n, 'd', 'board' || n % 7, 'any', 'ppk2' from generate_series(1, $1) n`;
const series = `
insert into farm.series (bench, board, chip, meter, level, strategy, bundle, energy, dataset)
select 'b' || n, 'board' || n % 7, 'rp2040', 'ppk2', 'level' || k % 3, 'strategy' || k, 'paper', 'measured', 'synthetic test 60'
from generate_series(1, $1) n, generate_series(1, $2) k`;
/* Jobs, attempts, leases, runs, blocks and audit lines of some nights, as claims and settlements leave them. */
const nights = `
with j as (
  insert into farm.jobs (id, name, nightly, want, spec, priority, state, created_by, created_at, finished_at)
  select gen_random_uuid(), 'job ' || n || ' ' || night, 'nightly', '{}', '{}', n, 'done', 'seed', now() - make_interval(days => $4::int - night), now() - make_interval(days => $4::int - night)
  from generate_series(1, $1::int) n, generate_series($2::int, $3::int) night returning id, priority as n, created_at),
l as (
  insert into farm.attempts (id, job, number, queue, priority, state, device, fence, queued_at, started_at, finished_at)
  select gen_random_uuid(), j.id, 1, 'seeded', 0, 'done', d.id, nextval('farm.leases_fence_seq'), j.created_at, j.created_at, j.created_at
  from j join farm.devices d on d.bench = 'b' || j.n returning id, job, fence, device, queued_at),
h as (
  insert into farm.leases (fence, device, kind, holder, attempt, granted_at, expires_at, released_at, ending) overriding system value
  select fence, device, 'job', 'bench', id, queued_at, queued_at + interval '1 minute', queued_at + interval '30 seconds', 'released' from l returning fence),
r as (
  insert into farm.runs (id, job, attempt, fence, bench, started_at, finished_at, received_at, outcome, energy, commit, firmware_sha256, record)
  select 'run-' || l.id, l.job, l.id, l.fence, 'b' || j.n, j.created_at, j.created_at, j.created_at, 'pass', 'measured', 'c', repeat('f', 64), $5::jsonb
  from l join j on j.id = l.job returning id, bench, started_at),
a as (
  insert into farm.audit (at, actor, action, subject, detail)
  select created_at, 'seed', x, 'job ' || id, '{}' from j, unnest(array['job-queued', 'job-begun', 'run-counted']) x returning id)
insert into farm.blocks (run, ordinal, series, at, windows, accuracy, accuracy_low, accuracy_high, cycles_per_window, energy_uj, energy_low_uj, energy_high_uj, is_valid)
select r.id, row_number() over (partition by r.id), s.id, r.started_at, 60, 0.9, 0.8, 0.95, 1e6, 100 + random(), 99, 102, true from r join farm.series s on s.bench = r.bench`;

const waiting = `
with j as (
  insert into farm.jobs (id, name, want, spec, priority, state, created_by, created_at)
  select gen_random_uuid(), 'waits', '{}', '{}', n % 5, 'queued', 'seed', now() from generate_series(1, $1) n returning id, priority)
insert into farm.attempts (id, job, number, queue, priority, state, queued_at) select gen_random_uuid(), id, 1, 'seeded', priority, 'queued', now() from j`;

/** Fills an empty ledger with runs that never were, as of one run a night and bench. */
export async function seedLedger(database: Database, token: number, size: LedgerSize): Promise<void> {
  const { benches, nights: count, blocksPerRun } = size;
  await database.transaction(async ({ query }) => {
    await query(fleet, [benches, token]);
    await query(devices, [benches]);
    await query(series, [benches, blocksPerRun]);
    await query(
      `insert into farm.queues (name, want, excluded) values ('seeded', '{"board": "none", "tags": []}', '{}')`,
    );
    await query(waiting, [size.waiting]);
  });
  const record = JSON.stringify(fakeRecord());
  for (let first = 1; first <= count; first += nightsAtOnce)
    await database.transaction(({ query }) =>
      query(nights, [benches, first, Math.min(count, first + nightsAtOnce - 1), count, record]),
    );
  await database.transaction(async ({ query }) => {
    await query('analyze');
    /* Each series was looked at but for its newest night, as in the morning. */
    await query(
      `insert into farm.series_looks select distinct on (series) series, run, at from farm.blocks where at < now() - interval '1 hour' order by series, at desc`,
    );
  });
}
