import { LittlefirstError } from '../../errors.js';
import type { Counts } from '../golden/network.js';
import type { Network, Tensor } from '../tflite/network.js';
import { elementCount } from '../tflite/shapes.js';
import { type Affine, planInput, sourceFormat } from './input-plan.js';
import type { NetworkEntry, NetworkInput, WindowFormat } from './schema.js';

/** Where each element of an input tensor comes from. */
interface Source {
  values: Counts;
  /** Element of the window. */
  from: Uint32Array;
  /** 1: of the previous window; 0: of the current one. */
  previous: Uint8Array;
  /** The tensor's count from the window's count, for element i. */
  convert: (count: number, i: number) => number;
}

/**
 * Fills the input tensors of a network from windows in the bundle's format. Windows scaled by `minmax` go in unchanged (uint8 to int8: minus
 * 128, and back: plus 128); windows of `counts` go through the fixed-point map of `planInput`, as on the DUT.
 */
export class InputAssembler {
  readonly #sources: Source[];

  /**
   * @param index place of the entry in the bundle, for messages
   * @throws LF_BUNDLE_INVALID when the inputs that the entry describes are not those of the file
   */
  constructor(entry: NetworkEntry, network: Network, windowFormat: WindowFormat, index: number) {
    const wrong = (place: string, expected: string, received: string): LittlefirstError =>
      new LittlefirstError('LF_BUNDLE_INVALID', `networks[${index}].${place} does not fit ${entry.file}`, {
        expected,
        received,
        fields: { network: entry.name },
      });
    if (entry.inputs.length !== network.inputs.length) {
      throw wrong('inputs', `${network.inputs.length} inputs, as in the file`, `${entry.inputs.length}`);
    }
    this.#sources = entry.inputs.map((input, position) => {
      const tensor = network.tensors[network.inputs[position]];
      const window = sourceFormat(windowFormat, input);
      const { channels, windows, layout } = input;
      const width = layout === 'paired' ? windows.length : channels.length;
      const total = windows.length * window.samples * channels.length;
      const last = tensor.shape[tensor.shape.length - 1];
      if (
        elementCount(tensor.shape) !== total ||
        (last !== width && last !== total && width !== 1 && last !== 1)
      ) {
        throw wrong(
          `inputs[${position}]`,
          `values for a tensor of shape [${tensor.shape.join(', ')}]`,
          `${windows.length} x ${window.samples} samples x ${channels.length} channels, layout ${layout}`,
        );
      }
      return {
        ...elementsOf(input, window, total),
        values: tensor.type === 'int8' ? new Int8Array(total) : new Uint8Array(total),
        convert: conversion(window, input, tensor, entry.name),
      };
    });
  }

  /**
   * @param current window, samples x channels, row-major; for a network of features these
   * @param previous the window before it
   * @returns one array an input tensor, overwritten by the next call
   */
  assemble(current: ArrayLike<number>, previous: ArrayLike<number>): Counts[] {
    return this.#sources.map(source => {
      const { values, from, convert } = source;
      for (let i = 0; i < values.length; i++) {
        values[i] = convert((source.previous[i] === 1 ? previous : current)[from[i]], i);
      }
      return values;
    });
  }
}

function elementsOf(
  input: NetworkInput,
  window: WindowFormat,
  total: number,
): Pick<Source, 'from' | 'previous'> {
  const { channels, windows, layout } = input;
  const perWindow = window.samples * channels.length;
  const from = new Uint32Array(total);
  const previous = new Uint8Array(total);
  windows.forEach((which, place) => {
    for (let i = 0; i < perWindow; i++) {
      const target = layout === 'paired' ? i * windows.length + place : place * perWindow + i;
      const row = Math.floor(i / channels.length);
      from[target] = row * window.channels.length + channels[i % channels.length];
      previous[target] = which === 'previous' ? 1 : 0;
    }
  });
  return { from, previous };
}

function conversion(
  window: WindowFormat,
  input: NetworkInput,
  tensor: Tensor,
  network: string,
): (count: number, i: number) => number {
  const offset = tensor.type === 'uint8' ? 128 : 0;
  if (window.scaling.method === 'minmax') {
    const shift = offset - (window.dtype === 'uint8' ? 128 : 0);
    return count => count + shift;
  }
  const { affine } = planInput(window, input, tensor, network);
  const { channels, windows, layout } = input;
  const stride = layout === 'paired' ? windows.length : 1;
  return (count, i) => quantiseInput(count, affine[Math.floor(i / stride) % channels.length]) + offset;
}

/** One count through the map of `planInput`; int32 arithmetic, arithmetic shift, as the firmware's. */
function quantiseInput(count: number, { multiplier, shift, bias }: Affine): number {
  return Math.min(127, Math.max(-128, (Math.imul(count, multiplier) + bias) >> shift));
}
