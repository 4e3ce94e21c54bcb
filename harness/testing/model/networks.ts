import type {
  Activation,
  Network,
  Operator,
  Padding,
  Quantisation,
  Tensor,
} from '../../model/tflite/network.js';
import { convolve } from '../../model/tflite/shapes.js';

/** Deterministic 32-bit generator (mulberry32) for made-up weights and inputs in tests. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

type EightBit = 'int8' | 'uint8';

/** Builds small quantised networks operator by operator, with made-up weights: what tests run, write and read. */
export class TestNetworkBuilder {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  readonly inputs: number[] = [];
  readonly type: EightBit;
  readonly random: () => number;

  constructor(type: EightBit, seed = 1) {
    this.type = type;
    this.random = randomSource(seed);
  }

  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  #add(tensor: Tensor): number {
    return this.tensors.push(tensor) - 1;
  }

  #activation(shape: number[], quantisation?: Quantisation): number {
    return this.#add({
      name: `tensor-${this.tensors.length}`,
      shape,
      type: this.type,
      quantisation: quantisation ?? {
        scales: [Math.fround(0.02 + this.random() * 0.1)],
        zeroPoints: [this.type === 'int8' ? this.integer(-128, 20) : this.integer(0, 140)],
        axis: 0,
      },
    });
  }

  #quantisationOf(index: number): Quantisation {
    return this.tensors[index].quantisation!;
  }

  input(shape: number[], quantisation?: Quantisation): number {
    const index = this.#activation(shape, quantisation);
    this.inputs.push(index);
    return index;
  }

  /** Weights and bias of `filters` outputs with `taps` taps each; per channel for int8 when asked. */
  #weights(input: number, shape: number[], axis: number, perChannel: boolean): [number, number] {
    const filters = shape[axis];
    const signed = this.type === 'int8';
    const count = shape.reduce((product, size) => product * size, 1);
    const scales = Array.from({ length: perChannel ? filters : 1 }, () =>
      Math.fround(0.002 + this.random() * 0.01),
    );
    const values = Array.from({ length: count }, () =>
      signed ? this.integer(-127, 127) : this.integer(0, 255),
    );
    const weights = this.#add({
      name: `weights-${this.tensors.length}`,
      shape,
      type: this.type,
      quantisation: {
        scales,
        zeroPoints: scales.map(() => (signed ? 0 : this.integer(90, 170))),
        axis,
      },
      data: signed ? Int8Array.from(values) : Uint8Array.from(values),
    });
    const [inputScale] = this.#quantisationOf(input).scales;
    const bias = this.#add({
      name: `bias-${this.tensors.length}`,
      shape: [filters],
      type: 'int32',
      quantisation: {
        scales: scales.map(scale => Math.fround(scale * inputScale)),
        zeroPoints: scales.map(() => 0),
        axis: 0,
      },
      data: Int32Array.from({ length: filters }, () => this.integer(-3000, 3000)),
    });
    return [weights, bias];
  }

  conv(
    input: number,
    filters: number,
    kernel: [number, number],
    options: {
      padding?: Padding;
      stride?: [number, number];
      dilation?: [number, number];
      activation?: Activation;
      perChannel?: boolean;
    } = {},
  ): number {
    const { padding = 'same', stride = [1, 1], dilation = [1, 1], activation = 'relu', perChannel } = options;
    const [, height, width, channels] = this.tensors[input].shape;
    const weights = this.#weights(
      input,
      [filters, ...kernel, channels],
      0,
      perChannel ?? this.type === 'int8',
    );
    const rows = convolve(padding, height, kernel[0], stride[0], dilation[0]).outputSize;
    const columns = convolve(padding, width, kernel[1], stride[1], dilation[1]).outputSize;
    const output = this.#activation([1, rows, columns, filters]);
    this.operators.push({
      kind: 'conv2d',
      padding,
      strideH: stride[0],
      strideW: stride[1],
      dilationH: dilation[0],
      dilationW: dilation[1],
      activation,
      inputs: [input, ...weights],
      outputs: [output],
    });
    return output;
  }

  depthwise(
    input: number,
    multiplier: number,
    kernel: [number, number],
    options: { padding?: Padding; stride?: [number, number]; activation?: Activation } = {},
  ): number {
    const { padding = 'same', stride = [1, 1], activation = 'relu6' } = options;
    const [, height, width, channels] = this.tensors[input].shape;
    const filters = channels * multiplier;
    const weights = this.#weights(input, [1, ...kernel, filters], 3, this.type === 'int8');
    const rows = convolve(padding, height, kernel[0], stride[0]).outputSize;
    const columns = convolve(padding, width, kernel[1], stride[1]).outputSize;
    const output = this.#activation([1, rows, columns, filters]);
    this.operators.push({
      kind: 'depthwise-conv2d',
      padding,
      strideH: stride[0],
      strideW: stride[1],
      dilationH: 1,
      dilationW: 1,
      depthMultiplier: multiplier,
      activation,
      inputs: [input, ...weights],
      outputs: [output],
    });
    return output;
  }

  pool(
    kind: 'max-pool2d' | 'average-pool2d',
    input: number,
    size: [number, number],
    padding: Padding = 'valid',
  ): number {
    const [, height, width, channels] = this.tensors[input].shape;
    const rows = convolve(padding, height, size[0], size[0]).outputSize;
    const columns = convolve(padding, width, size[1], size[1]).outputSize;
    const output = this.#activation([1, rows, columns, channels], this.#quantisationOf(input));
    this.operators.push({
      kind,
      padding,
      strideH: size[0],
      strideW: size[1],
      filterH: size[0],
      filterW: size[1],
      activation: 'none',
      inputs: [input],
      outputs: [output],
    });
    return output;
  }

  reduce(
    kind: 'mean' | 'reduce-max',
    input: number,
    axes: number[],
    options: { keepDims?: boolean; quantisation?: Quantisation } = {},
  ): number {
    const { keepDims = false, quantisation } = options;
    const { shape } = this.tensors[input];
    const axesTensor = this.#add({
      name: `axes-${this.tensors.length}`,
      shape: [axes.length],
      type: 'int32',
      data: Int32Array.from(axes),
    });
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const output = this.#activation(
      keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis)),
      kind === 'mean' ? quantisation : this.#quantisationOf(input),
    );
    this.operators.push({ kind, keepDims, inputs: [input, axesTensor], outputs: [output] });
    return output;
  }

  reshape(input: number, shape: number[]): number {
    const shapeTensor = this.#add({
      name: `shape-${this.tensors.length}`,
      shape: [shape.length],
      type: 'int32',
      data: Int32Array.from(shape),
    });
    const output = this.#activation(shape, this.#quantisationOf(input));
    this.operators.push({ kind: 'reshape', inputs: [input, shapeTensor], outputs: [output] });
    return output;
  }

  concatenate(inputs: number[], axis: number, quantisation?: Quantisation): number {
    const shape = [...this.tensors[inputs[0]].shape];
    shape[axis] = inputs.reduce((sum, index) => sum + this.tensors[index].shape[axis], 0);
    const output = this.#activation(shape, quantisation ?? this.#quantisationOf(inputs[0]));
    this.operators.push({ kind: 'concatenation', axis, activation: 'none', inputs, outputs: [output] });
    return output;
  }

  dense(
    input: number,
    units: number,
    activation: Activation = 'none',
    options: { perChannel?: boolean } = {},
  ): number {
    const { shape } = this.tensors[input];
    const depth = shape.reduce((product, size) => product * size, 1);
    const weights = this.#weights(input, [units, depth], 0, options.perChannel ?? false);
    const output = this.#activation([1, units]);
    this.operators.push({
      kind: 'fully-connected',
      activation,
      keepNumDims: false,
      inputs: [input, ...weights],
      outputs: [output],
    });
    return output;
  }

  /** Of two tensors of one shape. */
  elementwise(
    kind: 'add' | 'sub' | 'mul',
    first: number,
    second: number,
    activation: Activation = 'none',
    quantisation?: Quantisation,
  ): number {
    const output = this.#activation(this.tensors[first].shape, quantisation);
    this.operators.push({ kind, activation, inputs: [first, second], outputs: [output] });
    return output;
  }

  /** @param amounts elements before and behind each axis */
  pad(input: number, amounts: readonly [number, number][]): number {
    const { shape } = this.tensors[input];
    const amountsTensor = this.#add({
      name: `amounts-${this.tensors.length}`,
      shape: [amounts.length, 2],
      type: 'int32',
      data: Int32Array.from(amounts.flat()),
    });
    const grown = shape.map((size, axis) => amounts[axis][0] + size + amounts[axis][1]);
    const output = this.#activation(grown, this.#quantisationOf(input));
    this.operators.push({ kind: 'pad', inputs: [input, amountsTensor], outputs: [output] });
    return output;
  }

  quantize(input: number, quantisation?: Quantisation): number {
    const output = this.#activation(this.tensors[input].shape, quantisation);
    this.operators.push({ kind: 'quantize', inputs: [input], outputs: [output] });
    return output;
  }

  logistic(input: number): number {
    const zeroPoints = [this.type === 'int8' ? -128 : 0];
    const output = this.#activation(this.tensors[input].shape, { scales: [1 / 256], zeroPoints, axis: 0 });
    this.operators.push({ kind: 'logistic', inputs: [input], outputs: [output] });
    return output;
  }

  resizeNearest(
    input: number,
    size: readonly [number, number],
    options: { alignCorners?: boolean; halfPixelCenters?: boolean } = {},
  ): number {
    const [, , , channels] = this.tensors[input].shape;
    const sizeTensor = this.#add({
      name: `size-${this.tensors.length}`,
      shape: [2],
      type: 'int32',
      data: Int32Array.from(size),
    });
    const output = this.#activation([1, ...size, channels], this.#quantisationOf(input));
    const { alignCorners = false, halfPixelCenters = false } = options;
    this.operators.push({
      ...{ kind: 'resize-nearest', alignCorners, halfPixelCenters },
      inputs: [input, sizeTensor],
      outputs: [output],
    });
    return output;
  }

  softmax(input: number): number {
    const output = this.#activation(this.tensors[input].shape, {
      scales: [1 / 256],
      zeroPoints: [this.type === 'int8' ? -128 : 0],
      axis: 0,
    });
    this.operators.push({ kind: 'softmax', beta: 1, inputs: [input], outputs: [output] });
    return output;
  }

  build(name: string, outputs: number[]): Network {
    return { name, tensors: this.tensors, operators: this.operators, inputs: this.inputs, outputs };
  }

  /** Counts for every input tensor, over the type's whole range. */
  counts(): (Int8Array | Uint8Array)[] {
    return this.inputs.map(index => {
      const length = this.tensors[index].shape.reduce((product, size) => product * size, 1);
      return this.type === 'int8'
        ? Int8Array.from({ length }, () => this.integer(-128, 127))
        : Uint8Array.from({ length }, () => this.integer(0, 255));
    });
  }
}

