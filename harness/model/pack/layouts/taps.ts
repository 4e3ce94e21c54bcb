import { reachOf } from '../channels/ranges.js';
import type { KernelLayout, PlannedStep } from '../step.js';
import { channelConstants, isFast } from './packed.js';
import {
  besideBytes,
  channelPairs,
  paddedRowsBytes,
  pooledPositions,
  rowsNeeded,
  shiftsWithin,
  words,
} from './pairs.js';

/** Positions that a run computes. */
const run = 8;
const taps = 3;
/** Most input channels of a part. */
const partChannels = 4;
const headBytes = 4 + 2 * partChannels;

/** Whether the sums of an output channel over some input channels fit 16 bits, whatever the window. */
function fits(
  { inC, weights, inputRanges }: PlannedStep,
  output: number,
  inputs: readonly number[],
): boolean {
  let [low, high] = [0, 0];
  for (let tap = 0; tap < taps; tap++) {
    for (const input of inputs) {
      const weight = weights!.values[(output * taps + tap) * inC + input];
      const reach = reachOf(weight, inputRanges?.[input % inputRanges.length] ?? [-128, 127]);
      low += reach[0];
      high += reach[1];
    }
  }
  return low >= -32768 && high <= 32767;
}

/**
 * The input channels of the first part and of the second, such that the sums of both fit for every output channel; all in
 * the first if possible. Undefined if there is no such partition.
 */
function partition(step: PlannedStep): [number[], number[]] | undefined {
  const { inC, outC } = step;
  if (inC > 2 * partChannels) return undefined;
  const inputs = Array.from({ length: inC }, (_, input) => input);
  const outputs = Array.from({ length: outC }, (_, output) => output);
  for (let mask = 2 ** inC - 1; mask > 0; mask--) {
    const first = inputs.filter(input => (mask >> input) & 1);
    const second = inputs.filter(input => !((mask >> input) & 1));
    if (Math.max(first.length, second.length) > partChannels) continue;
    if (outputs.every(output => fits(step, output, first) && fits(step, output, second)))
      return [first, second];
  }
  return undefined;
}

/** Slots of a part's channels: its first slot, then those that end it. */
function slotsOf(part: readonly number[], start: number): number[] {
  return part.map((_, index) => (index === 0 ? start : start + partChannels - part.length + index));
}

/**
 * Cortex-M3, filter 3, stride 1, ReLU, pairs of positions pooled, few input channels; firmware/core/kernels_m3_taps.S.
 * u32 number of input channels of the first part; u8[8] slot of each input channel; per pair of output channels: per
 * input channel, in the order of slots, int8 weights of taps 0, 2, 1, of both outputs each, filled up to 4 bytes; then the
 * constants of both channels as in packed.ts.
 */
export const m3Taps: KernelLayout = {
  id: 36,
  name: 'm3-taps',
  core: 'm3',
  supports(step) {
    const { op, kernelW, strideW, weights } = step;
    if (op !== 'conv' || pooledPositions(step) !== 2 || kernelW !== taps || strideW !== 1) return false;
    if (!isFast(step) || weights!.wide || weights!.accumulatorBound >= 2 ** 28) return false;
    return shiftsWithin(weights!, 0, 21) && partition(step) !== undefined;
  },
  scratchBytes: step => paddedRowsBytes(step, rowsNeeded(step, run)) + besideBytes(step, run / 2),
  arrange(step) {
    const { inC, outC, weights } = step;
    const weight = (output: number, tap: number, input: number): number =>
      output < 0 ? 0 : weights!.values[(output * taps + tap) * inC + input];
    const blockBytes = words(2 * taps * inC) + 32;
    const pairs = channelPairs(outC);
    const parts = partition(step)!;
    const bytes = new Uint8Array(headBytes + pairs.length * blockBytes);
    bytes[0] = parts[0].length;
    parts.forEach((part, index) => {
      for (const [position, slot] of slotsOf(part, index * partChannels).entries())
        bytes[4 + part[position]] = slot;
    });
    pairs.forEach((pair, index) => {
      const order: number[] = [];
      for (const input of parts.flat())
        for (const tap of [0, 2, 1]) order.push(...pair.map(output => weight(output, tap, input)));
      const constants = Int32Array.from(pair.flatMap(channel => channelConstants(step, channel, 0)));
      bytes.set(new Uint8Array(Int8Array.from(order).buffer), headBytes + index * blockBytes);
      bytes.set(new Uint8Array(constants.buffer), headBytes + (index + 1) * blockBytes - 32);
    });
    return bytes;
  },
};
