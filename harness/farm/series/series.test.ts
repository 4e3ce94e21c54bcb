import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chromium } from 'playwright-core';
import { Random } from '../../data/random.js';
import type { RunRecord } from '../../record/run-record.js';
import { chromiumPath } from '../../testing/browser.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { testJournal, testLevels } from '../../testing/record/run.js';
import { evaluateRun } from '../../verdict/open-run.js';
import type { Cluster } from '../postgres/cluster.js';
import { type FarmServer, serveFarm } from '../server/serve.js';
import type { Claimed } from '../store/claim.js';
import { FarmClient } from '../worker/client.js';
import type { Alarm } from './alarm.js';
import { advanceSeries } from './watch.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const contentOf = (n: number) => Buffer.from(`image ${n}`);
const image = (n: number) => createHash('sha256').update(contentOf(n)).digest('hex');
/** The number of an image by its hash. */
const numbers = new Map(Array.from({ length: 200 }, (_, n) => [image(n), n]));

describe('the watch over series', function () {
  this.timeout(1_200_000);
  let top: string;
  let cluster: Cluster;
  let server: FarmServer;
  let operator: FarmClient;
  let hosts: FarmClient;
  const told: { news: string; firstBad: string | null }[] = [];
  const random = new Random(5);
  const started = Date.now();
  let day = 0;
  let second = 0;
  let record: RunRecord;
  const session = randomUUID();

  /** What a bench needs for an image, uJ; what goes into its runs besides. */
  const bench = {
    energyOf: (_image: number): number => 20,
    offset: 1,
    serial: 'm1',
    /* Spread of a run, relative. */
    spread: 0.002,
    runs: 0,
  };

  const sql = <Row>(text: string, values: unknown[] = []) =>
    server.database.transaction(({ query }) => query<Row>(text, values));
  const advance = () =>
    advanceSeries(server.database, {
      onAlarm: (alarm: Alarm, news) => void told.push({ news, firstBad: alarm.first_bad_run }),
    });

  /** The worker: does jobs as they come, in no time. */
  const work = async () => {
    for (;;) {
      await hosts.call('POST', 'benches/announce', {
        ...{ bench: 'shelf', session, version: 't', problems: [] },
        devices: [{ name: 'd', board: 'rp2040', chip: 'rp2040', meter: 'ppk2', tags: [] }],
      });
      const claimed = await hosts.call<Claimed | null>('POST', 'claims', {
        ...{ bench: 'shelf', session, waitSeconds: 0 },
      });
      if (claimed === null) return;
      const { spec, attempt, fence } = claimed;
      const number = numbers.get((spec as { firmwareSha256: string }).firmwareSha256)!;
      const energy = bench.energyOf(number) * bench.offset * Math.exp(random.normal(bench.spread));
      const [block] = record.blocks;
      const at = new Date(started + day * 86_400_000 + second++ * 1000).toISOString();
      bench.runs++;
      await hosts.call('POST', `attempts/${attempt}/settle`, {
        ...{ fence, files: [] },
        record: {
          ...record,
          lease: { fence, attempt },
          ...{ id: `run-${bench.runs}`, startedAt: at, finishedAt: at },
          provenance: {
            ...record.provenance,
            meter: { ...record.provenance.meter, serial: bench.serial },
            firmware: { ...record.provenance.firmware, sha256: image(number) },
          },
          blocks: [
            {
              ...block,
              energyPerWindow_uJ: { ...block.energyPerWindow_uJ!, value: energy, ci95: undefined },
              cyclesPerWindow: { ...block.cyclesPerWindow!, mean: number === 0 ? 100 : 200 },
            },
          ],
        },
      });
    }
  };
  const night = async (number: number) => {
    day++;
    second = 0;
    await hosts.store(image(number), contentOf(number));
    await operator.call('POST', 'jobs', {
      nightly: 'n',
      jobs: [
        {
          name: `night ${day}`,
          want: { board: 'rp2040', tags: [] },
          spec: {
            ...{ bundle: 'paper', firmwareSha256: image(number), levels: 'all', strategies: 'all' },
            ...{ windows: 6, data: 'synthetic' },
          },
        },
      ],
    });
    await work();
    await advance();
  };
  /** Until nothing is left to be done. */
  const settleAll = async () => {
    for (let runs = -1; runs !== bench.runs; ) {
      runs = bench.runs;
      await work();
      await advance();
    }
  };
  const suspicions = (serial: string) =>
    sql<{ state: string; twin: string; rounds: number; effect: number | null; reason: string | null }>(
      `select x.state, x.twin, x.rounds, x.effect, x.reason from farm.suspicions x join farm.series s on s.id = x.series
       where s.meter like $1 order by x.id`,
      [`%${serial}`],
    );

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-series-'));
    await chmod(top, 0o755);
    record = evaluateRun(
      testJournal({
        ...{ windows: 12, levels: testLevels.slice(0, 1), strategies: ['big-only'], energy: 'measured' },
      }),
    ).record;
    cluster = await startTestCluster(join(top, 'postgres'));
    server = await serveFarm({
      ...{ connection: cluster.connection, artefacts: join(top, 'artefacts'), secret: 's'.repeat(32) },
      ...{ version: 'test', host: '127.0.0.1', port: 0, leaseSeconds: 3600 },
    });
    operator = new FarmClient(server.address, await server.token('anna', 'operator'));
    hosts = new FarmClient(server.address, await server.token('hosts', 'worker'));
  });
  after(async () => {
    await server?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('names a step of 2 % the same night, confirmed A B B A on its bench, and the first bad image', async () => {
    bench.energyOf = number => (number >= 14 ? 20.4 : 20);
    for (let n = 1; n <= 10; n++) await night(n);
    expect(await suspicions('m1')).to.deep.equal([]);
    /* Two images in one night's span: 13 is good, 14 is bad, 15 too. */
    await night(13);
    await night(14);
    await settleAll();
    const [found, ...more] = await suspicions('m1');
    expect(more).to.deep.equal([]);
    expect(found.state).to.equal('regressed');
    expect(found.twin).to.equal('unknown');
    expect(found.effect).to.be.closeTo(0.02, 0.006);
    const orders = await sql<{ places: string }>(
      `select string_agg(c.place::text, '' order by r.started_at) as places from farm.confirmations c
       join farm.runs r on r.job = c.job group by c.candidate, c.round`,
    );
    expect(new Set(orders.map(({ places }) => places))).to.deep.equal(new Set(['0123']));
    const [alarm] = await operator.call<Alarm[]>('GET', 'alarms');
    const [bad] = await sql<{ firmware: string }>(
      `select firmware_sha256 as firmware from farm.runs where id = $1`,
      [alarm.first_bad_run],
    );
    expect(bad.firmware).to.equal(image(14));
    expect(told.map(({ news }) => news)).to.deep.equal(['alarm', 'first bad image']);
    expect(told[1].firstBad).to.equal(alarm.first_bad_run);
    await advance();
    expect(told).to.have.length(2);
  });

  it('goes on with the new level, and raises no second alarm of one step', async () => {
    for (let n = 15; n <= 20; n++) await night(n);
    await settleAll();
    expect(await suspicions('m1')).to.have.length(1);
  });

  it('blames the bench where the image stayed the same, without a run', async () => {
    for (let n = 0; n < 5; n++) await night(20);
    bench.offset = 1.02;
    const before = bench.runs;
    await night(20);
    await settleAll();
    expect(bench.runs - before).to.equal(1);
    const [, found] = await suspicions('m1');
    expect([found.state, found.twin]).to.deep.equal(['bench', 'bench']);
    expect(told).to.have.length(2);
  });

  it('blames the bench where both images need the same today', async () => {
    for (let n = 21; n <= 28; n++) await night(n);
    bench.offset = 1.05;
    await night(31);
    await settleAll();
    const [, , found] = await suspicions('m1');
    expect(found.state).to.equal('not regressed');
    expect(await operator.call<Alarm[]>('GET', 'alarms')).to.have.length(1);
  });

  it('measures the offset of a swapped meter by the image that both have run', async () => {
    bench.serial = 'm2';
    bench.offset = 1.08;
    await night(31);
    await night(31);
    const [{ id }] = await sql<{ id: string }>(`select id from farm.series where meter like '%m2'`);
    const series = await operator.call<{ swap: { value: number; u95: number; images: number } | null }>(
      'GET',
      `series/${id}/watch`,
    );
    expect(series.swap!.images).to.equal(1);
    expect(series.swap!.value).to.be.closeTo(1.08 / 1.05 - 1, 0.01);
    expect(series.swap!.u95).to.be.within(0.001, 0.02);
  });

  it('tells alarms as Markdown and JUnit, and takes notes and accepted changes from operators only', async () => {
    const [{ id, series }] = await operator.call<Alarm[]>('GET', 'alarms');
    const page = async (path: string, client = operator) => client.call<unknown>('GET', path);
    const { markdown, junit } = (await page(`alarms/${id}`)) as { markdown: string; junit: string };
    expect(markdown).to.match(/^## littlefirst: `rp2040 .*` needs [12]/);
    expect(junit).to.match(/<testcase .*<failure type="regressed"/s);
    const note = { at: new Date().toISOString(), kind: 'accepted', body: 'a <b>new</b> filter' };
    const refused = await hosts.call('POST', `series/${series}/annotations`, note).catch(error => error.code);
    expect(refused).to.equal('LF_FARM_ACCESS');
    await operator.call('POST', `series/${series}/annotations`, note);
    const { annotations } = (await page(`series/${series}/watch`)) as { annotations: { body: string }[] };
    expect(annotations.map(({ body }) => body)).to.deep.equal([note.body]);
  });

  if (chromiumPath !== undefined)
    it('is shown in pages that fit a phone, are axe-clean and quiet', async () => {
      const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
      try {
        const signIn = await server.signInAddress(await server.token('vera', 'viewer'));
        const context = await browser.newContext({ viewport: { width: 390, height: 800 }, bypassCSP: true });
        const page = await context.newPage();
        page.setDefaultTimeout(240_000);
        const trouble: string[] = [];
        page.on('console', message => trouble.push(message.text()));
        page.on('pageerror', error => trouble.push(error.message));
        await page.goto(signIn);
        const [{ series }] = await operator.call<Alarm[]>('GET', 'alarms');
        for (const path of ['/', '/night', '/series', `/series/${series}`]) {
          await page.goto(server.address + path);
          const over = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
          expect(over, path).to.be.at.most(0);
          await page.evaluate(axe);
          const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
          expect(
            violations.map(({ id }) => id),
            path,
          ).to.deep.equal([]);
        }
        expect(trouble).to.deep.equal([]);
        expect(await page.textContent('#steps')).to.match(/regressed[\s\S]*first bad image: run/);
        expect(await page.content()).to.contain('a &lt;b&gt;new&lt;/b&gt; filter');
        expect(await page.locator('form[action$=annotations]').count(), 'a viewer').to.equal(0);
        await page.goto(`${server.address}/night`);
        expect(await page.textContent('#alarms')).to.match(/paper big-only[\s\S]*\+[12]/);
        expect(await page.textContent('#matrix')).to.match(/step: not regressed|uJ/);
        await page.goto(await server.signInAddress(await server.token('olga', 'operator')));
        await page.goto(`${server.address}/series/${series}`);
        await page.fill('#body', 'the lab was hot');
        await page.click('form[action$=annotations] button');
        await page.waitForURL(/#notes$/);
        expect(await page.textContent('#notes'))
          .to.contain('the lab was hot')
          .and.contain('olga');
        expect(trouble).to.deep.equal([]);
      } finally {
        await browser.close();
      }
    });

  it('asks early of a series that spreads, keeps its level where nothing is found, and names a step of 1 %', async () => {
    Object.assign(bench, { serial: 'm3', spread: 0.0005 });
    bench.energyOf = number => (number >= 60 ? 20.2 : 20);
    /** A night that lies off by so much, whatever its image; its confirming runs do not. */
    const nightOff = async (number: number, off: number) => {
      bench.offset = Math.exp(off);
      await night(number);
      bench.offset = 1;
      await settleAll();
    };
    const early = () =>
      sql<{ kind: string; state: string; reason: string | null; levels: string }>(
        `select x.kind, x.state, x.reason, (select count(*) from farm.changes c where c.series = s.id) as levels
         from farm.suspicions x join farm.series s on s.id = x.series where s.meter like '%m3' order by x.id`,
      );
    for (const off of [3, -3, 3, -3, 3, -3, 5]) await nightOff(40, off / 1000);
    expect(await early(), 'the image is the same').to.deep.equal([]);
    await nightOff(41, 0.012);
    const [quiet, ...none] = await early();
    expect(none).to.deep.equal([]);
    expect(quiet).to.include({ kind: 'early', state: 'not regressed', levels: '0' });
    expect(quiet.reason).to.contain('the level goes on');
    for (const off of [-3, 3, -3]) await nightOff(41, off / 1000);
    expect(await early()).to.have.length(1);
    await nightOff(60, 0.003);
    const [, found] = await early();
    expect(found).to.include({ kind: 'early', state: 'regressed', levels: '1' });
    const [alarm] = await operator.call<Alarm[]>('GET', 'alarms');
    expect(alarm.effect).to.be.closeTo(0.01, 0.003);
    expect(alarm.rounds).to.be.above(4);
  });
});
