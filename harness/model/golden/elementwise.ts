import {
  multiplyByQuantisedMultiplier,
  type QuantisedMultiplier,
  quantiseMultiplier,
} from '../tflite/fixed-point.js';
import type { Elementwise, Operator, Tensor } from '../tflite/network.js';
import type { ActivationFormat } from '../tflite/quantisation.js';

export function isElementwise(operator: Operator): operator is Elementwise {
  return operator.kind === 'add' || operator.kind === 'sub' || operator.kind === 'mul';
}

/** Left shift of the inputs of ADD and SUB before they are brought to one scale. */
const leftShift = 20;

/** ADD or SUB with everything known that does not depend on the input. */
export interface SumPlan {
  /** For each count of an input, from the lowest of its type: what it adds to the sum. */
  first: Int32Array;
  second: Int32Array;
  /** From the sum to output counts. */
  output: QuantisedMultiplier;
}

/**
 * ADD and SUB by tables: an 8-bit input has 256 values, each of which TFLite shifts left and multiplies. Factors as TFLite Micro computes
 * them: ADD in double (CalculateOpDataAdd), SUB in single precision (CalculateOpDataSub).
 */
export function sumPlan(
  kind: 'add' | 'sub',
  first: ActivationFormat,
  second: ActivationFormat,
  output: ActivationFormat,
): SumPlan {
  const round = kind === 'sub' ? Math.fround : (value: number): number => value;
  const twice = 2 * Math.max(first.scale, second.scale);
  const tableOf = ({ scale, zeroPoint, low }: ActivationFormat, sign: 1 | -1): Int32Array => {
    const { multiplier, shift } = quantiseMultiplier(round(scale / twice));
    return Int32Array.from(
      { length: 256 },
      (_, index) =>
        sign * multiplyByQuantisedMultiplier((index + low - zeroPoint) * 2 ** leftShift, multiplier, shift),
    );
  };
  return {
    first: tableOf(first, 1),
    second: tableOf(second, kind === 'sub' ? -1 : 1),
    output: quantiseMultiplier(round(twice / (2 ** leftShift * output.scale))),
  };
}

/** Factor of MUL (TFLite Micro's CalculateOpDataMul). */
export function productMultiplier(
  first: ActivationFormat,
  second: ActivationFormat,
  output: ActivationFormat,
): QuantisedMultiplier {
  return quantiseMultiplier((first.scale * second.scale) / output.scale);
}

type Counts = Int8Array | Uint8Array;

/** @param range of the fused activation, output counts */
export function elementwiseStep(
  { kind }: Elementwise,
  from: readonly [ActivationFormat, ActivationFormat],
  to: ActivationFormat,
  [low, high]: readonly [number, number],
): (first: Counts, second: Counts, output: Counts) => void {
  const [a, b] = from;
  const put = (value: number): number => Math.min(high, Math.max(low, value + to.zeroPoint));
  if (kind === 'mul') {
    const { multiplier, shift } = productMultiplier(a, b, to);
    return (first, second, output) => {
      for (let i = 0; i < output.length; i++) {
        const product = (first[i] - a.zeroPoint) * (second[i] - b.zeroPoint);
        output[i] = put(multiplyByQuantisedMultiplier(product, multiplier, shift));
      }
    };
  }
  const plan = sumPlan(kind, a, b, to);
  const { multiplier, shift } = plan.output;
  return (first, second, output) => {
    for (let i = 0; i < output.length; i++) {
      const sum = plan.first[first[i] - a.low] + plan.second[second[i] - b.low];
      output[i] = put(multiplyByQuantisedMultiplier(sum, multiplier, shift));
    }
  };
}

/** Where the input lies in the output of PAD: the leading amount of each axis. */
export function paddingBefore(amounts: Tensor): number[] {
  const values = amounts.data as Int32Array;
  return Array.from({ length: values.length / 2 }, (_, axis) => values[2 * axis]);
}

/** PAD with the output's zero point. */
export function padStep(
  inputShape: readonly number[],
  outputShape: readonly number[],
  before: readonly number[],
  zeroPoint: number,
): (input: Counts, output: Counts) => void {
  const strides = (shape: readonly number[]): number[] =>
    shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const from = strides(inputShape);
  const to = strides(outputShape);
  return (input, output) => {
    output.fill(zeroPoint);
    for (let i = 0; i < input.length; i++) {
      let target = 0;
      let rest = i;
      from.forEach((stride, axis) => {
        target += (Math.floor(rest / stride) + before[axis]) * to[axis];
        rest %= stride;
      });
      output[target] = input[i];
    }
  };
}

/** The input row or column that RESIZE_NEAREST_NEIGHBOR takes for each output one (TFLite's GetNearestNeighbor, in single precision). */
export function nearestIndices(
  inputSize: number,
  outputSize: number,
  { alignCorners, halfPixelCenters }: { alignCorners: boolean; halfPixelCenters: boolean },
): number[] {
  const scale =
    alignCorners && outputSize > 1
      ? Math.fround((inputSize - 1) / (outputSize - 1))
      : Math.fround(inputSize / outputSize);
  return Array.from({ length: outputSize }, (_, index) => {
    const place = Math.fround(Math.fround(index + (halfPixelCenters ? 0.5 : 0)) * scale);
    return Math.min(inputSize - 1, alignCorners ? Math.floor(place + 0.5) : Math.floor(place));
  });
}

/** RESIZE_NEAREST_NEIGHBOR. */
export function resizeStep(
  [, , inputWidth, channels]: readonly number[],
  rows: readonly number[],
  columns: readonly number[],
): (input: Counts, output: Counts) => void {
  return (input, output) => {
    let target = 0;
    for (const row of rows) {
      for (const column of columns) {
        const start = (row * inputWidth + column) * channels;
        output.set(input.subarray(start, start + channels), target);
        target += channels;
      }
    }
  };
}
