import type { Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs';
import type { Random } from '../data/random.js';
import { tf } from './tensorflow.js';

/** One layer of a one-dimensional network; 'same' padding as TensorFlow's, ReLU after every layer. */
export type LayerSpec =
  | { kind: 'conv'; filters: number; kernel: number; stride: number; batchNorm: boolean; pool: 1 | 2 }
  /** Depthwise convolution, then a 1x1 convolution with batch normalisation. */
  | { kind: 'separable'; filters: number; kernel: number; stride: number };

/** A trainable network: equal branches (own weights), a head, dense layers, logits. */
export interface NetSpec {
  name: string;
  /** Rows (time steps) and columns (channels) of each branch's input. */
  rows: number;
  branches: number[];
  layers: LayerSpec[];
  /** How a branch's last activation [rows, channels] becomes a vector. */
  head: 'flatten' | 'average-max';
  /** Widths of dense ReLU layers before the logits. */
  hidden: number[];
  classes: number;
  dropout: number;
}

/** Trainable variables and batch-norm buffers by name, e.g. `b0.l1.w`. */
export interface NetState {
  trainable: Map<string, Variable>;
  buffers: Map<string, Variable>;
}

export const batchNormEpsilon = 1e-3;
export const batchNormMomentum = 0.9;

/** Rows after a 'same' layer. */
export function rowsAfter(rows: number, layer: LayerSpec): number {
  const convolved = Math.ceil(rows / layer.stride);
  return layer.kind === 'conv' ? convolved / layer.pool : convolved;
}

/** TensorFlow's 'same' padding: rows added before and after. */
export function samePadding(rows: number, kernel: number, stride: number): [number, number] {
  const total = Math.max((Math.ceil(rows / stride) - 1) * stride + kernel - rows, 0);
  return [total >> 1, total - (total >> 1)];
}

/** Length of the vector that goes into the dense layers. */
export function featureLength(spec: NetSpec): number {
  const rows = spec.layers.reduce(rowsAfter, spec.rows);
  return spec.branches.reduce((sum, channels) => {
    const width = spec.layers.at(-1)?.filters ?? channels;
    return sum + (spec.head === 'flatten' ? rows * width : 2 * width);
  }, 0);
}

/** He-normal weights, zero biases. */
export function createState(spec: NetSpec, random: Random): NetState {
  const trainable = new Map<string, Variable>();
  const buffers = new Map<string, Variable>();
  const weights = (key: string, shape: [number, number], fanIn: number, gain = 2): void => {
    const values = Float32Array.from(
      { length: shape[0] * shape[1] },
      () => random.normal() * Math.sqrt(gain / fanIn),
    );
    trainable.set(key, tf.variable(tf.tensor2d(values, shape)));
  };
  const vector = (map: Map<string, Variable>, key: string, length: number, value: number): void => {
    map.set(key, tf.variable(tf.fill([length], value), map === trainable));
  };
  spec.branches.forEach((inputChannels, b) => {
    let channels = inputChannels;
    spec.layers.forEach((layer, l) => {
      const key = `b${b}.l${l}`;
      if (layer.kind === 'separable') {
        weights(`${key}.dw`, [layer.kernel, channels], layer.kernel, 1);
        weights(`${key}.w`, [channels, layer.filters], channels);
      } else {
        weights(`${key}.w`, [layer.kernel * channels, layer.filters], layer.kernel * channels);
      }
      vector(trainable, `${key}.b`, layer.filters, 0);
      if (layer.kind === 'separable' || layer.batchNorm) {
        vector(trainable, `${key}.gamma`, layer.filters, 1);
        vector(buffers, `${key}.mean`, layer.filters, 0);
        vector(buffers, `${key}.var`, layer.filters, 1);
      }
      channels = layer.filters;
    });
  });
  let width = featureLength(spec);
  [...spec.hidden, spec.classes].forEach((units, d, all) => {
    weights(`d${d}.w`, [width, units], width, d === all.length - 1 ? 1 : 2);
    vector(trainable, `d${d}.b`, units, 0);
    width = units;
  });
  return { trainable, buffers };
}

/** Pads rows and cuts the `kernel` shifted, strided slices of a [batch, rows, channels] tensor. */
function shiftedSlices(x: Tensor3D, kernel: number, stride: number): Tensor3D[] {
  const [batch, rows, channels] = x.shape;
  const outRows = Math.ceil(rows / stride);
  const [before] = samePadding(rows, kernel, stride);
  const needed = (outRows - 1) * stride + kernel;
  const padded = tf.pad(x, [
    [0, 0],
    [before, Math.max(needed - rows - before, 0) + stride - 1],
    [0, 0],
  ]);
  return Array.from({ length: kernel }, (_, k) => {
    if (stride === 1) return tf.slice(padded, [0, k, 0], [batch, outRows, channels]);
    const span = tf.slice(padded, [0, k, 0], [batch, outRows * stride, channels]);
    const grouped = tf.reshape(span, [batch, outRows, stride * channels]);
    return tf.slice(grouped, [0, 0, 0], [batch, outRows, channels]) as Tensor3D;
  });
}

export interface ForwardOptions {
  /** Batch statistics, buffer updates and dropout. */
  training: boolean;
  /** Seed of this step's dropout mask. */
  dropoutSeed?: number;
  /** Called with every tensor that the integer network stores, for calibration. */
  observe?: (key: string, x: Tensor3D | Tensor2D) => void;
}

function normalise(x: Tensor3D, key: string, state: NetState, training: boolean): Tensor3D {
  const gamma = state.trainable.get(`${key}.gamma`)!;
  const beta = state.trainable.get(`${key}.b`)!;
  const mean = state.buffers.get(`${key}.mean`)!;
  const variance = state.buffers.get(`${key}.var`)!;
  if (!training) {
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, batchNormEpsilon))), gamma), beta);
  }
  const batch = tf.moments(x, [0, 1]);
  const keep = (buffer: Variable, now: typeof batch.mean): void =>
    buffer.assign(tf.add(tf.mul(buffer, batchNormMomentum), tf.mul(now, 1 - batchNormMomentum)));
  keep(mean, batch.mean);
  keep(variance, batch.variance);
  const scale = tf.mul(tf.rsqrt(tf.add(batch.variance, batchNormEpsilon)), gamma);
  return tf.add(tf.mul(tf.sub(x, batch.mean), scale), beta);
}

