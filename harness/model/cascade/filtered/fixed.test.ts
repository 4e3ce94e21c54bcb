import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fixedTables, tablesFile } from '../../../../firmware/tools/fixed-tables.js';
import { Random } from '../../../data/random.js';
import { isqrt, likelihoodQ15, log2Q10, power1p5Q15, sigmoidQ15 } from './fixed.js';

/** Small and round numbers, their neighbours, and random ones of every size. */
function samples(count: number): number[] {
  const random = new Random(5);
  const edges = Array.from({ length: 32 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]).flat();
  const small = Array.from({ length: 5000 }, (_, i) => i + 1);
  const others = Array.from({ length: count }, () => Math.floor(2 ** (32 * random.uniform())));
  return [...small, ...edges, ...others, 2 ** 32 - 1].filter(x => x >= 1 && x < 2 ** 32);
}

describe('fixed-point functions of the filtered cascade', () => {
  it('should take log2 within 0.57 / 1024', () => {
    const worst = Math.max(...samples(50_000).map(x => Math.abs(log2Q10(x) - Math.log2(x) * 1024)));
    expect(worst).to.be.within(0.5, 0.57);
    expect(log2Q10(1)).to.equal(0);
    expect(log2Q10(2 ** 31)).to.equal(31 * 1024);
  });

  it('should take the integer square root exactly', () => {
    const wrong = [0, ...samples(50_000)].filter(x => isqrt(x) ** 2 > x || (isqrt(x) + 1) ** 2 <= x);
    expect(wrong).to.deep.equal([]);
  });

  it('should take the logistic function within 2^-11, and clamp it beyond -8 and 8', () => {
    let worst = 0;
    for (let score = -5000; score <= 5000; score++) {
      worst = Math.max(worst, Math.abs(sigmoidQ15(score) / 32768 - 1 / (1 + Math.exp(-score / 256))));
    }
    expect(worst).to.be.below(2 ** -11);
    expect(sigmoidQ15(-(2 ** 30))).to.equal(11);
    expect(sigmoidQ15(0)).to.equal(16384);
    expect(sigmoidQ15(2 ** 30)).to.equal(sigmoidQ15(2047));
  });

  it('should raise a share to the power 1.5 within two steps of 2^-15', () => {
    for (let output = -128; output <= 127; output++) {
      const share = likelihoodQ15(output);
      const exact = 32768 * (share / 32768) ** 1.5;
      expect(power1p5Q15(share)).to.be.within(exact - 2, exact);
    }
  });

  it('should keep the firmware header as its tool writes it', () => {
    expect(readFileSync(tablesFile, 'utf8')).to.equal(fixedTables());
  });
});
