import {
  multiplyByQuantisedMultiplier,
  quantiseMultiplier,
  roundingDivideByPowerOfTwo,
} from '../tflite/fixed-point.js';
import type { Operator, Unary } from '../tflite/network.js';
import type { ActivationFormat } from '../tflite/quantisation.js';
import { expOfNegative, reciprocalOfOnePlus } from './softmax.js';

export function isUnary(operator: Operator): operator is Unary {
  return operator.kind === 'logistic' || operator.kind === 'quantize';
}

/** Integer bits of the argument of LOGISTIC (Q4.27). */
const argumentBits = 4;
const int32Max = 2147483647;

/** 1 / (1 + exp(-a)) as Q0.31 for a as Q4.27; gemmlowp's logistic. */
function logistic(a: number): number {
  if (a === 0) return 1 << 30;
  const positive = reciprocalOfOnePlus(expOfNegative(-Math.abs(a), argumentBits));
  return a > 0 ? positive : int32Max - positive;
}

/**
 * What LOGISTIC makes of each count of its input, from the lowest of the type: TFLite's fixed-point form (reference_integer_ops::Logistic), output
 * scale 1/256 from the type's minimum.
 */
export function logisticTable(input: ActivationFormat, output: ActivationFormat): Int16Array {
  const { multiplier, shift } = quantiseMultiplier(input.scale * 2 ** (31 - argumentBits));
  const radius = Math.floor(((2 ** argumentBits - 1) * 2 ** (31 - argumentBits)) / 2 ** shift);
  return Int16Array.from({ length: 256 }, (_, index) => {
    const value = index + input.low - input.zeroPoint;
    if (value <= -radius) return output.low;
    if (value >= radius) return output.high;
    const result = logistic(multiplyByQuantisedMultiplier(value, multiplier, shift));
    return Math.min(output.high, roundingDivideByPowerOfTwo(result, 31 - 8) + output.low);
  });
}

/** What QUANTIZE makes of each count of an 8-bit input, from the lowest of the type (TFLite's Requantize). */
export function requantisationTable(input: ActivationFormat, output: ActivationFormat): Int16Array {
  const { multiplier, shift } = quantiseMultiplier(input.scale / output.scale);
  return Int16Array.from({ length: 256 }, (_, index) => {
    const value = multiplyByQuantisedMultiplier(index + input.low - input.zeroPoint, multiplier, shift);
    return Math.min(output.high, Math.max(output.low, value + output.zeroPoint));
  });
}