/** A network with every operator, as TFLite allows it: an int8 CONCATENATION has one scale throughout, a uint8 one need not. */
export function everyOperator(type: EightBit, seed = 1): { builder: TestNetworkBuilder; network: Network } {
  const builder = new TestNetworkBuilder(type, seed);
  const row = builder.reshape(builder.input([1, 32, 3]), [1, 32, 1, 3]);
  const first = builder.conv(row, 5, [3, 1], { stride: [2, 1] });
  const second = builder.depthwise(first, 2, [5, 1], { stride: [2, 1] });
  const third = builder.conv(second, 6, [1, 1], { activation: 'relu6' });
  const pooled = builder.pool('max-pool2d', third, [2, 1]);
  const averaged = builder.pool('average-pool2d', third, [2, 1]);
  const joined = builder.concatenate([pooled, averaged], 3);
  const quantisation = type === 'int8' ? builder.tensors[joined].quantisation : undefined;
  const mean = builder.reduce('mean', joined, [1, 2], { quantisation });
  const largest = builder.reduce('reduce-max', joined, [1, 2]);
  const both = builder.concatenate([mean, largest], 1, builder.tensors[mean].quantisation);
  const hidden = builder.dense(both, 7, 'relu');
  const scores = builder.dense(hidden, 4);
  return { builder, network: builder.build('every-operator', [builder.softmax(scores), scores]) };
}
