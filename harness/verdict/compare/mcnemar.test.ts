import { expect } from 'chai';
import { mcnemarExact } from './mcnemar.js';

describe('exact McNemar test', () => {
  it('should be the two-sided binomial tail', () => {
    expect(mcnemarExact(0, 0)).to.equal(1);
    expect(mcnemarExact(5, 5)).to.equal(1);
    /* 2 * 2^-6 and 2 * (1 + 10) / 2^10, by hand. */
    expect(mcnemarExact(6, 0)).to.be.closeTo(0.03125, 1e-12);
    expect(mcnemarExact(9, 1)).to.be.closeTo(22 / 1024, 1e-12);
  });

  it('should not care which of the two was better', () => {
    expect(mcnemarExact(3, 17)).to.equal(mcnemarExact(17, 3));
  });

  it('should keep its digits where 2^-n is no double', () => {
    expect(mcnemarExact(1500, 1500)).to.equal(1);
    /* z = (1580 - 1420) / sqrt(3000) = 2.92: p of the normal approximation with continuity correction is 0.0037. */
    expect(mcnemarExact(1580, 1420)).to.be.closeTo(0.0037, 2e-4);
  });
});
