import type { FlatTable } from './flat-table.js';
import type { FileOperator } from './float-edges.js';
import type { Activation, Elementwise, Padding } from './network.js';
import { unsupported } from './network-errors.js';
import * as schema from './schema.js';

type Body<K extends FileOperator = FileOperator> = K extends FileOperator
  ? Omit<K, 'inputs' | 'outputs'>
  : never;
type OptionReader = (name: string, options: FlatTable) => Body;

function activationOf(name: string, options: FlatTable, field: number): Activation {
  const number = options.int8(field);
  const activation = schema.activationNames[number];
  if (activation === 'NONE') return 'none';
  if (activation === 'RELU') return 'relu';
  if (activation === 'RELU6') return 'relu6';
  throw unsupported(name, `fused activation ${activation ?? number}`, 'none, RELU or RELU6');
}

function paddingOf(options: FlatTable, field: number): Padding {
  const number = options.int8(field);
  const padding = schema.paddingNames[number];
  if (padding === undefined) throw options.file.corrupt('unknown padding', String(number));
  return padding;
}

/** RESHAPE, EXPAND_DIMS, SQUEEZE: the shape of the output tensor says it all. */
const reshape: OptionReader = () => ({ kind: 'reshape' });

function poolReader(kind: 'max-pool2d' | 'average-pool2d'): OptionReader {
  const fields = schema.poolFields;
  return (name, options) => ({
    kind,
    padding: paddingOf(options, fields.padding),
    strideH: options.int32(fields.strideH),
    strideW: options.int32(fields.strideW),
    filterH: options.int32(fields.filterH),
    filterW: options.int32(fields.filterW),
    activation: activationOf(name, options, fields.activation),
  });
}

function reduceReader(kind: 'mean' | 'reduce-max'): OptionReader {
  return (_name, options) => ({ kind, keepDims: options.uint8(schema.reducerFields.keepDims) !== 0 });
}

function elementwiseReader(kind: Elementwise['kind'], fields: { activation: number }): OptionReader {
  return (name, options) => ({ kind, activation: activationOf(name, options, fields.activation) });
}

/** Operators whose options table may be absent: it says nothing that is needed. */
export const optionless: ReadonlySet<string> = new Set([
  'RESHAPE',
  'EXPAND_DIMS',
  'SQUEEZE',
  'PAD',
  'LOGISTIC',
  'QUANTIZE',
  'DEQUANTIZE',
]);

/** The operators that littlefirst reads, and how each one's options become ours. */
export const optionReaders: Record<string, OptionReader> = {
  CONV_2D: (name, options) => {
    const fields = schema.convFields;
    return {
      kind: 'conv2d',
      padding: paddingOf(options, fields.padding),
      strideH: options.int32(fields.strideH),
      strideW: options.int32(fields.strideW),
      dilationH: options.int32(fields.dilationH, 1),
      dilationW: options.int32(fields.dilationW, 1),
      activation: activationOf(name, options, fields.activation),
    };
  },
  DEPTHWISE_CONV_2D: (name, options) => {
    const fields = schema.depthwiseFields;
    return {
      kind: 'depthwise-conv2d',
      padding: paddingOf(options, fields.padding),
      strideH: options.int32(fields.strideH),
      strideW: options.int32(fields.strideW),
      dilationH: options.int32(fields.dilationH, 1),
      dilationW: options.int32(fields.dilationW, 1),
      depthMultiplier: options.int32(fields.depthMultiplier),
      activation: activationOf(name, options, fields.activation),
    };
  },
  MAX_POOL_2D: poolReader('max-pool2d'),
  AVERAGE_POOL_2D: poolReader('average-pool2d'),
  MEAN: reduceReader('mean'),
  REDUCE_MAX: reduceReader('reduce-max'),
  RESHAPE: reshape,
  EXPAND_DIMS: reshape,
  SQUEEZE: reshape,
  CONCATENATION: (name, options) => ({
    kind: 'concatenation',
    axis: options.int32(schema.concatenationFields.axis),
    activation: activationOf(name, options, schema.concatenationFields.activation),
  }),
  FULLY_CONNECTED: (name, options) => {
    const fields = schema.fullyConnectedFields;
    if (options.int8(fields.weightsFormat) !== 0) {
      throw unsupported(name, 'FULLY_CONNECTED with shuffled weights', 'the default weights format');
    }
    return {
      kind: 'fully-connected',
      activation: activationOf(name, options, fields.activation),
      keepNumDims: options.uint8(fields.keepNumDims) !== 0,
    };
  },
  ADD: elementwiseReader('add', schema.addFields),
  SUB: elementwiseReader('sub', schema.subFields),
  MUL: elementwiseReader('mul', schema.mulFields),
  PAD: () => ({ kind: 'pad' }),
  LOGISTIC: () => ({ kind: 'logistic' }),
  QUANTIZE: () => ({ kind: 'quantize' }),
  DEQUANTIZE: () => ({ kind: 'dequantize' }),
  RESIZE_NEAREST_NEIGHBOR: (_name, options) => ({
    kind: 'resize-nearest',
    alignCorners: options.uint8(schema.resizeFields.alignCorners) !== 0,
    halfPixelCenters: options.uint8(schema.resizeFields.halfPixelCenters) !== 0,
  }),
  SOFTMAX: (_name, options) => ({ kind: 'softmax', beta: options.float32(schema.softmaxFields.beta) }),
};
