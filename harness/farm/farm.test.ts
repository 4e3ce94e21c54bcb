import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startTracing } from '../host/trace.js';
import { packagePath } from '../package-root.js';
import { startTestCluster } from '../testing/farm/cluster.js';
import { type Collector, startCollector } from '../testing/farm/collector.js';
import { News, tellOfFarm } from '../testing/farm/news.js';
import { expandNightly, loadNightly } from './jobs/nightly.js';
import type { Cluster } from './postgres/cluster.js';
import { type FarmServer, serveFarm } from './server/serve.js';
import { auditOf, jobOf, runOf } from './store/read.js';
import { expireLeases } from './store/settle.js';
import { FarmClient } from './worker/client.js';

const nightly = `schema: littlefirst.nightly/1
name: short
matrix: { boards: [rp2040], bundles: [paper], levels: [133MHz] }
strategies: [big-only, 1B6S]
windows: WINDOWS
`;

describe('a farm with a worker in a process of its own', () => {
  let top: string;
  let cluster: Cluster;
  let server: FarmServer;
  let endNews: () => Promise<void>;
  let operator: FarmClient;
  let workerFile: string;
  /** Seconds that the farm's clock is ahead. */
  let ahead = 0;
  const workers: ChildProcess[] = [];
  let collector: Collector;

  const startWorker = () => {
    const words = [packagePath('bin', 'littlefirst.js'), 'farm', 'worker', workerFile];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', chunk => {
      said += String(chunk);
    });
    workers.push(child);
    return { child, said: () => said, ended: new Promise(resolve => child.once('close', resolve)) };
  };
  const news = new News();
  const until = news.until.bind(news);
  const enqueue = async (windows: number) => {
    const file = join(top, 'nightly.yaml');
    await writeFile(file, nightly.replace('WINDOWS', String(windows)));
    const jobs = expandNightly(await loadNightly(file));
    const made = await operator.call<{ jobs: string[] }>('POST', 'jobs', { nightly: 'short', jobs });
    return made.jobs[0];
  };
  const endOf = (job: string) =>
    until(async () => {
      const found = await jobOf(server.database, job);
      return found !== undefined && ['done', 'error', 'cancelled'].includes(found.state) && found;
    });

  before(async () => {
    collector = await startCollector();
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farm-'));
    await chmod(top, 0o755);
    cluster = await startTestCluster(join(top, 'postgres'));
    server = await serveFarm({
      ...{ connection: cluster.connection, artefacts: join(top, 'artefacts'), secret: 's'.repeat(32) },
      ...{ version: 'test', host: '127.0.0.1', port: 0, leaseSeconds: 60 },
      now: () => new Date(Date.now() + ahead * 1000),
    });
    endNews = await tellOfFarm(news, cluster.connection);
    operator = new FarmClient(server.address, await server.token('anna', 'operator'));
    await writeFile(join(top, 'token'), await server.token('hosts', 'worker'));
    workerFile = join(top, 'worker.yaml');
    await writeFile(
      workerFile,
      [
        'schema: littlefirst.worker/1',
        `server: ${server.address}`,
        'tokenFile: token',
        'bench: shelf',
        'spool: spool',
        'devices: [{ name: pico, board: rp2040, chip: any, meter: ppk2, bench: default }]',
      ].join('\n'),
    );
  });
  after(async () => {
    for (const child of workers) child.kill('SIGKILL');
    await endNews?.();
    await server?.close();
    collector?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('runs a job of two blocks and has it once in the ledger, its files by their content', async () => {
    /* The worker and its run inherit it. */
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.address;
    const endTracing = await startTracing('test', expect.fail);
    const job = await enqueue(6);
    const { child, ended, said } = startWorker();
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
    const done = await endOf(job);
    expect(done.state, said()).to.equal('done');
    expect(done.attempts).to.equal(1);
    child.kill('SIGTERM');
    await ended;
    await endTracing();
    const tree = collector.treeOf(job.replaceAll('-', ''));
    expect(tree.filter(path => path.endsWith(' > block'))).to.have.length(2);
    /* Each core may have a machine, which is flashed. */
    expect([...new Set(tree)], said()).to.deep.equal([
      'enqueue',
      'enqueue > claim',
      'enqueue > claim > lease',
      'enqueue > claim > lease > deliver',
      'enqueue > claim > lease > deliver > ledger',
      'enqueue > claim > lease > run',
      'enqueue > claim > lease > run > block',
      'enqueue > claim > lease > run > flash',
      'enqueue > claim > lease > run > report',
    ]);
    expect(collector.traces(), 'one job, one trace').to.deep.equal([job.replaceAll('-', '')]);
    const { runs, blocks, series } = await server.database.transaction(async ({ query }) => ({
      runs: await query('select id, job, fence from farm.runs'),
      blocks: await query('select is_valid, energy_uj > 0 as has_energy from farm.blocks'),
      series: await query<{ strategy: string }>('select strategy from farm.series order by strategy'),
    }));
    expect(runs).to.have.length(1);
    expect(blocks).to.deep.equal([
      { is_valid: true, has_energy: true },
      { is_valid: true, has_energy: true },
    ]);
    expect(series.map(({ strategy }) => strategy)).to.deep.equal(['1B6S', 'big-only']);
    const run = (await runOf(server.database, done.run!))!;
    expect(run.files.map(({ name }) => name)).to.include.members([
      'journal.ndjson',
      'report.html',
      'run.json',
    ]);
    for (const { sha256 } of run.files) {
      const content = await readFile(join(top, 'artefacts', sha256.slice(0, 2), sha256));
      expect(createHash('sha256').update(content).digest('hex')).to.equal(sha256);
    }
  });

  it('gives the job of a worker that was killed to the next one, and counts it once', async () => {
    const job = await enqueue(300);
    const first = startWorker();
    await until(async () => (await jobOf(server.database, job))?.state === 'running');
    first.child.kill('SIGKILL');
    await first.ended;
    ahead += 3600;
    /* Before the server sees that this is no time that has passed. */
    await expireLeases(server.database);
    const second = startWorker();
    await until(async () => ((await jobOf(server.database, job))?.attempts ?? 0) === 2);
    const done = await endOf(job);
    expect(done.state, second.said()).to.equal('done');
    expect(done.attempts).to.equal(2);
    second.child.kill('SIGTERM');
    await second.ended;
    const actions = (await auditOf(server.database, `job ${job}`, 100)).map(({ action }) => action);
    expect(actions).to.deep.equal([
      ...['job-queued', 'job-begun', 'attempt-failed', 'job-retried', 'job-begun', 'run-counted'],
    ]);
    const [failed] = await server.database.transaction(({ query }) =>
      query('select cause, code, state from farm.attempts where job = $1 and number = 1', [job]),
    );
    expect(failed).to.deep.equal({ cause: 'bench', code: 'LF_FARM_LEASE', state: 'expired' });
  });
});
