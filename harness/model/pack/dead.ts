import { multiplyByQuantisedMultiplier } from '../tflite/fixed-point.js';
import type { Buffer } from './arena.js';
import type { LoweredNetwork, PlanNode } from './lower.js';
import type { PlannedStep, StepWeights } from './step.js';

/**
 * Channels that training left dead: their weights are all zero, so that they have one value whatever the input; or nobody reads them. Such a
 * value goes into the biases of the convolution that reads it, and the channel is not computed, stored or read: bit for bit the same
 * outputs from fewer multiply-adds. Between convolutions and depthwise convolutions only.
 */

/** Kernels like channels in fours; so many stay, dead ones among them. */
const together = 4;

/** The value of each channel that has but one. */
type Constants = readonly (number | undefined)[];

const isConv = ({ op }: PlannedStep): boolean => op === 'conv';
/** A depthwise convolution of as many outputs as inputs: channels stay what they are. */
const isPaired = ({ op, inC, outC }: PlannedStep): boolean => op === 'depthwise' && inC === outC;

function requantised(step: PlannedStep, channel: number, accumulator: number): number {
  const { multipliers, shifts } = step.weights!;
  const value = multiplyByQuantisedMultiplier(accumulator, multipliers[channel], shifts[channel]);
  return Math.min(step.clampMax, Math.max(step.clampMin, step.outZero + value));
}

/** Which taps of the filter lie within the input, for every position that differs in that. */
function coverage(
  size: number,
  outputs: number,
  kernel: number,
  stride: number,
  before: number,
): boolean[][] {
  const patterns = new Map<string, boolean[]>();
  for (let position = 0; position < outputs; position++) {
    const inside = Array.from({ length: kernel }, (_, tap) => {
      const at = position * stride + tap - before;
      return at >= 0 && at < size;
    });
    patterns.set(inside.join(), inside);
  }
  return [...patterns.values()];
}

function coverages(step: PlannedStep): { rows: boolean[][]; columns: boolean[][] } {
  return {
    rows: coverage(step.inH, step.convH, step.kernelH, step.strideH, step.padTop),
    columns: coverage(step.inW, step.convW, step.kernelW, step.strideW, step.padLeft),
  };
}

/** Index of a weight. `input` is 0 for a depthwise convolution. */
function weightAt(step: PlannedStep, output: number, tap: number, input: number): number {
  const { op, kernelH, kernelW, inC, outC } = step;
  return op === 'conv' ? (output * kernelH * kernelW + tap) * inC + input : tap * outC + output;
}

/** A convolution with what its constant inputs contribute in the biases, where padding does not make a difference. */
function folded(step: PlannedStep, inputs: Constants): PlannedStep {
  const { rows, columns } = coverages(step);
  const padded = [...rows, ...columns].some(pattern => pattern.includes(false));
  const fixed = inputs.flatMap((value, channel) =>
    value === undefined || (padded && value !== step.inZero) ? [] : [[channel, value] as const],
  );
  if (fixed.length === 0) return step;
  const values = step.weights!.values.slice();
  const bias = step.weights!.bias.slice();
  for (let output = 0; output < step.outC; output++)
    for (let tap = 0; tap < step.kernelH * step.kernelW; tap++)
      for (const [channel, value] of fixed) {
        const index = weightAt(step, output, tap, channel);
        bias[output] += value * values[index];
        values[index] = 0;
      }
  return { ...step, weights: { ...step.weights!, values, bias } };
}

function tapsOf(step: PlannedStep, output: number): number[] {
  const inputs = isConv(step) ? step.inC : 1;
  return Array.from({ length: step.kernelH * step.kernelW * inputs }, (_, index) => {
    const at = weightAt(step, output, Math.floor(index / inputs), index % inputs);
    return step.weights!.values[at];
  });
}

/** The value of a depthwise channel whose input is `value` everywhere, if it is the same at every position. */
function ofConstant(step: PlannedStep, channel: number, value: number): number | undefined {
  const taps = tapsOf(step, channel);
  const { rows, columns } = coverages(step);
  const results = new Set<number>();
  for (const row of rows)
    for (const column of columns) {
      const sum = taps.reduce((total, weight, tap) => {
        const inside = row[Math.floor(tap / step.kernelW)] && column[tap % step.kernelW];
        return total + weight * (inside ? value : step.inZero);
      }, step.weights!.bias[channel]);
      results.add(requantised(step, channel, sum));
    }
  return results.size === 1 ? [...results][0] : undefined;
}

