import { expect } from 'chai';
import type { EmulatedMeterDriver } from '../emulator/instruments/open.js';
import { packagePath } from '../package-root.js';
import { Journal, readJournal } from '../record/journal.js';
import type { JournalRecord } from '../record/journal-records.js';
import type { RunRecord } from '../record/run-record.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { loadBench } from './bench/load.js';
import { prepareBench } from './bench/prepare.js';
import { Campaign } from './campaign.js';

interface Measured {
  records: JournalRecord[];
  record: RunRecord;
}

/** The same campaign through one meter. */
async function measure(driver: EmulatedMeterDriver): Promise<Measured> {
  const bench = await TestBench.make({
    meter: { driver },
    bundles: [packagePath('fixtures', 'bundles', 'paper')],
    strategies: ['big-only', '1BDD'],
    levels: ['133MHz', '64MHz'],
    data: { set: 'synthetic', windows: 60, seed: 3 },
  });
  try {
    const folder = await bench.runFolder();
    const journal = Journal.create(folder);
    await new Campaign(await prepareBench(await loadBench(bench.benchFile)), { id: driver, journal })
      .run()
      .finally(() => journal.close());
    const records = await readJournal(folder);
    return { records, record: evaluate(records) };
  } finally {
    await bench.remove();
  }
}

describe('campaigns through emulated instruments', function () {
  this.timeout(60_000);
  let direct: Measured;
  let ppk2: Measured;
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
