import type { LittlefirstError } from '../../errors.js';
import type {
  Concatenation,
  Conv2D,
  DepthwiseConv2D,
  Elementwise,
  FullyConnected,
  Network,
  Operator,
  Pad,
  Pool2D,
  Reduce,
  ResizeNearest,
  Tensor,
} from './network.js';
import { contradiction, unsupported } from './network-errors.js';
import { checkActivationFormat, checkWiring, isScale } from './network-wiring.js';
import { convolve, elementCount, inputTensor, reductionAxes } from './shapes.js';

/**
 * Checks that a network is sound: indices, order of operators, shapes, constant weights, quantisation of 8-bit tensors.
 * After it, interpreters and packers can rely on all of these.
 * @throws LF_MODEL_CORRUPT for what contradicts itself, LF_MODEL_UNSUPPORTED for what is sound but not run here
 */
export function checkNetwork(network: Network): void {
  checkWiring(network);
  const check = new Checker(network);
  network.operators.forEach((operator, index) => {
    check.operator(operator, `operator ${index} (${operator.kind})`);
  });
}

/** Most values of an input with its padding: far more than any microcontroller holds. */
const largestFrame = 1 << 24;

const isEightBit = ({ type }: Tensor): boolean => type === 'int8' || type === 'uint8';

/** The output factor of ADD and SUB, which TFLite wants below 1; see `sumPlan`. */
function largestFactor(...tensors: [Tensor, Tensor, Tensor]): number {
  const [first, second, output] = tensors.map(({ quantisation }) => quantisation!.scales[0]);
  return (2 * Math.max(first, second)) / (2 ** 20 * output);
}

class Checker {
  readonly #network: Network;
  constructor(network: Network) {
    this.#network = network;
  }

  #corrupt(what: string): LittlefirstError {
    return contradiction(this.#network.name, what);
  }

  #unsupported(what: string, expected: string): LittlefirstError {
    return unsupported(this.#network.name, what, expected);
  }

