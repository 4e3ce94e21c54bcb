import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { littlefirst } from '../../testing/cli.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { testJournal, testLevels } from '../../testing/record/run.js';
import { evaluateRun } from '../../verdict/open-run.js';
import type { Cluster } from '../postgres/cluster.js';
import type { Claimed } from '../store/claim.js';
import { enqueueDue } from '../store/schedules.js';
import { expireLeases } from '../store/settle.js';
import { FarmClient } from '../worker/client.js';
import { listening } from './listening.js';
import { type FarmServer, serveFarm } from './serve.js';

const spec = { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' };
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe("the farm's server", () => {
  let top: string;
  let cluster: Cluster;
  let server: FarmServer;
  let operator: FarmClient;
  let viewer: FarmClient;
  let hosts: FarmClient;
  let others: FarmClient;
  let ahead = 0;
  let names = 0;

  const sql = <Row>(text: string, values: unknown[] = []) =>
    server.database.transaction(({ query }) => query<Row>(text, values));
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
  const refusals = async () =>
    Number((await sql<{ n: string }>(`select count(*) as n from farm.audit where action = 'refused'`))[0].n);

  /** A bench of its own kind of board, so that tests do not take each other's jobs. */
  const bench = async (board: string, client = hosts) => {
    const name = `bench-${++names}`;
    const session = uuid(names);
    const device = { name: 'd', board, chip: 'any', meter: 'ppk2', tags: [] };
    const announce = (as = client, of = session, problems: string[] = []) =>
      as.call('POST', 'benches/announce', {
        bench: name,
        session: of,
        version: 't',
        devices: [device],
        problems,
      });
    await announce();
    const claim = () =>
      client.call<Claimed | null>('POST', 'claims', { bench: name, session, waitSeconds: 0 });
    return { name, session, announce, claim };
  };
  const enqueue = async (board: string, priority = 0) =>
    (
      await operator.call<{ jobs: string[] }>('POST', 'jobs', {
        jobs: [{ name: `job of ${board}`, want: { board, tags: [] }, spec, priority }],
      })
    ).jobs[0];
  const settle = ({ attempt, fence }: Claimed, failure?: object, client = hosts) =>
    client.call<{ settled: string }>('POST', `attempts/${attempt}/settle`, { fence, failure, files: [] });
  const stateOf = async (job: string) =>
    (await sql<{ state: string }>('select state from farm.jobs where id = $1', [job]))[0].state;
  const benchFault = { cause: 'bench', code: 'LF_LINK_LOST', message: 'the line went dead' };

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-farmapi-'));
    await chmod(top, 0o755);
    cluster = await startTestCluster(join(top, 'postgres'));
    server = await serveFarm({
      ...{ connection: cluster.connection, artefacts: join(top, 'artefacts'), secret: 's'.repeat(32) },
      ...{ version: 'test', host: '127.0.0.1', port: 0, leaseSeconds: 600 },
      now: () => new Date(Date.now() + ahead * 1000),
    });
    const client = async (name: string, role: 'viewer' | 'operator' | 'worker') =>
      new FarmClient(server.address, await server.token(name, role));
    operator = await client('anna', 'operator');
    viewer = await client('vera', 'viewer');
    hosts = await client('hosts', 'worker');
    others = await client('others', 'worker');
  });
  after(async () => {
    await server?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('does nothing for strangers and wrong roles, and writes that down', async () => {
    const before = await refusals();
    const stranger = new FarmClient(server.address, 'lf_operator_forged');
    const jobs = { jobs: [{ name: 'x', want: { board: 'b', tags: [] }, spec }] };
    for (const client of [stranger, viewer, hosts])
      expect(await codeOf(client.call('POST', 'jobs', jobs))).to.equal('LF_FARM_ACCESS');
    for (const client of [stranger, viewer, operator])
      expect(await codeOf(client.call('POST', 'benches/leave', { session: uuid(99) }))).to.equal(
        'LF_FARM_ACCESS',
      );
    expect(await codeOf(stranger.call('GET', 'fleet'))).to.equal('LF_FARM_ACCESS');
    expect(await codeOf(viewer.call('GET', 'fleet'))).to.equal('done');
    expect((await refusals()) - before).to.equal(7);
    expect(await sql(`select from farm.jobs where name = 'x'`)).to.have.length(0);
  });

  it('voids a token at once', async () => {
    const { token } = await operator.call<{ token: string }>('POST', 'tokens', {
      name: 'guest',
      role: 'viewer',
    });
    const guest = new FarmClient(server.address, token);
    expect(await codeOf(guest.call('GET', 'jobs'))).to.equal('done');
    await operator.call('DELETE', 'tokens/guest');
    expect(await codeOf(guest.call('GET', 'jobs'))).to.equal('LF_FARM_ACCESS');
  });

  it('lets one process with one token speak for a bench', async () => {
    const one = await bench('identity');
    const before = await refusals();
    expect(await codeOf(one.announce(hosts, uuid(9999)))).to.equal('LF_FARM_REFUSED');
    expect(await codeOf(one.announce(others))).to.equal('LF_FARM_REFUSED');
    expect((await refusals()) - before).to.equal(2);
    await hosts.call('POST', 'benches/leave', { session: one.session });
    expect(await codeOf(one.announce(hosts, uuid(9998)))).to.equal('done');
    expect(await codeOf(one.claim())).to.equal('LF_FARM_REFUSED');
  });

  it('gives a job only to a bench that fits, larger priorities first', async () => {
    const [low, high] = [await enqueue('fit'), await enqueue('fit', 5)];
    const [other, one] = [await bench('unfit'), await bench('fit')];
    expect(await other.claim()).to.equal(null);
    const first = (await one.claim())!;
    expect(first.job).to.equal(high);
    expect(await one.claim(), 'the device is held').to.equal(null);
    await settle(first, { cause: 'input', code: 'LF_UNKNOWN_LEVEL', message: 'no such level' });
    expect(await stateOf(high)).to.equal('error');
    const second = (await one.claim())!;
    expect(second.job).to.equal(low);
    expect(second.fence).to.be.greaterThan(first.fence);
    await settle(second, { cause: 'cancelled', code: 'LF_INTERRUPTED', message: '' });
  });

  it('tries again on another bench after a bench fault, and settles once', async () => {
    const job = await enqueue('again');
    const [a, b] = [await bench('again'), await bench('again')];
    const first = (await a.claim())!;
    expect((await settle(first, benchFault)).settled).to.equal('failed');
    expect((await settle(first, benchFault)).settled, 'the same request again').to.equal('repeated');
    expect(await codeOf(settle(first, benchFault, others))).to.equal('LF_FARM_REFUSED');
    expect(await a.claim()).to.equal(null);
    const second = (await b.claim())!;
    expect(second.job).to.equal(job);
    const dut = { cause: 'dut', code: 'LF_DUT_TIMEOUT', message: 'silence' };
    await settle(second, dut);
    const third = (await b.claim())!;
    expect(third.isPowerCycled).to.equal(true);
    await settle(third, dut);
    expect(await stateOf(job)).to.equal('error');
    expect(await sql('select from farm.attempts where job = $1', [job])).to.have.length(3);
  });

  it('quarantines a bench after three faults in a row, until a person releases it', async () => {
    const one = await bench('ill');
    const job = await enqueue('ill');
    for (let n = 0; n < 3; n++) await settle((await one.claim())!, benchFault);
    expect(await stateOf(job)).to.equal('error');
    await enqueue('ill');
    await one.announce();
    expect(await one.claim()).to.equal(null);
    await operator.call('POST', `benches/${one.name}/release`, { reason: 'new cable' });
    expect(await one.claim()).to.not.equal(null);
    const known = await bench('load');
    await known.announce(hosts, known.session, ['the known load is off by 3 %']);
    await enqueue('load');
    expect(await known.claim()).to.equal(null);
  });

  it('ends a lease that is not heard of, and lets its worker know', async () => {
    const job = await enqueue('silent');
    const one = await bench('silent');
    const held = (await one.claim())!;
    const beat = () =>
      hosts.call<{ isCancelWanted: boolean }>('POST', `attempts/${held.attempt}/heartbeat`, {
        fence: held.fence,
      });
    expect(await beat()).to.deep.equal({ isCancelWanted: false });
    ahead += 700;
    await expireLeases(server.database);
    expect(await stateOf(job)).to.equal('queued');
    expect(await codeOf(beat())).to.equal('LF_FARM_LEASE');
    expect((await settle(held, benchFault)).settled).to.equal('superseded');
    await one.announce();
    const next = (await one.claim())!;
    expect(next.fence).to.be.greaterThan(held.fence);
    const failure = await sql(
      "update farm.leases set granted_at = granted_at - interval '1 hour' where fence = $1",
      [next.fence],
    ).catch(e => e);
    expect(String(failure)).to.contain('one_holder_at_a_time');
  });

  it('takes no lease for a silence that was its own', async () => {
    const job = await enqueue('unheard');
    const held = (await (await bench('unheard')).claim())!;
    let milliseconds = 0;
    const { hear, expire } = listening(server.database, 600, () => milliseconds);
    await expire();
    const pass = (seconds: number) => {
      ahead += seconds;
      milliseconds += seconds * 1000;
    };
    pass(700);
    await Promise.all([hear(), expire(), expire()]);
    expect(await stateOf(job)).to.equal('running');
    for (const seconds of [295, 295]) {
      pass(seconds);
      await expire();
    }
    expect(await stateOf(job), 'one lease time more').to.equal('running');
    pass(20);
    await expire();
    expect(await stateOf(job)).to.equal('queued');
    expect((await settle(held, benchFault)).settled).to.equal('superseded');
    await operator.call('POST', `jobs/${job}/cancel`);
  });

  it('makes the jobs of a request once, however often it is sent', async () => {
    const jobs = (board: string) => ({
      jobs: [1, 2].map(n => ({ name: `${board} ${n}`, want: { board, tags: [] }, spec })),
    });
    const ask = (body: object, client = operator) => client.call<{ jobs: string[] }>('POST', 'jobs', body);
    const request = { ...jobs('once'), nightly: 'n', key: 'pipeline 7' };
    const [first, ...again] = await Promise.all([ask(request), ask(request), ask(request)]);
    for (const answer of [...again, await ask(request)]) expect(answer).to.deep.equal(first);
    /* What a server that ended halfway did not come to is made up for. */
    await sql(`delete from farm.attempts where job = $1`, [first.jobs[1]]);
    await sql(`delete from farm.jobs where id = $1`, [first.jobs[1]]);
    expect(await ask(request)).to.deep.equal(first);
    const made = await sql<{ id: string; state: string }>(
      `select j.id, a.state from farm.jobs j join farm.attempts a on a.job = j.id where j.name like 'once %' order by j.name`,
    );
    expect(made).to.deep.equal(first.jobs.map(id => ({ id, state: 'queued' })));
    expect(await codeOf(ask({ ...request, ...jobs('other') }))).to.equal('LF_FARM_REFUSED');
    const bert = new FarmClient(server.address, await server.token('bert', 'operator'));
    expect((await ask(request, bert)).jobs).to.not.include.members(first.jobs);
  });

  it('gives a claim whose answer was lost the same job again, and nothing to one that nobody waits for', async () => {
    const [first, second] = [await enqueue('deaf'), await enqueue('deaf')];
    const one = await bench('deaf');
    const claim = (number: number, session = one.session) =>
      hosts.call<Claimed | null>('POST', 'claims', {
        ...{ bench: one.name, session, waitSeconds: 0, claim: number },
      });
    const given = (await claim(1))!;
    expect(given.job).to.equal(first);
    expect(await claim(1)).to.deep.equal(given);
    await settle(given, { cause: 'cancelled', code: 'LF_INTERRUPTED', message: '' });
    const lost = (await claim(2))!;
    expect(lost.job).to.equal(second);
    ahead += 700;
    await expireLeases(server.database);
    const again = (await claim(2))!;
    expect(again.job).to.equal(second);
    expect(again.fence, 'its lease was over').to.be.greaterThan(lost.fence);
    expect(await claim(3)).to.equal(null);
    expect(await claim(1), 'the worker went on').to.equal(null);
    await hosts.call('POST', 'benches/leave', { session: one.session });
    await one.announce(hosts, uuid(9997));
    expect(await claim(2, uuid(9997)), "another process' claim").to.equal(null);
    await settle(again, { cause: 'cancelled', code: 'LF_INTERRUPTED', message: '' });
  });

  it('keeps what a person has reserved, and drained benches, from jobs', async () => {
    const one = await bench('taken');
    const path = `benches/${one.name}/devices/d/reservation`;
    await operator.call('POST', path, { seconds: 3600 });
    expect(await codeOf(operator.call('POST', path, { seconds: 60 }))).to.equal('LF_FARM_LEASE');
    const job = await enqueue('taken');
    expect(await one.claim()).to.equal(null);
    await operator.call('DELETE', path);
    await operator.call('POST', `benches/${one.name}/drain`, { reason: 'to be moved' });
    expect(await one.claim()).to.equal(null);
    await operator.call('POST', `benches/${one.name}/undrain`, { reason: 'it is back' });
    expect((await one.claim())?.job).to.equal(job);
    expect(await operator.call('POST', `jobs/${job}/cancel`)).to.deep.equal({ state: 'ending' });
    const waiting = await enqueue('taken');
    expect(await operator.call('POST', `jobs/${waiting}/cancel`)).to.deep.equal({ state: 'cancelled' });
    expect(await codeOf(operator.call('POST', `jobs/${waiting}/cancel`))).to.equal('LF_FARM_REFUSED');
  });

  it('stores files by their content only', async () => {
    const text = 'seven volts';
    const file = join(top, 'file');
    await writeFile(file, text);
    const hash = createHash('sha256').update(text).digest('hex');
    expect(await codeOf(hosts.upload('0'.repeat(64), file))).to.equal('LF_FARM_REFUSED');
    await hosts.upload(hash, file);
    await hosts.upload(hash, file);
    const asked = { sha256: [hash, '0'.repeat(64)] };
    expect(await hosts.call('POST', 'artefacts/missing', asked)).to.deep.equal({ missing: ['0'.repeat(64)] });
  });

  it('gives its ledger as lines, takes those of others and runs of a folder once, and a series as CSV', async () => {
    const record = async (day: number) => {
      const { record } = await evaluateRun(
        testJournal({ windows: 6, strategies: ['big-only'], levels: [testLevels[0]] }),
      );
      const at = `2026-01-0${day}T01:00:00.000Z`;
      return { ...record, id: `2026-0${day}`, startedAt: at, finishedAt: at };
    };
    const content = createHash('sha256').update('seven volts').digest('hex');
    const lines = await Promise.all(
      [1, 2].map(async day => ({
        ...{ schema: 'littlefirst.ledger/1', bench: 'elsewhere', record: await record(day) },
        files: [
          { name: 'note.txt', sha256: content },
          { name: 'lost.txt', sha256: '7'.repeat(64) },
        ],
      })),
    );
    await writeFile(join(top, 'ledger.ndjson'), lines.map(line => `${JSON.stringify(line)}\n`).join('\n'));
    await writeFile(join(top, 'run.json'), JSON.stringify(await record(3), null, 2));
    await writeFile(join(top, 'broken.ndjson'), `${JSON.stringify(lines[0])}\n{"schema":"other"}\n`);
    const before = { ...process.env };
    Object.assign(process.env, {
      LITTLEFIRST_FARM: server.address,
      LITTLEFIRST_FARM_TOKEN: await server.token('ivo', 'operator'),
    });
    try {
      const farm = (...words: string[]) => littlefirst(top, 'farm', ...words);
      const first = await farm('import', 'ledger.ndjson');
      expect(first).to.include({ code: 0, out: '2 runs added, 0 were there\n' });
      expect(first.err).to.contain('1 files of them are not');
      expect((await farm('import', 'ledger.ndjson')).out).to.equal('0 runs added, 2 were there\n');
      expect((await farm('import', 'run.json')).text).to.match(/LF_USAGE[\s\S]*--bench NAME/);
      expect((await farm('import', 'run.json', '--bench', 'elsewhere')).out).to.equal(
        '1 runs added, 0 were there\n',
      );
      expect(await farm('import', 'broken.ndjson'))
        .to.include({ code: 4 })
        .and.property('err')
        .to.contain('Line 2 is no run');
      expect((await farm('import', 'nothing')).code).to.equal(4);
      const given = (await farm('export')).out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line));
      const mine = given.filter(({ bench }) => bench === 'elsewhere');
      expect(mine.map(({ record }) => record.id)).to.deep.equal(['2026-01', '2026-02', '2026-03']);
      expect(mine[0]).to.deep.equal({ ...lines[0], files: [lines[0].files[0]] });
      const [{ id }] = await sql<{ id: string }>(`select id from farm.series where bench = 'elsewhere'`);
      const csv = (await farm('export', '--csv', id)).out.trim().split('\n');
      expect(csv[0]).to.match(/^at,run,commit,.*energy_uj/);
      expect(csv.slice(1).map(line => line.split(',').slice(0, 2))).to.deep.equal(
        [1, 2, 3].map(day => [`2026-01-0${day}T01:00:00.000Z`, `2026-0${day}`]),
      );
      expect(await codeOf(viewer.call('POST', 'ledger', { lines }))).to.equal('LF_FARM_ACCESS');
    } finally {
      process.env = before;
    }
  });

  it('enqueues a nightly at its times, what was missed once, until it is ended', async () => {
    const board = 'clockwork';
    const jobs = [{ name: 'nightly job', want: { board, tags: [] }, spec, priority: 0 }];
    const made = async () =>
      Number(
        (await sql<{ n: string }>(`select count(*) as n from farm.jobs where nightly = 'every day'`))[0].n,
      );
    const day = 86_400;
    await operator.call('PUT', 'schedules/every%20day', {
      cron: '30 2 * * *',
      timezone: 'Europe/Berlin',
      jobs,
    });
    expect(await enqueueDue(server.database)).to.equal(0);
    const [{ next_due: next }] = await viewer.call<{ next_due: string }[]>('GET', 'schedules');
    const hour = new Date(next).toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
    expect(hour).to.equal('02:30:00');
    ahead = (new Date(next).getTime() - Date.now()) / 1000 - 60;
    expect(await enqueueDue(server.database)).to.equal(0);
    ahead += 120;
    await Promise.all([enqueueDue(server.database), enqueueDue(server.database)]);
    expect(await made()).to.equal(1);
    ahead += 7 * day;
    await enqueueDue(server.database);
    await enqueueDue(server.database);
    expect(await made()).to.equal(2);
    for (const [cron, timezone] of [
      ['30 2 * * * *', 'UTC'],
      ['61 2 * * *', 'UTC'],
      ['30 2 * * *', 'Mars/Olympus'],
      ['no cron at all', 'UTC'],
    ]) {
      const wrong = operator.call('PUT', 'schedules/wrong', { cron, timezone, jobs });
      expect(await codeOf(wrong), `${cron} ${timezone}`).to.equal('LF_FARM_REFUSED');
    }
    expect(await codeOf(viewer.call('DELETE', 'schedules/every%20day'))).to.equal('LF_FARM_ACCESS');
    expect(await operator.call('DELETE', 'schedules/every%20day')).to.deep.equal({ removed: true });
    ahead += day;
    await enqueueDue(server.database);
    expect(await made()).to.equal(2);
    expect(await viewer.call('GET', 'schedules')).to.deep.equal([]);
  });

  it('refuses what is not as documented, in its own words', async () => {
    const ask = async (body: string, act = 'settle') => {
      const answer = await fetch(`${server.address}/api/v1/attempts/${uuid(1)}/${act}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await hostile}` },
      });
      return { status: answer.status, text: await answer.text() };
    };
    const hostile = server.token('hostile', 'worker');
    const bodies = [
      '{',
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      '{"__proto__":{"x":1},"fence":1,"files":[]}',
      JSON.stringify({ fence: 1, files: [{ name: '../../etc/passwd', sha256: '0'.repeat(64) }] }),
      JSON.stringify({ fence: 1, files: [], record: { id: '<script>' } }),
      JSON.stringify({ fence: -1, files: [] }),
    ];
    const before = await refusals();
    for (const body of bodies) {
      const { status, text } = await ask(body);
      expect(status, body.slice(0, 60)).to.equal(400);
      expect(text).to.not.match(/<script>|node_modules|\.ts:/);
    }
    expect((await ask(JSON.stringify({ fence: 1, files: [] }))).text).to.contain('LF_FARM_REFUSED');
    expect((await ask(JSON.stringify({ fence: 'x'.repeat(2 ** 20) }), 'heartbeat')).status).to.equal(413);
    const lines = await sql<{ subject: string; detail: { why: string } }>(
      `select subject, detail from farm.audit where action = 'refused' and actor = 'hostile' order by id`,
    );
    expect((await refusals()) - before, 'one line each').to.equal(bodies.length + 2);
    for (const { subject, detail } of lines) {
      expect(subject).to.match(/^POST \/api\/v1\/attempts\/[0-9a-f-]{36}\/(settle|heartbeat)$/);
      expect(detail.why).to.not.match(/<script>|passwd/);
    }
  });

  it('keeps its audit log as it was written', async () => {
    expect(String(await sql(`delete from farm.audit`).catch(e => e))).to.contain('only added to');
    expect(String(await sql(`update farm.audit set actor = 'me'`).catch(e => e))).to.contain('only added to');
  });

  it('signs a browser in by a link that works once, and shows its pages', async () => {
    const { token } = await operator.call<{ token: string }>('POST', 'tokens', {
      name: 'eve',
      role: 'operator',
    });
    const link = await server.signInAddress(token);
    const first = await fetch(link, { redirect: 'manual' });
    const [cookie] = (first.headers.get('set-cookie') ?? '').split(';');
    expect(first.status).to.equal(303);
    expect(first.headers.get('set-cookie')).to.match(/HttpOnly.*SameSite=Strict/);
    expect((await fetch(link, { redirect: 'manual' })).status).to.equal(401);
    for (const path of ['/', '/series', `/jobs/${await enqueue('seen')}`]) {
      const page = await fetch(server.address + path, { headers: { cookie }, redirect: 'manual' });
      expect(page.status, path).to.equal(200);
      expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
      expect(await page.text()).to.not.contain('<script');
    }
    expect((await fetch(server.address, { redirect: 'manual' })).status, 'without a session').to.equal(303);
    const forged = `${cookie.slice(0, -2)}xx`;
    expect(
      (await fetch(server.address, { headers: { cookie: forged }, redirect: 'manual' })).status,
    ).to.equal(303);
    const cancel = `${server.address}/api/v1/benches/nobody/drain`;
    const body = JSON.stringify({ reason: 'x' });
    const headers = { cookie, 'content-type': 'application/json' };
    const elsewhere = { ...headers, origin: 'https://evil.example' };
    expect((await fetch(cancel, { method: 'POST', headers: elsewhere, body })).status).to.equal(401);
    const here = { ...headers, origin: server.address };
    expect((await fetch(cancel, { method: 'POST', headers: here, body })).status).to.equal(400);
  });

  it('tells its state as OpenMetrics and its interface as OpenAPI', async () => {
    const { token } = await operator.call<{ token: string }>('POST', 'tokens', {
      name: 'meters',
      role: 'viewer',
    });
    const headers = { authorization: `Bearer ${token}` };
    const metrics = await (await fetch(`${server.address}/metrics`, { headers })).text();
    expect(metrics).to.match(/^littlefirst_farm_jobs\{state="error"\} [1-9]/m);
    expect(metrics.endsWith('# EOF\n')).to.equal(true);
    const kept = await server.database.transaction(async ({ query }) => ({
      tallies: await query(
        `select family, label, sum(change)::int as n from farm.tallies group by 1, 2 having sum(change) <> 0 order by 1, 2`,
      ),
      counts: await query(
        `select 'failed attempts' as family, coalesce(cause, 'none') as label, count(*)::int as n from farm.attempts where state in ('error', 'expired') group by 1, 2
         union all select 'jobs', state, count(*)::int from farm.jobs group by 1, 2
         union all select 'runs', outcome, count(*)::int from farm.runs group by 1, 2 order by 1, 2`,
      ),
    }));
    expect(kept.tallies).to.deep.equal(kept.counts);
    const document = (await (await fetch(`${server.address}/api/v1/openapi.json`)).json()) as {
      paths: object;
    };
    expect(Object.keys(document.paths)).to.include('/api/v1/attempts/{id}/settle');
  });
});
