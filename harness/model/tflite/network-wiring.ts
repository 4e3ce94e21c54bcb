import type { Network, Tensor } from './network.js';
import { contradiction } from './network-errors.js';

/** Every activation is written once, before it is read; constants are never written. */
export function checkWiring(network: Network): void {
  const { name, tensors, operators, inputs, outputs } = network;
  const exists = (index: number): boolean => index >= 0 && index < tensors.length;
  if (inputs.length === 0 || outputs.length === 0) throw contradiction(name, 'it has no input or no output');
  if (![...inputs, ...outputs].every(exists))
    throw contradiction(name, 'an input or output tensor is missing');
  const ready = new Set(inputs);
  if (ready.size !== inputs.length || inputs.some(index => tensors[index].data !== undefined)) {
    throw contradiction(name, 'an input is constant or named twice');
  }
  tensors.forEach((tensor, index) => {
    if (tensor.data !== undefined) ready.add(index);
  });
  operators.forEach((operator, number) => {
    for (const index of operator.inputs) {
      if (index !== -1 && !ready.has(index)) {
        throw contradiction(name, `operator ${number} reads tensor ${index} before it is made`);
      }
    }
    if (operator.outputs.length !== 1)
      throw contradiction(name, `operator ${number} does not have one output`);
    const [output] = operator.outputs;
    if (!exists(output) || ready.has(output)) {
      throw contradiction(
        name,
        `operator ${number} writes tensor ${output}, which is missing or already made`,
      );
    }
    ready.add(output);
  });
  for (const output of outputs) {
    if (!ready.has(output)) throw contradiction(name, `output tensor ${output} is never made`);
  }
  for (const index of [...inputs, ...operators.flatMap(operator => operator.outputs)]) {
    checkActivationFormat(tensors[index], name);
  }
}

/** 8-bit activations have one scale and one zero point that the type can hold. */
export function checkActivationFormat(tensor: Tensor, networkName: string): void {
  if (tensor.type !== 'int8' && tensor.type !== 'uint8') return;
  const { quantisation } = tensor;
  const [low, high] = tensor.type === 'int8' ? [-128, 127] : [0, 255];
  if (quantisation?.scales.length !== 1 || !isScale(quantisation.scales[0])) {
    throw contradiction(networkName, `tensor "${tensor.name}" (${tensor.type}) needs one positive scale`);
  }
  const [zeroPoint] = quantisation.zeroPoints;
  if (!(zeroPoint >= low && zeroPoint <= high)) {
    throw contradiction(
      networkName,
      `zero point ${zeroPoint} of tensor "${tensor.name}" is outside ${tensor.type}`,
    );
  }
}

export function isScale(scale: number): boolean {
  return Number.isFinite(scale) && scale > 0;
}
