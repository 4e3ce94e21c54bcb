import { expect } from 'chai';
import { studiedMeters, studyCoverage } from './coverage.js';

describe('coverage of the 95 % intervals', () => {
  for (const meter of studiedMeters) {
    it(`should hold the truth with the ${meter.name}, without padding`, async () => {
      const [shortest] = meter.seconds;
      const result = await studyCoverage({ ...meter, seconds: [shortest, 10 * shortest] }, 300, 77);
      expect(result.covered / result.cases).to.be.at.least(0.93);
      expect(result.medianWidthRatio).to.be.within(0.99, 1.5);
    });
  }
});
