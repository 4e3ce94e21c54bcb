import { expect } from 'chai';
import type { EmulatedMeterDriver } from '../emulator/instruments/open.js';
import { comparedBench, type Evaluated, measureOnce } from '../testing/bench/campaign.js';

/** The same campaign through one meter. */
const measure = (driver: EmulatedMeterDriver): Promise<Evaluated> =>
  measureOnce({
    ...comparedBench(driver),
    levels: ['133MHz', '64MHz'],
    data: { set: 'synthetic', windows: 60, seed: 3 },
  });

describe('campaigns through emulated instruments', function () {
  this.timeout(900_000);
  let direct: Evaluated;
  let ppk2: Evaluated;
  before(async () => {
    direct = await measure('direct');
    ppk2 = await measure('ppk2');
  });

  it('give the same energies as the ideal meter, block by block, within their uncertainty', () => {
    expect(direct.record.blocks.map(block => block.valid)).to.deep.equal([true, true, true, true]);
    expect(ppk2.record.blocks.map(block => block.strategy)).to.deep.equal(
      direct.record.blocks.map(block => block.strategy),
    );
    for (const [i, block] of ppk2.record.blocks.entries()) {
      expect(block.valid, block.strategy).to.equal(true);
      const [seen, ideal] = [block.energyPerWindow_uJ!, direct.record.blocks[i].energyPerWindow_uJ!];
      expect(seen.value, block.strategy).to.not.equal(ideal.value);
      expect(Math.abs(seen.value - ideal.value), block.strategy).to.be.at.most(seen.u95 + ideal.u95);
      const edges = block.uncertainty.find(({ term }) => term === 'edge timing')!.microjoules;
      const others = 2e-4 * ideal.value;
      expect(Math.abs(seen.value - ideal.value), `${block.strategy}, edges`).to.be.at.most(
        4 * edges + others,
      );
    }
  });

  it('name the instrument, and never call modelled energy measured', () => {
    const { meter, energy } = ppk2.record.provenance;
    expect([meter.driver, meter.emulated, energy]).to.deep.equal(['ppk2', true, 'modelled']);
  });

  it('record what was flashed beside what the board says it runs', () => {
    const identities = ppk2.records.filter(record => record.kind === 'identity');
    expect(identities.length).to.equal(4);
    for (const { flashed, image, blob } of identities) {
      expect(flashed?.image.slice(0, 16)).to.equal(image);
      expect(flashed?.blob).to.equal(blob);
    }
  });
});
