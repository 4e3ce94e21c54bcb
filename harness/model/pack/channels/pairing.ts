import type { Buffer } from '../arena.js';
import { flushCounter } from '../layouts/chunks.js';
import type { LoweredNetwork, PlanNode } from '../lower.js';
import type { PlannedStep } from '../step.js';
import { isConv, isPaired, isWeighted, rearranged, soleReader } from './channels.js';

/**
 * The order of the channels between convolutions, which is nobody's business but theirs: the kernels that add up two positions a word
 * take output channels in pairs and flush both whenever one of them must be.
 */

/** Pairs that are tried against each other lie at most so far apart in the order of what their channels can reach. */
const near = 24;
const sweeps = 8;

/**
 * The outputs of a convolution in an order in which neighbours, two and two, need few flushes: channels of like reach together,
 * then exchanged between pairs for as long as that saves flushes. The order that there is stays where none better is found.
 */
export function pairedOutputs(step: PlannedStep): number[] {
  const { reach, flushes } = flushCounter(step);
  const given = Array.from({ length: step.outC }, (_, channel) => channel);
  const order = [...given].sort((a, b) => reach(a) - reach(b) || a - b);
  const pairs = order.length - (order.length % 2);
  let isBetter = true;
  for (let sweep = 0; sweep < sweeps && isBetter; sweep++) {
    isBetter = false;
    for (let i = 0; i < pairs; i += 2)
      for (let j = i + 2; j < Math.min(pairs, i + 2 * near); j += 2) {
        const [a, b, c, d] = [order[i], order[i + 1], order[j], order[j + 1]];
        const now = flushes(a, b) + flushes(c, d);
        const [crossed, mixed] = [flushes(a, c) + flushes(b, d), flushes(a, d) + flushes(b, c)];
        if (Math.min(crossed, mixed) >= now) continue;
        isBetter = true;
        [order[i + 1], order[j], order[j + 1]] = crossed <= mixed ? [c, b, d] : [d, c, b];
      }
  }
  const total = (channels: readonly number[]): number =>
    channels.reduce((sum, a, i) => (i % 2 === 0 ? sum + flushes(a, channels[i + 1] ?? a) : sum), 0);
  return total(order) < total(given) ? order : given;
}

/** The buffers from a convolution to the one that reads it, through depthwise ones; undefined: others read it, too. */
function between(nodes: readonly PlanNode[], writer: PlanNode, last: Buffer): Buffer[] | undefined {
  const reader = soleReader(nodes, writer, last);
  if (reader === undefined) return undefined;
  if (isConv(reader.step)) return [writer.output];
  const further = isPaired(reader.step) ? between(nodes, reader, last) : undefined;
  return further && [writer.output, ...further];
}

/** @param network as `withRanges` returns it */
export function withPairedChannels(network: LoweredNetwork): LoweredNetwork {
  const orders = new Map<Buffer, readonly number[]>();
  const nodes = network.nodes.map((node): PlanNode => {
    if (!isWeighted(node.step)) return node;
    const buffers = isConv(node.step) ? between(network.nodes, node, network.output) : undefined;
    if (buffers !== undefined) {
      const order = pairedOutputs(rearranged({ ...node, output: { bytes: 0, offset: 0 } }, orders).step);
      for (const buffer of buffers) orders.set(buffer, order);
    }
    return rearranged(node, orders);
  });
  return { ...network, nodes };
}
