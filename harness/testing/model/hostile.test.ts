import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { hostileBundles, mutant, tryBundle, tryNetwork } from './hostile.js';

/** A sample; the whole of it, with time and memory, is `npm run bench:hostile`. */
describe('damaged networks and hostile bundles', () => {
  it('should end in our own errors or run', function () {
    this.timeout(60_000);
    const good = readFileSync(packagePath('fixtures', 'bundles', 'little-first-a', 'little.tflite'));
    const outcomes = Array.from({ length: 120 }, (_, seed) => tryNetwork(mutant(good, seed)));
    expect(outcomes).to.include.members(['ran', 'LF_MODEL_CORRUPT']);
    for (const name of ['little-first-a', 'paper-authors']) {
      const text = readFileSync(packagePath('fixtures', 'bundles', name, 'bundle.yaml'), 'utf8');
      expect(tryBundle(text)).to.equal('ran');
      const all = hostileBundles(text, 40).map(tryBundle);
      expect(all).to.include('LF_BUNDLE_INVALID');
    }
  });
});
