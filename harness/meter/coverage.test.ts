import { expect } from 'chai';
import { studiedMeters, studyCoverage } from './coverage.js';

describe('coverage of the 95 % intervals', () => {
  for (const meter of studiedMeters) {
    it(`should hold the truth with the ${meter.name}, without padding`, async () => {
      const [shortest] = meter.seconds;
      const result = await studyCoverage({ ...meter, seconds: [shortest, 20 * shortest] }, 100, 3);
      expect(result.covered).to.be.at.least(93);
      expect(result.medianWidthRatio).to.be.within(0.99, 1.5);
    });
  }
});
