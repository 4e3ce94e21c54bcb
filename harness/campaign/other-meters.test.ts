import { expect } from 'chai';
import type { EmulatedMeterDriver } from '../emulator/instruments/open.js';
import { packagePath } from '../package-root.js';
import { Journal, readJournal } from '../record/journal.js';
import type { RunRecord } from '../record/run-record.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { loadBench } from './bench/load.js';
import { prepareBench } from './bench/prepare.js';
import { Campaign } from './campaign.js';

/** The same campaign through one meter; guards of 5 ms, so that meters of some kHz see the windows apart. */
async function measure(driver: EmulatedMeterDriver): Promise<RunRecord> {
  const bench = await TestBench.make({
    meter: { driver },
    bundles: [packagePath('fixtures', 'bundles', 'paper')],
    strategies: ['big-only', '1BDD'],
    levels: ['24MHz'],
    guardMicroseconds: 5000,
    data: { set: 'synthetic', windows: 48, seed: 3 },
  });
  try {
    const folder = await bench.runFolder();
    const journal = Journal.create(folder);
    await new Campaign(await prepareBench(await loadBench(bench.benchFile)), { id: driver, journal })
      .run()
      .finally(() => journal.close());
    return evaluate(await readJournal(folder));
  } finally {
    await bench.remove();
  }
}

describe('campaigns through the SCPI, INA and Joulescope meters', function () {
  this.timeout(180_000);
  let direct: RunRecord;
  before(async () => {
    direct = await measure('direct');
  });

  for (const driver of ['scpi', 'ina', 'joulescope'] as const) {
    it(`agree with the ideal meter within their uncertainty, or are refused: ${driver}`, async () => {
      const record = await measure(driver);
      const valid = record.blocks.filter(block => block.valid === true);
      const reasons = record.blocks.map(({ strategy, valid }) => `${strategy}: ${valid}`).join('; ');
      expect(
        valid.map(block => block.strategy),
        reasons,
      ).to.include('big-only');
      for (const block of valid) {
        const ideal = direct.blocks.find(({ strategy }) => strategy === block.strategy)?.energyPerWindow_uJ;
        const seen = block.energyPerWindow_uJ;
        if (!ideal || !seen) throw new Error(`${block.strategy} has no energy`);
        expect(Math.abs(seen.value - ideal.value), block.strategy).to.be.at.most(seen.u95 + ideal.u95);
      }
      for (const block of record.blocks) {
        if (block.valid !== true) expect(block.energyPerWindow_uJ, block.strategy).to.equal(null);
      }
      const gated = record.blocks.find(({ strategy }) => strategy === '1BDD');
      if (driver === 'ina') expect(gated?.valid).to.match(/LF_SEGMENTATION|marker states were shorter|edges/);
      if (driver === 'joulescope') expect(gated?.valid).to.equal(true);
    });
  }
});
