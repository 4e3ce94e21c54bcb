import { expect } from 'chai';
import { findDataRootForTests, findReferenceModelsForTests } from '../../data/locate.js';
import { scaleWindows } from '../../data/scaling.js';
import { loadUciHar } from '../../data/uci-har.js';
import { packagePath } from '../../package-root.js';
import { loadBundle } from '../load.js';
import { GoldenCascade } from './golden.js';

const root = findDataRootForTests();
const models = findReferenceModelsForTests();

if (root !== undefined && models !== undefined) {
  describe("GoldenCascade on the paper authors' networks", () => {
    const rows = [
      { strategy: 'big-only', correct: 2690, bigRuns: 2947, gateMacs: 0 },
      { strategy: '1B6S', correct: 2750, bigRuns: 403, gateMacs: 8512 },
      { strategy: '1BDD', correct: 2803, bigRuns: 1479, gateMacs: 384 },
      { strategy: '1BDD', parameter: 8000, correct: 2267, bigRuns: 669, gateMacs: 384 },
      { strategy: '1B1D', correct: 1823, bigRuns: 105, gateMacs: 20928 },
    ];
    for (const { strategy, parameter, correct, bigRuns, gateMacs } of rows) {
      it(`repeats ${strategy}${parameter === undefined ? '' : ` ${parameter}`} on the test split exactly`, async () => {
        const set = await loadUciHar({ root, split: 'test', order: 'published' });
        const bundle = await loadBundle(packagePath('fixtures', 'bundles', 'paper-authors'), { models });
        const windows = scaleWindows(set, bundle.description.window);
        const cascade = new GoldenCascade(bundle, strategy, parameter);
        const seen = { correct: 0, bigRuns: 0, macs: 0 };
        for (let i = 0; i < windows.count; i++) {
          const step = cascade.step(windows.window(i));
          seen.correct += step.label === set.labels[i] ? 1 : 0;
          seen.bigRuns += step.big;
          seen.macs += step.macs;
        }
        const macs = bigRuns * 161856 + (windows.count - 1) * gateMacs;
        expect(seen).to.deep.equal({ correct, bigRuns, macs });
      });
    }
  });
}
