import {
  saturatingRoundingDoublingHighMul as highMul,
  quantiseMultiplier,
  roundingDivideByPowerOfTwo,
  saturatingShiftLeft,
} from '../tflite/fixed-point.js';
import type { Step } from './conv.js';

/**
 * SOFTMAX in fixed point as TFLite's reference kernel computes it for 8-bit in and out (output scale 1/256, zero point at the type's minimum).
 * Source of the algorithm and of its constants: tensorflow/lite/kernels/internal/reference/softmax.h; gemmlowp fixedpoint.h.
 */

/** Integer bits of exp's argument (Q5.26) and of the sum of exponentials (Q12.19). */
const argumentIntegerBits = 5;
const sumIntegerBits = 12;
const int32Max = 2147483647;
/** exp(-1/8) and 1/3 as Q0.31. */
const expOfMinusEighth = 1895147668;
const oneThird = 715827883;
/** exp(-2^k) as Q0.31 for k = -2 .. 4. */
const expOfMinusPowers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];
/** 48/17, -32/17 and 1 as Q2.29: start of the Newton-Raphson division. */
const fortyEightSeventeenths = 1515870810;
const minusThirtyTwoSeventeenths = -1010580540;
const oneInQ2 = 536870912;

/** exp(a) as Q0.31 for a in [-1/4, 0), given as Q0.31: Taylor series to the fourth power around -1/8. */
function expNearZero(a: number): number {
  const x = a + 268435456;
  const x2 = highMul(x, x);
  const x3 = highMul(x2, x);
  const x4 = highMul(x2, x2);
  const quarterX4 = roundingDivideByPowerOfTwo(x4, 2);
  const series = roundingDivideByPowerOfTwo(highMul(quarterX4 + x3, oneThird) + x2, 1);
  return Math.min(int32Max, expOfMinusEighth + highMul(expOfMinusEighth, x + series));
}

/** exp(a) as Q0.31 for a <= 0 given with `integerBits` integer bits, in softmax Q5.26. */
export function expOfNegative(a: number, integerBits = argumentIntegerBits): number {
  if (a === 0) return int32Max;
  const quarterBit = 29 - integerBits;
  const quarter = 1 << quarterBit;
  const reduced = (a & (quarter - 1)) - quarter;
  let result = expNearZero(saturatingShiftLeft(reduced, integerBits));
  const remainder = reduced - a;
  expOfMinusPowers.slice(0, integerBits + 2).forEach((factor, index) => {
    if ((remainder & (1 << (quarterBit + index))) !== 0) result = highMul(result, factor);
  });
  return result;
}

/** 1 / (1 + a) as Q0.31 for a in [0, 1) given as Q0.31: three Newton-Raphson steps in Q2.29. */
export function reciprocalOfOnePlus(a: number): number {
  const halfDenominator = Math.floor((a + int32Max + 1) / 2);
  let x = fortyEightSeventeenths + highMul(halfDenominator, minusThirtyTwoSeventeenths);
  for (let step = 0; step < 3; step++) {
    const rest = oneInQ2 - highMul(halfDenominator, x);
    x += saturatingShiftLeft(highMul(x, rest), 2);
  }
  return saturatingShiftLeft(x, 1);
}

/** Parameters that the firmware needs too. */
export interface SoftmaxParameters {
  multiplier: number;
  shift: number;
  /** Differences to the maximum below this give the smallest output. */
  smallestDifference: number;
}

/** @param inputScale scale of the input counts */
export function softmaxParameters(beta: number, inputScale: number): SoftmaxParameters {
  const factor = Math.min(beta * inputScale * 2 ** (31 - argumentIntegerBits), 2147483647);
  const { multiplier, shift } = quantiseMultiplier(factor);
  const radius = Math.floor(((2 ** argumentIntegerBits - 1) * 2 ** (31 - argumentIntegerBits)) / 2 ** shift);
  return { multiplier, shift, smallestDifference: -radius };
}

/** @param depth length of the last axis, over which the probabilities sum to one */
export function softmaxStep(parameters: SoftmaxParameters, depth: number, low: number, high: number): Step {
  const { multiplier, shift, smallestDifference } = parameters;
  const exponentialOf = (difference: number): number =>
    expOfNegative(highMul(Math.imul(difference, 1 << shift), multiplier));
  return (input, output) => {
    for (let start = 0; start < input.length; start += depth) {
      let largest = input[start];
      for (let i = start; i < start + depth; i++) largest = Math.max(largest, input[i]);
      let sum = 0;
      for (let i = start; i < start + depth; i++) {
        const difference = input[i] - largest;
        if (difference >= smallestDifference) {
          sum = (sum + roundingDivideByPowerOfTwo(exponentialOf(difference), sumIntegerBits)) | 0;
        }
      }
      const headroom = Math.clz32(sum);
      const reciprocal = reciprocalOfOnePlus(((sum << headroom) >>> 0) - 2147483648);
      const exponent = sumIntegerBits - headroom + 31 - 8;
      for (let i = start; i < start + depth; i++) {
        const difference = input[i] - largest;
        const count =
          difference >= smallestDifference
            ? roundingDivideByPowerOfTwo(highMul(reciprocal, exponentialOf(difference)), exponent) + low
            : low;
        output[i] = Math.min(high, Math.max(low, count));
      }
    }
  };
}
