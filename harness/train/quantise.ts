import { Random } from '../data/random.js';
import type { Network, Operator, Quantisation, Tensor } from '../model/tflite/network.js';
import { type ExampleSource, type Parameters, restoreState, tensorsOf } from './fit.js';
import { batchNormEpsilon, disposeState, forward, type NetSpec, rowsAfter } from './nets.js';
import { tf } from './tensorflow.js';

/** Lower and upper end of an activation, from calibration. */
export interface Range {
  low: number;
  high: number;
}

/**
 * Activation ranges of a trained network on calibration examples: 0.05 and 99.95 percentiles, which on these data keep
 * more accuracy than minimum and maximum.
 * @returns range by activation key (`b0.l1`, `b0.l1.dw`, `features`, `d0`)
 */
export function calibrate(
  spec: NetSpec,
  parameters: Parameters,
  source: ExampleSource,
  examples: number,
  seed: number,
): Map<string, Range> {
  const state = restoreState(spec, parameters);
  const all = Array.from({ length: source.count }, (_, i) => i);
  const indices = Uint32Array.from(new Random(seed).shuffle(all).slice(0, examples));
  const values = new Map<string, Float32Array[]>();
  for (let from = 0; from < indices.length; from += 256) {
    const batch = source.batch(indices.subarray(from, from + 256), new Random(0), false);
    tf.tidy(() => {
      forward(spec, state, tensorsOf(spec, batch), {
        training: false,
        observe: (key, x) => {
          const list = values.get(key) ?? [];
          list.push(x.dataSync() as Float32Array);
          values.set(key, list);
        },
      });
    });
  }
  disposeState(state);
  const ranges = new Map<string, Range>();
  for (const [key, parts] of values) {
    const sorted = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      sorted.set(part, at);
      at += part.length;
    }
    sorted.sort();
    const at01 = (p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
    ranges.set(key, { low: Math.min(0, at01(0.0005)), high: Math.max(1e-6, at01(0.9995)) });
  }
  return ranges;
}

/** Per-tensor asymmetric int8 quantisation that represents zero exactly (TFLite's rule). */
export function activationQuantisation({ low, high }: Range): Quantisation {
  const scale = (high - low) / 255;
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - low / scale)));
  return { scales: [Math.fround(scale)], zeroPoints: [zeroPoint], axis: 0 };
}

/**
 * Symmetric int8 weights, -127..127, one scale a slice along `axis` (first or last). Dense layers take `channels` = 1: one
 * scale for all, which every TFLite runtime reads.
 */
export function quantiseWeights(
  values: Float32Array,
  channels: number,
  axis: number,
): { data: Int8Array; quantisation: Quantisation } {
  const each = values.length / channels;
  const channelOf = (i: number): number => (axis === 0 ? Math.floor(i / each) : i % channels);
  const peaks = new Float64Array(channels);
  values.forEach((v, i) => {
    peaks[channelOf(i)] = Math.max(peaks[channelOf(i)], Math.abs(v));
  });
  const scales = Array.from(peaks, p => Math.fround(Math.max(p, 1e-8) / 127));
  const data = Int8Array.from(values, (v, i) =>
    Math.max(-127, Math.min(127, Math.round(v / scales[channelOf(i)]))),
  );
  return { data, quantisation: { scales, zeroPoints: scales.map(() => 0), axis } };
}

/** Weights [out][k][in] and bias of a layer with its batch normalisation folded in. */
function folded(
  parameters: Parameters,
  key: string,
  filters: number,
): { weights: Float32Array; bias: Float32Array } {
  const source = parameters.get(`${key}.w`)!.values;
  const bias = Float32Array.from(parameters.get(`${key}.b`)!.values);
  const inner = source.length / filters;
  const gamma = parameters.get(`${key}.gamma`)?.values;
  const weights = new Float32Array(source.length);
  for (let o = 0; o < filters; o++) {
    let gain = 1;
    if (gamma !== undefined) {
      gain = gamma[o] / Math.sqrt(parameters.get(`${key}.var`)!.values[o] + batchNormEpsilon);
      bias[o] -= parameters.get(`${key}.mean`)!.values[o] * gain;
    }
    for (let i = 0; i < inner; i++) weights[o * inner + i] = source[i * filters + o] * gain;
  }
  return { weights, bias };
}

