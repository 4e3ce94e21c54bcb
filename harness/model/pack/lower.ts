import { LittlefirstError } from '../../errors.js';
import {
  isElementwise,
  nearestIndices,
  paddingBefore,
  productMultiplier,
  sumPlan,
} from '../golden/elementwise.js';
import { meanMultiplier } from '../golden/pool.js';
import { softmaxParameters } from '../golden/softmax.js';
import { isUnary, logisticTable, requantisationTable } from '../golden/unary.js';
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
  Softmax,
  Unary,
} from '../tflite/network.js';
import { type ActivationFormat, activationFormat, concatenationTable } from '../tflite/quantisation.js';
import { elementCount, inputTensor, reductionAxes } from '../tflite/shapes.js';
import type { Buffer } from './arena.js';
import { maxOutputs } from './blob.js';
import { unsupported } from './errors.js';
import { along, flattened, fusablePool, plainStep, poolGeometry } from './geometry.js';
import type { PlannedStep } from './step.js';
import { dutRange, dutZeroPoint, loweredBy, stepWeights } from './weights.js';

/** A step of the plan with the buffers it reads and writes; `binding` numbers the input tensor of an input step. */
export interface PlanNode {
  step: PlannedStep;
  input?: Buffer;
  /** What sum and product read beside `input`. */
  second?: Buffer;
  output: Buffer;
  binding?: number;
}

export interface LoweredNetwork {
  nodes: PlanNode[];
  output: Buffer;
}

/**
 * Turns operators into steps: reshapes vanish, a max pool joins the convolution before it, concatenated tensors are
 * written where they belong. Operators are taken branch by branch, so that one branch's buffers are free for the next.
 * @param network checked by `checkNetwork`
 * @throws LF_MODEL_UNSUPPORTED naming the operator
 */
export function lowerNetwork(network: Network): LoweredNetwork {
  return new Lowering(network).run();
}

/** Operators of one input that become a step of their own. */
type LoweredAlone = Exclude<Operator, Concatenation | Elementwise | Unary | { kind: 'reshape' }>;

/** A tensor of any rank as rows x columns x channels of as many elements. */
function threeSizes(
  shape: readonly number[],
): Pick<PlannedStep, 'inH' | 'inW' | 'inC' | 'outH' | 'outW' | 'outC'> {
  const inC = shape.at(-1) ?? 1;
  const inW = shape.at(-2) ?? 1;
  const inH = elementCount(shape) / (inC * inW);
  return { inH, inW, inC, outH: inH, outW: inW, outC: inC };
}

class Lowering {
  readonly #network: Network;
  readonly #buffers = new Map<number, Buffer>();
  readonly #nodes: PlanNode[] = [];
  readonly #producers = new Map<number, Operator>();

  constructor(network: Network) {
    this.#network = network;
    for (const operator of network.operators) this.#producers.set(operator.outputs[0], operator);
  }

