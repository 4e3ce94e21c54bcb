import { LittlefirstError } from '../../errors.js';
import type { Network, Operator } from '../tflite/network.js';

/** Names of the operators as TFLite tools show them. */
const operatorNames: Record<Operator['kind'], string> = {
  conv2d: 'CONV_2D',
  'depthwise-conv2d': 'DEPTHWISE_CONV_2D',
  'max-pool2d': 'MAX_POOL_2D',
  'average-pool2d': 'AVERAGE_POOL_2D',
  mean: 'MEAN',
  'reduce-max': 'REDUCE_MAX',
  reshape: 'RESHAPE',
  concatenation: 'CONCATENATION',
  'fully-connected': 'FULLY_CONNECTED',
  softmax: 'SOFTMAX',
  add: 'ADD',
  sub: 'SUB',
  mul: 'MUL',
  pad: 'PAD',
  logistic: 'LOGISTIC',
  quantize: 'QUANTIZE',
  'resize-nearest': 'RESIZE_NEAREST_NEIGHBOR',
};

/** LF_MODEL_UNSUPPORTED for an operator that the firmware cannot run in this form. */
export function unsupported(network: Network, operator: Operator, why: string): LittlefirstError {
  const index = network.operators.indexOf(operator);
  const name = operatorNames[operator.kind];
  return new LittlefirstError('LF_MODEL_UNSUPPORTED', `${network.name}: operator ${index}, ${name}: ${why}`, {
    fields: { network: network.name, operator: name, index },
  });
}