/** Builds the integer network tensor by tensor. */
class Builder {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];

  activation(name: string, shape: number[], quantisation: Quantisation): number {
    return this.tensors.push({ name, shape, type: 'int8', quantisation }) - 1;
  }

  shapeConstant(name: string, shape: number[]): number {
    return (
      this.tensors.push({ name, shape: [shape.length], type: 'int32', data: Int32Array.from(shape) }) - 1
    );
  }

  weights(name: string, shape: number[], values: Float32Array, channels: number, axis: number): number {
    const { data, quantisation } = quantiseWeights(values, channels, axis);
    return this.tensors.push({ name, shape, type: 'int8', quantisation, data }) - 1;
  }

  /** int32 bias at scale input scale x weight scale. */
  bias(name: string, values: Float32Array, input: number, weights: number): number {
    const inputScale = this.tensors[input].quantisation!.scales[0];
    const scales = this.tensors[weights].quantisation!.scales.map(s => Math.fround(s * inputScale));
    const data = Int32Array.from(values, (v, i) => {
      const scale = scales[scales.length === 1 ? 0 : i];
      return Math.max(-(2 ** 30), Math.min(2 ** 30, Math.round(v / scale)));
    });
    return (
      this.tensors.push({
        name,
        shape: [values.length],
        type: 'int32',
        quantisation: { scales, zeroPoints: scales.map(() => 0), axis: 0 },
        data,
      }) - 1
    );
  }

  reshape(input: number, shape: number[], name: string): number {
    const quantisation = this.tensors[input].quantisation!;
    const output = this.activation(name, shape, quantisation);
    const constant = this.shapeConstant(`${name}/shape`, shape);
    this.operators.push({ kind: 'reshape', inputs: [input, constant], outputs: [output] });
    return output;
  }
}

function addBranch(
  builder: Builder,
  spec: NetSpec,
  parameters: Parameters,
  ranges: Map<string, Range>,
  b: number,
  input: number,
  features: Quantisation,
): number[] {
  let rows = spec.rows;
  let channels = spec.branches[b];
  let x = builder.reshape(input, [1, 1, rows, channels], `b${b}/rows`);
  spec.layers.forEach((layer, l) => {
    const key = `b${b}.l${l}`;
    const last = l === spec.layers.length - 1;
    const conv = { padding: 'same', strideH: 1, dilationH: 1, dilationW: 1 } as const;
    let outRows = Math.ceil(rows / layer.stride);
    let kernel = layer.kernel;
    let stride = layer.stride;
    if (layer.kind === 'separable') {
      const taps = parameters.get(`${key}.dw`)!.values;
      const w = builder.weights(`${key}/dw`, [1, 1, layer.kernel, channels], taps, channels, 3);
      const zero = builder.bias(`${key}/dw/bias`, new Float32Array(channels), x, w);
      const y = builder.activation(
        `${key}/dw/out`,
        [1, 1, outRows, channels],
        activationQuantisation(ranges.get(`${key}.dw`)!),
      );
      builder.operators.push({
        kind: 'depthwise-conv2d',
        ...conv,
        strideW: stride,
        strideH: stride,
        depthMultiplier: 1,
        activation: 'none',
        inputs: [x, w, zero],
        outputs: [y],
      });
      x = y;
      kernel = 1;
      stride = 1;
    }
    const { weights, bias } = folded(parameters, key, layer.filters);
    const w = builder.weights(
      `${key}/weights`,
      [layer.filters, 1, kernel, channels],
      weights,
      layer.filters,
      0,
    );
    const biasTensor = builder.bias(`${key}/bias`, bias, x, w);
    const quantisation = last ? features : activationQuantisation({ low: 0, high: ranges.get(key)!.high });
    let y = builder.activation(`${key}/out`, [1, 1, outRows, layer.filters], quantisation);
    builder.operators.push({
      kind: 'conv2d',
      ...conv,
      strideW: stride,
      activation: 'relu',
      inputs: [x, w, biasTensor],
      outputs: [y],
    });
    if (layer.kind === 'conv' && layer.pool === 2) {
      outRows = rowsAfter(rows, layer);
      const pooled = builder.activation(`${key}/pool`, [1, 1, outRows, layer.filters], quantisation);
      builder.operators.push({
        kind: 'max-pool2d',
        padding: 'valid',
        strideH: 1,
        strideW: 2,
        filterH: 1,
        filterW: 2,
        activation: 'none',
        inputs: [y],
        outputs: [pooled],
      });
      y = pooled;
    }
    x = y;
    rows = outRows;
    channels = layer.filters;
  });
  if (spec.head === 'flatten') return [builder.reshape(x, [1, rows * channels], `b${b}/flat`)];
  const axes = builder.shapeConstant(`b${b}/axes`, [1, 2]);
  return (['mean', 'reduce-max'] as const).map(kind => {
    const y = builder.activation(`b${b}/${kind}`, [1, channels], features);
    builder.operators.push({ kind, keepDims: false, inputs: [x, axes], outputs: [y] });
    return y;
  });
}

