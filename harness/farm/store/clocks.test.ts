import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fakeRecord } from '../../testing/farm/bench.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import type { Cluster } from '../postgres/cluster.js';
import { listening } from '../server/listening.js';
import { announce } from './benches.js';
import { claim } from './claim.js';
import { type Database, openDatabase } from './database.js';
import { createJobs } from './jobs.js';
import { giveBack, heartbeat, reserve } from './leases.js';
import { fleet } from './read.js';
import { settle } from './settle.js';
import { createToken, type Identity, identify } from './tokens.js';

const minute = 60_000;
const hour = 60 * minute;
const lease = 600;

/** Clocks that are set, by hand or over the network, while benches work. */
describe('a farm whose clocks jump', () => {
  let top: string;
  let cluster: Cluster;
  let database: Database;
  let identity: Identity;
  /** Wall time as the farm has it, and time that never jumps, milliseconds. */
  let wall = Date.UTC(2030, 0, 7);
  let steady = 0;
  const pass = (milliseconds: number) => {
    wall += milliseconds;
    steady += milliseconds;
  };

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-clocks-'));
    await chmod(top, 0o755);
    const folder = join(top, 'postgres');
    cluster = await startTestCluster(folder);
    database = await openDatabase({ connection: cluster.connection, now: () => new Date(wall) });
    identity = (await identify(database, await createToken(database, 'test', 'host', 'worker')))!;
  });
  after(async () => {
    await database?.close();
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  const device = { name: 'd', board: 'rp2040', chip: 'rp2040', meter: 'ppk2', tags: [] };
  const tell = (name: string, session: string) =>
    announce(
      database,
      identity,
      { bench: name, session, version: 't', devices: [device], problems: [] },
      1.5 * lease,
    );
  /** A bench of its own for each test, so that none meets another's leases. */
  const bench = async (name: string) => {
    const session = randomUUID();
    await tell(name, session);
    return { name, session };
  };
  const job = (name: string) =>
    createJobs(database, 'anna', [
      {
        ...{ name: 'x', priority: 0, want: { board: 'rp2040', bench: name, tags: [] } },
        spec: { bundle: 'paper', levels: 'all', strategies: 'all', windows: 6, data: 'synthetic' },
      },
    ]);
  const ended = (attempt: string, fence: number, startedAt: number) => ({
    ...{ attempt, fence, files: [] },
    record: {
      ...fakeRecord(),
      ...{ id: `run-${attempt}`, lease: { fence, attempt }, startedAt: new Date(startedAt).toISOString() },
    },
  });

  it('keeps the leases of workers that are heard when its clock is set forward, and ends them when they are not', async () => {
    const one = await bench('forward');
    await job('forward');
    const listener = listening(database, lease, () => steady);
    const { attempt, fence } = (await claim(database, identity, one, lease))!;
    await listener.expire();
    pass(minute);
    await listener.expire();
    wall += 3 * hour;
    expect(await listener.expire()).to.equal(0);
    await heartbeat(database, identity.token, { attempt, fence }, lease);
    for (let n = 0; n < 3; n++) {
      pass(4 * minute);
      await listener.expire();
    }
    expect((await fleet(database)).find(row => row.bench === 'forward')!.fence).to.equal(null);
  });

  it('leaves a person the device for as long as it was reserved, however its clock is set', async () => {
    await bench('reserved');
    const listener = listening(database, lease, () => steady);
    await listener.expire();
    await reserve(database, 'anna', { bench: 'reserved', device: 'd' }, 7200);
    const holder = async () => (await fleet(database)).find(row => row.bench === 'reserved')!.holder;
    for (const jump of [5 * hour, -5 * hour, -hour]) {
      wall += jump;
      await listener.expire();
      expect(await holder(), `a jump of ${jump / hour} h`).to.equal('anna');
    }
    for (let n = 0; n < 31; n++) {
      pass(4 * minute);
      await listener.expire();
    }
    expect(await holder()).to.equal(null);
  });

  it('hands devices on when its clock is set back, and the leases of one device still do not overlap', async () => {
    const one = await bench('back');
    await job('back');
    const first = (await claim(database, identity, one, lease))!;
    pass(5 * minute);
    wall -= 2 * hour;
    await heartbeat(database, identity.token, first, lease);
    expect(await settle(database, identity.token, ended(first.attempt, first.fence, wall))).to.equal(
      'counted',
    );
    await job('back');
    const second = (await claim(database, identity, one, lease))!;
    expect(second.fence).to.be.above(first.fence);
    expect(await settle(database, identity.token, ended(second.attempt, second.fence, wall))).to.equal(
      'counted',
    );
    await reserve(database, 'anna', { bench: 'back', device: 'd' }, 600);
    pass(1);
    await giveBack(database, 'anna', { bench: 'back', device: 'd' });
    /* The next worker of the bench is not kept waiting for a silence that lies ahead. */
    wall -= 5 * hour;
    pass(1.6 * lease * 1000);
    await tell('back', randomUUID());
  });

  it("dates a run by its lease where the bench's clock is wrong", async () => {
    const one = await bench('wrong');
    const dates: number[] = [];
    for (const error of [0, 40 * 24 * hour, 0, -40 * 24 * hour]) {
      await job('wrong');
      const { attempt, fence } = (await claim(database, identity, one, lease))!;
      pass(5 * minute);
      await settle(database, identity.token, ended(attempt, fence, wall - 4 * minute + error));
      const [{ at, started }] = await database.transaction(({ query }) =>
        query<{ at: Date; started: Date }>(
          'select b.at, r.started_at as started from farm.blocks b join farm.runs r on r.id = b.run where r.attempt = $1 limit 1',
          [attempt],
        ),
      );
      expect(at.getTime()).to.equal(started.getTime());
      expect(wall - at.getTime()).to.be.within(0, 5 * minute);
      dates.push(at.getTime());
    }
    expect(dates).to.deep.equal([...dates].sort((a, b) => a - b));
  });
});
