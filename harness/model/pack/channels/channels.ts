import { multiplyByQuantisedMultiplier } from '../../tflite/fixed-point.js';
import type { Buffer } from '../arena.js';
import type { PlanNode } from '../lower.js';
import type { PlannedStep, StepWeights } from '../step.js';

/** What those share that look at, leave out or reorder single channels of convolutions. */

export const isConv = ({ op }: PlannedStep): boolean => op === 'conv';
/** A depthwise convolution of as many outputs as inputs: channels stay what they are. */
export const isPaired = ({ op, inC, outC }: PlannedStep): boolean => op === 'depthwise' && inC === outC;

export function requantised(step: PlannedStep, channel: number, accumulator: number): number {
  const { multipliers, shifts } = step.weights!;
  const value = multiplyByQuantisedMultiplier(accumulator, multipliers[channel], shifts[channel]);
  return Math.min(step.clampMax, Math.max(step.clampMin, step.outZero + value));
}

/** Index of a weight. `input` is 0 for a depthwise convolution. */
export function weightAt(step: PlannedStep, output: number, tap: number, input: number): number {
  const { op, kernelH, kernelW, inC, outC } = step;
  return op === 'conv' ? (output * kernelH * kernelW + tap) * inC + input : tap * outC + output;
}

/** A step's weights for some of its inputs and outputs. */
function reduced(step: PlannedStep, inputs: readonly number[], outputs: readonly number[]): StepWeights {
  const taps = Array.from({ length: step.kernelH * step.kernelW }, (_, tap) => tap);
  const weights = step.weights!;
  const indices = isConv(step)
    ? outputs.flatMap(output => taps.flatMap(tap => inputs.map(input => weightAt(step, output, tap, input))))
    : taps.flatMap(tap => outputs.map(output => weightAt(step, output, tap, 0)));
  return {
    ...weights,
    values: Int16Array.from(indices, index => weights.values[index]),
    bias: Int32Array.from(outputs, output => weights.bias[output]),
    multipliers: Int32Array.from(outputs, output => weights.multipliers[output]),
    shifts: Int32Array.from(outputs, output => weights.shifts[output]),
  };
}

export const isWeighted = ({ op }: PlannedStep): boolean => op === 'conv' || op === 'depthwise';

/** The one reader of a buffer that holds what a convolution made and nothing else, if it is a convolution of the same channels. */
export function soleReader(nodes: readonly PlanNode[], writer: PlanNode, last: Buffer): PlanNode | undefined {
  const buffer = writer.output;
  const shared = buffer === last || buffer.parent !== undefined;
  const writers = nodes.filter(({ output }) => output === buffer || output.parent === buffer);
  const readers = nodes.filter(({ input, second }) => input === buffer || second === buffer);
  if (shared || writers.length !== 1 || readers.length !== 1) return undefined;
  const [reader] = readers;
  const same = isWeighted(reader.step) && reader.step.inC === writer.step.outC;
  return same && reader.second === undefined ? reader : undefined;
}

/**
 * A step for other channels of what it reads and writes. Its output buffer is made smaller if it loses channels.
 * @param kept for buffers: which of their channels there are, in their order
 */
export function rearranged(node: PlanNode, kept: ReadonlyMap<Buffer, readonly number[]>): PlanNode {
  const { step, input, output } = node;
  if (!isWeighted(step)) return node;
  const all = (count: number): number[] => Array.from({ length: count }, (_, channel) => channel);
  const outputs = kept.get(output);
  const inputs = kept.get(input!);
  if (outputs === undefined && inputs === undefined) return node;
  const weights = reduced(step, inputs ?? all(step.inC), outputs ?? all(step.outC));
  if (outputs !== undefined) output.bytes = (output.bytes / step.outC) * outputs.length;
  const inC = inputs?.length ?? step.inC;
  const outC = outputs?.length ?? step.outC;
  const ranges = step.inputRanges;
  const inputRanges = inputs === undefined ? ranges : ranges && inputs.map(channel => ranges[channel]);
  return { ...node, step: { ...step, inC, outC, weights, inputRanges } };
}
