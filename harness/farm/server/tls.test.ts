import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { program } from '../../testing/child.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { News, tellOfFarm } from '../../testing/farm/news.js';
import type { Cluster } from '../postgres/cluster.js';
import { FarmClient } from '../worker/client.js';

const nightly =
  'schema: littlefirst.nightly/1\nname: short\nmatrix: { boards: [none], bundles: [paper, little-first-b] }\n';

/* A certificate takes openssl. */
if (spawnSync('openssl', ['version']).status === 0)
  describe('farm serve with certificate, on the PostgreSQL that DATABASE_URL names', () => {
    let top: string;
    let cluster: Cluster;
    let address: string;
    let token: string;
    let databaseUrl: string;
    const children: ChildProcess[] = [];
    const news = new News();
    let endNews: () => Promise<void>;

    const start = (words: readonly string[], environment: NodeJS.ProcessEnv) => {
      const [command, ...before] = program;
      const child = spawn(command, [...before, ...words], {
        ...{ cwd: top, stdio: ['ignore', 'pipe', 'pipe'] },
        env: { ...process.env, NO_COLOR: '1', ...environment },
      });
      children.push(child);
      const said = { out: '', err: '' };
      child.stdout?.on('data', chunk => {
        said.out += String(chunk);
        news.tell();
      });
      child.stderr?.on('data', chunk => (said.err += String(chunk)));
      const ended = new Promise<number | null>(resolve => child.once('close', resolve));
      ended.then(news.tell);
      return { child, said, ended };
    };
    const sql = async <Row>(text: string): Promise<Row[]> => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      return (await client.query(text).finally(() => client.end())).rows as Row[];
    };

    before(async () => {
      top = await mkdtemp(join(tmpdir(), 'littlefirst-farmtls-'));
      await chmod(top, 0o755);
      cluster = await startTestCluster(join(top, 'postgres'));
      /* As a hoster gives it: a role that may nothing but own its database. */
      const boss = new pg.Client(cluster.connection);
      await boss.connect();
      await boss.query(`create role guest login password 'of-the-guest'`);
      await boss.query('create database theirs owner guest');
      await boss.end();
      databaseUrl = `postgres://guest:of-the-guest@/theirs?host=${encodeURIComponent(cluster.connection.host)}`;
      const words = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ];
      const names = ['-subj', '/CN=farm', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const made = spawnSync('openssl', [...words, ...names, '-keyout', 'key.pem', '-out', 'cert.pem'], {
        cwd: top,
      });
      expect(made.status, String(made.stderr)).to.equal(0);
      const serve = ['farm', 'serve', '--port', '0', '--tls-key', 'key.pem', '--tls-cert', 'cert.pem'];
      const { said, child } = start([...serve, '--first-operator', 'anna'], {
        DATABASE_URL: databaseUrl,
        LITTLEFIRST_FARM_SECRET: 's'.repeat(32),
      });
      await news.until(() => said.out.split('\n').length > 2 || child.exitCode !== null);
      expect(child.exitCode, said.err).to.equal(null);
      [address, token] = said.out.split('\n');
      endNews = await tellOfFarm(news, databaseUrl);
    });
    after(async () => {
      for (const child of children) child.kill('SIGKILL');
      await endNews?.();
      await cluster?.stop();
      await rm(top, { recursive: true, force: true });
    });

    it('is believed by who trusts its authority, and by nobody else', async () => {
      expect(address).to.match(/^https:\/\/127\.0\.0\.1:\d+$/);
      await writeFile(join(top, 'nightly.yaml'), nightly);
      const strange = await new FarmClient(address, token).call('GET', 'jobs').catch(error => error as Error);
      expect(strange).to.include({ code: 'LF_FARM_UNREACHABLE' });
      expect(String(strange)).to.contain('self-signed certificate');
      const { said, ended } = start(['farm', 'enqueue', 'nightly.yaml', '--key', 'pipeline 7'], {
        ...{
          LITTLEFIRST_FARM: address,
          LITTLEFIRST_FARM_TOKEN: token,
          NODE_EXTRA_CA_CERTS: join(top, 'cert.pem'),
        },
      });
      expect(await ended, said.err).to.equal(0);
      expect(said.out.trim().split('\n')).to.have.length(2);
      expect(await sql(`select key from farm.requests`)).to.deep.equal([{ key: 'pipeline 7' }]);
      expect(await sql('select id from farm.jobs')).to.have.length(2);
    });

    it('is announced to by a worker that trusts it', async () => {
      const lines = [
        ...['schema: littlefirst.worker/1', `server: ${address}`, 'bench: shelf', 'spool: spool'],
        'devices: [{ name: pico, board: rp2040, chip: any, meter: ppk2, bench: default }]',
      ];
      await writeFile(join(top, 'worker.yaml'), lines.join('\n'));
      const [{ made }] = await sql<{ made: string }>(
        `insert into farm.tokens (name, role, hash, created_at) values ('hosts', 'worker', sha256('lf_worker_of_the_test'), now()) returning name as made`,
      );
      expect(made).to.equal('hosts');
      const { said, child } = start(['farm', 'worker', 'worker.yaml'], {
        NODE_EXTRA_CA_CERTS: join(top, 'cert.pem'),
        LITTLEFIRST_FARM_TOKEN: 'lf_worker_of_the_test',
      });
      await news.until(
        async () => child.exitCode !== null || (await sql('select from farm.benches')).length > 0,
      );
      expect(child.exitCode, said.err).to.equal(null);
    });
  });
