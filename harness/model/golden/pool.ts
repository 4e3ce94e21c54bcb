import {
  divideTowardsZero,
  multiplyByQuantisedMultiplier,
  quantiseMultiplier,
} from '../tflite/fixed-point.js';
import type { Pool2D, Tensor } from '../tflite/network.js';
import { type ActivationFormat, activationRange } from '../tflite/quantisation.js';
import { convolve, elementCount } from '../tflite/shapes.js';
import type { Step } from './conv.js';

/** MAX_POOL_2D and AVERAGE_POOL_2D over the positions that exist: padding counts neither as a value nor in the divisor. */
export function poolStep(
  operator: Pool2D,
  inputShape: readonly number[],
  outputShape: readonly number[],
  output: ActivationFormat,
): Step {
  const [, height, width, channels] = inputShape;
  const [, rows, columns] = outputShape;
  const { padding, filterH, filterW, strideH, strideW } = operator;
  const top = convolve(padding, height, filterH, strideH).padBefore;
  const left = convolve(padding, width, filterW, strideW).padBefore;
  const [low, high] = activationRange(operator.activation, output);
  const average = operator.kind === 'average-pool2d';
  return (values, result) => {
    let target = 0;
    for (let y = 0; y < rows; y++) {
      const firstRow = Math.max(0, y * strideH - top);
      const endRow = Math.min(height, y * strideH - top + filterH);
      for (let x = 0; x < columns; x++) {
        const firstColumn = Math.max(0, x * strideW - left);
        const endColumn = Math.min(width, x * strideW - left + filterW);
        const count = (endRow - firstRow) * (endColumn - firstColumn);
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          let largest = -128;
          for (let row = firstRow; row < endRow; row++) {
            for (let column = firstColumn; column < endColumn; column++) {
              const value = values[(row * width + column) * channels + channel];
              sum += value;
              if (value > largest) largest = value;
            }
          }
          const pooled = average ? roundedQuotient(sum, count) : largest;
          result[target++] = Math.min(high, Math.max(low, pooled));
        }
      }
    }
  };
}

/** Nearest integer, halves away from zero, as TFLite's integer AVERAGE_POOL_2D rounds. */
function roundedQuotient(sum: number, count: number): number {
  const half = count >> 1;
  return divideTowardsZero(sum > 0 ? sum + half : sum - half, count);
}

/** For every input element the output element it falls into, when `axes` are reduced. */
function reductionMap(shape: readonly number[], axes: readonly number[]): Uint32Array {
  const map = new Uint32Array(elementCount(shape));
  const steps = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) continue;
    steps[axis] = step;
    step *= shape[axis];
  }
  for (let index = 0; index < map.length; index++) {
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      map[index] += (rest % shape[axis]) * steps[axis];
      rest = Math.floor(rest / shape[axis]);
    }
  }
  return map;
}

/** REDUCE_MAX. */
export function reduceMaxStep(input: Tensor, axes: readonly number[]): Step {
  const map = reductionMap(input.shape, axes);
  return (values, result) => {
    result.fill(result instanceof Int8Array ? -128 : 0);
    for (let i = 0; i < map.length; i++) {
      if (values[i] > result[map[i]]) result[map[i]] = values[i];
    }
  };
}

/** Fixed-point factor of MEAN: rescale and division by the number of elements in one multiplier (TFLite's QuantizedMeanOrSum). */
export function meanMultiplier(
  input: ActivationFormat,
  output: ActivationFormat,
  count: number,
): { multiplier: number; shift: number } {
  const { multiplier, shift } = quantiseMultiplier(input.scale / output.scale);
  const bits = Math.min(Math.floor(Math.log2(count)), 32, 31 + shift);
  return {
    multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)),
    shift: shift - bits,
  };
}

/** MEAN. */
export function meanStep(
  input: Tensor,
  axes: readonly number[],
  from: ActivationFormat,
  to: ActivationFormat,
  outputCount: number,
): Step {
  const map = reductionMap(input.shape, axes);
  const count = map.length / outputCount;
  const { multiplier, shift } = meanMultiplier(from, to, count);
  const sums = new Int32Array(outputCount);
  return (values, result) => {
    sums.fill(0);
    for (let i = 0; i < map.length; i++) sums[map[i]] += values[i];
    for (let i = 0; i < outputCount; i++) {
      const value = multiplyByQuantisedMultiplier(sums[i] - from.zeroPoint * count, multiplier, shift);
      result[i] = Math.min(to.high, Math.max(to.low, value + to.zeroPoint));
    }
  };
}
