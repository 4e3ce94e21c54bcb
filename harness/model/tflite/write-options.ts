import type { Activation, Network, Operator, Padding } from './network.js';
import * as schema from './schema.js';
import { inputTensor } from './shapes.js';

/** One field of an options table. Fields at 0 are left out of the file, as FlatBuffers does with defaults. */
export type OptionField =
  | { id: number; type: 'int8' | 'int32' | 'float32'; value: number }
  | { id: number; type: 'int32s'; value: number[] };

/** How an operator stands in a file. */
export interface WrittenOptions {
  operatorName: string;
  version: number;
  optionsType: keyof typeof schema.optionsTypes;
  fieldCount: number;
  fields: OptionField[];
  inputs: number[];
}

const int8 = (id: number, value: number): OptionField => ({ id, type: 'int8', value });
const int32 = (id: number, value: number): OptionField => ({ id, type: 'int32', value });
const padding = (id: number, value: Padding): OptionField => int8(id, schema.paddingNames.indexOf(value));
const activationNumbers: Record<Activation, number> = { none: 0, relu: 1, relu6: 3 };
const activation = (id: number, value: Activation): OptionField => int8(id, activationNumbers[value]);

/** How a filter or pool steps over its input: the fields that convolutions and pools share. */
function stepFields(
  ids: { padding: number; strideW: number; strideH: number },
  operator: { padding: Padding; strideW: number; strideH: number },
): OptionField[] {
  return [
    padding(ids.padding, operator.padding),
    int32(ids.strideW, operator.strideW),
    int32(ids.strideH, operator.strideH),
  ];
}

/** The other fields that both convolutions have. */
function convolutionFields(
  ids: { activation: number; dilationW: number; dilationH: number },
  operator: { activation: Activation; dilationW: number; dilationH: number },
): OptionField[] {
  return [
    activation(ids.activation, operator.activation),
    int32(ids.dilationW, operator.dilationW),
    int32(ids.dilationH, operator.dilationH),
  ];
}

/**
 * Name, version and options of an operator. Versions are the lowest that TFLite defines for the types in use (source:
 * tensorflow/lite/tools/versioning/op_version.cc).
 */