  run(): LoweredNetwork {
    const { outputs, tensors, name } = this.#network;
    const count = elementCount(tensors[outputs[0]].shape);
    if (outputs.length !== 1 || count > maxOutputs) {
      throw new LittlefirstError(
        'LF_MODEL_UNSUPPORTED',
        `${name} has an output that the firmware does not take`,
        {
          expected: `one output of 1 to ${maxOutputs} elements`,
          received: `${outputs.length} outputs, the first of ${count} elements`,
        },
      );
    }
    return { output: this.#read(outputs[0]), nodes: this.#nodes };
  }

  #format(tensor: number): ActivationFormat {
    return activationFormat(this.#network.tensors[tensor], this.#network.name);
  }

  #newBuffer(tensor: number): Buffer {
    const buffer: Buffer = { bytes: elementCount(this.#network.tensors[tensor].shape), offset: 0 };
    this.#buffers.set(tensor, buffer);
    return buffer;
  }

  /** The buffer of a tensor, after the steps that fill it are in the plan. */
  #read(tensor: number): Buffer {
    const known = this.#buffers.get(tensor);
    if (known !== undefined) return known;
    const binding = this.#network.inputs.indexOf(tensor);
    if (binding >= 0) {
      const output = this.#newBuffer(tensor);
      this.#nodes.push({ step: plainStep('input'), output, binding });
      return output;
    }
    const operator = this.#producers.get(tensor)!;
    if (operator.kind === 'reshape') {
      const buffer = this.#read(operator.inputs[0]);
      this.#buffers.set(tensor, buffer);
      return buffer;
    }
    if (operator.kind === 'concatenation') return this.#concatenate(operator);
    if (isElementwise(operator)) return this.#elementwise(operator);
    if (isUnary(operator)) return this.#unary(operator);
    return this.#lower(operator);
  }

  #elementwise(operator: Elementwise): Buffer {
    const [first, second] = operator.inputs;
    const input = this.#read(first);
    const other = this.#read(second);
    const output = this.#newBuffer(operator.outputs[0]);
    const [a, b] = [this.#format(first), this.#format(second)];
    const to = this.#format(operator.outputs[0]);
    const size = threeSizes(this.#network.tensors[first].shape);
    const common = { ...size, outZero: dutZeroPoint(to), ...dutRange(operator.activation, to) };
    let step: PlannedStep;
    if (operator.kind === 'mul') {
      const { multiplier, shift } = productMultiplier(a, b, to);
      const constants = Int32Array.of(multiplier, shift, dutZeroPoint(b));
      step = plainStep('product', { ...common, inZero: dutZeroPoint(a), constants });
    } else {
      const plan = sumPlan(operator.kind, a, b, to);
      const { multiplier, shift } = plan.output;
      const constants = Int32Array.of(...plan.first, ...plan.second, multiplier, shift);
      step = plainStep('sum', { ...common, constants });
    }
    this.#nodes.push({ step, input, second: other, output });
    return output;
  }

  /** A table of 256 counts; nothing at all where it changes none in the DUT's form. */
  #unary(operator: Unary): Buffer {
    const [source] = operator.inputs;
    const input = this.#read(source);
    const [from, to] = [this.#format(source), this.#format(operator.outputs[0])];
    const table = (operator.kind === 'logistic' ? logisticTable : requantisationTable)(from, to);
    const constants = Int8Array.from(table, count => count - loweredBy(to));
    if (constants.every((count, index) => count === index - 128)) {
      this.#buffers.set(operator.outputs[0], input);
      return input;
    }
    const output = this.#newBuffer(operator.outputs[0]);
    const { inH, inW, inC } = threeSizes(this.#network.tensors[source].shape);
    this.#nodes.push({
      step: plainStep('copy', { inH: inH * inW, inC, outC: inC, constants }),
      input,
      output,
    });
    return output;
  }

  #lower(operator: LoweredAlone): Buffer {
    const [source] = operator.inputs;
    if (source === undefined || source < 0 || this.#network.tensors[source].data !== undefined)
      throw unsupported(this.#network, operator, 'it reads a constant');
    const before = this.#convolutionBefore(operator);
    const input = this.#read(before === undefined ? source : before.inputs[0]);
    const output = this.#newBuffer(operator.outputs[0]);
    const step = before === undefined ? this.#step(operator) : this.#fused(before, operator as Pool2D);
    this.#nodes.push({ step, input, output });
    return output;
  }

  #step(operator: LoweredAlone): PlannedStep {
    switch (operator.kind) {
      case 'conv2d':
      case 'depthwise-conv2d':
        return flattened(along(this.#convolution(operator)));
      case 'max-pool2d':
      case 'average-pool2d':
        return along(this.#pool(operator));
      case 'mean':
      case 'reduce-max':
        return this.#reduce(operator);
      case 'fully-connected':
        return this.#fullyConnected(operator);
      case 'softmax':
        return this.#softmax(operator);
      case 'pad':
        return this.#pad(operator);
      case 'resize-nearest':
        return this.#resize(operator);
    }
  }

  /** The convolution whose only use is this max pool, if it can do the pooling itself. */
  #convolutionBefore(pool: Operator): Conv2D | DepthwiseConv2D | undefined {
    if (pool.kind !== 'max-pool2d') return undefined;
    const { operators, outputs } = this.#network;
    let [tensor] = pool.inputs;
    for (;;) {
      const uses = operators.filter(operator => operator.inputs.includes(tensor)).length;
      const producer = this.#producers.get(tensor);
      if (producer === undefined || uses !== 1 || outputs.includes(tensor) || this.#buffers.has(tensor))
        return undefined;
      if (producer.kind === 'conv2d' || producer.kind === 'depthwise-conv2d')
        return fusablePool(this.#network, producer, pool) ? producer : undefined;
      if (producer.kind !== 'reshape') return undefined;
      [tensor] = producer.inputs;
    }
  }

  #fused(operator: Conv2D | DepthwiseConv2D, pool: Pool2D): PlannedStep {
    const step = this.#convolution(operator);
    const [, convH, convW] = this.#network.tensors[operator.outputs[0]].shape;
    const shape = this.#network.tensors[pool.inputs[0]].shape;
    const turned = shape[1] !== convH || shape[2] !== convW;
    const geometry = poolGeometry(pool, turned, convH, convW);
    const range = dutRange(pool.activation, this.#format(pool.outputs[0]));
    const limit = (value: number): number => Math.min(range.clampMax, Math.max(range.clampMin, value));
    return along({
      ...step,
      ...geometry,
      clampMin: limit(step.clampMin),
      clampMax: limit(step.clampMax),
    });
  }

  #convolution(operator: Conv2D | DepthwiseConv2D): PlannedStep {
    const { tensors } = this.#network;
    const { strideH, strideW, padding, dilationH, dilationW } = operator;
    const weights = inputTensor(this.#network, operator, 1)!;
    const [, inH, inW, inC] = tensors[operator.inputs[0]].shape;
    const [, convH, convW, outC] = tensors[operator.outputs[0]].shape;
    const [, kernelH, kernelW] = weights.shape;
    if (dilationH !== 1 || dilationW !== 1)
      throw unsupported(this.#network, operator, `dilation ${dilationH} x ${dilationW}`);
    const taps = weights.data!.length / outC;
    const conv = operator.kind === 'conv2d';
    const to = this.#format(operator.outputs[0]);
    const step = plainStep(conv ? 'conv' : 'depthwise', {
      ...{ inH, inW, inC, outC, convH, convW, outH: convH, outW: convW, kernelH, kernelW, strideH, strideW },
      inZero: dutZeroPoint(this.#format(operator.inputs[0])),
      outZero: dutZeroPoint(to),
      ...dutRange(operator.activation, to),
      weights: stepWeights(this.#network, operator, outC, conv ? i => Math.floor(i / taps) : i => i % outC),
    });
    return this.#padded(step, operator, padding);
  }

  #padded(step: PlannedStep, operator: Operator, padding: 'same' | 'valid'): PlannedStep {
    const { strideH, strideW, kernelH, kernelW, convH, convW } = step;
    const pad = (size: number, out: number, filter: number, stride: number): number =>
      padding === 'same' ? Math.max(0, (out - 1) * stride + filter - size) >> 1 : 0;
    const padTop = pad(step.inH, convH, kernelH, strideH);
    const padLeft = pad(step.inW, convW, kernelW, strideW);
    if (Math.max(padTop, padLeft, strideH, strideW) > 255)
      throw unsupported(this.#network, operator, 'a stride or padding above 255');
    return { ...step, padTop, padLeft };
  }

  #pool(operator: Pool2D): PlannedStep {
    const { tensors } = this.#network;
    const [, inH, inW, inC] = tensors[operator.inputs[0]].shape;
    const [, outH, outW] = tensors[operator.outputs[0]].shape;
    const { filterH, filterW, strideH, strideW } = operator;
    const to = this.#format(operator.outputs[0]);
    const step = plainStep(operator.kind === 'max-pool2d' ? 'maxPool' : 'averagePool', {
      ...{ inH, inW, inC, outC: inC, convH: outH, convW: outW, outH, outW, strideH, strideW },
      kernelH: filterH,
      kernelW: filterW,
      ...dutRange(operator.activation, to),
      roundUnsigned: to.type === 'uint8',
    });
    return this.#padded(step, operator, operator.padding);
  }

  /** Axes that lie together and are not padded count as one; at most two neighbouring ones may be padded. */
  #pad(operator: Pad): PlannedStep {
    const { shape } = this.#network.tensors[operator.inputs[0]];
    const grown = this.#network.tensors[operator.outputs[0]].shape;
    const before = paddingBefore(inputTensor(this.#network, operator, 1)!);
    const padded = shape.flatMap((size, axis) => (grown[axis] === size ? [] : [axis]));
    const last = padded.at(-1) ?? shape.length - 1;
    const first = padded[0] ?? last;
    const row = first === last ? last - 1 : first;
    if (last - first > 1 || (first !== last && elementCount(shape.slice(0, first)) !== 1))
      throw unsupported(this.#network, operator, `axes [${padded}] of [${shape}] are padded`);
    const [padTop, padLeft] = [first === last ? 0 : before[first], before[last]];
    if (Math.max(padTop, padLeft) > 255)
      throw unsupported(this.#network, operator, 'padding above 255 in front');
    const inC = elementCount(shape.slice(last + 1));
    return plainStep('pad', {
      ...{ inH: elementCount(shape.slice(0, row + 1)), inW: shape[last], inC, outC: inC, padTop, padLeft },
      ...{ outH: elementCount(grown.slice(0, row + 1)), outW: grown[last] },
      outZero: dutZeroPoint(this.#format(operator.outputs[0])),
    });
  }

  #resize(operator: ResizeNearest): PlannedStep {
    const { tensors } = this.#network;
    const [, inH, inW, inC] = tensors[operator.inputs[0]].shape;
    const [, outH, outW] = tensors[operator.outputs[0]].shape;
    const constants = Int32Array.of(
      ...nearestIndices(inH, outH, operator),
      ...nearestIndices(inW, outW, operator),
    );
    return plainStep('resize', { inH, inW, inC, outC: inC, outH, outW, constants });
  }

  #reduce(operator: Reduce): PlannedStep {
    const [input, output] = [operator.inputs[0], operator.outputs[0]];
    const shape = this.#network.tensors[input].shape;
    const axes = reductionAxes(inputTensor(this.#network, operator, 1)!, shape.length).filter(
      axis => shape[axis] > 1,
    );
    const [first, last] = [axes[0] ?? shape.length - 1, axes[axes.length - 1] ?? shape.length - 2];
    if (shape.some((size, axis) => axis > first && axis < last && size > 1 && !axes.includes(axis)))
      throw unsupported(this.#network, operator, `axes [${axes}] of [${shape}] do not lie together`);
    const inH = elementCount(shape.slice(0, first));
    const inW = elementCount(shape.slice(first, last + 1));
    const inC = elementCount(shape.slice(last + 1));
    const size = { inH, inW, inC, outC: inC, convH: inH, convW: 1, outH: inH, outW: 1 };
    if (operator.kind === 'reduce-max') return plainStep('reduceMax', size);
    const [from, to] = [this.#format(input), this.#format(output)];
    const { multiplier, shift } = meanMultiplier(from, to, inW);
    const zeros = { inZero: dutZeroPoint(from), outZero: dutZeroPoint(to) };
    return plainStep('mean', { ...size, ...zeros, constants: Int32Array.of(multiplier, shift) });
  }

  #fullyConnected(operator: FullyConnected): PlannedStep {
    const [units, depth] = inputTensor(this.#network, operator, 1)!.shape;
    const rows = elementCount(this.#network.tensors[operator.inputs[0]].shape) / depth;
    const to = this.#format(operator.outputs[0]);
    return plainStep('fullyConnected', {
      ...{ inW: rows, inC: depth, outC: units, convW: rows, outW: rows },
      inZero: dutZeroPoint(this.#format(operator.inputs[0])),
      outZero: dutZeroPoint(to),
      ...dutRange(operator.activation, to),
      weights: stepWeights(this.#network, operator, units, i => Math.floor(i / depth)),
    });
  }

  #softmax(operator: Softmax): PlannedStep {
    const from = this.#format(operator.inputs[0]);
    const to = this.#format(operator.outputs[0]);
    if (to.scale !== 1 / 256 || dutZeroPoint(to) !== -128)
      throw unsupported(
        this.#network,
        operator,
        'output scale is not 1/256 or zero point not the smallest count',
      );
    const shape = this.#network.tensors[operator.inputs[0]].shape;
    const inC = shape[shape.length - 1];
    const inW = elementCount(shape) / inC;
    const { multiplier, shift, smallestDifference } = softmaxParameters(operator.beta, from.scale);
    if (shift < 0 || shift > 31 || inC >= 4096)
      throw unsupported(
        this.#network,
        operator,
        `input scale ${from.scale} or row length ${inC} out of range`,
      );
    return plainStep('softmax', {
      ...{ inW, inC, outC: inC, convW: inW, outW: inW },
      constants: Int32Array.of(multiplier, shift, smallestDifference),
    });
  }

  /** Parts that can be written in place become parts of the output's buffer; others are copied there. */
  #concatenate(operator: Concatenation): Buffer {
    const { tensors } = this.#network;
    const [target] = operator.outputs;
    const shape = tensors[target].shape;
    const axis = operator.axis < 0 ? operator.axis + shape.length : operator.axis;
    const rows = elementCount(shape.slice(0, axis));
    const rowBytes = elementCount(shape.slice(axis));
    const to = this.#format(target);
    const { clampMin, clampMax } = dutRange(operator.activation, to);
    const output = this.#newBuffer(target);
    let offset = 0;
    for (const part of operator.inputs) {
      const buffer = this.#read(part);
      const bytes = elementCount(tensors[part].shape) / rows;
      const table = concatenationTable(this.#format(part), to).map(count =>
        Math.min(clampMax, Math.max(clampMin, count - loweredBy(to))),
      );
      const same = table.every((count, index) => count === index - 128);
      const free = buffer.parent === undefined;
      if (rows === 1 && same && free && offset % 4 === 0) {
        buffer.parent = output;
        buffer.offset = offset;
      } else {
        const slice: Buffer = { bytes: (rows - 1) * rowBytes + bytes, parent: output, offset };
        const constants = same ? undefined : Int8Array.from(table);
        const size = { inH: rows, inC: bytes, outC: rowBytes };
        this.#nodes.push({ step: plainStep('copy', { ...size, constants }), input: buffer, output: slice });
      }
      offset += bytes;
    }
    return output;
  }
}
