import { expect } from 'chai';
import { studiedMeters, studyCoverage } from './coverage.js';

/** Spans that let a test end soon: windows of some 20 to 200 samples. */
const shortSpans: Record<string, readonly [number, number]> = {
  ppk2: [1e-3, 1e-2],
  joulescope: [1e-3, 1e-2],
};

/** 1 % quantile of a binomial distribution of 60 with 0.95. */
const leastCovered = 53;

describe('coverage of the 95 % intervals', function () {
  this.timeout(120_000);

  for (const meter of studiedMeters) {
    it(`should hold the truth with the ${meter.name}, without padding`, async () => {
      const seconds = shortSpans[meter.name] ?? [6e-3, 6e-2];
      const result = await studyCoverage({ ...meter, seconds }, 60, 77);
      expect(result.cases).to.equal(60);
      expect(result.covered).to.be.at.least(leastCovered);
      expect(result.medianWidthRatio).to.be.within(0.99, 1.5);
    });
  }

  it('should refuse windows that a meter cannot resolve, and say why', async () => {
    for (const name of ['ina', 'scpi']) {
      const meter = studiedMeters.find(one => one.name === name);
      if (meter === undefined) throw new Error(`no study of ${name}`);
      const result = await studyCoverage({ ...meter, seconds: [1e-4, 2e-4] }, 10, 5);
      expect(result.cases, name).to.equal(0);
      const total = Object.values(result.refused).reduce((sum, count) => sum + count, 0);
      expect(total, name).to.equal(50);
      expect(Object.keys(result.refused), name).to.include('segmentation');
    }
  });
});
