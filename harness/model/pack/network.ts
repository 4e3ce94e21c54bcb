import { LittlefirstError } from '../../errors.js';
import { type InputPlan, planInput } from '../bundle/input-plan.js';
import type { BundleDescription } from '../bundle/schema.js';
import { macsOf } from '../tflite/macs.js';
import type { Network } from '../tflite/network.js';
import { checkNetwork } from '../tflite/network-check.js';
import { activationFormat } from '../tflite/quantisation.js';
import { elementCount } from '../tflite/shapes.js';
import { type Buffer, type Lifetime, placeBuffers, rootOf } from './arena.js';
import {
  affineLayout,
  inputLayout,
  inputLayouts,
  inputModes,
  networkFeeds,
  networkLayout,
  stepLayout,
  stepOps,
  windowDtypes,
} from './blob.js';
import { withoutDeadChannels } from './channels/dead.js';
import { withPairedChannels } from './channels/pairing.js';
import { withRanges } from './channels/ranges.js';
import { chooseLayout, type KernelChoice } from './kernels.js';
import { type LoweredNetwork, lowerNetwork, type PlanNode } from './lower.js';
import { type Core, flagsOf, type KernelLayout, type PlannedStep } from './step.js';
import { joinTables } from './tables.js';
import { dutZeroPoint } from './weights.js';

export interface NetworkOptions {
  core: Core;
  /** For every step, or for each by its number in the plan. */
  kernels: KernelChoice | ((step: number) => KernelChoice);
  /** Instead of the core's registered layouts. */
  layouts?: readonly KernelLayout[];
}

/** One network as a blob section. */
export interface PackedNetwork {
  name: string;
  section: Uint8Array;
  /** Bytes of RAM that its activations and scratch take. */
  arenaBytes: number;
  macs: number;
  /** Arena offset of its first input tensor. */
  inputOffset: number;
  /** Steps in order with the kernel chosen for each. */
  steps: { op: string; kernel: string; bytes: number; scratchBytes: number; macs: number }[];
}

/** Cores with kernels for which the order of channels matters. */
const pairing: readonly Core[] = ['m0p', 'm3'];

/** The steps of a network, as a core's kernels want them. */
export function planned(network: Network, core: Core): LoweredNetwork {
  const plan = withRanges(withoutDeadChannels(lowerNetwork(network)));
  return pairing.includes(core) ? withPairedChannels(plan) : plan;
}

interface Laid {
  node: PlanNode;
  layout: KernelLayout | undefined;
  data: Uint8Array;
  scratch: Buffer;
}

/** Whether something wants a network's input beside its output. */
function isReconstructed({ strategies }: BundleDescription, network: string): boolean {
  return strategies.some(
    strategy =>
      strategy.kind === 'score' && strategy.score.of === 'reconstruction' && strategy.network === network,
  );
}

/** Lifetimes of all root buffers: from the step that first writes to the one that last reads; those of `kept` last to the end. */
function lifetimesOf(steps: readonly Laid[], kept: readonly Buffer[]): Lifetime[] {
  const lifetimes = new Map<Buffer, Lifetime>();
  const touch = (buffer: Buffer, step: number): void => {
    const { root } = rootOf(buffer);
    const lifetime = lifetimes.get(root);
    if (lifetime === undefined) lifetimes.set(root, { buffer: root, first: step, last: step });
    else lifetime.last = step;
  };
  steps.forEach(({ node, scratch }, index) => {
    touch(node.output, index);
    if (node.input !== undefined) touch(node.input, index);
    if (node.second !== undefined) touch(node.second, index);
    if (scratch.bytes > 0) touch(scratch, index);
  });
  for (const buffer of kept) touch(buffer, steps.length);
  return [...lifetimes.values()];
}

/** Multiply-adds of a step with weights, 0 of others. */
function stepMacs({ op, convH, convW, outC, inC, kernelH, kernelW, weights }: PlannedStep): number {
  if (weights === undefined) return 0;
  return convH * convW * outC * kernelH * kernelW * (op === 'depthwise' ? 1 : inC);
}

function feedOf({ inputs }: BundleDescription['networks'][number]): keyof typeof networkFeeds {
  if (inputs.some(({ source }) => source === 'features')) return 'features';
  return inputs.some(({ windows }) => windows.includes('previous')) ? 'previous' : 'window';
}

function encodeInput(plan: InputPlan, table: number): Uint8Array {
  return inputLayout.encode({
    windowCount: plan.windows.length,
    channelCount: plan.whole ? 0 : plan.channels.length,
    mode: inputModes[plan.mode],
    layout: inputLayouts[plan.layout],
    windows: plan.windows.map(which => (which === 'previous' ? 1 : 0)),
    channels: plan.whole ? [] : plan.channels,
    table,
  });
}

