import { LittlefirstError } from '../../errors.js';
import { macsOf } from '../tflite/macs.js';
import type {
  Concatenation,
  Conv2D,
  DepthwiseConv2D,
  Elementwise,
  FullyConnected,
  Network,
  Operator,
} from '../tflite/network.js';
import {
  type ActivationFormat,
  activationFormat,
  activationRange,
  concatenationTable,
  outputMultipliers,
} from '../tflite/quantisation.js';
import { elementCount, inputTensor, reductionAxes } from '../tflite/shapes.js';
import { type ConvolutionPlan, convolutionStep, depthwiseStep, type Step } from './conv.js';
import {
  elementwiseStep,
  isElementwise,
  nearestIndices,
  paddingBefore,
  padStep,
  resizeStep,
} from './elementwise.js';
import { meanStep, poolStep, reduceMaxStep } from './pool.js';
import { softmaxParameters, softmaxStep } from './softmax.js';
import { logisticTable, requantisationTable } from './unary.js';

/** Counts of an 8-bit tensor. */
export type Counts = Int8Array | Uint8Array;

/**
 * The golden interpreter of one network: TensorFlow Lite's reference arithmetic, bit for bit (int32 accumulators, double rounding,
 * per-channel int8 and the older per-tensor uint8). What the DUT must answer.
 */
export class GoldenNetwork {
  readonly network: Network;
  /** Multiply-adds of one inference (see `macsOf`). */
  readonly macs: number;
  readonly #values: (Counts | undefined)[];
  readonly #steps: (() => void)[];

