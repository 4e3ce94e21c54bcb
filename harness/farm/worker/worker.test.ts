import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { enqueueNightly } from '../../library/farm/farm.js';
import { packagePath } from '../../package-root.js';
import { program } from '../../testing/child.js';
import { fakeProgram, fakeRecord } from '../../testing/farm/bench.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { type Gate, openGate } from '../../testing/farm/gate.js';
import { News, tellOfFarm } from '../../testing/farm/news.js';
import { packFolder } from '../jobs/packed-folder.js';
import type { Cluster } from '../postgres/cluster.js';
import { type FarmServer, serveFarm } from '../server/serve.js';
import type { Claimed } from '../store/claim.js';
import { auditOf, jobOf } from '../store/read.js';
import { FarmClient } from './client.js';
import { examineDevices } from './health.js';
import { runWorker, type WorkerOptions } from './worker.js';

const spec = { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' };

describe("a farm's worker", () => {
  let top: string;
  let cluster: Cluster;
  let server: FarmServer;
  let gate: Gate;
  let endNews: () => Promise<void>;
  let operator: FarmClient;
  let token: string;
  let names = 0;
  const stops: (() => Promise<void>)[] = [];

  const news = new News();
  const until = news.until.bind(news);
  const device = (board: string) => ({
    ...{ name: 'd', board, chip: 'any', meter: 'ppk2', tags: [], bench: 'default' },
  });
  /** A bench of its own kind of board with a program in the place of `littlefirst run`. */
  const makeBench = async (board: string) => {
    const bench = `bench-${++names}`;
    const folder = join(top, bench);
    await mkdir(folder);
    const notes: string[] = [];
    const onNote = (note: string) => {
      notes.push(note);
      news.tell();
    };
    const config = {
      ...{ schema: 'littlefirst.worker/1' as const, server: gate.address, token, bench },
      ...{ spool: join(folder, 'spool'), cache: join(folder, 'cache'), healthMinutes: 360 },
      ...{ bundles: {}, devices: [device(board)] },
    };
    const start = (options: Partial<WorkerOptions> = {}) => {
      const stop = new AbortController();
      const ended = runWorker(config, {
        ...{ signal: stop.signal, version: 't', program: fakeProgram(folder) },
        ...{ examine: async () => [], onNote, ...options },
      });
      const end = async () => {
        stop.abort();
        await ended;
      };
      stops.push(end);
      return end;
    };
    return { bench, folder, config, notes, start };
  };
  const enqueue = async (board: string, more: object = {}) =>
    (
      await operator.call<{ jobs: string[] }>('POST', 'jobs', {
        jobs: [{ name: board, want: { board, tags: [] }, spec: { ...spec, ...more } }],
      })
    ).jobs[0];
  const stateOf = async (job: string) => (await jobOf(server.database, job))?.state;
  const ends = (job: string) =>
    until(async () => ['done', 'error'].includes((await stateOf(job)) ?? '') && (await stateOf(job)));
  const actionsOn = async (subject: string) =>
    (await auditOf(server.database, subject, 100)).map(({ action }) => action);
  const go = (folder: string) => writeFile(join(folder, 'go'), '');

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farmworker-'));
    await chmod(top, 0o755);
    cluster = await startTestCluster(join(top, 'postgres'));
    server = await serveFarm({
      ...{ connection: cluster.connection, artefacts: join(top, 'artefacts'), secret: 's'.repeat(32) },
      ...{ version: 'test', host: '127.0.0.1', port: 0, leaseSeconds: 600 },
    });
    endNews = await tellOfFarm(news, cluster.connection);
    gate = await openGate(server.address);
    operator = new FarmClient(server.address, await server.token('anna', 'operator'));
    token = await server.token('hosts', 'worker');
  });
  afterEach(async () => {
    gate.mend();
    for (const stop of stops.splice(0)) await stop();
  });
  after(async () => {
    await gate?.close();
    await endNews?.();
    await server?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('is sent a nightly once, although the answer to `farm enqueue` was lost', async () => {
    const file = join(top, 'lost.yaml');
    const lines = [
      'schema: littlefirst.nightly/1',
      'name: lost',
      'matrix: { boards: [lost], bundles: [paper] }',
    ];
    await writeFile(file, lines.join('\n'));
    const jobs = () =>
      server.database.transaction(({ query }) =>
        query<{ id: string }>(`select id from farm.jobs where nightly = 'lost'`),
      );
    const access = { server: gate.address, token: await server.token('lena', 'operator') };
    gate.deafen('/api/v1/jobs');
    const asked = enqueueNightly(access, file, top);
    await until(async () => (await jobs()).length > 0);
    gate.mend();
    expect(await asked).to.deep.equal((await jobs()).map(({ id }) => id));
  });

  it('keeps the run of a bench that is cut off, and delivers it once, by another process', async () => {
    const job = await enqueue('far');
    const one = await makeBench('far');
    const stop = one.start();
    await until(async () => (await stateOf(job)) === 'running');
    gate.cut();
    await go(one.folder);
    const [attempt] = await until(async () => {
      const waiting = await readdir(one.config.spool);
      const files = waiting.length > 0 && (await readdir(join(one.config.spool, waiting[0])));
      return files !== false && files.includes('delivery.json') && waiting;
    });
    expect(await stateOf(job), 'the farm knows nothing of it').to.equal('running');
    await stop();
    await server.database.transaction(({ query }) =>
      query('update farm.benches set session = null where name = $1', [one.bench]),
    );
    gate.mend();
    one.start();
    expect(await ends(job)).to.equal('done');
    await until(async () => (await readdir(one.config.spool)).length === 0);
    expect((await jobOf(server.database, job))?.run).to.equal(`run-${attempt}`);
    expect(await actionsOn(`job ${job}`)).to.deep.equal(['job-queued', 'job-begun', 'run-counted']);
  });

  it('tells the run its lease, has the board started anew, and holds the device on the host', async () => {
    const job = await enqueue('words');
    const one = await makeBench('words');
    await go(one.folder);
    one.start();
    expect(await ends(job)).to.equal('done');
    const words = JSON.parse(await readFile(join(one.folder, 'words.json'), 'utf8')) as string[];
    expect(words).to.include.members(['--start-anew', '--while-stdin']);
    expect(words[words.indexOf('--hold') + 1]).to.equal(`farm ${gate.address} ${one.bench}/d`);
    const [{ fence, lease }] = await server.database.transaction(({ query }) =>
      query<{ fence: string; lease: { fence: number } }>(
        "select fence, record->'lease' as lease from farm.runs where job = $1",
        [job],
      ),
    );
    expect(lease.fence).to.equal(Number(fence));
    expect(words[words.indexOf('--lease') + 1]).to.match(new RegExp(`^${fence}:`));
  });

  it('has no run counted that another lease made', async () => {
    const job = await enqueue('other');
    const hosts = new FarmClient(server.address, token);
    const session = '00000000-0000-4000-8000-000000000001';
    const { bench: _, ...announced } = device('other');
    const body = { bench: 'other', session, version: 't', devices: [announced], problems: [] };
    await hosts.call('POST', 'benches/announce', body);
    const claim = { bench: 'other', session, waitSeconds: 0 };
    const { attempt, fence } = (await hosts.call<Claimed>('POST', 'claims', claim))!;
    for (const lease of [undefined, { fence: fence + 1, attempt }, { fence, attempt: session }]) {
      const record = { ...fakeRecord(), lease };
      const answer = await hosts
        .call('POST', `attempts/${attempt}/settle`, { fence, record, files: [] })
        .catch(error => error.code);
      expect(answer).to.equal('LF_FARM_REFUSED');
    }
    expect(await stateOf(job)).to.equal('running');
  });

  it('never tries a missed target again', async () => {
    const job = await enqueue('missed');
    const one = await makeBench('missed');
    await go(one.folder);
    one.start({ program: fakeProgram(one.folder, 'fail') });
    expect(await ends(job)).to.equal('done');
    const found = await jobOf(server.database, job);
    expect(found).to.include({ attempts: 1, outcome: 'fail' });
  });

  it('keeps a bench that is not fit from jobs over any restart, and looks again when a person releases it', async () => {
    const job = await enqueue('unfit');
    const one = await makeBench('unfit');
    await go(one.folder);
    let looks = 0;
    const stop = one.start({
      examine: async () => {
        looks += 1;
        return ['d: known load: 3 % off'];
      },
    });
    const quarantineOf = () =>
      server.database.transaction(
        async ({ query }) =>
          (
            await query<{ quarantine: string | null }>(
              'select quarantine from farm.benches where name = $1',
              [one.bench],
            )
          )[0]?.quarantine ?? undefined,
      );
    expect(await until(quarantineOf)).to.contain('3 % off');
    await stop();
    const second = one.start();
    await until(
      async () => (await actionsOn(`bench ${one.bench}`)).filter(a => a === 'announced').length > 1,
    );
    expect(await quarantineOf()).to.contain('3 % off');
    await second();
    expect(await stateOf(job)).to.equal('queued');
    expect(looks).to.equal(1);
    await operator.call('POST', `benches/${one.bench}/release`, { reason: 'new shunt' });
    one.start({
      examine: async () => {
        looks += 1;
        return [];
      },
    });
    expect(await ends(job)).to.equal('done');
    expect(looks).to.equal(2);
    expect(await actionsOn(`bench ${one.bench}`)).to.include.members(['examined', 'quarantined', 'released']);
  });

  it('looks at the bench again after a fault of its own', async () => {
    const job = await enqueue('faulty');
    const one = await makeBench('faulty');
    await writeFile(join(one.folder, 'fails'), 'LF_METER_OPEN  the meter does not answer\n');
    await go(one.folder);
    let looks = 0;
    one.start({
      examine: async () => {
        looks += 1;
        return looks === 1 ? [] : ['d: doctor: the meter is not there'];
      },
    });
    await until(async () => (await actionsOn(`bench ${one.bench}`)).includes('quarantined'));
    expect(looks).to.equal(2);
    expect(await stateOf(job)).to.equal('queued');
  });

  it('looks at no device that somebody holds, and at it once it is given back', async () => {
    const one = await makeBench('reserved');
    const looks: string[][] = [];
    const examine: WorkerOptions['examine'] = async devices => {
      looks.push(devices.map(({ name }) => name));
      news.tell();
      return [];
    };
    const first = one.start({ examine });
    await until(async () => looks.length > 0);
    await first();
    const path = `benches/${one.bench}/devices/d/reservation`;
    await operator.call('POST', path, { seconds: 3600 });
    const job = await enqueue('reserved');
    const second = one.start({ examine });
    await until(async () => looks.length > 1);
    await second();
    await operator.call('DELETE', path);
    await go(one.folder);
    one.start({ examine });
    expect(await ends(job)).to.equal('done');
    expect(looks.slice(0, 3)).to.deep.equal([['d'], [], ['d']]);
  });

  it('looks at a device that was given back before the job that it has got meanwhile', async () => {
    const one = await makeBench('back');
    const looks: string[][] = [];
    const examine: WorkerOptions['examine'] = async devices => {
      looks.push(devices.map(({ name }) => name));
      news.tell();
      return looks.length < 3 ? [] : ['d: known load: 3 % off'];
    };
    const first = one.start({ examine });
    await until(async () => looks.length > 0);
    await first();
    const path = `benches/${one.bench}/devices/d/reservation`;
    await operator.call('POST', path, { seconds: 3600 });
    const job = await enqueue('back');
    one.start({ examine });
    await until(async () => looks.length > 1);
    await operator.call('DELETE', path);
    /* No `go`: a run that began would never end. */
    await until(async () => (await actionsOn(`job ${job}`)).includes('attempt-failed'));
    expect(looks.slice(0, 3)).to.deep.equal([['d'], [], ['d']]);
    expect(await actionsOn(`bench ${one.bench}`)).to.include('quarantined');
  });

  it('says what doctor and the known load say of a bench', async () => {
    const file = join(top, 'off.yaml');
    const bench = await readFile(packagePath('fixtures', 'benches', 'ppk2.yaml'), 'utf8');
    await writeFile(
      file,
      bench.replace('record: true', 'errors: { gain: 0.2 }').replace('../bundles/paper', 'littlefirst:paper'),
    );
    const devices = [
      { ...device('rp2040'), name: 'off', bench: file },
      { ...device('rp2040'), name: 'gone', bench: join(top, 'no.yaml') },
    ];
    const problems = await examineDevices(program, devices, new AbortController().signal);
    expect(problems).to.have.length(2);
    expect(problems[0]).to.match(/^off: known load: LF_METER_CHECK/);
    expect(problems[1]).to.match(/^gone: doctor: no\.yaml/);
  });

  it('fetches what a job names by its hash, once, and takes nothing else for it', async () => {
    const folder = packagePath('fixtures', 'bundles', 'paper');
    const { sha256, bytes } = await packFolder(folder, 'bundle.yaml');
    await operator.store(sha256, bytes);
    const one = await makeBench('hashed');
    await go(one.folder);
    one.start();
    const job = await enqueue('hashed', { bundleSha256: sha256, firmwareSha256: sha256 });
    expect(await ends(job)).to.equal('done');
    const words = JSON.parse(await readFile(join(one.folder, 'words.json'), 'utf8')) as string[];
    const fetched = words[words.indexOf('--bundle') + 1];
    expect(fetched).to.equal(join(one.config.cache, sha256));
    expect(words[words.indexOf('--firmware') + 1]).to.equal(fetched);
    expect((await packFolder(fetched, 'bundle.yaml')).sha256).to.equal(sha256);
    await writeFile(join(top, 'artefacts', sha256.slice(0, 2), sha256), 'something else');
    await rm(fetched, { recursive: true });
    const second = await enqueue('hashed', { bundleSha256: sha256 });
    expect(await ends(second)).to.equal('error');
    const failed = await jobOf(server.database, second);
    expect(failed).to.include({ cause: 'input', code: 'LF_FARM_REFUSED', attempts: 1 });
    expect(failed?.message).to.contain('not what its name says');
    const unknown = await operator
      .call('POST', 'jobs', {
        jobs: [
          { name: 'x', want: { board: 'hashed', tags: [] }, spec: { ...spec, bundleSha256: '0'.repeat(64) } },
        ],
      })
      .catch(error => error.code);
    expect(unknown).to.equal('LF_FARM_REFUSED');
  });
});
