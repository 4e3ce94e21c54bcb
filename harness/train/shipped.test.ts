import { expect } from 'chai';
import { loadHapt } from '../data/hapt.js';
import { findDataRootForTests } from '../data/locate.js';
import { scaleWindows } from '../data/scaling.js';
import type { Order } from '../data/types.js';
import { loadUciHar } from '../data/uci-har.js';
import { GoldenCascade } from '../model/cascade/golden.js';
import { type Bundle, loadBundle } from '../model/load.js';
import { packBundle } from '../model/pack/bundle.js';
import { packagePath } from '../package-root.js';

const names = ['paper', 'little-first-a', 'little-first-b'] as const;
const cores = ['m0p', 'm3', 'm4'] as const;
const root = findDataRootForTests();

describe('the shipped bundles', () => {
  const bundles = new Map<string, Bundle>();
  before(async () => {
    for (const name of names) bundles.set(name, await loadBundle(packagePath('fixtures', 'bundles', name)));
  });

  const packed = (name: string, core: (typeof cores)[number], kernels: 'tuned' | 'reference') =>
    packBundle(bundles.get(name)!, {
      core,
      kernels,
      levels: [],
      flashBytes: 1 << 20,
      ramArenaBytes: 1 << 17,
    });

  it("should have the paper's networks at the paper's cost", () => {
    expect(bundles.get('paper')!.networks.map(({ name, macs }) => [name, macs])).to.deep.equal([
      ['big-3in', 161_856],
      ['big-1in', 63_168],
      ...[0, 1, 2, 3, 4, 5].map(a => [`little-${a}`, 8_512]),
      ['dual', 20_928],
    ]);
  });

  it('should have our own networks at their stated cost, each ending in a softmax in steps of 1/256', () => {
    const macs = { 'little-first-a': [384, 17_552, 136_176], 'little-first-b': [384, 17_552] };
    for (const [name, expected] of Object.entries(macs)) {
      const { networks } = bundles.get(name)!;
      expect(networks.map(network => network.macs)).to.deep.equal(expected);
      for (const { network } of networks) {
        expect(network.operators.at(-1)?.kind).to.equal('softmax');
        const { scales, zeroPoints } = network.tensors[network.outputs[0]].quantisation!;
        expect([scales[0], zeroPoints[0]]).to.deep.equal([1 / 256, -128]);
      }
    }
  });

  it('should need at most 8 KB of RAM for activations on every core', () => {
    for (const name of names)
      for (const core of cores)
        expect(packed(name, core, 'tuned').arenaBytes, `${name} ${core}`).to.be.at.most(8192);
  });

  it('should keep their blobs to 16 KB and to 6 KB on every core', () => {
    for (const core of cores) {
      expect(packed('little-first-a', core, 'tuned').blob.length, core).to.be.at.most(16 * 1024);
      expect(packed('little-first-b', core, 'tuned').blob.length, core).to.be.at.most(6 * 1024);
    }
  });

  it('should take this much flash with the weights as the reference kernels want them', () => {
    for (const core of cores) {
      expect(packed('little-first-a', core, 'reference').blob.length, core).to.equal(16_036);
      expect(packed('little-first-b', core, 'reference').blob.length, core).to.equal(4_612);
    }
  });
});

if (root !== undefined) {
  describe('the shipped bundles on the test people of UCI HAR', function () {
    this.timeout(300_000);
    const rows: [string, string, Order, number, number, number][] = [
      ['paper', 'big-only', 'published', 2732, 2947, 161_856],
      ['paper', '1B6S', 'published', 2750, 221, 20_647],
      ['paper', '1B6S', 'chronological', 2708, 319, 25_977],
      ['paper', '1B1D', 'published', 2697, 986, 75_074],
      ['paper', '1BDD', 'published', 2737, 1342, 74_090],
      ['little-first-a', 'little-first', 'published', 2883, 21, 4_051],
      ['little-first-a', 'little-first', 'chronological', 2886, 22, 4_609],
      ['little-first-b', 'little-first', 'published', 2884, 143, 1_813],
      ['little-first-b', 'little-first', 'chronological', 2886, 201, 2_158],
    ];
    for (const [name, strategy, order, correct, bigRuns, macsPerWindow] of rows) {
      it(`${name} ${strategy} should answer ${correct} of 2,947 correctly in ${order} order`, async () => {
        const set = await loadUciHar({ root, split: 'test', order });
        const bundle = await loadBundle(packagePath('fixtures', 'bundles', name));
        const windows = scaleWindows(set, bundle.description.window);
        const cascade = new GoldenCascade(bundle, strategy);
        const resets = new Set(set.resets);
        const seen = { correct: 0, bigRuns: 0, macs: 0 };
        for (let i = 0; i < windows.count; i++) {
          if (resets.has(i)) cascade.reset();
          const step = cascade.step(windows.window(i));
          seen.correct += step.label === set.labels[i] ? 1 : 0;
          seen.bigRuns += step.big;
          seen.macs += step.macs;
        }
        expect({ ...seen, macs: Math.round(seen.macs / windows.count) }).to.deep.equal({
          correct,
          bigRuns,
          macs: macsPerWindow,
        });
      });
    }
  });

  describe('little-first-b on continuous streams of test people (HAPT)', function () {
    this.timeout(300_000);
    for (const [strideSamples, offsetSamples] of [
      [64, 0],
      [64, 32],
      [96, 0],
    ])
      it(`should keep its accuracy and its cost with a window every ${strideSamples} samples from ${offsetSamples} on`, async () => {
        const order = 'chronological';
        const set = await loadHapt({ root, split: 'test', order, strideSamples, offsetSamples });
        const bundle = await loadBundle(packagePath('fixtures', 'bundles', 'little-first-b'));
        const windows = scaleWindows(set, bundle.description.window);
        const cascade = new GoldenCascade(bundle, 'little-first');
        const resets = new Set(set.resets);
        const seen = { correct: 0, scored: 0, macs: 0 };
        for (let i = 0; i < windows.count; i++) {
          if (resets.has(i)) cascade.reset();
          const step = cascade.step(windows.window(i));
          seen.macs += step.macs;
          if (set.labels[i] === 255) continue;
          seen.scored += 1;
          seen.correct += step.label === set.labels[i] ? 1 : 0;
        }
        expect(seen.correct / seen.scored).to.be.at.least(0.96);
        expect(seen.macs / windows.count).to.be.at.most(8000);
      });
  });
}