function encodeStep(
  { node, layout, data, scratch }: Laid,
  place: (buffer: Buffer) => number,
  at: number,
  network: string,
): Uint8Array {
  const { weights: _, constants: __, roundUnsigned: ___, inputRanges: ____, op, ...geometry } = node.step;
  const out = place(node.output);
  const values = {
    ...geometry,
    op: stepOps[op],
    kernel: layout?.id ?? 0,
    flags: flagsOf(node.step),
    inWord: node.binding ?? place(node.input!) / 4,
    in2Word: node.second === undefined ? 0 : place(node.second) / 4,
    outWord: Math.floor(out / 4),
    outByte: out % 4,
    scratchWord: scratch.bytes > 0 ? place(scratch) / 4 : 0,
    scratchWords: Math.ceil(scratch.bytes / 4),
    dataWord: at / 4,
    dataWords: Math.ceil(data.length / 4),
  };
  try {
    return stepLayout.encode(values);
  } catch (cause) {
    throw new LittlefirstError('LF_MODEL_UNSUPPORTED', `${network}: a ${op} step is too large for the DUT`, {
      expected: 'sizes below 65,536, and activations within 256 KB',
      received: (cause as Error).message,
      fields: { network, operator: op },
      cause,
    });
  }
}

/**
 * Plans and serialises one network.
 * @param network as read from its file
 * @param description the bundle: window format
 * @param entry the bundle's entry of this network: name and inputs
 * @throws LF_MODEL_UNSUPPORTED naming the operator, LF_BUNDLE_INVALID when the inputs do not fit the window
 */
export function packNetwork(
  network: Network,
  description: BundleDescription,
  entry: BundleDescription['networks'][number],
  options: NetworkOptions,
): PackedNetwork {
  checkNetwork(network);
  const inputs = network.inputs.map((tensor, position) =>
    planInput(description.window, entry.inputs[position], network.tensors[tensor], entry.name),
  );
  const { nodes, output } = planned(network, options.core);
  const { kernels } = options;
  const steps = nodes.map((node, index): Laid => {
    if (node.binding !== undefined)
      return { node, layout: undefined, data: new Uint8Array(0), scratch: { bytes: 0, offset: 0 } };
    const choice = typeof kernels === 'function' ? kernels(index) : kernels;
    const layout = chooseLayout(node.step, options.core, choice, options.layouts);
    const scratch = { bytes: layout.scratchBytes(node.step), offset: 0 };
    return { node, layout, data: layout.arrange(node.step), scratch };
  });
  const input = steps.find(({ node }) => node.binding === 0)!.node.output;
  const kept = isReconstructed(description, entry.name) ? [output, input] : [output];
  const { offsets, bytes: arenaBytes } = placeBuffers(lifetimesOf(steps, kept));
  const place = (buffer: Buffer): number => {
    const { root, offset } = rootOf(buffer);
    return offsets.get(root)! + offset;
  };

  const inputsOffset = networkLayout.bytes;
  const stepsOffset = inputsOffset + inputs.length * inputLayout.bytes;
  let end = Math.ceil((stepsOffset + steps.length * stepLayout.bytes) / 4) * 4;
  const tables: Uint8Array[] = [];
  const append = (table: Uint8Array): number => {
    const offset = end;
    tables.push(table);
    end += Math.ceil(table.length / 4) * 4;
    return offset;
  };
  const inputRecords = inputs.map(plan =>
    encodeInput(plan, append(joinTables(...plan.affine.map(a => affineLayout.encode(a))))),
  );
  const stepRecords = steps.map(step => encodeStep(step, place, append(step.data), entry.name));

  const format = activationFormat(network.tensors[network.outputs[0]], network.name);
  const header = networkLayout.encode({
    name: entry.name,
    arenaBytes,
    macs: macsOf(network),
    inputCount: inputs.length,
    stepCount: steps.length,
    inputsOffset,
    stepsOffset,
    output: place(output),
    outputCount: elementCount(network.tensors[network.outputs[0]].shape),
    outputDtype: windowDtypes[format.type],
    feed: networkFeeds[feedOf(entry)],
    outputScale: new Uint32Array(Float32Array.of(format.scale).buffer)[0],
    outputZeroPoint: dutZeroPoint(format),
  });
  return {
    name: entry.name,
    section: joinTables(header, ...inputRecords, Buffer.concat(stepRecords), ...tables),
    arenaBytes,
    macs: macsOf(network),
    inputOffset: place(input),
    steps: steps.map(({ node, layout, data, scratch }) => ({
      op: node.step.op,
      kernel: layout?.name ?? 'input',
      bytes: data.length,
      scratchBytes: scratch.bytes,
      macs: stepMacs(node.step),
    })),
  };
}
