import { expect } from 'chai';
import { loadWindows } from '../../data/load.js';
import { loadBundle } from '../../model/load.js';
import { packagePath } from '../../package-root.js';
import { judge } from './judge.js';

describe('what a bundle is judged by', () => {
  it('should pay for every window, score those with an activity, and forget at resets', async () => {
    const bundle = await loadBundle(packagePath('fixtures', 'bundles', 'little-first-b'));
    const set = await loadWindows({ data: 'synthetic', split: 'test', order: 'chronological', limit: 40 });
    const all = judge(bundle, set);
    const labels = set.labels.slice();
    labels.fill(255, 10, 20);
    const some = judge(bundle, { ...set, labels });
    expect([all.windows, all.scored]).to.deep.equal([40, set.labels.filter(l => l !== 255).length]);
    expect([some.windows, some.macs]).to.deep.equal([40, all.macs]);
    expect(some.scored).to.equal(labels.filter(l => l !== 255).length);
    for (const judged of [all, some]) {
      const right = judged.confusion.reduce((sum, row, i) => sum + row[i], 0);
      const people = Object.values(judged.people);
      expect(right).to.equal(judged.correct);
      expect(people.reduce((sum, p) => sum + p.scored, 0)).to.equal(judged.scored);
      expect(people.reduce((sum, p) => sum + p.correct, 0)).to.equal(judged.correct);
    }
    // After a reset nothing is believed yet, so a moving window asks its network again.
    const forgetful = judge(bundle, { ...set, resets: Uint32Array.from(set.starts.keys()) });
    expect(forgetful.macs).to.be.greaterThan(all.macs);
  });
});
