/**
 * Networks of the shapes and operators of the MLPerf Tiny reference models, with Gaussian weights: stand-ins where the files are not at hand.
 * Shapes: mlcommons/tiny, benchmark/training.
 */
import { Random } from '../../data/random.js';
import type { BundleDescription } from '../../model/bundle/schema.js';
import type { Activation, Network, Operator, Tensor } from '../../model/tflite/network.js';
import { convolve, elementCount } from '../../model/tflite/shapes.js';

export const tinyNames = ['kws', 'ic', 'vww', 'ad', 'sww'] as const;
export type TinyName = (typeof tinyNames)[number];

/** The reference files, and how a window of the bundle holds an input: rows and values of a row. */
export const tinyFiles: Record<
  TinyName,
  { file: string; samples: number; channels: number; labels: number }
> = {
  kws: { file: 'kws_ref_model.tflite', samples: 49, channels: 10, labels: 12 },
  ic: { file: 'pretrainedResnet_quant.tflite', samples: 32 * 32, channels: 3, labels: 10 },
  vww: { file: 'vww_96_int8.tflite', samples: 96 * 96, channels: 3, labels: 2 },
  ad: { file: 'ad01_int8.tflite', samples: 1, channels: 640, labels: 2 },
  sww: { file: 'str_ww_ref_model.tflite', samples: 30, channels: 40, labels: 3 },
};

const activationScale = 0.05;
const weightDeviation = 36;

interface ConvOptions {
  stride?: [number, number];
  padding?: 'same' | 'valid';
  activation?: Activation;
}

