import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { create } from 'xmlbuilder2';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { type FarmCommand, farmCommand } from '../../testing/farm/farm-cli.js';
import { type Gate, openGate } from '../../testing/farm/gate.js';
import { News, tellOfFarm } from '../../testing/farm/news.js';
import { nightlyRecipes, wordsOf } from '../../testing/guides/farm-recipes.js';
import { testJournal, testLevels } from '../../testing/record/run.js';
import { evaluate } from '../../verdict/evaluation/evaluate.js';
import type { Cluster } from '../postgres/cluster.js';
import { type FarmServer, serveFarm } from '../server/serve.js';
import type { Claimed } from '../store/claim.js';
import { FarmClient } from '../worker/client.js';

const spec = { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' };
const session = '00000000-0000-4000-8000-000000000001';

/** A run of a job, judged by one target that no board meets, or one that all do. */
function recordOf({ attempt, fence }: Claimed, isMet: boolean) {
  const journal = testJournal({
    ...{ windows: 6, levels: testLevels.slice(0, 1), strategies: ['big-only'], energy: 'modelled' },
    targets: [{ name: 'little <energy>', metric: 'energy-per-window', atMost: isMet ? 1e9 : 1e-6 }],
  });
  return { ...evaluate(journal), id: `run-${attempt}`, lease: { fence, attempt } };
}

describe('a pipeline that waits for jobs', () => {
  let top: string;
  let cluster: Cluster;
  let server: FarmServer;
  let gate: Gate;
  let endNews: () => Promise<void>;
  let ci: Record<string, string>;
  let names = 0;

  const serve = () =>
    serveFarm({
      ...{ connection: cluster.connection, artefacts: join(top, 'artefacts'), secret: 's'.repeat(32) },
      ...{ version: 'test', host: '127.0.0.1', port: 0, leaseSeconds: 600 },
    });
  const news = new News();
  const until = news.until.bind(news);
  const farm = (...words: string[]): FarmCommand => farmCommand(top, words, { news });
  const end = async (...words: string[]) => {
    const { out, err, ended } = farm(...words);
    return { code: await ended, out: out.text, err: err.text };
  };
  const hostsOf = () => new FarmClient(server.address, ci.hosts);
  /** A bench of its own kind of board. */
  const bench = async (board: string) => {
    const name = `bench-${++names}`;
    const device = { name: 'd', board, chip: 'any', meter: 'ppk2', tags: [] };
    const body = { bench: name, session, version: 't', devices: [device], problems: [] };
    await hostsOf().call('POST', 'benches/announce', body);
    const claim = { bench: name, session, waitSeconds: 10 };
    return () =>
      until(async () => (await hostsOf().call<Claimed | null>('POST', 'claims', claim)) ?? undefined);
  };
  const settle = async (claimed: Claimed, body: object) =>
    hostsOf().call('POST', `attempts/${claimed.attempt}/settle`, {
      ...{ fence: claimed.fence, files: [] },
      ...body,
    });
  const writeNightly = (file: string, board: string) =>
    writeFile(
      join(top, file),
      `schema: littlefirst.nightly/1\nname: n\nmatrix: { boards: [${board}], bundles: [paper], levels: [24MHz, 48MHz] }\n`,
    );
  const job = async (board: string) => {
    const jobs = [{ name: board, want: { board, tags: [] }, spec }];
    const operator = new FarmClient(server.address, ci.LITTLEFIRST_FARM_TOKEN);
    return (await operator.call<{ jobs: string[] }>('POST', 'jobs', { jobs })).jobs[0];
  };
  const stateOf = async (id: string) =>
    (
      await server.database.transaction(({ query }) =>
        query<{ state: string }>('select state from farm.jobs where id = $1', [id]),
      )
    )[0].state;

  const outside = { ...process.env };
  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farmwait-'));
    await chmod(top, 0o755);
    cluster = await startTestCluster(join(top, 'postgres'));
    server = await serve();
    endNews = await tellOfFarm(news, cluster.connection);
    gate = await openGate(() => server.address);
    ci = {
      LITTLEFIRST_FARM: gate.address,
      LITTLEFIRST_FARM_TOKEN: await server.token('ci', 'operator'),
      hosts: await server.token('hosts', 'worker'),
      viewer: await server.token('vera', 'viewer'),
    };
    Object.assign(process.env, ci, { GITHUB_ACTIONS: '' });
  });
  after(async () => {
    process.env = outside;
    await gate?.close();
    await endNews?.();
    await server?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('knows what became of each, over answers that are lost and a server that is started anew', async () => {
    const claim = await bench('patient');
    await writeNightly('patient.yaml', 'patient');
    const waiting = farm(
      ...[
        'enqueue',
        'patient.yaml',
        '--key',
        'pipeline 7',
        '--wait',
        '--junit',
        'j.xml',
        '--markdown',
        'j.md',
      ],
    );
    await until(() => waiting.err.text.match(/24MHz: waits/) !== null);
    gate.deafen('/api/v1/jobs/watch');
    const first = await claim();
    await until(() => waiting.err.text.includes('waiting for it'));
    gate.cut();
    await settle(first, { record: recordOf(first, true) });
    await server.close();
    server = await serve();
    gate.mend();
    await until(() => waiting.err.text.includes('the farm answers again'));
    const second = await claim();
    await settle(second, { record: recordOf(second, false) });
    expect(await waiting.ended, waiting.err.text).to.equal(1);
    const lines = waiting.err.text.split('\n').map(line => line.replace(/^[\d:]+ {2}/, ''));
    for (const [{ name, attempt }, outcome] of [
      [first, 'pass'],
      [second, 'fail'],
    ] as const)
      expect(lines.filter(line => line.startsWith(name))).to.deep.equal([
        `${name}: waits`,
        `${name}: runs on bench-1/d, attempt 1`,
        `${name}: ${outcome}, run run-${attempt}`,
      ]);
    expect(waiting.out.text).to.match(/^FAIL {2}n: patient paper \d+MHz: little <energy> /m);
    expect(waiting.out.text).to.contain('FAIL  2 jobs: 1 pass, 1 fail');
    const junit = await readFile(join(top, 'j.xml'), 'utf8');
    const { testsuites } = create(junit).end({ format: 'object' }) as unknown as {
      testsuites: Record<string, string> & { testsuite: Record<string, string>[] };
    };
    expect(testsuites).to.include({ '@tests': '4', '@failures': '1', '@errors': '0' });
    expect(testsuites.testsuite.map(suite => suite['@failures']).sort()).to.deep.equal(['0', '1']);
    expect(junit).to.contain(`${gate.address}/runs/run-${second.attempt}/report.html`);
    const markdown = await readFile(join(top, 'j.md'), 'utf8');
    expect(markdown)
      .to.match(/^## littlefirst farm: fail\n\n2 jobs: 1 pass, 1 fail\n/)
      .and.to.contain('little &lt;energy&gt;');
    /* Another step of the same pipeline finds them by the key, and in the summary of its page. */
    const summary = join(top, 'summary.md');
    const again = farmCommand(top, ['wait', '--key', 'pipeline 7'], {
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
    });
    expect(await again.ended).to.equal(1);
    expect(await readFile(summary, 'utf8')).to.equal(`${markdown}\n`);
  });

  it("ends with the exit code of the command's contract", async () => {
    const claim = await bench('codes');
    const ended = async (body: object | ((claimed: Claimed) => object)) => {
      const id = await job('codes');
      const claimed = await claim();
      await settle(claimed, typeof body === 'function' ? body(claimed) : body);
      return id;
    };
    const failure = (cause: string, code: string) => ({ failure: { cause, code, message: 'so it is' } });
    const passed = await ended(claimed => ({ record: recordOf(claimed, true) }));
    const open = await ended(claimed => ({
      record: { ...recordOf(claimed, true), outcome: 'inconclusive' },
    }));
    const wrong = await ended(failure('input', 'LF_UNKNOWN_LEVEL'));
    const cancelled = await ended(failure('cancelled', 'LF_INTERRUPTED'));
    const missed = await ended(claimed => ({ record: recordOf(claimed, false) }));
    const codes = async (...words: string[]) => (await end('wait', ...words)).code;
    expect(await codes(passed)).to.equal(0);
    expect(await codes(passed, open)).to.equal(2);
    expect(await codes(passed, open, '--fail-on', 'inconclusive')).to.equal(1);
    expect(await codes(open, missed, passed)).to.equal(1);
    expect(await codes(missed, wrong)).to.equal(4);
    expect(await codes(missed, wrong, cancelled)).to.equal(3);
    expect((await end('wait', open)).out).to.contain("the run's outcome is inconclusive");
    expect((await end('wait', wrong)).out).to.match(/ERROR OF THE JOB {2}codes: LF_UNKNOWN_LEVEL: so it is/);
  });

  it('leaves or cancels what has not ended, when it is interrupted and when its time is over', async () => {
    const [left, over] = [await job('nobody'), await job('nobody')];
    const waiting = farm('wait', left, '--junit', 'left.xml');
    await until(() => waiting.err.text.includes('nobody: waits'));
    waiting.interrupt();
    expect(await waiting.ended).to.equal(3);
    expect(await stateOf(left)).to.equal('queued');
    expect(await readFile(join(top, 'left.xml'), 'utf8')).to.match(
      /<error type="error" message="the wait was/,
    );
    const timed = await end('wait', over, left, '--timeout', '1', '--on-interrupt', 'cancel');
    expect(timed).to.include({ code: 3 });
    expect(timed.out).to.contain('it had not ended when the time was over');
    expect([await stateOf(left), await stateOf(over)]).to.deep.equal(['cancelled', 'cancelled']);
  });

  it("runs the guide's pipelines", async () => {
    const claim = await bench('guide');
    await writeNightly('nightly.yaml', 'guide');
    for (const [host, steps] of Object.entries(nightlyRecipes())) {
      const words = wordsOf(steps[1], { GITHUB_RUN_ID: '7', CI_PIPELINE_ID: '8', BUILD_TAG: 'nightly 9' });
      const step = farm(...words.slice(3));
      for (let n = 0; n < 2; n++) {
        const claimed = await claim();
        await settle(claimed, { record: recordOf(claimed, true) });
      }
      expect(await step.ended, step.err.text).to.equal(0);
      expect(await readFile(join(top, 'farm.xml'), 'utf8'), host).to.contain('failures="0"');
      await rm(join(top, 'farm.xml'));
    }
  });

  it('says at once where it cannot know', async () => {
    const id = await job('nobody');
    const none = '00000000-0000-4000-8000-000000000099';
    expect(await end('wait', id, none))
      .to.include({ code: 4 })
      .and.property('err')
      .to.contain(none);
    for (const words of [[], [id, '--key', 'k'], ['../x'], [id, '--timeout', 'soon']])
      expect((await end('wait', ...words)).err).to.contain('LF_USAGE');
    expect((await end('wait', '--key', 'never')).err).to.contain('No jobs were enqueued with this key');
    process.env.LITTLEFIRST_FARM_TOKEN = ci.viewer;
    expect((await end('wait', '--key', 'pipeline 7')).err, "another token's key").to.contain(
      'LF_FARM_REFUSED',
    );
    process.env.LITTLEFIRST_FARM_TOKEN = 'lf_viewer_forged';
    expect((await end('wait', id)).err).to.contain('LF_FARM_ACCESS');
    process.env.LITTLEFIRST_FARM_TOKEN = ci.LITTLEFIRST_FARM_TOKEN;
    await server.database.transaction(({ query }) =>
      query(`update farm.requests set jobs = 3 where key = 'pipeline 7'`),
    );
    expect((await end('wait', '--key', 'pipeline 7')).err).to.contain('ended halfway');
    process.env.LITTLEFIRST_FARM = 'http://127.0.0.1:9';
    expect(await end('wait', id))
      .to.include({ code: 3 })
      .and.property('err')
      .to.contain('LF_FARM_UNREACHABLE');
    process.env.LITTLEFIRST_FARM = ci.LITTLEFIRST_FARM;
  });
});
