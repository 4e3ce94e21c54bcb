import { expect } from 'chai';
import type { EmulatedMeterDriver } from '../emulator/instruments/open.js';
import type { RunRecord } from '../record/run-record.js';
import { comparedBench, measureOnce } from '../testing/bench/campaign.js';

/** The same campaign through one meter; guards of 5 ms, so that meters of some kHz see the windows apart. */
async function measure(driver: EmulatedMeterDriver): Promise<RunRecord> {
  const { record } = await measureOnce({
    ...comparedBench(driver),
    levels: ['24MHz'],
    guardMicroseconds: 5000,
    data: { set: 'synthetic', windows: 48, seed: 3 },
  });
  return record;
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
