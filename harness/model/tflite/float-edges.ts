import type { Network, Operator } from './network.js';
import { unsupported } from './network-errors.js';

/** DEQUANTIZE, which stands in files only: no network that is run holds it. */
interface Dequantize {
  kind: 'dequantize';
  inputs: number[];
  outputs: number[];
}

export type FileOperator = Operator | Dequantize;
export type FileNetwork = Omit<Network, 'operators'> & { operators: FileOperator[] };

/**
 * Takes QUANTIZE off float32 inputs and DEQUANTIZE off float32 outputs: a converter leaves them there when a model's inputs and outputs stay
 * float. What remains takes and gives the counts of their 8-bit sides. A network that is float throughout stays as it is.
 * @throws LF_MODEL_UNSUPPORTED for a DEQUANTIZE elsewhere: it makes part of the network float ("hybrid")
 */
export function takeOffFloatEdges(network: FileNetwork): Network {
  const { name, tensors } = network;
  const removed = new Set<FileOperator>();
  const isFloat = (index: number): boolean => tensors[index]?.type === 'float32';
  const readersOf = (index: number): FileOperator[] =>
    network.operators.filter(operator => operator.inputs.includes(index));
  const inputs = network.inputs.map(index => {
    const readers = readersOf(index);
    const [reader] = readers;
    const edge = readers.length === 1 && reader.kind === 'quantize' && !network.outputs.includes(index);
    if (!isFloat(index) || !edge) return index;
    removed.add(reader);
    return reader.outputs[0];
  });
  const outputs = network.outputs.map(index => {
    const maker = network.operators.find(operator => operator.outputs.includes(index));
    if (!isFloat(index) || maker?.kind !== 'dequantize' || readersOf(index).length > 0) return index;
    removed.add(maker);
    return maker.inputs[0];
  });
  const operators = network.operators.filter(operator => !removed.has(operator));
  if (operators.some(({ kind }) => kind === 'dequantize')) {
    throw unsupported(
      name,
      'a DEQUANTIZE before other operators: a hybrid network, partly float',
      'full integer quantisation; DEQUANTIZE at the outputs only',
    );
  }
  return { ...network, inputs, outputs, operators: operators as Operator[] };
}
