import { multiplyByQuantisedMultiplier } from '../tflite/fixed-point.js';

/**
 * Channels that a converter left nearly dead: tiny scales, and biases cut off at 2^30. Whatever the input, such a channel takes one value or
 * two. It is given smaller numbers of the same effect, so that the tuned kernels, which bound accumulators and shifts, can run it.
 */

/** What requantises a channel: the value of an accumulator is `zero` + multiplier and shift applied, clamped. */
export interface ChannelScale {
  multiplier: number;
  shift: number;
}

export interface ChannelRange extends ChannelScale {
  /** Smallest and largest accumulator that any input can produce, bias included. */
  low: number;
  high: number;
  zero: number;
  clampMin: number;
  clampMax: number;
}

export interface QuietChannel extends ChannelScale {
  /** Added to every accumulator. With `constant` the accumulator is this alone: the weights do not matter. */
  bias: number;
  constant: boolean;
}

/** Accumulators and right shifts that every tuned kernel takes. */
const boundLimit = 2 ** 28;
const mostShift = 21;
const half: number = 2 ** 30;

/** The smallest accumulator in low..high whose value exceeds `value`; values do not fall. */
function firstAbove(
  countOf: (accumulator: number) => number,
  value: number,
  low: number,
  high: number,
): number {
  let [below, above] = [low, high];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (countOf(middle) > value) above = middle;
    else below = middle;
  }
  return above;
}

/** Whether the tuned kernels need no help with a channel. */
function isLoud({ low, high, multiplier, shift }: ChannelRange): boolean {
  const within = multiplier === 0 || (shift <= -1 && shift >= -mostShift);
  return within && Math.max(Math.abs(low), Math.abs(high)) < boundLimit;
}

/** @returns the smaller numbers, or undefined where none are needed or none found */
export function quietChannel(range: ChannelRange): QuietChannel | undefined {
  if (isLoud(range)) return undefined;
  const { low, high, zero, clampMin, clampMax } = range;
  const countsBy =
    ({ multiplier, shift }: ChannelScale) =>
    (accumulator: number): number =>
      Math.min(
        clampMax,
        Math.max(clampMin, zero + multiplyByQuantisedMultiplier(accumulator, multiplier, shift)),
      );
  const countOf = countsBy(range);
  const [least, most] = [countOf(low), countOf(high)];
  if (least === most) return { bias: 4 * (least - zero), multiplier: half, shift: -1, constant: true };
  if (most !== least + 1) return undefined;
  const threshold = firstAbove(countOf, least, low, high);
  for (let right = 1; right <= mostShift; right++) {
    const scale = { multiplier: half, shift: -right };
    const wide = 2 ** (right + 1);
    const middle = (least - zero) * wide;
    const step = firstAbove(countsBy(scale), least, middle - wide, middle + wide);
    const bias = step - threshold;
    const candidate = countsBy(scale);
    const [first, last] = [low + bias, high + bias];
    const same = candidate(first) === least && candidate(step - 1) === least;
    if (same && candidate(step) === most && candidate(last) === most) {
      const fits = Math.max(Math.abs(first), Math.abs(last)) < boundLimit;
      return fits ? { ...scale, bias, constant: false } : undefined;
    }
  }
  return undefined;
}
