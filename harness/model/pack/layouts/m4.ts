import type { KernelLayout, PlannedStep } from '../step.js';
import {
  besideBytes,
  channelPairs,
  paddedRowsBytes,
  pooledPositions,
  rightShift,
  rowsNeeded,
  shiftsWithin,
} from './pairs.js';

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

function supportsWindow({ op, kernelW, inC, weights }: PlannedStep): boolean {
  if (op !== 'conv' || kernelW * inC > maxWindowElements) return false;
  return weights!.accumulatorBound < accumulatorLimit && shiftsWithin(weights!, 1, 31);
}

/** Scratch: four windows, widened; then as for all. */
const windowScratch = (step: PlannedStep): number =>
  windowSteps(step.kernelW * step.inC) * run * 4 +
  paddedRowsBytes(step, rowsNeeded(step, run)) +
  besideBytes(step, run / step.poolW);

/** Bits of a bias of the narrow form that hold 32 - shift. */
const shiftBits = 5;
const mostNarrowBias = 2 ** (31 - shiftBits) - 1;

/** Bias and 32 - shift in a word. */
function narrowBias({ weights }: PlannedStep, output: number): number {
  return output < 0 ? 31 : weights!.bias[output] * 2 ** shiftBits + 32 - rightShift(weights!, output);
}

const wideBias = ({ weights }: PlannedStep, output: number): number =>
  output < 0 ? 0 : 2 * weights!.bias[output];

/**
 * The blocks of channel pairs: wide ones have both biases, doubled as the weights are, weights, and both scales; narrow ones both biases with
 * their shifts, weights, and both multipliers.
 * @param weightsOf the words of a pair's weights; `weight` gives those of a channel by element, 0 where there is none
 */
function arrangePairs(
  step: PlannedStep,
  form: 'wide' | 'narrow',
  weightsOf: (pair: readonly number[], weight: (output: number, element: number) => number) => number[],
): Uint8Array {
  const { outC, weights } = step;
  const elements = step.kernelW * step.inC;
  const weight = (output: number, element: number): number =>
    output < 0 || element >= elements ? 0 : weights!.values[output * elements + element];
  const table = channelPairs(outC).flatMap(pair => [
    ...pair.map(output => (form === 'narrow' ? narrowBias(step, output) : wideBias(step, output))),
    ...weightsOf(pair, weight),
    ...pair.flatMap(output => scaleWords(step, output).slice(0, form === 'narrow' ? 1 : 2)),
  ]);
  return new Uint8Array(Int32Array.from(table).buffer);
}

/**
 * Cortex-M4, any filter and stride. Per channel pair: both biases; per step (two filter elements) the weights of both
 * output channels, doubled; both scales.
 */
export const m4Window: KernelLayout = {
  ...{ id: 49, name: 'm4-window', core: 'm4' },
  supports: step => pooledPositions(step) !== undefined && supportsWindow(step),
  scratchBytes: windowScratch,
  arrange: step =>
    arrangePairs(step, 'wide', (pair, weight) =>
      Array.from({ length: windowSteps(step.kernelW * step.inC) }, (_, index) => {
        const element = (index >> 1) * 4 + (index & 1);
        return pair.map(output => halves(2 * weight(output, element), 2 * weight(output, element + 2)));
      }).flat(),
    ),
};

/** The same with half the weight bytes, for what rarely runs: per four filter elements a word of int8 weights of each output channel. */
export const m4Narrow: KernelLayout = {
  ...{ id: 53, name: 'm4-narrow', core: 'm4' },
  supports: step =>
    pooledPositions(step) !== undefined &&
    supportsWindow(step) &&
    !step.weights!.wide &&
    step.weights!.bias.every(bias => Math.abs(bias) <= mostNarrowBias),
  scratchBytes: windowScratch,
  arrange: step =>
    arrangePairs(step, 'narrow', (pair, weight) =>
      Array.from({ length: windowSteps(step.kernelW * step.inC) / 2 }, (_, quad) =>
        pair.map(
          output => new Int32Array(Int8Array.from([0, 1, 2, 3], i => weight(output, 4 * quad + i)).buffer)[0],
        ),
      ).flat(),
    ),
};
