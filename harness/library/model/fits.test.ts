import { expect } from 'chai';
import { loadBundle } from '../../model/load.js';
import type { Network } from '../../model/tflite/network.js';
import { packagePath } from '../../package-root.js';
import { tinyBundle, tinyNetwork } from '../../testing/model/tiny.js';
import { fitsOf, fitsOfNetwork } from './fits.js';

describe('where a bundle runs', () => {
  it('should be every board for a shipped cascade', async () => {
    const fits = await fitsOf(await loadBundle(packagePath('fixtures', 'bundles', 'little-first-a')));
    expect(fits.length).to.be.above(6);
    expect(fits.filter(({ runs }) => !runs)).to.deep.equal([]);
  }).timeout(600_000);

  it('should be the boards with room for ResNet-8, and say with numbers why not elsewhere', async () => {
    const network = tinyNetwork('ic');
    const fits = await fitsOf({ description: tinyBundle('ic'), networks: [{ network }] });
    const at = (board: string, chip: string) => fits.find(fit => fit.board === board && fit.chip === chip)!;
    expect(at('mps2-an386', 'apollo3').runs).to.equal(true);
    expect(at('mps2-an386', 'apollo3').ramBytes).to.be.above(48 * 1024);
    const { cycles, levels } = at('mps2-an386', 'apollo3');
    expect(cycles!.low).to.be.below(16.6e6);
    expect(cycles!.high).to.be.above(16.6e6);
    expect(levels!.map(({ level }) => level)).to.deep.equal(['96MHz-burst', '48MHz', '24MHz']);
    for (const { latency_ms: latency, modelledEnergy_uJ: energy } of levels!)
      for (const { value, low, high } of [latency, energy]) {
        expect(value).to.be.above(low);
        expect(high).to.be.above(value);
      }
    const { runs, why } = at('lm3s6965-m4', 'apollo3');
    expect(runs).to.equal(false);
    expect(why).to.match(/RAM.*at most 20480 bytes.*\d{5} bytes/);
  }).timeout(600_000);

  it('should be told of a network alone: an autoencoder, one of floats, and a hybrid', async () => {
    const network = tinyNetwork('ad');
    const fits = await fitsOfNetwork(network);
    expect(fits.filter(({ runs }) => runs).map(({ board }) => board)).to.include.members([
      'mps2-an386',
      'mps2-an385',
    ]);
    const floats = (hybrid: boolean): Network => ({
      ...network,
      tensors: network.tensors.map(tensor =>
        tensor.data === undefined || (!hybrid && tensor.type === 'int8')
          ? { ...tensor, type: 'float32' }
          : tensor,
      ),
    });
    for (const hybrid of [false, true])
      for (const { runs, why } of await fitsOfNetwork(floats(hybrid))) {
        expect(runs).to.equal(false);
        expect(why).to.match(hybrid ? /^a hybrid network/ : /^a float network/);
      }
  }).timeout(600_000);
});
