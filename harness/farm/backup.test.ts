import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import pg from 'pg';
import { packagePath } from '../package-root.js';
import { fakeRecord } from '../testing/farm/bench.js';
import { codeBlocks } from '../testing/guides/blocks.js';
import { type Cluster, startCluster } from './postgres/cluster.js';
import { type FarmServer, serveFarm } from './server/serve.js';
import type { Claimed } from './store/claim.js';
import { FarmClient } from './worker/client.js';

const spec = { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' };
const session = '00000000-0000-4000-8000-000000000001';
const content = Buffer.from('what a run has left');
const sha256 = createHash('sha256').update(content).digest('hex');
const password = 'of-the-test-only';

/** PostgreSQL with `pg_dump` and `pg_restore`, where one is installed: LITTLEFIRST_POSTGRES, or Debian's newest. */
function withClient(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [process.env.LITTLEFIRST_POSTGRES ?? '', ...versions.map(version => join(debian, version))].find(
    folder =>
      ['initdb', 'postgres', 'pg_dump', 'pg_restore'].every(name => existsSync(join(folder, 'bin', name))),
  );
}

describe('the back-up of a farm', () => {
  let top: string;
  const open: { stop(): Promise<void> }[] = [];

  const start = async (folder: string, binaries?: string) => {
    const cluster = await startCluster({ folder, password, isDurable: false, binaries });
    open.push(cluster);
    return cluster;
  };
  const serve = async (connection: Cluster['connection'], artefacts: string) => {
    const server = await serveFarm({
      ...{ connection, artefacts, secret: 's'.repeat(32), version: 'test', host: '127.0.0.1', port: 0 },
      leaseSeconds: 600,
    });
    open.push({ stop: () => server.close() });
    return server;
  };
  const end = async () => {
    for (const one of open.splice(0).reverse()) await one.stop();
  };
  const announce = (hosts: FarmClient) =>
    hosts.call('POST', 'benches/announce', {
      ...{ bench: 'b', session, version: 't', problems: [] },
      devices: [{ name: 'd', board: 'x', chip: 'any', meter: 'ppk2', tags: [] }],
    });
  const claim = (hosts: FarmClient) =>
    hosts.call<Claimed>('POST', 'claims', { bench: 'b', session, waitSeconds: 0 });
  const settle = (hosts: FarmClient, { attempt, fence }: Claimed) => {
    const record = { ...fakeRecord(), id: `run-${attempt}`, lease: { fence, attempt } };
    const files = [{ name: 'note.txt', sha256 }];
    return hosts.call('POST', `attempts/${attempt}/settle`, { fence, record, files });
  };

  /** A farm with a run, a file of it, and a job that waits. @returns what is to be found again */
  const fill = async (server: FarmServer) => {
    const tokens = { ci: await server.token('ci', 'operator'), hosts: await server.token('hosts', 'worker') };
    const [ci, hosts] = [tokens.ci, tokens.hosts].map(token => new FarmClient(server.address, token));
    await announce(hosts);
    const jobs = [1, 2].map(n => ({ name: `job ${n}`, want: { board: 'x', tags: [] }, spec }));
    await ci.call('POST', 'jobs', { jobs });
    const claimed = await claim(hosts);
    await hosts.store(sha256, content);
    await settle(hosts, claimed);
    await hosts.call('POST', 'benches/leave', { session });
    return { tokens, fence: claimed.fence, ledger: await ci.call('GET', 'ledger') };
  };
  /** What was kept is there, and the farm goes on. */
  const check = async (server: FarmServer, { tokens, fence, ledger }: Awaited<ReturnType<typeof fill>>) => {
    const [ci, hosts] = [tokens.ci, tokens.hosts].map(token => new FarmClient(server.address, token));
    expect(await ci.call('GET', 'ledger')).to.deep.equal(ledger);
    expect(await ci.download(sha256)).to.deep.equal(content);
    await announce(hosts);
    const next = await claim(hosts);
    expect(next.name).to.equal('job 2');
    expect(next.fence).to.be.greaterThan(fence);
    expect(await settle(hosts, next)).to.deep.equal({ settled: 'counted' });
    const newest = await server.database.transaction(({ query }) =>
      query<{ run: string }>('select distinct run from farm.newest'),
    );
    expect(newest).to.have.length(1);
    expect((await ci.call<{ lines: object[] }>('GET', 'ledger')).lines).to.have.length(2);
  };

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farmbackup-'));
    await chmod(top, 0o755);
  });
  afterEach(end);
  after(() => rm(top, { recursive: true, force: true }));

  it('of `farm up` is a copy of its folder', async () => {
    const cluster = await start(join(top, 'postgres'));
    const kept = await fill(await serve(cluster.connection, join(top, 'artefacts')));
    await end();
    for (const part of ['postgres', 'artefacts'])
      await execa('cp', ['-a', join(top, part), join(top, `${part}-copy`)]);
    const copy = await start(join(top, 'postgres-copy'));
    await check(await serve(copy.connection, join(top, 'artefacts-copy')), kept);
  });

  const client = withClient();
  const whereInstalled = client === undefined ? () => undefined : it;
  whereInstalled("of a database is what the guide's commands make and restore", async () => {
    const { connection } = await start(join(top, 'other'), client);
    const folder = await mkdtemp(join(top, 'work-'));
    const kept = await fill(await serve(connection, join(folder, 'artefacts')));
    const asker = new pg.Client(connection);
    await asker.connect();
    await asker.query('create database restored').finally(() => asker.end());
    const url = (database: string) =>
      `postgresql://${connection.user}:${password}@/${database}?host=${encodeURIComponent(connection.host)}`;
    const guide = readFileSync(packagePath('docs', 'farm.md'), 'utf8');
    const part = guide.slice(guide.indexOf('## Back-up, restore, upgrade'));
    for (const script of codeBlocks(part, 'sh').slice(0, 2))
      await execa('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: folder,
        env: {
          ...{ DATABASE_URL: url(connection.database), RESTORED_URL: url('restored') },
          PATH: `${join(client!, 'bin')}:${process.env.PATH}`,
        },
      });
    await end();
    const again = await start(join(top, 'other'), client);
    const restored = { ...again.connection, database: 'restored' };
    await check(await serve(restored, join(folder, 'restored-artefacts')), kept);
  });
});
