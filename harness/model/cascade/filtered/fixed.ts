/**
 * Fixed-point functions of the `filtered` cascade, equal bit for bit to `firmware/core/filtered.c`: unsigned 32-bit
 * integers only. Q<n> means n fractional bits.
 */

const log2Segments = 64;

/** log2(1 + i / 64) in Q16, i = 0..64. */
export const log2Table: readonly number[] = Array.from({ length: log2Segments + 1 }, (_, i) =>
  Math.round(Math.log2(1 + i / log2Segments) * 65536),
);

/**
 * log2 of x in Q10, by leading zeros and linear interpolation in a table of 65 entries. Off by at most 0.57 / 1024:
 * half a step of rounding, 4.5e-5 from the chords of the logarithm and 1.6e-5 from the interpolation's own rounding.
 * @param x unsigned 32-bit, at least 1
 */
export function log2Q10(x: number): number {
  const exponent = 31 - Math.clz32(x);
  const mantissa = ((x << (31 - exponent)) >>> 15) & 0xffff;
  const i = mantissa >> 10;
  const low = log2Table[i];
  const q16 = low + (((log2Table[i + 1] - low) * (mantissa & 1023)) >> 10);
  return (exponent << 10) + ((q16 + 32) >> 6);
}

/** Integer square root, rounded down (binary digit by digit). @param x unsigned 32-bit */
export function isqrt(x: number): number {
  let rest = x >>> 0;
  let root = 0;
  for (let bit = 1 << 30; bit !== 0; bit >>>= 2) {
    const trial = root + bit;
    root >>>= 1;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  return root;
}

const sigmoidSegments = 128;

/** 1 / (1 + exp(-x)) in Q15 at x = -8, -7.875 .. 8. */
export const sigmoidTable: readonly number[] = Array.from({ length: sigmoidSegments + 1 }, (_, i) =>
  Math.round(32768 / (1 + Math.exp(8 - i / 8))),
);

/** Logistic function in Q15 of a score in Q8, clamped to -8..8; off by at most 2^-11. */
export function sigmoidQ15(scoreQ8: number): number {
  const at = Math.min(4095, Math.max(0, scoreQ8 + 2048));
  const low = sigmoidTable[at >> 5];
  return low + (((sigmoidTable[(at >> 5) + 1] - low) * (at & 31)) >> 5);
}

/** Likelihood in Q15 of an int8 softmax output (scale 1/256, zero point -128): the middle of its step. */
export function likelihoodQ15(output: number): number {
  return (2 * (output + 128) + 1) * 64;
}

/** Likelihood in Q15 of each of so many classes among which nothing was learnt. */
export function flatLikelihood(classes: number): number {
  return Math.floor(32768 / classes);
}

/** x^1.5 of a Q15 share, in Q15: x * sqrt(x). */
export function power1p5Q15(x: number): number {
  return Math.floor((x * isqrt(x << 15)) / 32768);
}
