import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { fakeRecord } from '../../testing/farm/bench.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { explained } from '../../testing/farm/explained.js';
import { hotQueries } from '../../testing/farm/hot-queries.js';
import { seedLedger } from '../../testing/farm/seeded-ledger.js';
import type { Spec } from '../jobs/spec.js';
import type { Cluster } from '../postgres/cluster.js';
import { lastNight } from '../series/read.js';
import { type Database, openDatabase } from './database.js';
import { createJobs } from './jobs.js';
import { readTallies } from './kept/tallies.js';
import { insertRun } from './ledger.js';
import { migrations } from './migrations.js';
import { fleet, jobOf } from './read.js';
import { foldTallies } from './schedules.js';
import { createToken, identify } from './tokens.js';

describe("the farm's database", () => {
  let top: string;
  let cluster: Cluster;
  let database: Database;

  const ask = async (connection: Cluster['connection'], text: string) => {
    const client = new pg.Client(connection);
    await client.connect();
    await client.query(text).finally(() => client.end());
  };

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farmdb-'));
    await chmod(top, 0o755);
    cluster = await startTestCluster(join(top, 'postgres'));
    database = await openDatabase({ connection: cluster.connection });
  });
  after(async () => {
    await database?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('lives on when connections are ended that are in use, and those that listen', async () => {
    const end = (text: string, values: unknown[] = []) =>
      database.transaction(({ query }) =>
        query(
          `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and ${text}`,
          values,
        ),
      );
    for (let n = 0; n < 2; n++) {
      const failure = await database
        .transaction(async ({ query }) => {
          const [{ pid }] = await query<{ pid: number }>('select pg_backend_pid() as pid');
          await end('pid = $1', [pid]);
          await query('select 1');
        })
        .catch(error => error as Error);
      expect(failure).to.be.instanceOf(Error);
      const ready = new Promise<void>(resolve => database.onReady(resolve));
      await end(`query = 'listen farm_ready'`);
      await ready;
    }
  });

  const tallied = async (of: Database) => {
    const rows = await of.transaction(({ query }) =>
      query<{ family: string; label: string; count: string }>(readTallies),
    );
    return Object.fromEntries(rows.map(({ family, label, count }) => [`${family} ${label}`, count]));
  };

  const newestOf = (of: Database) =>
    of.transaction(({ query }) =>
      query('select kind, run, energy_uj from farm.newest order by kind, series'),
    );

  it('keeps the newest night of each series, however late and often runs are delivered', async () => {
    const template = fakeRecord();
    const hour = (n: number) => new Date(Date.UTC(2026, 0, 1, n)).toISOString();
    const deliver = (id: string, hours: number, isValid = true, confirms = false) =>
      database.transaction(async transaction => {
        const [block] = template.blocks;
        const one = { ...block, valid: isValid ? (true as const) : 'marker lost' };
        const record = { ...template, id, startedAt: hour(hours), blocks: [one, { ...one, windows: 7 }] };
        if (!confirms) return insertRun(transaction, record, [], { bench: 'newest' });
        const [{ job }] = await transaction.query<{ job: string }>(
          `insert into farm.jobs (id, name, want, spec, priority, state, created_by, created_at)
           values (gen_random_uuid(), 'confirms', '{}', '{}', 0, 'done', 'farm', now()) returning id as job`,
        );
        /* What a confirmation belongs to is no matter here. */
        await transaction.query('set local session_replication_role = replica');
        await transaction.query('insert into farm.confirmations values (1, 0, 0, 0, $1)', [job]);
        await transaction.query('set local session_replication_role = origin');
        return insertRun(transaction, record, [], { bench: 'newest', job });
      });
    const newest = async () => {
      const rows = await newestOf(database);
      return Object.fromEntries(rows.map(({ kind, run }) => [kind, run]));
    };
    expect(await deliver('night-3', 3)).to.equal(true);
    expect(await newest()).to.deep.equal({ any: 'night-3', valid: 'night-3' });
    expect(await deliver('night-1', 1), 'late').to.equal(true);
    expect(await deliver('night-3', 9), 'again').to.equal(false);
    expect(await newest()).to.deep.equal({ any: 'night-3', valid: 'night-3' });
    const since = await database.transaction(({ query }) =>
      query<{ since: Date }>('select distinct since from farm.newest'),
    );
    expect(since, 'of the late one').to.deep.equal([{ since: new Date(hour(1)) }]);
    await deliver('night-4', 4, false);
    expect(await newest()).to.deep.equal({ any: 'night-4', valid: 'night-3' });
    await deliver('night-5', 5, true, true);
    await deliver('night-2', 2);
    expect(await newest(), 'what confirms is no night').to.deep.equal({ any: 'night-4', valid: 'night-3' });
    await Promise.all(
      ['night-7', 'night-6', 'night-8', 'night-8b'].map((id, n) => deliver(id, [7, 6, 8, 8][n])),
    );
    expect(await newest(), 'of one time the larger name').to.deep.equal({
      any: 'night-8b',
      valid: 'night-8b',
    });
    const undone = await database
      .transaction(async transaction => {
        await insertRun(transaction, { ...template, id: 'night-9', startedAt: hour(9) }, [], {
          bench: 'newest',
        });
        throw new Error('the transaction ends badly');
      })
      .catch(error => String(error));
    expect(undone).to.contain('ends badly');
    expect(await newest()).to.deep.equal({ any: 'night-8b', valid: 'night-8b' });
  });

  it('brings an older schema up to date with all that is in it, and refuses a later one', async () => {
    await ask(cluster.connection, 'create database older');
    const older = { ...cluster.connection, database: 'older' };
    await ask(
      older,
      'create schema farm; create table farm.migrations (version integer primary key, name text not null, applied_at timestamptz not null)',
    );
    /* As the first version of the ledger left them. */
    for (const { version, name, sql } of migrations.filter(step => step.version <= 3))
      await ask(older, `${sql}; insert into farm.migrations values (${version}, '${name}', now())`);
    await ask(
      older,
      `insert into farm.tokens (name, role, hash, created_at) values ('hosts', 'worker', '\\x00', now());
       insert into farm.benches (name, token, session, seen_at, version) select 'b', id, gen_random_uuid(), now(), '0.1' from farm.tokens;
       insert into farm.devices (bench, name, board, chip, meter) values ('b', 'd', 'rp2040', 'any', 'ppk2');
       insert into farm.leases (device, kind, holder, granted_at, expires_at) select id, 'reservation', 'anna', now(), now() + interval '1 day' from farm.devices;
       insert into farm.series (bench, board, chip, meter, level, strategy, bundle, energy, dataset) values ('b', 'rp2040', 'rp2040', 'm', 'l', 's', 'paper', 'measured', 'd');
       insert into farm.runs (id, bench, started_at, finished_at, received_at, outcome, energy, commit, firmware_sha256, record)
         select 'run' || n, 'b', now() - make_interval(hours => n), now(), now() + make_interval(hours => n), 'pass', 'measured', 'c', 'f', '{}' from generate_series(1, 3) n;
       insert into farm.blocks (run, ordinal, series, at, windows, energy_uj, is_valid)
         select r.id, k, s.id, r.started_at, 6, 10 * k, r.id <> 'run1' from farm.runs r, farm.series s, generate_series(1, 2) k`,
    );
    const opened = await openDatabase({ connection: older });
    try {
      expect(await fleet(opened))
        .to.have.length(1)
        .and.to.have.nested.property('[0].holder', 'anna');
      const [made] = await createJobs(
        opened,
        'anna',
        [{ name: 'x', want: { board: 'rp2040', tags: [] }, spec: {} as Spec, priority: 0 }],
        { key: 'k' },
      );
      expect(await jobOf(opened, made)).to.include({ state: 'queued' });
      expect(await newestOf(opened)).to.deep.equal([
        { kind: 'any', run: 'run1', energy_uj: 10 },
        { kind: 'valid', run: 'run2', energy_uj: 10 },
      ]);
      expect(await opened.transaction(lastNight)).to.have.length(1);
      expect(await tallied(opened)).to.deep.equal({ 'jobs queued': '1', 'runs pass': '3' });
    } finally {
      await opened.close();
    }
    await ask(older, `insert into farm.migrations values (1000, 'of later', now())`);
    const refusal = await openDatabase({ connection: older }).catch(error => error as { code?: string });
    expect(refusal).to.include({ code: 'LF_FARM_DATABASE' });
  });

  it('reads of a long ledger only what it shows', async () => {
    const { token } = (await identify(database, await createToken(database, 'test', 'seed', 'worker')))!;
    await seedLedger(database, token, { benches: 20, nights: 60, blocksPerRun: 2, waiting: 500 });
    const counts = await tallied(database);
    expect(counts).to.include({ 'jobs done': '1201', 'jobs queued': '500' });
    await Promise.all([foldTallies(database, 0), foldTallies(database, 0)]);
    expect(await tallied(database), 'folded').to.deep.equal(counts);
    const rows = await database.transaction(({ query }) => query('select from farm.tallies'));
    expect(rows).to.have.length(Object.keys(counts).length);
    expect(await database.transaction(lastNight), 'the newest night of each series').to.have.length(40);
    const excessive: string[] = [];
    for (const { name, grows, ask } of hotQueries(token)) {
      const looking = explained(database, true);
      await ask(looking);
      /* 1,200 runs and leases, 1,700 jobs and attempts, 2,400 blocks: a page shows 200 at most, and each of the 40 series once or twice. */
      for (const table of ['runs', 'blocks', 'jobs', 'attempts', 'leases', 'audit']) {
        const rows = looking.reading.rows[table] ?? 0;
        if (rows > (grows === 'fleet' ? 250 : 800)) excessive.push(`${name}: ${rows} of ${table}`);
      }
    }
    expect(excessive).to.deep.equal([]);
  });

  it('follows what is mended, taken out and emptied by hand', async () => {
    const undone = new Error('and all of it is taken back');
    const failure = await database
      .transaction(async ({ query }) => {
        const newest = async (series: string) =>
          Object.fromEntries(
            (
              await query<{ kind: string; run: string; days: number }>(
                `select kind, run, extract(day from at - since)::int as days from farm.newest where series = $1 order by kind`,
                [series],
              )
            ).map(({ kind, run, days }) => [kind, `${run} ${days}`]),
          );
        const nights = await query<{ run: string; series: string }>(
          `select run, series from farm.blocks where series = (select max(series) from farm.blocks) order by at desc, run desc`,
        );
        const [{ series }] = nights;
        const [last, second, third] = nights.map(({ run }) => run);
        expect(await newest(series)).to.deep.equal({ any: `${last} 59`, valid: `${last} 59` });
        await query('update farm.blocks set is_valid = false where run = $1', [last]);
        expect(await newest(series), 'mended').to.deep.equal({ any: `${last} 59`, valid: `${second} 58` });
        await query('delete from farm.blocks where run in ($1, $2)', [last, second]);
        expect(await newest(series), 'taken out').to.deep.equal({ any: `${third} 57`, valid: `${third} 57` });
        const [{ other }] = await query<{ other: string }>('select min(series) as other from farm.blocks');
        await query('update farm.blocks set series = $1, ordinal = 9 where run = $2 and series = $3', [
          ...[other, third, series],
        ]);
        expect(await newest(series), 'gone to another one')
          .to.have.property('any')
          .that.matches(/ 56$/);
        await query('truncate farm.blocks');
        expect(await query('select from farm.newest'), 'emptied').to.deep.equal([]);
        const counted = async () =>
          (await query<{ family: string; label: string }>(readTallies)).map(({ family }) => family);
        expect(await counted()).to.include.members(['jobs', 'runs']);
        await query('truncate farm.jobs cascade');
        expect(await counted(), 'jobs, attempts and runs of them are gone').to.deep.equal([]);
        await query(
          `insert into farm.jobs (id, name, want, spec, priority, state, created_by, created_at)
           values (gen_random_uuid(), 'new', '{}', '{}', 0, 'queued', 'hand', now())`,
        );
        expect(await query(readTallies)).to.deep.equal([{ family: 'jobs', label: 'queued', count: '1' }]);
        throw undone;
      })
      .catch(error => error as Error);
    if (failure !== undone) throw failure;
  });
});
