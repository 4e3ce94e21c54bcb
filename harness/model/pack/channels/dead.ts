import type { Buffer } from '../arena.js';
import type { LoweredNetwork, PlanNode } from '../lower.js';
import type { PlannedStep } from '../step.js';
import { isConv, isPaired, isWeighted, rearranged, requantised, soleReader, weightAt } from './channels.js';

/**
 * Channels that training left dead: their weights are all zero, so that they have one value whatever the input; or nobody reads them. Such a
 * value goes into the biases of the convolution that reads it, and the channel is not computed, stored or read: bit for bit the same
 * outputs from fewer multiply-adds. Between convolutions and depthwise convolutions only.
 */

/** Kernels like channels in fours; so many stay, dead ones among them. */
const together = 4;

/** The value of each channel that has but one. */
type Constants = readonly (number | undefined)[];

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
  return { ...network, nodes: nodes.map(node => rearranged(node, kept)) };
}
