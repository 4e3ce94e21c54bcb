import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { explained } from '../../testing/farm/explained.js';
import { hotQueries } from '../../testing/farm/hot-queries.js';
import { seedLedger } from '../../testing/farm/seeded-ledger.js';
import type { Spec } from '../jobs/spec.js';
import { type Cluster, startCluster } from '../postgres/cluster.js';
import { type Database, openDatabase } from './database.js';
import { createJobs } from './jobs.js';
import { migrations } from './migrations.js';
import { fleet, jobOf } from './read.js';
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
    cluster = await startCluster({
      folder: join(top, 'postgres'),
      password: 'of-the-test-only',
      isDurable: false,
    });
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
       insert into farm.leases (device, kind, holder, granted_at, expires_at) select id, 'reservation', 'anna', now(), now() + interval '1 day' from farm.devices`,
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
    const excessive: string[] = [];
    for (const { name, grows, ask } of hotQueries(token)) {
      if (grows === 'ledger') continue;
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
});
