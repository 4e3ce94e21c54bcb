import { expect } from 'chai';
import fc from 'fast-check';
import {
  divideTowardsZero,
  multiplyByQuantisedMultiplier,
  quantiseMultiplier,
  roundHalfAwayFromZero,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
  saturatingShiftLeft,
} from './fixed-point.js';

const int32 = fc.oneof(
  fc.integer({ min: -2147483648, max: 2147483647 }),
  fc.constantFrom(-2147483648, -2147483647, -1, 0, 1, 2147483646, 2147483647),
);

/** The definition in 64-bit integers: add the nudge, divide by 2^31 towards zero. */
function highMulBig(a: number, b: number): number {
  if (a === -2147483648 && b === -2147483648) return 2147483647;
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

/** Rounded division by 2^exponent, halves away from zero, on exact integers. */
function divideBig(x: number, exponent: number): number {
  const half = exponent === 0 ? 0n : 1n << BigInt(exponent - 1);
  const magnitude = BigInt(Math.abs(x)) + half;
  const quotient = Number(magnitude >> BigInt(exponent));
  return x < 0 ? -quotient + 0 : quotient;
}

describe('fixed-point arithmetic', () => {
  it('should multiply high halves exactly as 64-bit integers do', () => {
    fc.assert(
      fc.property(int32, int32, (a, b) => {
        expect(saturatingRoundingDoublingHighMul(a, b)).to.equal(highMulBig(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  it('should divide by powers of two with halves away from zero', () => {
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
        expect(roundingDivideByPowerOfTwo(x, exponent) + 0).to.equal(divideBig(x, exponent));
      }),
      { numRuns: 5000 },
    );
  });

  it('should multiply by a quantised multiplier as high product and rounding shift in turn', () => {
    const multiplier = fc.integer({ min: 1 << 30, max: 2147483647 });
    fc.assert(
      fc.property(int32, multiplier, fc.integer({ min: -31, max: 0 }), (x, m, shift) => {
        const expected = divideBig(highMulBig(x, m), -shift);
        expect(multiplyByQuantisedMultiplier(x, m, shift) + 0).to.equal(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('should shift left before the product for factors of one and more', () => {
    const small = fc.integer({ min: -100000, max: 100000 });
    fc.assert(
      fc.property(small, fc.integer({ min: 1, max: 10 }), (x, shift) => {
        expect(multiplyByQuantisedMultiplier(x, 1 << 30, shift)).to.equal(
          highMulBig(x * 2 ** shift, 1 << 30),
        );
      }),
    );
  });

  it('should quantise a factor to 31 bits', () => {
    expect(quantiseMultiplier(1)).to.deep.equal({ multiplier: 1 << 30, shift: 1 });
    expect(quantiseMultiplier(0.5)).to.deep.equal({ multiplier: 1 << 30, shift: 0 });
    expect(quantiseMultiplier(0)).to.deep.equal({ multiplier: 0, shift: 0 });
    expect(quantiseMultiplier(2 ** -40)).to.deep.equal({ multiplier: 0, shift: 0 });
    expect(quantiseMultiplier(1 - 2 ** -40)).to.deep.equal({ multiplier: 1 << 30, shift: 1 });
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 1e4, noNaN: true }), factor => {
        const { multiplier, shift } = quantiseMultiplier(factor);
        expect(multiplier).to.be.within(1 << 30, 2147483647);
        expect(Math.abs((multiplier * 2 ** (shift - 31)) / factor - 1)).to.be.at.most(2 ** -31);
      }),
    );
  });

  it('should saturate left shifts and round halves away from zero', () => {
    expect(saturatingShiftLeft(1 << 30, 2)).to.equal(2147483647);
    expect(saturatingShiftLeft(-(1 << 30), 2)).to.equal(-2147483648);
    expect(saturatingShiftLeft(-5, 3)).to.equal(-40);
    expect([-2.5, -0.5, 0.5, 1.5, 1.49].map(roundHalfAwayFromZero)).to.deep.equal([-3, -1, 1, 2, 1]);
    expect(divideTowardsZero(-7, 2)).to.equal(-3);
  });
});
