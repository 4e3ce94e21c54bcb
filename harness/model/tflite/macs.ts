import type { Network, Operator } from './network.js';
import { elementCount, inputTensor } from './shapes.js';

/** Multiply-adds of one operator, padding positions counted as if they were computed (the counting of the paper); 0 for operators without weights. */
export function macsOfOperator(network: Network, operator: Operator): number {
  const output = network.tensors[operator.outputs[0]];
  switch (operator.kind) {
    case 'conv2d': {
      const [, filterH, filterW, channels] = inputTensor(network, operator, 1)!.shape;
      return elementCount(output.shape) * filterH * filterW * channels;
    }
    case 'depthwise-conv2d': {
      const [, filterH, filterW] = inputTensor(network, operator, 1)!.shape;
      return elementCount(output.shape) * filterH * filterW;
    }
    case 'fully-connected':
      return elementCount(output.shape) * inputTensor(network, operator, 1)!.shape[1];
    default:
      return 0;
  }
}

/** Multiply-adds of one inference. */
export function macsOf(network: Network): number {
  return network.operators.reduce((sum, operator) => sum + macsOfOperator(network, operator), 0);
}
