import type { Random } from '../../data/random.js';

/** Bits of one value of a window. */
export type ValueBits = 8 | 16;

/**
 * A window as the core of an undervolted chip computes on it: each value is wrong with probability `share`, in one bit. The uppermost bit
 * is hit in every second wrong value, each lower one half as often: results that come too late are those of the longest carry
 * chains. The distribution is an assumption, like the share (`undervoltErrorShare`); it serves fault injection only.
 * @param bytes the window as it goes over the line, little-endian; not changed
 * @returns a copy
 */
export function undervoltedWindow(
  bytes: Uint8Array,
  bits: ValueBits,
  share: number,
  random: Random,
): Uint8Array {
  const copy = bytes.slice();
  const width = bits / 8;
  for (let value = 0; value < copy.length; value += width) {
    if (random.uniform() >= share) continue;
    const fromTop = Math.min(bits - 1, Math.floor(-Math.log2(1 - random.uniform())));
    const bit = bits - 1 - fromTop;
    copy[value + (bit >> 3)] ^= 1 << (bit & 7);
  }
  return copy;
}
