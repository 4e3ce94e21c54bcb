import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, type FSWatcher, watch } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { program } from '../../testing/child.js';
import { littlefirst } from '../../testing/cli.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { type FarmCommand, farmCommand } from '../../testing/farm/farm-cli.js';
import { type Gate, openGate } from '../../testing/farm/gate.js';
import { News, tellOfFarm } from '../../testing/farm/news.js';
import { leaseRecipe, wordsOf } from '../../testing/guides/farm-recipes.js';
import type { Cluster } from '../postgres/cluster.js';
import { type FarmServer, serveFarm } from '../server/serve.js';
import type { Claimed } from '../store/claim.js';
import { expireLeases } from '../store/settle.js';
import { FarmClient } from '../worker/client.js';

const spec = { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' };
const session = '00000000-0000-4000-8000-000000000001';

describe('a pipeline that leases a device', () => {
  let top: string;
  let cluster: Cluster;
  let server: FarmServer;
  /** Another server of the same farm, whose leases are short. */
  let hasty: FarmServer;
  let gate: Gate;
  let endNews: () => Promise<void>;
  let folderNews: FSWatcher;
  let hosts: FarmClient;
  let operator: FarmClient;
  let ahead = 0;
  let names = 0;

  const serve = (leaseSeconds: number) =>
    serveFarm({
      ...{ connection: cluster.connection, artefacts: join(top, 'artefacts'), secret: 's'.repeat(32) },
      ...{ version: 'test', host: '127.0.0.1', port: 0, leaseSeconds },
      now: () => new Date(Date.now() + ahead * 1000),
    });
  const news = new News();
  const until = news.until.bind(news);
  const lease = (...words: string[]): FarmCommand => farmCommand(top, ['lease', ...words], { news });
  /** A bench of its own kind of board: its claim, and its leases that are open. */
  const bench = async (board: string) => {
    const name = `bench-${++names}`;
    const device = { name: 'd', board, chip: 'any', meter: 'ppk2', tags: [] };
    await hosts.call('POST', 'benches/announce', {
      ...{ bench: name, session, version: 't', devices: [device], problems: [] },
    });
    const claim = () =>
      hosts.call<Claimed | null>('POST', 'claims', { bench: name, session, waitSeconds: 0 });
    const held = () =>
      server.database.transaction(({ query }) =>
        query<{ holder: string; kind: string }>(
          `select l.holder, l.kind from farm.leases l join farm.devices d on d.id = l.device where d.bench = $1 and l.released_at is null`,
          [name],
        ),
      );
    const endings = () =>
      server.database.transaction(({ query }) =>
        query<{ ending: string }>(
          'select l.ending from farm.leases l join farm.devices d on d.id = l.device where d.bench = $1 order by fence',
          [name],
        ),
      );
    return { name, claim, held, endings };
  };
  const enqueue = (board: string) =>
    operator.call('POST', 'jobs', { jobs: [{ name: board, want: { board, tags: [] }, spec }] });
  const file = (name: string) => join(top, name);
  /**
   * Says where it runs, and waits until something is written to the pipe `NAME.go`; then it ends with 7. It holds the pipe `NAME.life` open, as does what it
   * starts: that ends when all of them are gone.
   */
  const patient = (name: string) => {
    const script = `mkfifo ${name}.go ${name}.life; exec 9<> ${name}.life; echo "$LITTLEFIRST_FARM_BENCH $LITTLEFIRST_FARM_DEVICE" > ${name}.part; mv ${name}.part ${name}.where; sleep 86400 & read _ < ${name}.go; exit 7`;
    return ['--', 'sh', '-c', script];
  };
  /** Once it has begun. @returns when it is over, with all that it started */
  const begun = async (name: string): Promise<{ over: () => Promise<unknown> }> => {
    await until(() => existsSync(file(`${name}.where`)));
    const life = createReadStream(file(`${name}.life`));
    /* Opened while it lives: a pipe that nobody holds would not open. */
    await once(life, 'open');
    const end = once(life.resume(), 'close');
    return { over: () => end };
  };

  const outside = { ...process.env };
  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farmlease-'));
    await chmod(top, 0o755);
    cluster = await startTestCluster(join(top, 'postgres'));
    server = await serve(600);
    endNews = await tellOfFarm(news, cluster.connection);
    folderNews = watch(top, news.tell);
    gate = await openGate(() => server.address);
    const token = await server.token('ci', 'operator');
    operator = new FarmClient(server.address, token);
    hosts = new FarmClient(server.address, await server.token('hosts', 'worker'));
    Object.assign(process.env, { LITTLEFIRST_FARM: gate.address, LITTLEFIRST_FARM_TOKEN: token });
  });
  after(async () => {
    process.env = outside;
    await gate?.close();
    folderNews?.close();
    await endNews?.();
    await hasty?.close();
    await server?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('holds it while its command runs: no job gets it, another pipeline waits for it', async () => {
    const one = await bench('held');
    await enqueue('held');
    const first = lease('--board', 'held', '--meter', 'ppk2', ...patient('a'));
    const command = await begun('a');
    expect(await readFile(file('a.where'), 'utf8')).to.equal(`${one.name} d\n`);
    expect(await one.held()).to.deep.equal([{ holder: 'ci', kind: 'command' }]);
    expect(await one.claim()).to.equal(null);
    const job = await server.database.transaction(({ query }) =>
      query(`select id from farm.jobs where name = 'held'`),
    );
    await operator.call('POST', `jobs/${(job[0] as { id: string }).id}/cancel`);
    const second = lease('--bench', one.name, '--', 'sh', '-c', 'exit 3');
    await until(() => second.err.text.includes('waiting'));
    await writeFile(file('a.go'), 'go\n');
    expect(await first.ended, first.err.text).to.equal(7);
    await command.over();
    expect(await second.ended).to.equal(3);
    expect(await one.endings()).to.deep.equal([{ ending: 'released' }, { ending: 'released' }]);
  });

  it('gets one device for one request, although the answer was lost', async () => {
    const one = await bench('lost');
    gate.deafen('/api/v1/leases');
    const asked = lease('--board', 'lost', '--', 'true');
    await until(async () => (await one.held()).length > 0);
    gate.mend();
    expect(await asked.ended, asked.err.text).to.equal(0);
    expect(await one.endings()).to.deep.equal([{ ending: 'released' }]);
  });

  it('ends its command and gives the device back when it is told to end', async () => {
    const one = await bench('ended');
    const asked = lease('--board', 'ended', ...patient('b'));
    const command = await begun('b');
    asked.interrupt();
    expect(await asked.ended).to.equal(3);
    await command.over();
    expect(await one.endings()).to.deep.equal([{ ending: 'released' }]);
  });

  it('ends its command at once when the lease is lost, and before it can be, when the farm is out of reach', async () => {
    hasty = await serve(5);
    const [one, other] = [await bench('taken'), await bench('cut')];
    process.env.LITTLEFIRST_FARM = hasty.address;
    const taken = lease('--board', 'taken', ...patient('c'));
    const command = await begun('c');
    ahead += 60;
    await expireLeases(server.database);
    expect(await taken.ended).to.equal(3);
    expect(taken.err.text).to.match(/LF_FARM_LEASE {2}The lease \d+ of bench-\d+\/d was lost/);
    await command.over();
    expect(await one.endings()).to.deep.equal([{ ending: 'expired' }]);
    const way = await openGate(hasty.address);
    process.env.LITTLEFIRST_FARM = way.address;
    const cut = lease('--board', 'cut', ...patient('d'));
    const away = await begun('d');
    way.cut();
    await away.over();
    expect(await cut.ended).to.equal(3);
    expect(cut.err.text).to.contain('its lease ends by itself');
    ahead += 60;
    await expireLeases(server.database);
    expect(await other.endings()).to.deep.equal([{ ending: 'expired' }]);
    process.env.LITTLEFIRST_FARM = gate.address;
    await way.close();
  });

  it('takes its command along when it is killed, and its lease expires', async () => {
    const one = await bench('killed');
    const words = ['farm', 'lease', '--board', 'killed', ...patient('e')];
    const child = spawn(program[0], [...program.slice(1), ...words], { cwd: top, stdio: 'ignore' });
    const command = await begun('e');
    child.kill('SIGKILL');
    await command.over();
    expect(await one.held()).to.have.length(1);
    ahead += 700;
    await expireLeases(server.database);
    expect(await one.endings()).to.deep.equal([{ ending: 'expired' }]);
  });

  it('refuses what no bench has, those who may not, and commands that are not there', async () => {
    const one = await bench('refused');
    const end = async (...words: string[]) => {
      const { ended, err } = lease(...words);
      return { code: await ended, err: err.text };
    };
    expect(await end('--board', 'unheard-of', '--', 'true')).to.include({ code: 4 });
    expect(await end('--', 'true')).to.include({ code: 4 });
    expect(await end('--board', 'refused', '--', './nowhere')).to.include({ code: 4 });
    await operator.call('POST', `benches/${one.name}/drain`, { reason: 'moved' });
    expect((await end('--board', 'refused', '--wait', '0', '--', 'true')).err).to.contain('LF_FARM_LEASE');
    const body = { want: { board: 'refused', tags: [] }, request: session, waitSeconds: 0 };
    for (const client of [hosts, new FarmClient(server.address, await server.token('vera', 'viewer'))]) {
      const refused = await client.call('POST', 'leases', body).catch(error => error as { code: string });
      expect(refused).to.include({ code: 'LF_FARM_ACCESS' });
    }
    await operator.call('POST', `benches/${one.name}/undrain`, { reason: 'back' });
    const { fence } = await operator.call<{ fence: number }>('POST', 'leases', body);
    const bert = new FarmClient(server.address, await server.token('bert', 'operator'));
    const beat = await bert
      .call('POST', `leases/${fence}/heartbeat`)
      .catch(error => error as { code: string });
    expect(beat).to.include({ code: 'LF_FARM_LEASE' });
    expect(await bert.call('DELETE', `leases/${fence}`)).to.deep.equal({ ended: false });
    expect(await operator.call('DELETE', `leases/${fence}`)).to.deep.equal({ ended: true });
    expect(await operator.call('DELETE', `leases/${fence}`)).to.deep.equal({ ended: false });
  });

  it("runs the guide's step, whose run takes the lease's number and name", async () => {
    await bench('rp2040');
    const npx = file('npx');
    await writeFile(npx, '#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done > run.words\n');
    await chmod(npx, 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${top}:${path}`;
    const words = wordsOf(leaseRecipe()).slice(3);
    const step = farmCommand(top, words);
    expect(await step.ended, step.err.text).to.equal(0);
    process.env.PATH = path;
    const given = (await readFile(file('run.words'), 'utf8')).trim().split('\n');
    expect(given.slice(0, 3)).to.deep.equal(['littlefirst', 'run', 'bench.yaml']);
    expect(given.join(' ')).to.match(
      /--lease \d+:[0-9a-f-]{36} --hold farm http:\/\/127\.0\.0\.1:\d+ bench-\d+\/d --start-anew/,
    );
    /* All of it is understood: what is missing is the bench file. */
    const ran = await littlefirst(top, ...given.slice(1));
    expect(ran.code).to.equal(4);
    expect(ran.err)
      .to.contain('bench.yaml')
      .and.to.not.match(/unknown option|no lease/);
  });
});