  operator(operator: Operator, where: string): void {
    const input = this.#read(operator, 0, where);
    const output = this.#network.tensors[operator.outputs[0]];
    if (input.type !== output.type && operator.kind !== 'quantize') {
      throw this.#unsupported(`${where} from ${input.type} to ${output.type}`, 'the same type throughout');
    }
    switch (operator.kind) {
      case 'conv2d':
        this.#conv(operator, input, output, where);
        break;
      case 'depthwise-conv2d':
        this.#depthwise(operator, input, output, where);
        break;
      case 'max-pool2d':
      case 'average-pool2d':
        this.#pool(operator, input, output, where);
        break;
      case 'mean':
      case 'reduce-max':
        this.#reduce(operator, input, output, where);
        break;
      case 'reshape':
        if (elementCount(input.shape) !== elementCount(output.shape)) {
          throw this.#corrupt(`${where} changes the number of elements`);
        }
        this.#equalQuantisation(input, output, where);
        break;
      case 'concatenation':
        this.#concatenation(operator, output, where);
        break;
      case 'fully-connected':
        this.#fullyConnected(operator, input, output, where);
        break;
      case 'add':
      case 'sub':
      case 'mul':
        this.#elementwise(operator, input, output, where);
        break;
      case 'pad':
        this.#pad(operator, input, output, where);
        break;
      case 'quantize':
        this.#shape(output, input.shape, where);
        if (!isEightBit(input) || !isEightBit(output)) {
          throw this.#unsupported(
            `${where} from ${input.type} to ${output.type}`,
            'int8 or uint8 on both sides',
          );
        }
        break;
      case 'logistic':
        this.#shape(output, input.shape, where);
        this.#probabilities(output, where);
        break;
      case 'resize-nearest':
        this.#resize(operator, input, output, where);
        break;
      case 'softmax':
        this.#shape(output, input.shape, where);
        if (!Number.isFinite(operator.beta) || operator.beta <= 0) throw this.#corrupt(`${where}: beta`);
        this.#probabilities(output, where);
    }
  }

  /** TFLite fixes the format of quantised probabilities: 1/256 a count, 0 at the type's minimum. */
  #probabilities(output: Tensor, where: string): void {
    if (output.quantisation === undefined || output.type === 'float32') return;
    const { scales, zeroPoints } = output.quantisation;
    if (scales[0] !== 1 / 256 || zeroPoints[0] !== (output.type === 'int8' ? -128 : 0)) {
      throw this.#unsupported(
        `${where} with output scale ${scales[0]}`,
        'scale 1/256 from the minimum of the type',
      );
    }
  }

  #read(operator: Operator, position: number, where: string): Tensor {
    const tensor = inputTensor(this.#network, operator, position);
    if (tensor === undefined) throw this.#corrupt(`${where} lacks input ${position}`);
    return tensor;
  }

  #constant(operator: Operator, position: number, where: string): Tensor {
    const tensor = this.#read(operator, position, where);
    if (tensor.data === undefined) {
      throw this.#unsupported(`${where} with computed input ${position}`, 'constant weights and axes');
    }
    return tensor;
  }

  #shape(tensor: Tensor, expected: readonly number[], where: string): void {
    if (tensor.shape.length !== expected.length || tensor.shape.some((size, i) => size !== expected[i])) {
      throw this.#corrupt(
        `${where}: tensor "${tensor.name}" is [${tensor.shape}], its operator makes it [${expected}]`,
      );
    }
  }

  #image(tensor: Tensor, where: string): readonly number[] {
    if (tensor.shape.length !== 4)
      throw this.#corrupt(`${where}: input of rank ${tensor.shape.length}, not 4`);
    if (tensor.shape[0] !== 1)
      throw this.#unsupported(`${where} on a batch of ${tensor.shape[0]}`, 'batch 1');
    return tensor.shape;
  }

  #positive(values: readonly number[], where: string): void {
    if (values.some(value => value < 1 || value > 65536)) {
      throw this.#corrupt(`${where}: a stride, dilation or filter size is out of range`);
    }
  }

  #conv(operator: Conv2D, input: Tensor, output: Tensor, where: string): void {
    const weights = this.#constant(operator, 1, where);
    const [, height, width, channels] = this.#image(input, where);
    if (weights.shape.length !== 4) throw this.#corrupt(`${where}: weights of rank ${weights.shape.length}`);
    const [filters, filterH, filterW, filterChannels] = weights.shape;
    if (filterChannels !== channels) throw this.#corrupt(`${where}: weights for ${filterChannels} channels`);
    this.#window(operator, [height, width], [filterH, filterW], filters, output, where);
    this.#weights(operator, weights, 0, filters, input, where);
  }

  #depthwise(operator: DepthwiseConv2D, input: Tensor, output: Tensor, where: string): void {
    const weights = this.#constant(operator, 1, where);
    const [, height, width, channels] = this.#image(input, where);
    if (weights.shape.length !== 4) throw this.#corrupt(`${where}: weights of rank ${weights.shape.length}`);
    const [one, filterH, filterW, filters] = weights.shape;
    if (one !== 1 || filters % channels !== 0) throw this.#corrupt(`${where}: weights for other channels`);
    this.#window(operator, [height, width], [filterH, filterW], filters, output, where);
    this.#weights(operator, weights, 3, filters, input, where);
  }

  #pool(operator: Pool2D, input: Tensor, output: Tensor, where: string): void {
    const [, height, width, channels] = this.#image(input, where);
    const undilated = { ...operator, dilationH: 1, dilationW: 1 };
    this.#window(undilated, [height, width], [operator.filterH, operator.filterW], channels, output, where);
    this.#equalQuantisation(input, output, where);
  }

  #window(
    operator: Omit<Conv2D, 'kind'>,
    [height, width]: readonly number[],
    [filterH, filterW]: readonly number[],
    channels: number,
    output: Tensor,
    where: string,
  ): void {
    const { padding, strideH, strideW, dilationH, dilationW } = operator;
    this.#positive([strideH, strideW, dilationH, dilationW, filterH, filterW], where);
    const rows = convolve(padding, height, filterH, strideH, dilationH).outputSize;
    const columns = convolve(padding, width, filterW, strideW, dilationW).outputSize;
    this.#shape(output, [1, rows, columns, channels], where);
    const spanOf = (size: number, stride: number, filter: number, dilation: number): number =>
      (size - 1) * stride + (filter - 1) * dilation + 1;
    const span =
      Math.max(height, spanOf(rows, strideH, filterH, dilationH)) *
      Math.max(width, spanOf(columns, strideW, filterW, dilationW));
    if (span * channels > largestFrame) {
      throw this.#unsupported(
        `${where} that reaches over ${span} positions`,
        `at most ${largestFrame} values`,
      );
    }
  }

  #reduce(operator: Reduce, input: Tensor, output: Tensor, where: string): void {
    const axesTensor = this.#constant(operator, 1, where);
    if (axesTensor.type !== 'int32')
      throw this.#unsupported(`${where} with ${axesTensor.type} axes`, 'int32 axes');
    const rank = input.shape.length;
    const axes = reductionAxes(axesTensor, rank);
    if (axes.some(axis => axis < 0 || axis >= rank)) throw this.#corrupt(`${where}: axis out of range`);
    const kept = input.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    this.#shape(output, operator.keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis)), where);
    if (operator.kind === 'reduce-max') this.#equalQuantisation(input, output, where);
  }

  /** Same scale and zero point on both sides: what only moves or selects values needs no arithmetic. */
  #equalQuantisation(input: Tensor, output: Tensor, where: string): void {
    if (
      input.quantisation?.scales[0] !== output.quantisation?.scales[0] ||
      input.quantisation?.zeroPoints[0] !== output.quantisation?.zeroPoints[0]
    ) {
      throw this.#unsupported(
        `${where} that changes scale or zero point`,
        'equal quantisation on both sides',
      );
    }
  }

  #concatenation(operator: Concatenation, output: Tensor, where: string): void {
    const rank = output.shape.length;
    const axis = operator.axis < 0 ? operator.axis + rank : operator.axis;
    if (!(axis >= 0 && axis < rank)) throw this.#corrupt(`${where}: axis ${operator.axis}`);
    let along = 0;
    operator.inputs.forEach((_, position) => {
      const part = this.#read(operator, position, where);
      if (part.type !== output.type) throw this.#unsupported(`${where} of mixed types`, 'one type');
      if (part.data !== undefined) throw this.#unsupported(`${where} with a constant`, 'computed inputs');
      this.#shape(
        part,
        output.shape.map((size, i) => (i === axis ? (part.shape[i] ?? 0) : size)),
        where,
      );
      along += part.shape[axis];
    });
    if (along !== output.shape[axis]) throw this.#corrupt(`${where}: sizes do not add up`);
  }

  #elementwise(operator: Elementwise, input: Tensor, output: Tensor, where: string): void {
    const other = this.#read(operator, 1, where);
    if (other.type !== input.type) throw this.#unsupported(`${where} of mixed types`, 'one type');
    if (input.data !== undefined || other.data !== undefined) {
      throw this.#unsupported(`${where} with a constant`, 'two computed inputs');
    }
    const shapes = [input.shape, other.shape, output.shape].map(shape => shape.join('x'));
    if (shapes.some(shape => shape !== shapes[0])) {
      throw this.#unsupported(`${where} of shapes ${shapes.join(', ')}`, 'equal shapes, no broadcasting');
    }
    if (operator.kind === 'mul' || !isEightBit(output)) return;
    if (!(largestFactor(input, other, output) < 1)) {
      throw this.#unsupported(`${where} to an output scale below a 2^-19th of its inputs'`, 'a larger scale');
    }
  }

  #pad(operator: Pad, input: Tensor, output: Tensor, where: string): void {
    const amounts = this.#constant(operator, 1, where);
    if (!(amounts.data instanceof Int32Array) || amounts.data.length !== 2 * input.shape.length) {
      throw this.#unsupported(
        `${where} with ${amounts.type} amounts [${amounts.shape}]`,
        'int32, two an axis',
      );
    }
    const values = amounts.data;
    if (values.some(value => value < 0)) throw this.#corrupt(`${where} by a negative amount`);
    const grown = input.shape.map((size, axis) => values[2 * axis] + size + values[2 * axis + 1]);
    this.#shape(output, grown, where);
    this.#equalQuantisation(input, output, where);
  }

  #resize(operator: ResizeNearest, input: Tensor, output: Tensor, where: string): void {
    const [, , , channels] = this.#image(input, where);
    const size = this.#constant(operator, 1, where);
    if (!(size.data instanceof Int32Array) || size.data.length !== 2) {
      throw this.#unsupported(`${where} with a size of ${size.type} [${size.shape}]`, 'two int32');
    }
    this.#shape(output, [1, size.data[0], size.data[1], channels], where);
    this.#equalQuantisation(input, output, where);
  }

  #fullyConnected(operator: FullyConnected, input: Tensor, output: Tensor, where: string): void {
    const weights = this.#constant(operator, 1, where);
    if (weights.shape.length !== 2) throw this.#corrupt(`${where}: weights of rank ${weights.shape.length}`);
    const [units, depth] = weights.shape;
    const rows = elementCount(input.shape) / depth;
    if (!Number.isInteger(rows) || elementCount(output.shape) !== rows * units) {
      throw this.#corrupt(`${where}: [${input.shape}] by weights [${weights.shape}] to [${output.shape}]`);
    }
    this.#weights(operator, weights, 0, units, input, where);
  }

  #weights(
    operator: Operator,
    weights: Tensor,
    axis: number,
    filters: number,
    input: Tensor,
    where: string,
  ): void {
    if (weights.type !== input.type) {
      throw this.#unsupported(
        `${where} with ${weights.type} weights on ${input.type}`,
        'weights of the same type',
      );
    }
    const bias = inputTensor(this.#network, operator, 2);
    const biasType = input.type === 'float32' ? 'float32' : 'int32';
    if (bias !== undefined) {
      if (bias.data === undefined || bias.type !== biasType) {
        throw this.#unsupported(`${where} with computed or ${bias.type} bias`, `constant ${biasType} bias`);
      }
      if (bias.data.length !== filters) throw this.#corrupt(`${where}: ${bias.data.length} biases`);
    }
    if (input.type !== 'int8' && input.type !== 'uint8') return;
    const { quantisation } = weights;
    if (quantisation === undefined || !quantisation.scales.every(isScale)) {
      throw this.#corrupt(`${where}: weights without positive scales`);
    }
    const count = quantisation.scales.length;
    if (count === 1) {
      checkActivationFormat(weights, this.#network.name);
      return;
    }
    if (count !== filters || quantisation.axis !== axis) {
      throw this.#corrupt(`${where}: ${count} weight scales along axis ${quantisation.axis}`);
    }
    if (input.type !== 'int8' || quantisation.zeroPoints.some(zeroPoint => zeroPoint !== 0)) {
      throw this.#unsupported(`${where} with asymmetric per-channel weights`, 'symmetric int8 per channel');
    }
  }
}