  /**
   * Precomputes everything that does not depend on the input.
   * @param network as `readTflite` returns it
   * @throws LF_MODEL_UNSUPPORTED when a tensor is not int8 or uint8
   */
  constructor(network: Network) {
    this.network = network;
    this.macs = macsOf(network);
    const activations = new Set([
      ...network.inputs,
      ...network.operators.flatMap(operator => operator.outputs),
    ]);
    this.#values = network.tensors.map((tensor, index) => {
      if (!activations.has(index)) return undefined;
      const { type } = activationFormat(tensor, network.name);
      const count = elementCount(tensor.shape);
      return type === 'int8' ? new Int8Array(count) : new Uint8Array(count);
    });
    this.#steps = network.operators.map(operator => this.#compile(operator));
  }

  /**
   * One inference.
   * @param inputs counts of each input tensor in the file's order
   * @returns counts of each output tensor; the arrays are overwritten by the next call
   * @throws LF_INTERNAL when an input has another type or length than its tensor
   */
  run(inputs: readonly Counts[]): Counts[] {
    this.network.inputs.forEach((index, position) => {
      const target = this.#values[index]!;
      const source = inputs[position];
      if (source?.constructor !== target.constructor || source.length !== target.length) {
        throw new LittlefirstError('LF_INTERNAL', `input ${position} of ${this.network.name} does not fit`, {
          expected: `${target.constructor.name} of ${target.length}`,
          received: source === undefined ? 'nothing' : `${source.constructor.name} of ${source.length}`,
        });
      }
      target.set(source);
    });
    for (const step of this.#steps) step();
    return this.network.outputs.map(index => this.#values[index]!);
  }

  /** Counts of every computed tensor after the last `run`, by its number; overwritten by the next one. */
  intermediate(tensor: number): Counts | undefined {
    return this.#values[tensor];
  }

  #format(index: number): ActivationFormat {
    return activationFormat(this.network.tensors[index], this.network.name);
  }

  #compile(operator: Operator): () => void {
    const output = this.#values[operator.outputs[0]]!;
    if (operator.kind === 'concatenation') return this.#concatenation(operator, output);
    if (isElementwise(operator)) return this.#elementwise(operator, output);
    const input = this.#values[operator.inputs[0]];
    if (input === undefined) {
      throw new LittlefirstError(
        'LF_MODEL_UNSUPPORTED',
        `${this.network.name}: ${operator.kind} of a constant`,
        { expected: 'a computed input' },
      );
    }
    const step = this.#step(operator);
    return () => step(input, output);
  }

  #elementwise(operator: Elementwise, output: Counts): () => void {
    const [first, second] = operator.inputs;
    const to = this.#format(operator.outputs[0]);
    const step = elementwiseStep(
      operator,
      [this.#format(first), this.#format(second)],
      to,
      activationRange(operator.activation, to),
    );
    return () => step(this.#values[first]!, this.#values[second]!, output);
  }

  #step(operator: Exclude<Operator, Concatenation | Elementwise>): Step {
    const { tensors } = this.network;
    const input = tensors[operator.inputs[0]];
    const output = tensors[operator.outputs[0]];
    const from = this.#format(operator.inputs[0]);
    const to = this.#format(operator.outputs[0]);
    switch (operator.kind) {
      case 'conv2d':
        return convolutionStep(lengthwise(this.#convolutionPlan(operator)));
      case 'depthwise-conv2d':
        return depthwiseStep(this.#convolutionPlan(operator));
      case 'fully-connected':
        return convolutionStep(this.#densePlan(operator));
      case 'max-pool2d':
      case 'average-pool2d':
        return poolStep(operator, input.shape, output.shape, to);
      case 'mean':
      case 'reduce-max': {
        const axes = reductionAxes(inputTensor(this.network, operator, 1)!, input.shape.length);
        return operator.kind === 'mean'
          ? meanStep(input, axes, from, to, elementCount(output.shape))
          : reduceMaxStep(input, axes);
      }
      case 'softmax': {
        const depth = input.shape[input.shape.length - 1];
        return softmaxStep(softmaxParameters(operator.beta, from.scale), depth, to.low, to.high);
      }
      case 'reshape':
        return (values, result) => result.set(values);
      case 'pad':
        return padStep(
          input.shape,
          output.shape,
          paddingBefore(inputTensor(this.network, operator, 1)!),
          to.zeroPoint,
        );
      case 'resize-nearest':
        return resizeStep(
          input.shape,
          nearestIndices(input.shape[1], output.shape[1], operator),
          nearestIndices(input.shape[2], output.shape[2], operator),
        );
      case 'logistic':
        return tableStep(logisticTable(from, to), from.low);
      case 'quantize':
        return tableStep(requantisationTable(from, to), from.low);
    }
  }

  #concatenation(operator: Concatenation, output: Counts): () => void {
    const shape = this.network.tensors[operator.outputs[0]].shape;
    const to = this.#format(operator.outputs[0]);
    const axis = operator.axis < 0 ? operator.axis + shape.length : operator.axis;
    const outer = elementCount(shape.slice(0, axis));
    const [low, high] = activationRange(operator.activation, to);
    const parts = operator.inputs.map(index => ({
      values: this.#values[index]!,
      low: this.#format(index).low,
      table: concatenationTable(this.#format(index), to).map(count => Math.min(high, Math.max(low, count))),
      length: this.#values[index]!.length / outer,
    }));
    return () => {
      let target = 0;
      for (let block = 0; block < outer; block++) {
        for (const part of parts) {
          const start = block * part.length;
          for (let i = start; i < start + part.length; i++) {
            output[target++] = part.table[part.values[i] - part.low];
          }
        }
      }
    };
  }

  #convolutionPlan(operator: Conv2D | DepthwiseConv2D): ConvolutionPlan {
    const [, height, width, channels] = this.network.tensors[operator.inputs[0]].shape;
    const [, rows, columns, filters] = this.network.tensors[operator.outputs[0]].shape;
    const [, filterH, filterW] = inputTensor(this.network, operator, 1)!.shape;
    const { padding, strideH, strideW, dilationH, dilationW } = operator;
    return {
      ...this.#weighted(operator, filters),
      input: { height, width, channels, zeroPoint: this.#format(operator.inputs[0]).zeroPoint },
      output: {
        height: rows,
        width: columns,
        channels: filters,
        zeroPoint: this.#format(operator.outputs[0]).zeroPoint,
      },
      filterH,
      filterW,
      padding,
      strideH,
      strideW,
      dilationH,
      dilationW,
    };
  }

  /** A dense layer is a 1x1 convolution over its rows. */
  #densePlan(operator: FullyConnected): ConvolutionPlan {
    const [units, depth] = inputTensor(this.network, operator, 1)!.shape;
    const width = elementCount(this.network.tensors[operator.inputs[0]].shape) / depth;
    return {
      ...this.#weighted(operator, units),
      input: { height: 1, width, channels: depth, zeroPoint: this.#format(operator.inputs[0]).zeroPoint },
      output: { height: 1, width, channels: units, zeroPoint: this.#format(operator.outputs[0]).zeroPoint },
      filterH: 1,
      filterW: 1,
      padding: 'valid',
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
    };
  }

  #weighted(
    operator: Conv2D | DepthwiseConv2D | FullyConnected,
    filters: number,
  ): Pick<ConvolutionPlan, 'weights' | 'bias' | 'multipliers' | 'range'> {
    const weights = inputTensor(this.network, operator, 1)!;
    const bias = inputTensor(this.network, operator, 2);
    const [zeroPoint] = weights.quantisation!.zeroPoints;
    const from = this.#format(operator.inputs[0]);
    const to = this.#format(operator.outputs[0]);
    return {
      weights: Int32Array.from(weights.data as Counts, weight => weight - zeroPoint),
      bias: bias === undefined ? new Int32Array(filters) : (bias.data as Int32Array),
      multipliers: outputMultipliers(operator.kind, from, weights, to, filters),
      range: activationRange(operator.activation, to),
    };
  }
}

/** @param table what each count becomes, from the count `low` on */
function tableStep(table: Int16Array, low: number): Step {
  return (values, result) => {
    for (let i = 0; i < values.length; i++) result[i] = table[values[i] - low];
  };
}

/**
 * A convolution over a single column is the same as one over a single row; as a row its taps are one run of memory.
 */
function lengthwise(plan: ConvolutionPlan): ConvolutionPlan {
  if (plan.input.width !== 1 || plan.filterW !== 1) return plan;
  const { input, output } = plan;
  return {
    ...plan,
    input: { ...input, height: 1, width: input.height },
    output: { ...output, height: 1, width: output.height },
    filterH: 1,
    filterW: plan.filterH,
    strideH: 1,
    strideW: plan.strideH,
    dilationH: 1,
    dilationW: plan.dilationH,
  };
}