export function optionsOf(network: Network, operator: Operator): WrittenOptions {
  const int8Network = network.tensors[operator.outputs[0]].type === 'int8';
  const { inputs } = operator;
  const forInt8 = (version: number): number => (int8Network ? version : 1);
  switch (operator.kind) {
    case 'conv2d': {
      const ids = schema.convFields;
      return {
        operatorName: 'CONV_2D',
        version: forInt8(3),
        optionsType: 'conv2d',
        fieldCount: ids.count,
        inputs,
        fields: [...stepFields(ids, operator), ...convolutionFields(ids, operator)],
      };
    }
    case 'depthwise-conv2d': {
      const ids = schema.depthwiseFields;
      const dilated = operator.dilationH > 1 || operator.dilationW > 1;
      return {
        operatorName: 'DEPTHWISE_CONV_2D',
        version: int8Network ? 3 : dilated ? 2 : 1,
        optionsType: 'depthwiseConv2d',
        fieldCount: ids.count,
        inputs,
        fields: [
          ...stepFields(ids, operator),
          int32(ids.depthMultiplier, operator.depthMultiplier),
          ...convolutionFields(ids, operator),
        ],
      };
    }
    case 'max-pool2d':
    case 'average-pool2d': {
      const ids = schema.poolFields;
      return {
        operatorName: operator.kind === 'max-pool2d' ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D',
        version: forInt8(2),
        optionsType: 'pool2d',
        fieldCount: ids.count,
        inputs,
        fields: [
          ...stepFields(ids, operator),
          int32(ids.filterW, operator.filterW),
          int32(ids.filterH, operator.filterH),
          activation(ids.activation, operator.activation),
        ],
      };
    }
    case 'mean':
    case 'reduce-max':
      return {
        operatorName: operator.kind === 'mean' ? 'MEAN' : 'REDUCE_MAX',
        version: forInt8(2),
        optionsType: 'reducer',
        fieldCount: schema.reducerFields.count,
        inputs,
        fields: [int8(schema.reducerFields.keepDims, operator.keepDims ? 1 : 0)],
      };
    case 'concatenation': {
      const ids = schema.concatenationFields;
      return {
        operatorName: 'CONCATENATION',
        version: forInt8(2),
        optionsType: 'concatenation',
        fieldCount: ids.count,
        inputs,
        fields: [int32(ids.axis, operator.axis), activation(ids.activation, operator.activation)],
      };
    }
    case 'fully-connected': {
      const ids = schema.fullyConnectedFields;
      return {
        operatorName: 'FULLY_CONNECTED',
        version: fullyConnectedVersion(network, operator, int8Network),
        optionsType: 'fullyConnected',
        fieldCount: ids.count,
        inputs,
        fields: [
          activation(ids.activation, operator.activation),
          int8(ids.keepNumDims, operator.keepNumDims ? 1 : 0),
        ],
      };
    }
    case 'softmax':
      return {
        operatorName: 'SOFTMAX',
        version: forInt8(2),
        optionsType: 'softmax',
        fieldCount: schema.softmaxFields.count,
        inputs,
        fields: [{ id: schema.softmaxFields.beta, type: 'float32', value: operator.beta }],
      };
    case 'add':
    case 'sub':
    case 'mul': {
      const ids = elementwiseFields[operator.kind];
      return {
        operatorName: operator.kind.toUpperCase(),
        version: forInt8(2),
        optionsType: operator.kind,
        fieldCount: ids.count,
        inputs,
        fields: [activation(ids.activation, operator.activation)],
      };
    }
    case 'pad':
      return withoutFields('PAD', forInt8(2), 'pad', inputs);
    case 'logistic':
      return withoutFields('LOGISTIC', forInt8(2), 'none', inputs);
    case 'quantize':
      return withoutFields('QUANTIZE', 2, 'quantize', inputs);
    case 'resize-nearest': {
      const ids = schema.resizeFields;
      return {
        operatorName: 'RESIZE_NEAREST_NEIGHBOR',
        version: operator.alignCorners || operator.halfPixelCenters ? 3 : forInt8(2),
        optionsType: 'resizeNearest',
        fieldCount: ids.count,
        inputs,
        fields: [
          int8(ids.alignCorners, operator.alignCorners ? 1 : 0),
          int8(ids.halfPixelCenters, operator.halfPixelCenters ? 1 : 0),
        ],
      };
    }
    case 'reshape':
      return reshapeOptions(network, operator);
  }
}

const elementwiseFields = { add: schema.addFields, sub: schema.subFields, mul: schema.mulFields } as const;

function withoutFields(
  operatorName: string,
  version: number,
  optionsType: WrittenOptions['optionsType'],
  inputs: number[],
): WrittenOptions {
  return { operatorName, version, optionsType, fieldCount: schema.emptyFields.count, inputs, fields: [] };
}

/** 12: weights per channel; 6: no bias; 5: keepNumDims; 4: int8. */
function fullyConnectedVersion(
  network: Network,
  operator: Extract<Operator, { kind: 'fully-connected' }>,
  int8Network: boolean,
): number {
  const scales = inputTensor(network, operator, 1)?.quantisation?.scales.length ?? 0;
  if (int8Network && scales > 1) return 12;
  if (operator.inputs.length === 2) return 6;
  if (operator.keepNumDims) return 5;
  return int8Network ? 4 : 1;
}

/** The shape stands in the options; a second input stays only if it is that shape (EXPAND_DIMS and SQUEEZE have axes there). */
function reshapeOptions(network: Network, operator: Extract<Operator, { kind: 'reshape' }>): WrittenOptions {
  const { shape } = network.tensors[operator.outputs[0]];
  const named = inputTensor(network, operator, 1);
  const isShape =
    named?.data instanceof Int32Array &&
    named.shape.length === 1 &&
    named.data.length === shape.length &&
    shape.every((size, axis) => size === (named.data as Int32Array)[axis]);
  return {
    operatorName: 'RESHAPE',
    version: 1,
    optionsType: 'reshape',
    fieldCount: schema.reshapeFields.count,
    inputs: operator.inputs.slice(0, isShape ? 2 : 1),
    fields: [{ id: schema.reshapeFields.newShape, type: 'int32s', value: shape }],
  };
}
