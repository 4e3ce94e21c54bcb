/**
 * TensorFlow Lite's fixed-point arithmetic on int32, exact in JavaScript numbers (no BigInt): a product of two int32 needs 62 bits, so
 * one factor is split into 15 low bits and the rest, and every partial result stays below 2^53.
 * Sources: gemmlowp fixedpoint.h; tensorflow/lite/kernels/internal/quantization_util.cc and common.h (double rounding, the default).
 */

const int32Max = 2147483647;
const int32Min = -2147483648;

/** A positive real factor as multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) (0 for factors below 2^-32). */
export interface QuantisedMultiplier {
  multiplier: number;
  /** Positive: left shift before the multiplication; negative: rounding right shift after it. */
  shift: number;
}

/** TFLite's QuantizeMultiplier: the nearest multiplier of 31 bits. */
export function quantiseMultiplier(factor: number): QuantisedMultiplier {
  if (factor === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.max(-1023, Math.floor(Math.log2(factor)) + 1);
  let fraction = factor * 2 ** -shift;
  while (fraction >= 1) {
    fraction /= 2;
    shift++;
  }
  while (fraction < 0.5) {
    fraction *= 2;
    shift--;
  }
  let multiplier = Math.round(fraction * 2147483648);
  if (multiplier === 2147483648) {
    multiplier /= 2;
    shift++;
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift };
}

/** gemmlowp's SaturatingRoundingDoublingHighMul: (a * b + 2^30) >> 31, saturated in the one case that overflows. */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === int32Min && b === int32Min) return int32Max;
  const high = b >> 15;
  const low = b & 32767;
  return Math.floor((a * high + Math.floor((a * low + 1073741824) / 32768)) / 65536);
}

/** gemmlowp's RoundingDivideByPOT: x / 2^exponent, halves away from zero. */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  const mask = 2 ** exponent - 1;
  const threshold = Math.floor(mask / 2) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/** gemmlowp's SaturatingRoundingMultiplyByPOT for a positive exponent: a saturating left shift. */
export function saturatingShiftLeft(x: number, exponent: number): number {
  return Math.min(int32Max, Math.max(int32Min, x * 2 ** exponent));
}

/**
 * TFLite's MultiplyByQuantizedMultiplier: int32 times a quantised multiplier, rounded twice.
 * @param x int32
 * @param multiplier from `quantiseMultiplier`
 * @param shift from `quantiseMultiplier`
 */
export function multiplyByQuantisedMultiplier(x: number, multiplier: number, shift: number): number {
  const shifted = shift > 0 ? Math.imul(x, 1 << shift) : x;
  const product = Math.floor(
    (shifted * (multiplier >> 15) + Math.floor((shifted * (multiplier & 32767) + 1073741824) / 32768)) /
      65536,
  );
  if (shift >= 0) return product;
  const mask = shift === -31 ? int32Max : (1 << -shift) - 1;
  return (product >> -shift) + ((product & mask) > (mask >> 1) + (product < 0 ? 1 : 0) ? 1 : 0);
}

/** C's integer division: towards zero. */
export function divideTowardsZero(numerator: number, denominator: number): number {
  return Math.trunc(numerator / denominator);
}

/** std::round: halves away from zero. */
export function roundHalfAwayFromZero(x: number): number {
  return x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
}
