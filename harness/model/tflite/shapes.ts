import type { Network, Padding, Tensor } from './network.js';

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Output size and leading padding along one dimension, as TensorFlow computes them ('same' puts the odd element last). */
export function convolve(
  padding: Padding,
  inputSize: number,
  filterSize: number,
  stride: number,
  dilation = 1,
): { outputSize: number; padBefore: number } {
  const reach = (filterSize - 1) * dilation + 1;
  const outputSize =
    padding === 'same' ? Math.ceil(inputSize / stride) : Math.ceil((inputSize - reach + 1) / stride);
  const padTotal = Math.max(0, (outputSize - 1) * stride + reach - inputSize);
  return { outputSize, padBefore: padding === 'same' ? padTotal >> 1 : 0 };
}

/** The tensor that an operator reads as its `position`-th input; undefined when it is absent. */
export function inputTensor(
  network: Network,
  operator: { inputs: readonly number[] },
  position: number,
): Tensor | undefined {
  const index = operator.inputs[position] ?? -1;
  return index < 0 ? undefined : network.tensors[index];
}

/** Axes of a MEAN or REDUCE_MAX as non-negative numbers in ascending order, without repetition. */
export function reductionAxes(axes: Tensor, rank: number): number[] {
  const values = Array.from(axes.data as Int32Array, axis => (axis < 0 ? axis + rank : axis));
  return [...new Set(values)].sort((a, b) => a - b);
}
