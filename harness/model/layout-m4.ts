import {
  besideBytes,
  channelPairs,
  paddedRowsBytes,
  pooledPositions,
  rightShift,
  rowsNeeded,
  shiftsWithin,
} from './layout-pairs.js';
import type { KernelLayout, PlannedStep } from './pack-kernels.js';

/** Positions that the Cortex-M4 kernels compute at a time. */
const run = 4;
/** Weights and biases are doubled, see firmware/core/kernels_m4_conv3.S. */
const accumulatorLimit = 2 ** 30;

const conv3Steps = (inC: number): number => Math.ceil(inC / 4) * 2;

/** Two int16 in a word, the first in the lower half. */
const halves = (low: number, high: number): number => (low & 0xffff) | (high << 16);

/** Multiplier and -2^(32 - shift) of a channel, as SMMULR and SMMLSR want them. */
export function scaleWords(step: PlannedStep, channel: number): [number, number] {
  if (channel < 0) return [0, -(2 ** 31)];
  return [step.weights!.multipliers[channel], -(2 ** (32 - rightShift(step.weights!, channel)))];
}

/**
 * Cortex-M4, filter 3, stride 1. Per channel pair: both biases; per step (two input channels) and tap the weights of
 * both output channels; both scales. A step has channels 4q, 4q + 2 or 4q + 1, 4q + 3: what SXTB16 takes from a word.
 */
export const m4Conv3: KernelLayout = {
  id: 48,
  name: 'm4-conv3',
  core: 'm4',
  supports(step) {
    const { op, kernelW, strideW, inC, weights } = step;
    if (op !== 'conv' || pooledPositions(step) === undefined || kernelW !== 3 || strideW !== 1 || inC > 32)
      return false;
    return weights!.accumulatorBound < accumulatorLimit && shiftsWithin(weights!, 1, 31);
  },
  scratchBytes: step => paddedRowsBytes(step, rowsNeeded(step, run)) + besideBytes(step, run / step.poolW),
  arrange(step) {
    const { inC, outC, weights } = step;
    const weight = (output: number, tap: number, input: number): number =>
      output < 0 || input >= inC ? 0 : 2 * weights!.values[(output * 3 + tap) * inC + input];
    const table: number[] = [];
    for (const pair of channelPairs(outC)) {
      for (const output of pair) table.push(output < 0 ? 0 : 2 * weights!.bias[output]);
      for (let index = 0; index < conv3Steps(inC); index++) {
        const input = (index >> 1) * 4 + (index & 1);
        for (let tap = 0; tap < 3; tap++)
          for (const output of pair)
            table.push(halves(weight(output, tap, input), weight(output, tap, input + 2)));
      }
      for (const output of pair) table.push(...scaleWords(step, output));
    }
    return new Uint8Array(Int32Array.from(table).buffer);
  },
};

/** Filter elements in the order of `sxtb16`: of each four the first and third, then the second and fourth. */
const windowSteps = (elements: number): number => Math.ceil(elements / 4) * 2;
const maxWindowElements = 4096;

/**
 * Cortex-M4, any filter and stride. Per channel pair: both biases; per step (two filter elements) the weights of both
 * output channels; both scales.
 */
export const m4Window: KernelLayout = {
  id: 49,
  name: 'm4-window',
  core: 'm4',
  supports(step) {
    const { op, kernelW, inC, weights } = step;
    if (op !== 'conv' || pooledPositions(step) === undefined || kernelW * inC > maxWindowElements)
      return false;
    return weights!.accumulatorBound < accumulatorLimit && shiftsWithin(weights!, 1, 31);
  },
  scratchBytes: step =>
    windowSteps(step.kernelW * step.inC) * run * 4 +
    paddedRowsBytes(step, rowsNeeded(step, run)) +
    besideBytes(step, run / step.poolW),
  arrange(step) {
    const { outC, weights } = step;
    const elements = step.kernelW * step.inC;
    const weight = (output: number, element: number): number =>
      output < 0 || element >= elements ? 0 : 2 * weights!.values[output * elements + element];
    const table: number[] = [];
    for (const pair of channelPairs(outC)) {
      for (const output of pair) table.push(output < 0 ? 0 : 2 * weights!.bias[output]);
      for (let index = 0; index < windowSteps(elements); index++) {
        const element = (index >> 1) * 4 + (index & 1);
        for (const output of pair) table.push(halves(weight(output, element), weight(output, element + 2)));
      }
      for (const output of pair) table.push(...scaleWords(step, output));
    }
    return new Uint8Array(Int32Array.from(table).buffer);
  },
};
