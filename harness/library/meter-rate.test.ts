import { expect } from 'chai';
import { meterDrivers } from '../campaign/bench/meter-schema.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { checkMeter } from './meters.js';

/** No instrument's own. */
const oddHertz = 777;
const seconds = 0.5;

describe('the sample rate of a meter', () => {
  for (const driver of meterDrivers.filter(name => name !== 'none'))
    it(`${driver}: what it samples at is told, and what was asked for where that is something else`, async () => {
      const bench = await TestBench.make({ meter: { driver, sampleRateHz: oddHertz } });
      try {
        const { identity, result } = await checkMeter({
          bench: bench.benchFile,
          resistor: 330,
          seconds,
        });
        const { sampleRateHz, askedSampleRateHz } = identity;
        expect(sampleRateHz).to.be.above(0);
        /* The exact meter tells a sample per constant stretch, and has no rate to keep. */
        if (driver !== 'direct')
          expect(result.samples / seconds).to.be.closeTo(sampleRateHz!, 0.02 * sampleRateHz! + 1 / seconds);
        const isAnother = Math.abs(sampleRateHz! / oddHertz - 1) > 1e-3;
        expect(askedSampleRateHz).to.equal(isAnother ? oddHertz : undefined);
      } finally {
        await bench.remove();
      }
    });
});
