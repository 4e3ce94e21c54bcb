/**
 * Random quantised networks for property tests of engine and kernels: every operator, shape and quantisation that the
 * packer takes, with scales chosen so that values spread over the range instead of saturating.
 */
import { Random } from '../../data/random.js';
import type { BundleDescription } from '../../model/bundle/schema.js';
import type { Activation, Network, Operator, Padding, Tensor } from '../../model/tflite/network.js';
import { convolve, elementCount } from '../../model/tflite/shapes.js';

/** Draws beside those of `Random`. */
class Draw extends Random {
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)];
  }
}

export interface RandomCase {
  network: Network;
  description: BundleDescription;
}

/** What a random network may contain; each field narrows the draw. */
export interface RandomOptions {
  /** Operators of the body; default: all. */
  body?: readonly ('conv' | 'depthwise' | 'max' | 'average' | 'other')[];
  /** Only 1 x k convolutions, as on sensor windows. */
  oneDimensional?: boolean;
  maxSamples?: number;
  maxFilters?: number;
}

type Eight = 'int8' | 'uint8';
const float = Math.fround;

class RandomNetwork {
  readonly #random: Draw;
  readonly #type: Eight;
  readonly #options: Required<RandomOptions>;
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];

  constructor(random: Draw, type: Eight, options: RandomOptions) {
    this.#random = random;
    this.#type = type;
    this.#options = {
      body: ['conv', 'conv', 'conv', 'depthwise', 'max', 'average', 'other', 'other'],
      oneDimensional: false,
      maxSamples: 24,
      maxFilters: 9,
      ...options,
    };
  }

  get #lowest(): number {
    return this.#type === 'int8' ? -128 : 0;
  }

  activation(shape: readonly number[], scale?: number, zeroPoint?: number): number {
    const zero = zeroPoint ?? this.#lowest + this.#random.pick([0, 128, this.#random.integer(0, 255)]);
    const quantisation = {
      scales: [float(scale ?? 0.02 + this.#random.uniform())],
      zeroPoints: [zero],
      axis: 0,
    };
    return (
      this.tensors.push({
        name: `t${this.tensors.length}`,
        shape: [...shape],
        type: this.#type,
        quantisation,
      }) - 1
    );
  }

  #like(source: number, shape: readonly number[]): number {
    const { scales, zeroPoints } = this.tensors[source].quantisation!;
    return this.activation(shape, scales[0], zeroPoints[0]);
  }

  #shape(tensor: number): number[] {
    return this.tensors[tensor].shape;
  }

  #activationKind(): Activation {
    return this.#random.pick(['none', 'relu', 'relu', 'relu6'] as const);
  }

  /** Weights, bias and output of a weighted operator. */
  #weighted(
    kind: 'conv2d' | 'depthwise-conv2d' | 'fully-connected',
    source: number,
    shape: readonly number[],
    outShape: readonly number[],
    channels: number,
  ): { weights: number; bias: number; output: number } {
    const random = this.#random;
    const count = elementCount(shape);
    const taps = kind === 'depthwise-conv2d' ? count / channels : count / shape[0];
    const uint8 = this.#type === 'uint8';
    const perChannel = !uint8 && kind !== 'fully-connected' && random.chance(0.8);
    const scales = Array.from({ length: perChannel ? channels : 1 }, () =>
      float(0.002 + 0.02 * random.uniform()),
    );
    const zero = uint8 ? random.pick([128, random.integer(0, 255)]) : 0;
    const data = uint8
      ? Uint8Array.from({ length: count }, () => random.integer(0, 255))
      : Int8Array.from({ length: count }, () => random.integer(-127, 127));
    const weights =
      this.tensors.push({
        name: `w${this.tensors.length}`,
        shape: [...shape],
        type: this.#type,
        quantisation: {
          scales,
          zeroPoints: scales.map(() => zero),
          axis: kind === 'depthwise-conv2d' ? 3 : 0,
        },
        data,
      }) - 1;
    const spread = Math.sqrt(taps) * 70 * 70;
    const biasData = Int32Array.from({ length: channels }, () =>
      Math.round((random.uniform() - 0.5) * spread),
    );
    const bias = random.chance(0.85)
      ? this.tensors.push({
          name: `b${this.tensors.length}`,
          shape: [channels],
          type: 'int32',
          data: biasData,
        }) - 1
      : -1;
    const inScale = this.tensors[source].quantisation!.scales[0];
    const factor = random.chance(0.03) ? 0.5 + 2 * random.uniform() : (30 + 120 * random.uniform()) / spread;
    const output = this.activation(outShape, (inScale * scales[0]) / factor);
    return { weights, bias, output };
  }

  conv(source: number, depthwise: boolean): number {
    const random = this.#random;
    const [, height, width, channels] = this.#shape(source);
    const padding: Padding = random.pick(['same', 'same', 'valid'] as const);
    const largest = this.#options.oneDimensional ? 7 : 5;
    const size = (limit: number): number =>
      limit === 1 ? 1 : random.integer(1, padding === 'valid' ? Math.min(limit, largest) : largest);
    const [filterH, filterW] = [size(height), size(width)];
    const [strideH, strideW] = [
      random.integer(1, height === 1 ? 1 : 3),
      random.integer(1, width === 1 ? 1 : 3),
    ];
    const filters = depthwise
      ? channels * random.pick([1, 1, 2, 3])
      : random.integer(1, this.#options.maxFilters);
    const rows = convolve(padding, height, filterH, strideH).outputSize;
    const columns = convolve(padding, width, filterW, strideW).outputSize;
    const shape = depthwise ? [1, filterH, filterW, filters] : [filters, filterH, filterW, channels];
    const kind = depthwise ? 'depthwise-conv2d' : 'conv2d';
    const { weights, bias, output } = this.#weighted(
      kind,
      source,
      shape,
      [1, rows, columns, filters],
      filters,
    );
    const common = {
      inputs: [source, weights, bias],
      outputs: [output],
      ...{ padding, strideH, strideW, dilationH: 1, dilationW: 1, activation: this.#activationKind() },
    };
    this.operators.push(
      depthwise
        ? { kind: 'depthwise-conv2d', depthMultiplier: filters / channels, ...common }
        : { kind: 'conv2d', ...common },
    );
    return output;
  }

  pool(source: number, kind: 'max-pool2d' | 'average-pool2d'): number {
    const random = this.#random;
    const [, height, width, channels] = this.#shape(source);
    const padding: Padding = random.pick(['same', 'valid'] as const);
    const [filterH, filterW] = [height, width].map(size => random.integer(1, Math.min(4, size)));
    const [strideH, strideW] = [filterH, filterW].map(size =>
      random.chance(0.7) ? size : random.integer(1, 3),
    );
    const rows = convolve(padding, height, filterH, strideH).outputSize;
    const columns = convolve(padding, width, filterW, strideW).outputSize;
    const output = this.#like(source, [1, rows, columns, channels]);
    const activation = random.chance(0.8) ? 'none' : this.#activationKind();
    this.operators.push({
      ...{ kind, padding, strideH, strideW, filterH, filterW, activation },
      inputs: [source],
      outputs: [output],
    });
    return output;
  }

  /** A pool that keeps shape and quantisation. */
  smooth(source: number): number {
    const kind = this.#random.pick(['max-pool2d', 'average-pool2d'] as const);
    const output = this.#like(source, this.#shape(source));
    this.operators.push({
      ...{ kind, padding: 'same', strideH: 1, strideW: 1, filterH: 1, filterW: 3, activation: 'none' },
      inputs: [source],
      outputs: [output],
    });
    return output;
  }

  reshape(source: number, shape: readonly number[]): number {
    const output = this.#like(source, shape);
    this.operators.push({ kind: 'reshape', inputs: [source], outputs: [output] });
    return output;
  }

  reduce(source: number, kind: 'mean' | 'reduce-max'): number {
    const random = this.#random;
    const axes = random.pick([[1, 2], [1, 2], [1], [2], [-3, -2]]);
    const axesTensor =
      this.tensors.push({ name: 'axes', shape: [axes.length], type: 'int32', data: Int32Array.from(axes) }) -
      1;
    const shape = this.#shape(source).map((size, axis) => (axes.some(a => (a + 4) % 4 === axis) ? 1 : size));
    const { scales } = this.tensors[source].quantisation!;
    const output =
      kind === 'mean'
        ? this.activation(shape, scales[0] * (0.3 + random.uniform()))
        : this.#like(source, shape);
    this.operators.push({ kind, keepDims: true, inputs: [source, axesTensor], outputs: [output] });
    return output;
  }

  dense(source: number, units: number): number {
    const depth = elementCount(this.#shape(source));
    const { weights, bias, output } = this.#weighted(
      'fully-connected',
      source,
      [units, depth],
      [1, units],
      units,
    );
    this.operators.push({
      kind: 'fully-connected',
      ...{ keepNumDims: false, activation: this.#activationKind() },
      inputs: [source, weights, bias],
      outputs: [output],
    });
    return output;
  }

  elementwise(first: number, second: number): number {
    const random = this.#random;
    const kind = random.pick(['add', 'add', 'sub', 'mul'] as const);
    const [a, b] = [first, second].map(tensor => this.tensors[tensor].quantisation!.scales[0]);
    const scale = (0.5 + random.uniform()) * (kind === 'mul' ? 40 * a * b : a + b);
    const output = this.activation(this.#shape(first), scale);
    this.operators.push({
      ...{ kind, activation: this.#activationKind() },
      inputs: [first, second],
      outputs: [output],
    });
    return output;
  }

  pad(source: number): number {
    const random = this.#random;
    const amounts = [[0, 0], ...[1, 2].map(() => [random.integer(0, 2), random.integer(0, 2)]), [0, 0]];
    const shape = this.#shape(source).map((size, axis) => amounts[axis][0] + size + amounts[axis][1]);
    const data = Int32Array.from(amounts.flat());
    const constant = this.tensors.push({ name: 'amounts', shape: [4, 2], type: 'int32', data }) - 1;
    const output = this.#like(source, shape);
    this.operators.push({ kind: 'pad', inputs: [source, constant], outputs: [output] });
    return output;
  }

  resize(source: number): number {
    const random = this.#random;
    const [, height, width, channels] = this.#shape(source);
    const size = [height, width].map(length => random.integer(1, 2 * length));
    const data = Int32Array.from(size);
    const constant = this.tensors.push({ name: 'size', shape: [2], type: 'int32', data }) - 1;
    const output = this.#like(source, [1, ...size, channels]);
    const [alignCorners, halfPixelCenters] = random.pick([
      [false, false],
      [true, false],
      [false, true],
    ]);
    this.operators.push({
      ...{ kind: 'resize-nearest', alignCorners, halfPixelCenters },
      inputs: [source, constant],
      outputs: [output],
    });
    return output;
  }

  quantize(source: number): number {
    const output = this.activation(this.#shape(source));
    this.operators.push({ kind: 'quantize', inputs: [source], outputs: [output] });
    return output;
  }

  logistic(source: number): number {
    const output = this.activation(this.#shape(source), 1 / 256, this.#lowest);
    this.operators.push({ kind: 'logistic', inputs: [source], outputs: [output] });
    return output;
  }

  /** Something other than a convolution or pool; the size stays small. */
  other(source: number): number {
    const [, height, width] = this.#shape(source);
    const kinds = ['add', 'quantize', 'logistic', ...(height * width < 300 ? ['pad', 'resize'] : [])];
    switch (this.#random.pick(kinds)) {
      case 'add':
        return this.elementwise(
          source,
          this.smooth(this.#random.chance(0.5) ? source : this.quantize(source)),
        );
      case 'quantize':
        return this.quantize(source);
      case 'logistic':
        return this.logistic(source);
      case 'pad':
        return this.pad(source);
      default:
        return this.resize(source);
    }
  }

  concatenate(parts: readonly number[], axis: number): number {
    const shape = [...this.#shape(parts[0])];
    shape[axis] = parts.reduce((sum, part) => sum + this.#shape(part)[axis], 0);
    const output = this.#like(parts[0], shape);
    this.operators.push({
      kind: 'concatenation',
      axis,
      activation: 'none',
      inputs: [...parts],
      outputs: [output],
    });
    return output;
  }

  softmax(source: number): number {
    const output = this.activation(this.#shape(source), 1 / 256, this.#lowest);
    this.operators.push({ kind: 'softmax', beta: 1, inputs: [source], outputs: [output] });
    return output;
  }

  /** Convolutions and pools from an image to an image. */
  body(source: number, length: number): number {
    const random = this.#random;
    let tensor = source;
    for (let i = 0; i < length; i++) {
      const op = random.pick(this.#options.body);
      if (op === 'other') tensor = this.other(tensor);
      else if (op === 'conv' || op === 'depthwise') tensor = this.conv(tensor, op === 'depthwise');
      else tensor = this.pool(tensor, op === 'max' ? 'max-pool2d' : 'average-pool2d');
      const [, height, width, channels] = this.#shape(tensor);
      if (random.chance(0.1)) tensor = this.concatenate([tensor, this.smooth(tensor), tensor], 3);
      else if (random.chance(0.15)) tensor = this.reshape(tensor, [1, width, height, channels]);
    }
    return tensor;
  }
}

function imageShape(random: Draw, samples: number, channels: number, flat: boolean): number[] {
  const divisors = [1, 2, 3, 4, 5].filter(d => samples % d === 0);
  const height = flat ? random.pick([1, samples]) : random.pick([1, samples, ...divisors]);
  return [1, height, samples / height, channels];
}

/** A random network of 1 to 3 inputs over a random window, with the bundle that feeds it. */
export function randomCase(seed: number, options: RandomOptions = {}): RandomCase {
  const random = new Draw(seed);
  const type = random.pick(['int8', 'uint8'] as const);
  const samples = random.integer(2, options.maxSamples ?? 24);
  const channelCount = random.integer(1, 6);
  const net = new RandomNetwork(random, type, options);
  const entryInputs: BundleDescription['networks'][number]['inputs'] = [];
  const inputs: number[] = [];
  const branches = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => {
    const windows = random.pick([['current'], ['current'], ['previous', 'current']] as const);
    const channels = Array.from({ length: random.integer(1, channelCount) }, () =>
      random.integer(0, channelCount - 1),
    );
    const layout = random.pick(['rows', 'paired'] as const);
    entryInputs.push({ windows: [...windows], channels, layout });
    const shape =
      windows.length === 2 && layout === 'paired'
        ? [1, 1, samples * channels.length, 2]
        : imageShape(random, samples * windows.length, channels.length, options.oneDimensional ?? false);
    const input = net.activation(shape);
    inputs.push(input);
    return net.body(input, random.integer(1, 4));
  });
  const heads = branches.map(branch => {
    if (random.chance(0.3)) return net.reduce(branch, random.pick(['mean', 'reduce-max'] as const));
    return branch;
  });
  const flat = heads.map(head => net.reshape(head, [1, elementCount(net.tensors[head].shape)]));
  const joined = flat.length > 1 ? net.concatenate(flat, 1) : flat[0];
  const hidden = random.chance(0.3) ? net.dense(joined, random.integer(1, 10)) : joined;
  let output = net.dense(hidden, random.pick([random.integer(1, 16), random.integer(17, 60)]));
  if (random.chance(0.3)) output = random.chance(0.3) ? net.logistic(output) : net.softmax(output);
  const { tensors, operators } = net;
  const network: Network = { name: `random-${seed}`, tensors, operators, inputs, outputs: [output] };
  return { network, description: describe(network.name, type, samples, channelCount, entryInputs) };
}

function describe(
  name: string,
  dtype: Eight,
  samples: number,
  channelCount: number,
  inputs: BundleDescription['networks'][number]['inputs'],
): BundleDescription {
  const channels = Array.from({ length: channelCount }, (_, i) => `c${i}`);
  const limits = { min: channels.map(() => 0), max: channels.map(() => 1) };
  return {
    schema: 'littlefirst.bundle/1',
    name: name.slice(0, 24),
    description: 'random',
    labels: ['a', 'b'],
    window: {
      ...{ samples, channels, dtype, stride: samples, sampleRateHz: 50 },
      scaling: { method: 'minmax', fittedOn: 'constants', ...limits },
    },
    networks: [{ name: name.slice(0, 24), file: 'random.tflite', inputs }],
    strategies: [
      {
        ...{ kind: 'hold', name: 'big-only', big: name.slice(0, 24), gate: { type: 'none' } },
        policy: { hysteresis: 1, refreshEvery: 0, bigCap: 0, bigCapWindow: 47 },
      },
    ],
    origin: 'generated by a test',
  };
}
