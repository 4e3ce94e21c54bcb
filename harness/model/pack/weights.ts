import type { Conv2D, DepthwiseConv2D, FullyConnected, Network } from '../tflite/network.js';
import {
  type ActivationFormat,
  activationFormat,
  activationRange,
  outputMultipliers,
} from '../tflite/quantisation.js';
import { inputTensor } from '../tflite/shapes.js';
import { unsupported } from './errors.js';
import { quietChannel } from './quiet.js';
import type { StepWeights } from './step.js';

/** What the DUT's int8 form subtracts from the counts of the file. */
export function loweredBy(format: Pick<ActivationFormat, 'type'>): number {
  return format.type === 'uint8' ? 128 : 0;
}

/** Zero point of an activation in the DUT's int8 form. */
export function dutZeroPoint(format: ActivationFormat): number {
  return format.zeroPoint - loweredBy(format);
}

/** Range of a fused activation in the DUT's int8 form. */
export function dutRange(
  activation: 'none' | 'relu' | 'relu6',
  format: ActivationFormat,
): { clampMin: number; clampMax: number } {
  const [low, high] = activationRange(activation, format);
  return { clampMin: low - loweredBy(format), clampMax: high - loweredBy(format) };
}

const int32Limit = 2 ** 31;
/** Largest magnitude of an int8 activation. */
const largestActivation = 128;

/**
 * Weights, folded biases and multipliers of a weighted operator.
 * @param outputTensor the tensor that takes the requantised result
 * @param channelOf the output channel of the weight at an index of the file's array
 * @throws LF_MODEL_UNSUPPORTED when an accumulator could leave 32 bits
 */
export function stepWeights(
  network: Network,
  operator: Conv2D | DepthwiseConv2D | FullyConnected,
  outC: number,
  channelOf: (index: number) => number,
): StepWeights {
  const tensor = inputTensor(network, operator, 1)!;
  const from = activationFormat(inputTensor(network, operator, 0)!, network.name);
  const to = activationFormat(network.tensors[operator.outputs[0]], network.name);
  const zeroPoint = tensor.quantisation!.zeroPoints[0];
  const values = Int16Array.from(tensor.data as Int8Array | Uint8Array, weight => weight - zeroPoint);
  const sums = new Float64Array(outC);
  const magnitudes = new Float64Array(outC);
  const [lows, highs] = [new Float64Array(outC), new Float64Array(outC)];
  values.forEach((weight, index) => {
    sums[channelOf(index)] += weight;
    magnitudes[channelOf(index)] += Math.abs(weight);
  });
  const fileBias = inputTensor(network, operator, 2)?.data as Int32Array | undefined;
  const inZero = dutZeroPoint(from);
  const folded = Float64Array.from(sums, (sum, o) => (fileBias?.[o] ?? 0) - inZero * sum);
  const scales = outputMultipliers(operator.kind, from, tensor, to, outC);
  values.forEach((weight, index) => {
    const channel = channelOf(index);
    lows[channel] += Math.min(-128 * weight, 127 * weight);
    highs[channel] += Math.max(-128 * weight, 127 * weight);
  });
  const { clampMin, clampMax } = dutRange(operator.activation, to);
  const dead = new Set<number>();
  folded.forEach((bias, o) => {
    const range = { ...scales[o], low: bias + lows[o], high: bias + highs[o] };
    if (Math.max(Math.abs(range.low), Math.abs(range.high)) >= int32Limit) return;
    const quiet = quietChannel({ ...range, zero: dutZeroPoint(to), clampMin, clampMax });
    if (quiet === undefined) return;
    scales[o] = { multiplier: quiet.multiplier, shift: quiet.shift };
    folded[o] = quiet.constant ? quiet.bias : bias + quiet.bias;
    if (!quiet.constant) return;
    dead.add(o);
    magnitudes[o] = 0;
  });
  if (dead.size > 0) {
    values.forEach((_, index) => {
      if (dead.has(channelOf(index))) values[index] = 0;
    });
  }
  const accumulatorBound = folded.reduce((most, bias, o) => {
    const bound = Math.abs(bias) + largestActivation * magnitudes[o];
    if (bound * 2 ** Math.max(0, scales[o].shift) >= int32Limit)
      throw unsupported(
        network,
        operator,
        `an accumulator of channel ${o} could reach ${bound}, which with its scale leaves 32 bits`,
      );
    return Math.max(most, bound);
  }, 0);
  return {
    values,
    wide: values.some(weight => weight < -128 || weight > 127),
    bias: Int32Array.from(folded),
    multipliers: Int32Array.from(scales, ({ multiplier }) => multiplier),
    shifts: Int32Array.from(scales, ({ multiplier, shift }) => (multiplier === 0 ? -1 : shift)),
    oneScale:
      outC > 1 &&
      scales.every(
        ({ multiplier, shift }) => multiplier === scales[0].multiplier && shift === scales[0].shift,
      ),
    accumulatorBound,
  };
}
