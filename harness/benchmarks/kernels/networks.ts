/** The networks of the kernel benchmark: the paper's shapes with Gaussian weights, as int8 .tflite files would hold them. */
import { Random } from '../../data/random.js';
import type { BundleDescription } from '../../model/bundle/schema.js';
import type { Activation, Network, Operator, Tensor } from '../../model/tflite/network.js';

export const benchedNetworks = ['big-3in', 'big-1in', 'little'] as const;
export type BenchedNetwork = (typeof benchedNetworks)[number];

interface Shape {
  /** Inputs, each with its own branch of convolutions. */
  branches: number;
  inputChannels: number;
  filters: readonly number[];
  classes: number;
}

const big = [4, 8, 16, 32, 8];
const shapes: Record<BenchedNetwork, Shape> = {
  'big-3in': { branches: 3, inputChannels: 3, filters: big, classes: 6 },
  'big-1in': { branches: 1, inputChannels: 9, filters: big, classes: 6 },
  little: { branches: 1, inputChannels: 3, filters: [4, 4, 2], classes: 2 },
};

const samples = 128;
const channels = 9;
/** Standard deviation of the weights, in counts; clipped to +-127. The reference figures were made with the same. */
const weightDeviation = 36;
const activationScale = 0.05;

class GaussianNetwork {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  readonly inputs: number[] = [];
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  #add(tensor: Tensor): number {
    return this.tensors.push(tensor) - 1;
  }

  activation(shape: number[], zeroPoint: number): number {
    const quantisation = { scales: [activationScale], zeroPoints: [zeroPoint], axis: 0 };
    return this.#add({ name: `activation-${this.tensors.length}`, shape, type: 'int8', quantisation });
  }

  /** Weights and bias; scales differ by channel and are such that outputs use the range and seldom leave it. */
  #weights(shape: number[]): number[] {
    const [filters] = shape;
    const taps = shape.reduce((product, size) => product * size, 1) / filters;
    const spread = weightDeviation * 70 * Math.sqrt(taps);
    const scales = Array.from(
      { length: filters },
      () => (70 / spread) * (0.7 + 0.6 * this.#random.uniform()),
    );
    const data = Int8Array.from({ length: filters * taps }, () =>
      Math.max(-127, Math.min(127, Math.round(this.#random.normal(weightDeviation)))),
    );
    const bias = Int32Array.from({ length: filters }, () => Math.round(this.#random.normal(spread / 2)));
    const zeroPoints = scales.map(() => 0);
    return [
      this.#add({
        ...{ name: `weights-${this.tensors.length}`, shape, type: 'int8', data },
        quantisation: { scales: scales.map(Math.fround), zeroPoints, axis: 0 },
      }),
      this.#add({
        ...{ name: `bias-${this.tensors.length}`, shape: [filters], type: 'int32', data: bias },
        quantisation: {
          scales: scales.map(scale => Math.fround(scale * activationScale)),
          zeroPoints,
          axis: 0,
        },
      }),
    ];
  }

  /** Filter of 3, 'same' padding, ReLU, then the larger of each two positions. */
  convolution(input: number, filters: number): number {
    const [, , length, depth] = this.tensors[input].shape;
    const parameters = this.#weights([filters, 1, 3, depth]);
    const convolved = this.activation([1, 1, length, filters], -128);
    const common = { padding: 'same', strideH: 1, dilationH: 1, dilationW: 1 } as const;
    this.operators.push({
      ...{ kind: 'conv2d', inputs: [input, ...parameters], outputs: [convolved], ...common },
      ...{ strideW: 1, activation: 'relu' as Activation },
    });
    const pooled = this.activation([1, 1, length / 2, filters], -128);
    this.operators.push({
      ...{ kind: 'max-pool2d', inputs: [convolved], outputs: [pooled], padding: 'valid' },
      ...{ strideH: 1, strideW: 2, filterH: 1, filterW: 2, activation: 'none' },
    });
    return pooled;
  }

  /** All branches one behind the other in one vector, and a dense layer without activation. */
  classify(parts: readonly number[], classes: number): number {
    const flat = parts.map(part => {
      const size = this.tensors[part].shape.reduce((product, length) => product * length, 1);
      const vector = this.activation([1, size], -128);
      this.operators.push({ kind: 'reshape', inputs: [part], outputs: [vector] });
      return vector;
    });
    const size = flat.reduce((sum, part) => sum + this.tensors[part].shape[1], 0);
    const joined = flat.length === 1 ? flat[0] : this.activation([1, size], -128);
    if (flat.length > 1)
      this.operators.push({
        kind: 'concatenation',
        inputs: flat,
        outputs: [joined],
        axis: 1,
        activation: 'none',
      });
    const logits = this.activation([1, classes], 0);
    const parameters = this.#weights([classes, size]);
    this.operators.push({
      ...{ kind: 'fully-connected', inputs: [joined, ...parameters], outputs: [logits] },
      ...{ activation: 'none', keepNumDims: false },
    });
    return logits;
  }
}

/** The strategy that always runs one network: a blob needs one. */
export function bigOnly(big: string): BundleDescription['strategies'][number] {
  const policy = { hysteresis: 1, refreshEvery: 0, bigCap: 0, bigCapWindow: 47 };
  return { kind: 'hold', name: 'big-only', big, gate: { type: 'none' }, policy };
}

/** A benchmark network with the bundle that feeds it from one window of 128 x 9 int8. */
export function benchmarkBundle(name: BenchedNetwork): { network: Network; description: BundleDescription } {
  const { branches, inputChannels, filters, classes } = shapes[name];
  const builder = new GaussianNetwork(20 + benchedNetworks.indexOf(name));
  const ends = Array.from({ length: branches }, () => {
    const input = builder.activation([1, 1, samples, inputChannels], 0);
    builder.inputs.push(input);
    return filters.reduce((tensor, count) => builder.convolution(tensor, count), input);
  });
  const output = builder.classify(ends, classes);
  const { tensors, operators, inputs } = builder;
  const description: BundleDescription = {
    ...{
      schema: 'littlefirst.bundle/1',
      name: 'benchmark',
      description: 'kernel benchmark',
      origin: 'made up',
    },
    labels: Array.from({ length: classes }, (_, index) => `class-${index}`),
    window: {
      ...{
        samples,
        channels: Array.from({ length: channels }, (_, index) => `channel-${index}`),
        dtype: 'int8',
      },
      ...{ stride: 64, sampleRateHz: 50 },
      scaling: {
        ...{ method: 'minmax', fittedOn: 'constants' },
        ...{ min: new Array(channels).fill(-1), max: new Array(channels).fill(1) },
      },
    },
    networks: [
      {
        ...{ name, file: `${name}.tflite` },
        inputs: inputs.map((_, branch) => ({
          ...{ windows: ['current'], layout: 'rows' },
          channels: Array.from({ length: inputChannels }, (_, channel) => branch * inputChannels + channel),
        })),
      },
    ],
    strategies: [bigOnly(name)],
  } as BundleDescription;
  return { network: { name, tensors, operators, inputs, outputs: [output] }, description };
}

/** One made-up window. */
export function benchmarkWindow(): Int8Array {
  const random = new Random(77);
  return Int8Array.from({ length: samples * channels }, () => random.integer(-100, 100));
}
