import { expect } from 'chai';
import type { Bundle } from '../model/load.js';
import { loadBundle } from '../model/load.js';
import { packagePath } from '../package-root.js';
import { tinyBundle, tinyNetwork } from '../testing/model/tiny.js';
import { fitsOf } from './fits.js';

describe('where a bundle runs', () => {
  it('should be every board for a shipped cascade', async () => {
    const fits = await fitsOf(await loadBundle(packagePath('fixtures', 'bundles', 'little-first-a')));
    expect(fits.length).to.be.above(6);
    expect(fits.filter(({ runs }) => !runs)).to.deep.equal([]);
  }).timeout(600_000);

  it('should be the boards with room for ResNet-8, and say with numbers why not elsewhere', async () => {
    const network = tinyNetwork('ic');
    const bundle = {
      folder: '',
      description: tinyBundle('ic'),
      networks: [{ network }],
    } as unknown as Bundle;
    const fits = await fitsOf(bundle);
    const at = (board: string, chip: string) => fits.find(fit => fit.board === board && fit.chip === chip)!;
    expect(at('mps2-an386', 'apollo3').runs).to.equal(true);
    expect(at('mps2-an386', 'apollo3').ramBytes).to.be.above(48 * 1024);
    const { runs, why } = at('lm3s6965-m4', 'apollo3');
    expect(runs).to.equal(false);
    expect(why).to.match(/RAM.*at most 20480 bytes.*\d{5} bytes/);
  }).timeout(600_000);
});