function constantsOf(step: PlannedStep, inputs: Constants): Constants {
  return Array.from({ length: step.outC }, (_, channel) => {
    if (tapsOf(step, channel).every(weight => weight === 0))
      return requantised(step, channel, step.weights!.bias[channel]);
    const value = isPaired(step) ? inputs[channel] : undefined;
    return value === undefined ? undefined : ofConstant(step, channel, value);
  });
}

/** The channels of a buffer that its readers need; undefined: all. */
function neededBy(reader: PlanNode, kept: ReadonlyMap<Buffer, readonly number[]>): Set<number> | undefined {
  const { step, output } = reader;
  const outputs = kept.get(output) ?? Array.from({ length: step.outC }, (_, channel) => channel);
  if (isPaired(step)) return kept.has(output) ? new Set(outputs) : undefined;
  if (!isConv(step)) return undefined;
  const needed = new Set<number>();
  for (const channel of outputs)
    tapsOf(step, channel).forEach((weight, index) => {
      if (weight !== 0) needed.add(index % step.inC);
    });
  return needed;
}

/** The channels that stay, in order: those needed and some more; undefined: all. */
function stay(needed: ReadonlySet<number>, count: number): number[] | undefined {
  const wanted = Math.max(together, Math.ceil(needed.size / together) * together);
  if (wanted >= count) return undefined;
  const others = Array.from({ length: count }, (_, channel) => channel).filter(c => !needed.has(c));
  return [...needed, ...others.slice(0, wanted - needed.size)].sort((a, b) => a - b);
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

const isWeighted = ({ op }: PlannedStep): boolean => op === 'conv' || op === 'depthwise';

/** The one reader of a buffer that holds what a convolution made and nothing else, if it is a convolution of the same channels. */
function soleReader(nodes: readonly PlanNode[], writer: PlanNode, last: Buffer): PlanNode | undefined {
  const buffer = writer.output;
  const shared = buffer === last || buffer.parent !== undefined;
  const writers = nodes.filter(({ output }) => output === buffer || output.parent === buffer);
  const readers = nodes.filter(({ input, second }) => input === buffer || second === buffer);
  if (shared || writers.length !== 1 || readers.length !== 1) return undefined;
  const [reader] = readers;
  const same = isWeighted(reader.step) && reader.step.inC === writer.step.outC;
  return same && reader.second === undefined ? reader : undefined;
}

/** Whether channels of what a step writes can be left out: a depthwise convolution then reads fewer, too. */
function isReducible(nodes: readonly PlanNode[], node: PlanNode, last: Buffer): boolean {
  if (!isPaired(node.step)) return isConv(node.step);
  const writer = nodes.find(({ output }) => output === node.input);
  if (writer === undefined || !isWeighted(writer.step)) return false;
  return soleReader(nodes, writer, last) === node && isReducible(nodes, writer, last);
}

/**
 * The plan without dead channels. Buffers of `network` that lose channels are made smaller.
 * @param network as `lowerNetwork` returns it
 */
export function withoutDeadChannels(network: LoweredNetwork): LoweredNetwork {
  const constants = new Map<Buffer, Constants>();
  const nodes = network.nodes.map((node): PlanNode => {
    if (!isWeighted(node.step)) return node;
    const known = constants.get(node.input!);
    const inputs = known?.length === node.step.inC ? known : new Array<undefined>(node.step.inC);
    const step = isConv(node.step) ? folded(node.step, Array.from(inputs)) : node.step;
    if (node.output.parent === undefined) constants.set(node.output, constantsOf(step, inputs));
    return { ...node, step };
  });
  const kept = new Map<Buffer, readonly number[]>();
  for (const node of [...nodes].reverse()) {
    if (!isWeighted(node.step) || !isReducible(nodes, node, network.output)) continue;
    const reader = soleReader(nodes, node, network.output);
    const needed = reader === undefined ? undefined : neededBy(reader, kept);
    const channels = needed === undefined ? undefined : stay(needed, node.step.outC);
    if (channels !== undefined) kept.set(node.output, channels);
  }
  return { ...network, nodes: nodes.map(node => shrunk(node, kept)) };
}

function shrunk(node: PlanNode, kept: ReadonlyMap<Buffer, readonly number[]>): PlanNode {
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
  return { ...node, step: { ...step, inC, outC, weights } };
}