class TinyNetwork {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  #add(tensor: Tensor): number {
    return this.tensors.push(tensor) - 1;
  }

  activation(shape: number[], zeroPoint: number, scale = activationScale): number {
    const quantisation = { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
    return this.#add({ name: `activation-${this.tensors.length}`, shape, type: 'int8', quantisation });
  }

  /** Weights and biases; scales are such that outputs use the range and seldom leave it. */
  #weights(shape: number[], filters: number, axis: number, perChannel: boolean): number[] {
    const count = elementCount(shape);
    const spread = weightDeviation * 70 * Math.sqrt(count / filters);
    const scales = Array.from({ length: perChannel ? filters : 1 }, () =>
      Math.fround((70 / spread) * (0.7 + 0.6 * this.#random.uniform())),
    );
    const zeroPoints = scales.map(() => 0);
    const data = Int8Array.from({ length: count }, () =>
      Math.max(-127, Math.min(127, Math.round(this.#random.normal(weightDeviation)))),
    );
    const bias = Int32Array.from({ length: filters }, () => Math.round(this.#random.normal(spread / 2)));
    return [
      this.#add({
        ...{ name: `weights-${this.tensors.length}`, shape, type: 'int8', data },
        quantisation: { scales, zeroPoints, axis },
      }),
      this.#add({ name: `bias-${this.tensors.length}`, shape: [filters], type: 'int32', data: bias }),
    ];
  }

  #convolve(
    kind: 'conv2d' | 'depthwise-conv2d',
    input: number,
    filters: number,
    size: [number, number],
    options: ConvOptions,
  ): number {
    const { stride = [1, 1], padding = 'same', activation = 'relu' } = options;
    const [, height, width, channels] = this.tensors[input].shape;
    const depthwise = kind === 'depthwise-conv2d';
    const shape = depthwise ? [1, ...size, filters] : [filters, ...size, channels];
    const parameters = this.#weights(shape, filters, depthwise ? 3 : 0, true);
    const rows = convolve(padding, height, size[0], stride[0]).outputSize;
    const columns = convolve(padding, width, size[1], stride[1]).outputSize;
    const output = this.activation([1, rows, columns, filters], activation === 'none' ? 4 : -128);
    const common = {
      ...{ inputs: [input, ...parameters], outputs: [output], padding, activation },
      ...{ strideH: stride[0], strideW: stride[1], dilationH: 1, dilationW: 1 },
    };
    this.operators.push(
      depthwise ? { kind: 'depthwise-conv2d', depthMultiplier: 1, ...common } : { kind: 'conv2d', ...common },
    );
    return output;
  }

  conv(input: number, filters: number, size: [number, number], options: ConvOptions = {}): number {
    return this.#convolve('conv2d', input, filters, size, options);
  }

  depthwise(input: number, size: [number, number], options: ConvOptions = {}): number {
    return this.#convolve('depthwise-conv2d', input, this.tensors[input].shape[3], size, options);
  }

  add(first: number, second: number): number {
    const output = this.activation(this.tensors[first].shape, -128, 0.06);
    this.operators.push({ kind: 'add', activation: 'relu', inputs: [first, second], outputs: [output] });
    return output;
  }

  /** Over all positions. */
  averagePool(input: number): number {
    const [, filterH, filterW, channels] = this.tensors[input].shape;
    const output = this.activation([1, 1, 1, channels], -128);
    this.tensors[output].quantisation = this.tensors[input].quantisation;
    this.operators.push({
      ...{ kind: 'average-pool2d', padding: 'valid', strideH: filterH, strideW: filterW, filterH, filterW },
      ...{ activation: 'none', inputs: [input], outputs: [output] },
    });
    return output;
  }

  flatten(input: number): number {
    const { shape, quantisation } = this.tensors[input];
    const output = this.activation([1, elementCount(shape)], 0);
    this.tensors[output].quantisation = quantisation;
    this.operators.push({ kind: 'reshape', inputs: [input], outputs: [output] });
    return output;
  }

  dense(input: number, units: number, activation: Activation): number {
    const parameters = this.#weights([units, elementCount(this.tensors[input].shape)], units, 0, false);
    const output = this.activation([1, units], activation === 'none' ? 10 : -128);
    const inputs = [input, ...parameters];
    this.operators.push({
      kind: 'fully-connected',
      activation,
      keepNumDims: false,
      inputs,
      outputs: [output],
    });
    return output;
  }

  softmax(input: number): number {
    const output = this.activation(this.tensors[input].shape, -128, 1 / 256);
    this.operators.push({ kind: 'softmax', beta: 1, inputs: [input], outputs: [output] });
    return output;
  }
}

const bodies: Record<TinyName, (net: TinyNetwork) => number> = {
  kws(net) {
    let x = net.conv(net.activation([1, 49, 10, 1], 83), 64, [10, 4], { stride: [2, 2] });
    for (let block = 0; block < 4; block++) x = net.conv(net.depthwise(x, [3, 3]), 64, [1, 1]);
    return net.softmax(net.dense(net.flatten(net.averagePool(x)), 12, 'none'));
  },
  ic(net) {
    let x = net.conv(net.activation([1, 32, 32, 3], -128), 16, [3, 3]);
    x = net.add(x, net.conv(net.conv(x, 16, [3, 3]), 16, [3, 3], { activation: 'none' }));
    for (const filters of [32, 64]) {
      const inner = net.conv(net.conv(x, filters, [3, 3], { stride: [2, 2] }), filters, [3, 3], {
        activation: 'none',
      });
      x = net.add(net.conv(x, filters, [1, 1], { stride: [2, 2], activation: 'none' }), inner);
    }
    return net.softmax(net.dense(net.flatten(net.averagePool(x)), 10, 'none'));
  },
  vww(net) {
    let x = net.conv(net.activation([1, 96, 96, 3], -128), 8, [3, 3], { stride: [2, 2] });
    const blocks: [filters: number, stride: number][] = [
      ...([
        [16, 1],
        [32, 2],
        [32, 1],
        [64, 2],
        [64, 1],
        [128, 2],
      ] as [number, number][]),
      ...Array.from({ length: 5 }, (): [number, number] => [128, 1]),
      ...([
        [256, 2],
        [256, 1],
      ] as [number, number][]),
    ];
    for (const [filters, stride] of blocks)
      x = net.conv(net.depthwise(x, [3, 3], { stride: [stride, stride] }), filters, [1, 1]);
    return net.softmax(net.dense(net.flatten(net.averagePool(x)), 2, 'none'));
  },
  ad(net) {
    let x = net.activation([1, 640], 89);
    for (const units of [128, 128, 128, 128, 8, 128, 128, 128, 128]) x = net.dense(x, units, 'relu');
    return net.dense(x, 640, 'none');
  },
  sww(net) {
    let x = net.activation([1, 30, 1, 40], -128);
    for (const [taps, filters] of [
      [3, 128],
      [5, 128],
      [10, 128],
      [15, 32],
    ]) {
      x = net.depthwise(x, [taps, 1], { padding: 'valid', activation: 'none' });
      x = net.conv(x, filters, [1, 1], { padding: 'valid' });
    }
    return net.softmax(net.dense(net.flatten(x), 3, 'none'));
  },
};

/** A stand-in: same shapes, operators and types as the reference file. */
export function tinyNetwork(name: TinyName): Network {
  const net = new TinyNetwork(60 + tinyNames.indexOf(name));
  const output = bodies[name](net);
  const { tensors, operators } = net;
  return { name, tensors, operators, inputs: [0], outputs: [output] };
}

/** Squared output units: between the scores of usual and odd windows of `tiny-data.ts`, chosen for those. */
const adThresholds = { 'stand-in': 25, reference: 240 } as const;

/** A bundle that runs one of the networks alone on int8 windows, which hold the counts of its input tensor. */
export function tinyBundle(
  name: TinyName,
  weights: keyof typeof adThresholds = 'stand-in',
): BundleDescription {
  const { samples, channels, labels } = tinyFiles[name];
  const names = Array.from({ length: channels }, (_, index) => String(index));
  const policy = { hysteresis: 1, refreshEvery: 0, bigCap: 0, bigCapWindow: 47 };
  return {
    ...{ schema: 'littlefirst.bundle/1', name, description: 'MLPerf Tiny shapes', origin: 'made up' },
    labels: Array.from({ length: labels }, (_, index) => `class-${index}`),
    window: {
      ...{ samples, channels: names, dtype: 'int8', stride: samples, sampleRateHz: 1 },
      scaling: {
        ...{ method: 'minmax', fittedOn: 'constants' },
        ...{ min: names.map(() => -128), max: names.map(() => 127) },
      },
    },
    networks: [
      {
        ...{ name, file: `${name}.tflite` },
        inputs: [{ windows: ['current'], layout: 'rows', channels: names.map((_, index) => index) }],
      },
    ],
    strategies: [
      name === 'ad'
        ? {
            kind: 'score',
            name: 'big-only',
            network: name,
            score: { of: 'reconstruction' },
            threshold: adThresholds[weights],
          }
        : { kind: 'hold', name: 'big-only', big: name, gate: { type: 'none' }, policy },
    ],
  };
}

/** Windows of random counts. */
export function tinyWindows(name: TinyName, count: number, seed = 5): Int8Array[] {
  const random = new Random(seed);
  const { samples, channels } = tinyFiles[name];
  return Array.from({ length: count }, () =>
    Int8Array.from({ length: samples * channels }, () => random.integer(-128, 127)),
  );
}