/**
 * The int8 network of a trained float network (post-training quantisation): weights symmetric per channel, activations
 * asymmetric per tensor, biases int32; input tensors [1, rows, channels] int8 with the given quantisation.
 * @param options.softmax ends the network with SOFTMAX (output scale 1/256, zero point -128) instead of logits
 */
export function quantiseNet(
  spec: NetSpec,
  parameters: Parameters,
  ranges: Map<string, Range>,
  input: Quantisation,
  options: { softmax?: boolean } = {},
): Network {
  const builder = new Builder();
  const inputs = spec.branches.map((channels, b) =>
    builder.activation(`input_${b}`, [1, spec.rows, channels], input),
  );
  const identity = spec.layers.length === 0;
  const features = identity ? input : activationQuantisation({ low: 0, high: ranges.get('features')!.high });
  const parts = identity
    ? inputs.map((x, b) => builder.reshape(x, [1, spec.rows * spec.branches[b]], `b${b}/flat`))
    : inputs.flatMap((x, b) => addBranch(builder, spec, parameters, ranges, b, x, features));
  let x = parts[0];
  if (parts.length > 1) {
    const width = parts.reduce((n, p) => n + builder.tensors[p].shape[1], 0);
    x = builder.activation('features', [1, width], features);
    builder.operators.push({
      kind: 'concatenation',
      axis: 1,
      activation: 'none',
      inputs: parts,
      outputs: [x],
    });
  }
  const dense = [...spec.hidden, spec.classes];
  dense.forEach((units, d) => {
    const last = d === dense.length - 1;
    const { weights, bias } = folded(parameters, `d${d}`, units);
    const w = builder.weights(`d${d}/weights`, [units, weights.length / units], weights, 1, 0);
    const biasTensor = builder.bias(`d${d}/bias`, bias, x, w);
    const range = ranges.get(`d${d}`)!;
    const y = builder.activation(
      last ? 'logits' : `d${d}/out`,
      [1, units],
      activationQuantisation(last ? range : { low: 0, high: range.high }),
    );
    builder.operators.push({
      kind: 'fully-connected',
      activation: last ? 'none' : 'relu',
      keepNumDims: false,
      inputs: [x, w, biasTensor],
      outputs: [y],
    });
    x = y;
  });
  if (options.softmax === true) {
    const share = builder.activation('shares', [1, spec.classes], {
      scales: [1 / 256],
      zeroPoints: [-128],
      axis: 0,
    });
    builder.operators.push({ kind: 'softmax', beta: 1, inputs: [x], outputs: [share] });
    x = share;
  }
  return { name: spec.name, tensors: builder.tensors, operators: builder.operators, inputs, outputs: [x] };
}
