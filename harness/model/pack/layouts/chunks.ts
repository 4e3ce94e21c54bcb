import { reachOf } from '../channels/ranges.js';
import type { PlannedStep, ValueRange } from '../step.js';

/**
 * When fields of 16 bits must be flushed: a chunk is a run of filter elements whose products cannot lead a field out of its range,
 * whatever the input (firmware/core/kernels_packed_job.h).
 */

/** Steps that the kernels run without a header between. */
const unrolled = 24;
/** A field starts and restarts at this, */
export const middle = 0x8000;
/** and may add up to no less than this before the next flush, */
const least = -middle;
/** and to no more than this, where a restart keeps 7 bits of it, */
const mostKept = 65535 - middle - 127;
/** or this, where it keeps none. */
export const mostFresh = 65535 - middle;

const int8: readonly ValueRange[] = [[-128, 127]];

export interface Chunk {
  start: number;
  steps: number;
  flushBefore: boolean;
}

/**
 * Places the flushes for one pair of channels: each as late as weights and values allow.
 * @param elements the weights of both channels for each filter element
 * @param ranges of the values that meet element 0, 1, ..., and again from the first on
 * @param most what a field may reach
 */
export function planChunks(
  elements: readonly (readonly number[])[],
  ranges: readonly ValueRange[] = int8,
  most = mostKept,
): Chunk[] {
  const chunks: Chunk[] = [];
  let sums: ValueRange[] = [];
  elements.forEach((weights, index) => {
    const reach = weights.map(weight => reachOf(weight, ranges[index % ranges.length]));
    const next = reach.map(([low, high], channel): ValueRange => {
      const [before, after] = sums[channel] ?? [0, 0];
      return [before + low, after + high];
    });
    const fits = next.every(([low, high]) => low >= least && high <= most);
    sums = fits ? next : reach;
    const chunk = chunks.at(-1);
    if (fits && chunk !== undefined && chunk.steps < unrolled) chunk.steps++;
    else chunks.push({ start: index, steps: 1, flushBefore: !fits });
  });
  return chunks;
}

/**
 * How often `planChunks` flushes, for many pairs of a convolution's output channels.
 * @returns `reach`: how far the sum of a channel's products can vary; `flushes`: of a pair
 */
export function flushCounter(step: PlannedStep): {
  reach: (channel: number) => number;
  flushes: (a: number, b: number) => number;
} {
  const { outC, weights, inputRanges = int8 } = step;
  const count = weights!.values.length / outC;
  const lows = new Int32Array(outC * count);
  const highs = new Int32Array(outC * count);
  weights!.values.forEach((weight, index) => {
    [lows[index], highs[index]] = reachOf(weight, inputRanges[(index % count) % inputRanges.length]);
  });
  const reach = (channel: number): number => {
    let sum = 0;
    for (let i = channel * count; i < (channel + 1) * count; i++) sum += highs[i] - lows[i];
    return sum;
  };
  const known = new Map<number, number>();
  const counted = (a: number, b: number): number => {
    let flushes = 0;
    let [lowA, highA, lowB, highB] = [0, 0, 0, 0];
    for (let i = a * count, j = b * count; i < (a + 1) * count; i++, j++) {
      lowA += lows[i];
      highA += highs[i];
      lowB += lows[j];
      highB += highs[j];
      if (Math.min(lowA, lowB) >= least && Math.max(highA, highB) <= mostKept) continue;
      flushes++;
      [lowA, highA, lowB, highB] = [lows[i], highs[i], lows[j], highs[j]];
    }
    return flushes;
  };
  const flushes = (a: number, b: number): number => {
    const key = Math.min(a, b) * outC + Math.max(a, b);
    const found = known.get(key);
    if (found !== undefined) return found;
    const result = counted(a, b);
    known.set(key, result);
    return result;
  };
  return { reach, flushes };
}
