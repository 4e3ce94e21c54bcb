/** Integer decisions that gates are made of. Pure functions. */

/** Index of the largest value; of equal values the first. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index] > values[best]) best = index;
  }
  return best;
}

/** Winner minus the largest of the other values (0 when two share the maximum). Needs at least two values. */
export function leadOverRunnerUp(values: ArrayLike<number>): number {
  const winner = argmax(values);
  let runnerUp = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    if (index !== winner && values[index] > runnerUp) runnerUp = values[index];
  }
  return values[winner] - runnerUp;
}

/**
 * Sum of |a - b| over all samples of some channels, in counts.
 * @param a one window, samples x channelCount, row-major
 * @param b another of the same shape
 * @param channels columns to compare
 */
export function distanceL1(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  channels: readonly number[],
  channelCount: number,
): number {
  let sum = 0;
  for (let row = 0; row < a.length; row += channelCount) {
    for (const channel of channels) sum += Math.abs(a[row + channel] - b[row + channel]);
  }
  return sum;
}
