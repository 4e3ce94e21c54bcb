import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { scaleWindows } from '../data/scaling.js';
import { synthesizeWearer } from '../data/synthetic/data-set.js';
import { packagePath } from '../package-root.js';
import { TestNetworkBuilder } from '../testing/model/networks.js';
import type { BundleDescription } from './bundle/schema.js';
import { GoldenCascade } from './cascade/golden.js';
import { loadBundle, parseBundle } from './load.js';
import type { Network } from './tflite/network.js';
import { writeBundle } from './write.js';

/** A network as somebody else may bring it: made-up weights, softmax outputs. */
function someNetwork(name: string, columns: number): Network {
  const builder = new TestNetworkBuilder('int8', columns);
  const rows = builder.reshape(builder.input([1, 128, columns]), [1, 128, 1, columns]);
  const pooled = builder.pool('max-pool2d', builder.conv(rows, 4, [5, 1], { stride: [8, 1] }), [4, 1]);
  return builder.build(name, [builder.softmax(builder.dense(builder.reshape(pooled, [1, 16]), 6))]);
}

/** A template as its reader will fill it in: with networks, run on a few windows. */
async function runTemplate(
  description: BundleDescription,
  networks: ReadonlyMap<string, Network>,
): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-template-'));
  try {
    const bundle = await writeBundle(folder, description, networks);
    const set = synthesizeWearer({ split: 'test', order: 'published', windows: 40 });
    const windows = scaleWindows(set, description.window);
    return description.strategies.map(({ name }) => {
      const cascade = new GoldenCascade(bundle, name);
      const steps = Array.from({ length: windows.count }, (_, i) => cascade.step(windows.window(i)));
      return steps.filter(({ big }) => big === 1).length;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function templateOf(name: string): Promise<BundleDescription> {
  const path = packagePath('docs', 'bundle-template', name, 'bundle.yaml');
  return parseBundle(await readFile(path, 'utf8'), path);
}

describe('the bundle templates of the guide', () => {
  it('should run a hold cascade once networks are put beside it', async () => {
    const networks = new Map([
      ['big', someNetwork('big', 6)],
      ['little', someNetwork('little', 3)],
    ]);
    const [always, doubting] = await runTemplate(await templateOf('hold'), networks);
    expect(always).to.equal(40);
    expect(doubting).to.be.within(1, 40);
  });

  it('should run a cascade of uint8 networks with one min-max scaling once networks are put beside it', async () => {
    const description = await templateOf('minmax');
    const networks = new Map(
      description.networks.map(({ name, inputs }, seed) => {
        const builder = new TestNetworkBuilder('uint8', seed + 1);
        const flat = inputs.map(() => {
          const rows = builder.reshape(builder.input([1, 128, 3]), [1, 128, 1, 3]);
          const pooled = builder.pool(
            'max-pool2d',
            builder.conv(rows, 4, [5, 1], { stride: [8, 1] }),
            [4, 1],
          );
          return builder.reshape(pooled, [1, 16]);
        });
        const joined = flat.length === 1 ? flat[0] : builder.concatenate(flat, 1);
        return [name, builder.build(name, [builder.dense(joined, name === 'big' ? 6 : 2)])];
      }),
    );
    const [always, gated] = await runTemplate(description, networks);
    expect(always).to.equal(40);
    expect(gated).to.be.within(1, 40);
  });

  it('should run a filtered cascade once networks are put beside it', async () => {
    const { networks } = await loadBundle(packagePath('fixtures', 'bundles', 'little-first-a'));
    const byName = new Map(networks.map(({ name, network }) => [name, network]));
    const [bigRuns] = await runTemplate(await templateOf('filtered'), byName);
    expect(bigRuns).to.be.at.most(20);
  });
});
