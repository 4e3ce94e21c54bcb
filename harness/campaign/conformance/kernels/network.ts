import { Random } from '../../../data/random.js';
import type { Activation, Network, Operator, Padding, Tensor } from '../../../model/tflite/network.js';
import { convolve, elementCount } from '../../../model/tflite/shapes.js';

/** Rows, columns, channels. */
export type Image = readonly [number, number, number];

/** `small`: those of networks with 16-bit sums; `full`: the whole of int8; `wide`: beyond it, as in uint8 files. */
export type Weights = 'small' | 'full' | 'wide';

export interface Filter {
  kernel: readonly [number, number];
  stride?: readonly [number, number];
  padding?: Padding;
  activation?: Activation;
  weights?: Weights;
  /** One scale for all output channels. */
  oneScale?: boolean;
}

/** Rows of the windows that all trials take; a network takes some of a row's 16 values. */
export const trialSamples = 12;
export const trialChannels = 16;

const one = [1, 1] as const;
/** Standard deviation of counts that are drawn evenly. */
const inputSpread = 74;
/** Standard deviation that outputs shall have, counts: most of the range, some beyond its ends. */
const outputSpread = 80;
const weightSpread = { small: 12, full: 73, wide: 60 } as const;

/**
 * A network of few operators whose weights are drawn, for the check of kernels. Scales are such that its values spread over the range of their
 * type, and that its output has the input's scale, so that a score of the two is a sum of whole squares.
 */
export class TrialNetwork {
  readonly #random: Random;
  readonly #isInt8: boolean;
  readonly #scale: number;
  readonly #tensors: Tensor[] = [];
  readonly #operators: Operator[] = [];
  readonly #window: number;
  /** Tensor number of the input, seen as an image. */
  readonly input: number;

  /**
   * @param image what the rows of a window, some values of each, are taken for
   * @param scale of the activations, the unit of what `relu6` cuts off
   */
  constructor(seed: number, image: Image, type: 'int8' | 'uint8' = 'int8', scale = 1 / 16) {
    this.#random = new Random(seed, 0x6b65726e);
    this.#isInt8 = type === 'int8';
    this.#scale = scale;
    const values = elementCount(image) / trialSamples;
    this.#window = this.#activation([1, trialSamples, values], scale, this.#lowest + 133);
    this.input = this.reshape(this.#window, [1, ...image]);
  }

  get #lowest(): number {
    return this.#isInt8 ? -128 : 0;
  }

