import { expect } from 'chai';
import { findDataRootForTests, findReferenceModelsForTests } from '../../data/locate.js';
import { scaleWindows } from '../../data/scaling.js';
import { loadUciHar } from '../../data/uci-har.js';
import { packagePath } from '../../package-root.js';
import { compileEngine, runOnHost } from '../../testing/host/pack.js';
import { loadBundle } from '../load.js';
import { packBundle } from './bundle.js';

const root = findDataRootForTests();
const models = findReferenceModelsForTests();
const board = {
  core: 'm0p',
  levels: [{ name: 'only', millivolts: 1100, hertz: 48_000_000, registers: [] }],
  flashBytes: 65536,
  ramArenaBytes: 8192,
  kernels: 'reference',
} as const;

if (root !== undefined && models !== undefined) {
  describe("engine in C on the paper authors' networks", () => {
    it('should answer as the golden interpreter on real windows', async function () {
      this.timeout(60_000);
      const set = await loadUciHar({ root, split: 'test', order: 'published' });
      const bundle = await loadBundle(packagePath('fixtures', 'bundles', 'paper-authors'), { models });
      const { description, networks } = bundle;
      const scaled = scaleWindows(set, description.window);
      const windows = Array.from({ length: 200 }, (_, i) => scaled.window(i * 14));
      const { blob } = packBundle(bundle, board);
      const windowBytes = windows[0].byteLength;
      const results = runOnHost(
        compileEngine(),
        networks.map((_, network) => ({ blob, network, windows, windowBytes })),
      );
      networks.forEach(({ golden, inputsOf, name }, n) => {
        expect(results[n].status, name).to.equal(0);
        windows.forEach((window, i) => {
          const [counts] = golden.run(inputsOf(window, windows[Math.max(0, i - 1)]));
          const scores = Array.from(results[n].scores[i].subarray(0, counts.length), score => score + 128);
          expect(scores, `${name}, window ${i}`).to.deep.equal(Array.from(counts));
        });
      });
    });
  });
}
