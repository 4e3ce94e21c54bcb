import { macsOf, macsOfOperator } from '../tflite/macs.js';
import type { Network, Operator, Tensor } from '../tflite/network.js';
import { elementCount } from '../tflite/shapes.js';
import type { Bundle } from './read.js';
import type { StrategyDescription, WindowFormat } from './schema.js';

export interface TensorSummary {
  name: string;
  shape: number[];
  type: Tensor['type'];
  /** Real value of one count (first one if per channel), and the count of zero. */
  scale?: number;
  zeroPoint?: number;
}

export interface OperatorSummary {
  kind: Operator['kind'];
  input: number[];
  output: number[];
  /** Such as `3x1 same stride 2x1 relu`; empty for operators without options. */
  options: string;
  /** Scales of the weights: one, or one per channel. */
  weightScales: number;
  /** Weights and biases, numbers and bytes. */
  parameters: number;
  parameterBytes: number;
  macs: number;
}

/** `integer`: int8 or uint8 throughout, which runs here; `hybrid`: integer weights, float activations; `float`: float weights too. */
export type Arithmetic = 'integer' | 'hybrid' | 'float';

/** What a network computes in. */
export function arithmeticOf({ tensors, operators, inputs, outputs }: Network): Arithmetic {
  const isFloat = ({ type }: Tensor): boolean => type === 'float32';
  const computed = new Set([...inputs, ...outputs, ...operators.flatMap(operator => operator.outputs)]);
  if (![...computed].some(index => isFloat(tensors[index]))) return 'integer';
  const weights = tensors.filter(({ data, shape }) => data !== undefined && shape.length > 1);
  return weights.some(isFloat) || weights.length === 0 ? 'float' : 'hybrid';
}

export interface NetworkSummary {
  name: string;
  arithmetic: Arithmetic;
  inputs: TensorSummary[];
  outputs: TensorSummary[];
  operators: OperatorSummary[];
  parameters: number;
  parameterBytes: number;
  macs: number;
  /** Largest sum of activation bytes alive at one operator, inputs included: a lower bound of the RAM that any runtime needs. */
  peakActivationBytes: number;
}

const bytesOfType: Record<Tensor['type'], number> = {
  float32: 4,
  int32: 4,
  uint8: 1,
  int8: 1,
  int16: 2,
  int64: 8,
  bool: 1,
};

const bytesOf = (tensor: Tensor): number => elementCount(tensor.shape) * bytesOfType[tensor.type];

function summariseTensor(tensor: Tensor): TensorSummary {
  const { name, shape, type, quantisation } = tensor;
  if (quantisation === undefined) return { name, shape, type };
  return { name, shape, type, scale: quantisation.scales[0], zeroPoint: quantisation.zeroPoints[0] };
}

function optionText(operator: Operator, weights: Tensor | undefined): string {
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise-conv2d': {
      const { padding, strideH, strideW, dilationH, dilationW, activation } = operator;
      const [, filterH, filterW] = weights?.shape ?? [];
      const dilation = dilationH * dilationW > 1 ? ` dilation ${dilationH}x${dilationW}` : '';
      return `${filterH}x${filterW} ${padding} stride ${strideH}x${strideW}${dilation} ${activation}`;
    }
    case 'max-pool2d':
    case 'average-pool2d': {
      const { padding, strideH, strideW, filterH, filterW, activation } = operator;
      return `${filterH}x${filterW} ${padding} stride ${strideH}x${strideW} ${activation}`;
    }
    case 'concatenation':
      return `axis ${operator.axis}`;
    case 'fully-connected':
      return operator.activation;
    case 'softmax':
      return `beta ${operator.beta}`;
    default:
      return '';
  }
}

function summariseOperator(network: Network, operator: Operator): OperatorSummary {
  const { tensors } = network;
  const hasWeights = ['conv2d', 'depthwise-conv2d', 'fully-connected'].includes(operator.kind);
  const constants = hasWeights
    ? operator.inputs.slice(1).flatMap(index => (index >= 0 && tensors[index].data ? [tensors[index]] : []))
    : [];
  return {
    kind: operator.kind,
    input: tensors[operator.inputs[0]].shape,
    output: tensors[operator.outputs[0]].shape,
    options: optionText(operator, constants[0]),
    weightScales: constants[0]?.quantisation?.scales.length ?? 0,
    parameters: constants.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0),
    parameterBytes: constants.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    macs: macsOfOperator(network, operator),
  };
}

/** Activation bytes alive while each operator runs, in the file's order of operators; the largest of them. */
function peakActivationBytes(network: Network): number {
  const { tensors, operators, inputs, outputs } = network;
  const born = new Map<number, number>(inputs.map(index => [index, 0]));
  const dies = new Map<number, number>();
  operators.forEach((operator, step) => {
    for (const index of operator.outputs) born.set(index, step);
    for (const index of operator.inputs) dies.set(index, step);
  });
  for (const index of outputs) dies.set(index, operators.length);
  const alive = (step: number): number =>
    [...born].reduce(
      (sum, [index, birth]) =>
        birth <= step && (dies.get(index) ?? birth) >= step ? sum + bytesOf(tensors[index]) : sum,
      0,
    );
  return Math.max(...operators.map((_, step) => alive(step)));
}

/** What a network is made of, for `littlefirst model inspect` and reports. Works on float networks too. */
export function describeNetwork(network: Network): NetworkSummary {
  const operators = network.operators.map(operator => summariseOperator(network, operator));
  return {
    name: network.name,
    arithmetic: arithmeticOf(network),
    inputs: network.inputs.map(index => summariseTensor(network.tensors[index])),
    outputs: network.outputs.map(index => summariseTensor(network.tensors[index])),
    operators,
    parameters: operators.reduce((sum, { parameters }) => sum + parameters, 0),
    parameterBytes: operators.reduce((sum, { parameterBytes }) => sum + parameterBytes, 0),
    macs: macsOf(network),
    peakActivationBytes: peakActivationBytes(network),
  };
}

export interface BundleSummary {
  name: string;
  description: string;
  origin: string;
  labels: string[];
  window: WindowFormat;
  networks: (NetworkSummary & { file: string; path: string; fileBytes: number; sha256: string })[];
  strategies: StrategyDescription[];
}

/** What a bundle holds: its networks in full, its window format and strategies as described. */
export function describeBundle(bundle: Bundle): BundleSummary {
  const { name, description, origin, labels, window, strategies } = bundle.description;
  return {
    name,
    description,
    origin,
    labels,
    window,
    strategies,
    networks: bundle.networks.map(item => ({
      ...describeNetwork(item.network),
      name: item.name,
      file: item.entry.file,
      path: item.path,
      fileBytes: item.bytes,
      sha256: item.sha256,
    })),
  };
}