  #add(tensor: Omit<Tensor, 'name'>): number {
    return this.#tensors.push({ name: `t${this.#tensors.length}`, ...tensor }) - 1;
  }

  #activation(shape: readonly number[], scale: number, zeroPoint: number): number {
    const type = this.#isInt8 ? 'int8' : 'uint8';
    const quantisation = { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
    return this.#add({ shape: [...shape], type, quantisation });
  }

  /** Of another shape, in the same format. */
  #like(source: number, shape: readonly number[]): number {
    const { scales, zeroPoints } = this.#tensors[source].quantisation!;
    return this.#activation(shape, scales[0], zeroPoints[0]);
  }

  #whole(values: readonly number[], shape = [values.length]): number {
    return this.#add({ shape, type: 'int32', data: Int32Array.from(values) });
  }

  shape(tensor: number): readonly number[] {
    return this.#tensors[tensor].shape;
  }

  #weight(kind: Weights): number {
    if (kind === 'full') return this.#random.integer(-127, 127);
    if (kind === 'small')
      return Math.max(-40, Math.min(40, Math.round(this.#random.normal(weightSpread.small))));
    return this.#random.integer(0, 9) === 0 ? 235 : this.#random.integer(-20, 60);
  }

  #weighted(
    operator: (inputs: number[], outputs: number[]) => Operator,
    source: number,
    shape: readonly number[],
    axis: number,
    outShape: readonly number[],
    { activation = 'none', weights = 'full', oneScale = false }: Partial<Filter>,
  ): number {
    const [count, filters] = [elementCount(shape), shape[axis]];
    const values = Array.from({ length: count }, () => this.#weight(weights));
    const spread = Math.sqrt(count / filters) * inputSpread * weightSpread[weights];
    const factors = Array.from({ length: oneScale || !this.#isInt8 ? 1 : filters }, () =>
      Math.fround((outputSpread / spread) * (0.7 + 0.6 * this.#random.uniform())),
    );
    /* The lowest weight of a uint8 file is -20, its zero point taken off. */
    const zeroPoints = factors.map(() => (this.#isInt8 ? 0 : 20));
    const data = this.#isInt8 ? Int8Array.from(values) : Uint8Array.from(values, value => value + 20);
    const filter = this.#add({
      shape: [...shape],
      type: this.#isInt8 ? 'int8' : 'uint8',
      quantisation: { scales: factors, zeroPoints, axis },
      data,
    });
    const bias = this.#whole(
      Array.from({ length: filters }, () => Math.round(this.#random.normal(spread / 2))),
    );
    const zero = activation === 'none' ? this.#lowest + 121 : this.#lowest;
    const output = this.#activation(outShape, this.#scale, zero);
    this.#operators.push(operator([source, filter, bias], [output]));
    return output;
  }

  /** @param filters output channels; of a depthwise convolution a multiple of the input's */
  conv(kind: 'conv2d' | 'depthwise-conv2d', source: number, filters: number, filter: Filter): number {
    const { kernel, stride = one, padding = 'same', activation = 'none' } = filter;
    const [, height, width, channels] = this.shape(source);
    const rows = convolve(padding, height, kernel[0], stride[0]).outputSize;
    const columns = convolve(padding, width, kernel[1], stride[1]).outputSize;
    const isDepthwise = kind === 'depthwise-conv2d';
    const common = {
      padding,
      strideH: stride[0],
      strideW: stride[1],
      dilationH: 1,
      dilationW: 1,
      activation,
    };
    return this.#weighted(
      (inputs, outputs) =>
        isDepthwise
          ? { kind: 'depthwise-conv2d', depthMultiplier: filters / channels, ...common, inputs, outputs }
          : { kind: 'conv2d', ...common, inputs, outputs },
      source,
      isDepthwise ? [1, ...kernel, filters] : [filters, ...kernel, channels],
      isDepthwise ? 3 : 0,
      [1, rows, columns, filters],
      filter,
    );
  }

  dense(source: number, units: number, form: Pick<Filter, 'activation' | 'weights'> = {}): number {
    const depth = elementCount(this.shape(source));
    const { activation = 'none' } = form;
    return this.#weighted(
      (inputs, outputs) => ({ kind: 'fully-connected', keepNumDims: false, activation, inputs, outputs }),
      source,
      [units, depth],
      0,
      [1, units],
      { ...form, oneScale: true },
    );
  }

  pool(
    kind: 'max-pool2d' | 'average-pool2d',
    source: number,
    size: readonly [number, number],
    stride: readonly [number, number] = size,
    padding: Padding = 'valid',
  ): number {
    const [, height, width, channels] = this.shape(source);
    const rows = convolve(padding, height, size[0], stride[0]).outputSize;
    const columns = convolve(padding, width, size[1], stride[1]).outputSize;
    const output = this.#like(source, [1, rows, columns, channels]);
    this.#operators.push({
      ...{ kind, padding, strideH: stride[0], strideW: stride[1], filterH: size[0], filterW: size[1] },
      ...{ activation: 'none', inputs: [source], outputs: [output] },
    });
    return output;
  }

  /** Over rows and columns. */
  reduce(kind: 'mean' | 'reduce-max', source: number): number {
    const axes = this.#whole([1, 2]);
    const output = this.#like(source, [1, 1, 1, this.shape(source)[3]]);
    this.#operators.push({ kind, keepDims: true, inputs: [source, axes], outputs: [output] });
    return output;
  }

  /** Of two tensors of one shape. */
  elementwise(kind: 'add' | 'sub' | 'mul', first: number, second: number): number {
    const output = this.#activation(this.shape(first), this.#scale, this.#lowest + 121);
    this.#operators.push({ kind, activation: 'none', inputs: [first, second], outputs: [output] });
    return output;
  }

  /** To a coarser scale, about another zero. */
  quantize(source: number): number {
    const output = this.#activation(this.shape(source), this.#scale * 1.5, this.#lowest + 100);
    this.#operators.push({ kind: 'quantize', inputs: [source], outputs: [output] });
    return output;
  }

  /** What gives probabilities; of the last axis, where it is a softmax. */
  probabilities(kind: 'softmax' | 'logistic', source: number): number {
    const output = this.#activation(this.shape(source), 1 / 256, this.#lowest);
    const [inputs, outputs] = [[source], [output]];
    this.#operators.push(kind === 'softmax' ? { kind, beta: 1, inputs, outputs } : { kind, inputs, outputs });
    return output;
  }

  reshape(source: number, shape: readonly number[]): number {
    const output = this.#like(source, shape);
    this.#operators.push({ kind: 'reshape', inputs: [source], outputs: [output] });
    return output;
  }

  /** @param amounts elements before and behind each axis */
  pad(source: number, amounts: readonly (readonly [number, number])[]): number {
    const constant = this.#whole(amounts.flat(), [amounts.length, 2]);
    const output = this.#like(
      source,
      this.shape(source).map((size, axis) => amounts[axis][0] + size + amounts[axis][1]),
    );
    this.#operators.push({ kind: 'pad', inputs: [source, constant], outputs: [output] });
    return output;
  }

  resize(source: number, size: readonly [number, number]): number {
    const constant = this.#whole(size);
    const output = this.#like(source, [1, ...size, this.shape(source)[3]]);
    this.#operators.push({
      ...{ kind: 'resize-nearest', alignCorners: false, halfPixelCenters: false },
      ...{ inputs: [source, constant], outputs: [output] },
    });
    return output;
  }

  /** By channels. */
  concatenate(parts: readonly number[]): number {
    const [, rows, columns] = this.shape(parts[0]);
    const channels = parts.reduce((sum, part) => sum + this.shape(part)[3], 0);
    const output = this.#like(parts[0], [1, rows, columns, channels]);
    this.#operators.push({
      ...{ kind: 'concatenation', axis: 3, activation: 'none' },
      ...{ inputs: [...parts], outputs: [output] },
    });
    return output;
  }

  /** The network that ends in a tensor, which is filled up to the size of the input. @throws RangeError where it is larger */
  build(name: string, output: number): Network {
    const [wanted, count] = [this.#window, output].map(tensor => elementCount(this.shape(tensor)));
    if (count > wanted) throw new RangeError(`${name}: ${count} outputs of ${wanted} inputs`);
    const flat = this.reshape(output, [1, count]);
    const end =
      count === wanted
        ? flat
        : this.pad(flat, [
            [0, 0],
            [0, wanted - count],
          ]);
    return {
      ...{ name, tensors: this.#tensors, operators: this.#operators },
      ...{ inputs: [this.#window], outputs: [end] },
    };
  }
}
