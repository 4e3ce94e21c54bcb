import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Cluster, startCluster } from '../../farm/postgres/cluster.js';
import { emptyFarm, prepareDatabase } from './open.js';
import { plants } from './plants.js';
import type { Plant } from './simulated-farm.js';
import { type Outcome, World } from './world.js';

describe('a simulated farm', () => {
  let top: string;
  let cluster: Cluster;

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-world-'));
    await chmod(top, 0o755);
    const folder = join(top, 'postgres');
    cluster = await startCluster({ folder, password: 'of-the-test-only', isDurable: false });
    await prepareDatabase(cluster.connection);
  });
  after(async () => {
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  const world = async (size: {
    benches: number;
    nights: number;
    mostEvents?: number;
    trouble?: number;
    plant?: Plant;
  }): Promise<Outcome> => {
    await emptyFarm(cluster.connection);
    return World.run({ ...size, connection: cluster.connection, folder: join(top, 'artefacts'), seed: 7 });
  };

  it('holds what it promises through a night, and is the same night again from its seed', async () => {
    const once = await world({ benches: 3, nights: 1 });
    expect(once.violations).to.deep.equal([]);
    expect(once.counts['run-counted']).to.be.above(3);
    const again = await world({ benches: 3, nights: 1 });
    expect([again.events, again.digest]).to.deep.equal([once.events, once.digest]);
  });

  for (const [name, plant] of Object.entries(plants))
    it(`finds ${name}`, async () => {
      const { violations, last } = await world({
        benches: 5,
        nights: 6,
        trouble: 5,
        plant,
        mostEvents: 6000,
      });
      expect(violations).to.not.deep.equal([]);
      expect(last.length).to.be.above(5);
    });
});
