import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Cluster } from '../../farm/postgres/cluster.js';
import { startTestCluster } from '../../testing/farm/cluster.js';
import { emptyFarm, prepareDatabase } from './open.js';
import { plants } from './plants.js';
import { type Outcome, World, type WorldOptions } from './world.js';

describe('a simulated farm', () => {
  let top: string;
  let cluster: Cluster;

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-world-'));
    await chmod(top, 0o755);
    const folder = join(top, 'postgres');
    cluster = await startTestCluster(folder);
    await prepareDatabase(cluster.connection);
  });
  after(async () => {
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  const world = async (
    size: Pick<WorldOptions, 'seed' | 'benches' | 'nights' | 'plant'>,
  ): Promise<Outcome> => {
    await emptyFarm(cluster.connection);
    return World.run({ ...size, connection: cluster.connection, folder: join(top, 'artefacts') });
  };

  it('holds what it promises through a night, and is the same night again from its seed', async () => {
    const size = { seed: 7, benches: 2, nights: 1 };
    const warned: string[] = [];
    const onWarning = ({ message }: Error) => warned.push(message);
    process.on('warning', onWarning);
    const once = await world(size);
    expect(once.violations).to.deep.equal([]);
    expect(once.counts['run-counted']).to.be.above(3);
    const again = await world(size);
    expect([again.events, again.digest]).to.deep.equal([once.events, once.digest]);
    process.off('warning', onWarning);
    expect(warned, 'pg warns of two statements at once on one connection').to.deep.equal([]);
  });

  for (const [name, { plant, found, world: size }] of Object.entries(plants))
    it(`finds ${name}`, async () => {
      const { violations, last } = await world({ ...size, plant });
      expect(violations.join('\n')).to.contain(found);
      expect(last.length).to.be.above(5);
    });
});