function layerForward(
  x: Tensor3D,
  layer: LayerSpec,
  key: string,
  state: NetState,
  options: ForwardOptions,
): Tensor3D {
  const slices = shiftedSlices(x, layer.kernel, layer.stride);
  let columns: Tensor3D;
  if (layer.kind === 'separable') {
    const taps = state.trainable.get(`${key}.dw`)! as unknown as Tensor2D;
    const channels = x.shape[2];
    columns = slices
      .map((s, k) => tf.mul(s, tf.slice(taps, [k, 0], [1, channels])) as Tensor3D)
      .reduce((sum, s) => tf.add(sum, s));
    options.observe?.(`${key}.dw`, columns);
  } else {
    columns = slices.length === 1 ? slices[0] : tf.concat(slices, 2);
  }
  const [batch, rows, width] = columns.shape;
  const w = state.trainable.get(`${key}.w`)! as unknown as Tensor2D;
  const product = tf.matMul(tf.reshape(columns, [batch * rows, width]) as Tensor2D, w);
  let y = tf.reshape(product, [batch, rows, layer.filters]) as Tensor3D;
  y = state.trainable.has(`${key}.gamma`)
    ? normalise(y, key, state, options.training)
    : tf.add(y, state.trainable.get(`${key}.b`)!);
  y = tf.relu(y);
  options.observe?.(key, y);
  if (layer.kind === 'conv' && layer.pool === 2) {
    const pairs = tf.reshape(y, [batch, rows / 2, 2 * layer.filters]);
    y = tf.maximum(
      tf.slice(pairs, [0, 0, 0], [batch, rows / 2, layer.filters]),
      tf.slice(pairs, [0, 0, layer.filters], [batch, rows / 2, layer.filters]),
    ) as Tensor3D;
  }
  return y;
}

/**
 * Logits [batch, classes] of a batch.
 * @param inputs one tensor [batch, rows, channels] a branch
 */
export function forward(
  spec: NetSpec,
  state: NetState,
  inputs: Tensor3D[],
  options: ForwardOptions,
): Tensor2D {
  const features = inputs.map((input, b) => {
    let x = input;
    spec.layers.forEach((layer, l) => {
      x = layerForward(x, layer, `b${b}.l${l}`, state, options);
    });
    const [batch, rows, width] = x.shape;
    if (spec.head === 'flatten') return tf.reshape(x, [batch, rows * width]) as Tensor2D;
    return tf.concat([tf.mean(x, 1), tf.max(x, 1)], 1) as Tensor2D;
  });
  let x = features.length === 1 ? features[0] : tf.concat(features, 1);
  options.observe?.('features', x);
  const dense = [...spec.hidden, spec.classes];
  dense.forEach((_, d) => {
    if (options.training && spec.dropout > 0 && d === dense.length - 1) {
      x = tf.dropout(x, spec.dropout, undefined, options.dropoutSeed) as Tensor2D;
    }
    x = tf.add(
      tf.matMul(x, state.trainable.get(`d${d}.w`)! as unknown as Tensor2D),
      state.trainable.get(`d${d}.b`)!,
    );
    if (d < dense.length - 1) x = tf.relu(x);
    options.observe?.(`d${d}`, x);
  });
  return x;
}

/** Frees the variables. */
export function disposeState(state: NetState): void {
  for (const variable of [...state.trainable.values(), ...state.buffers.values()]) variable.dispose();
}
