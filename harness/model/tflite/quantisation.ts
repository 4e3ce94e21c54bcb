import { LittlefirstError } from '../../errors.js';
import { type QuantisedMultiplier, quantiseMultiplier, roundHalfAwayFromZero } from './fixed-point.js';
import type { Activation, Tensor } from './network.js';

/** Scale and zero point of an 8-bit activation. */
export interface ActivationFormat {
  type: 'int8' | 'uint8';
  scale: number;
  zeroPoint: number;
  /** Range of the type. */
  low: number;
  high: number;
}

/**
 * The 8-bit format of an activation tensor.
 * @throws LF_MODEL_UNSUPPORTED for float and other types, naming the tensor
 */
export function activationFormat(tensor: Tensor, networkName: string): ActivationFormat {
  const { type, quantisation } = tensor;
  if ((type !== 'int8' && type !== 'uint8') || quantisation === undefined) {
    throw new LittlefirstError('LF_MODEL_UNSUPPORTED', `${networkName} is not fully quantised`, {
      expected: 'int8 or uint8 activations with scale and zero point',
      received: `tensor "${tensor.name}" of type ${type}`,
      hint: 'convert the model with full integer quantisation, inputs and outputs included',
    });
  }
  const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
  return { type, scale: quantisation.scales[0], zeroPoint: quantisation.zeroPoints[0], low, high };
}

/** Smallest and largest output count that a fused activation allows (TFLite's CalculateActivationRangeQuantized). */
export function activationRange(activation: Activation, output: ActivationFormat): [number, number] {
  const { scale, zeroPoint, low, high } = output;
  const count = (value: number): number =>
    zeroPoint + roundHalfAwayFromZero(Math.fround(Math.fround(value) / Math.fround(scale)));
  switch (activation) {
    case 'none':
      return [low, high];
    case 'relu':
      return [Math.max(low, count(0)), high];
    case 'relu6':
      return [Math.max(low, count(0)), Math.min(high, count(6))];
  }
}

/**
 * Factors from accumulator to output counts of a CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED, one per output channel.
 * As TFLite computes them: int8 convolutions in double throughout (PopulateConvolutionQuantizationParams), uint8 and FULLY_CONNECTED with one
 * scale from a single-precision product (GetQuantizedConvolutionMultipler).
 */
export function outputMultipliers(
  kind: 'conv2d' | 'depthwise-conv2d' | 'fully-connected',
  input: ActivationFormat,
  weights: Tensor,
  output: ActivationFormat,
  channels: number,
): QuantisedMultiplier[] {
  const scales = weights.quantisation!.scales;
  const singleProduct = input.type === 'uint8' || (kind === 'fully-connected' && scales.length === 1);
  const factorOf = (weightScale: number): number =>
    (singleProduct ? Math.fround(input.scale * weightScale) : input.scale * weightScale) / output.scale;
  return Array.from({ length: channels }, (_, channel) =>
    quantiseMultiplier(factorOf(scales[scales.length === 1 ? 0 : channel])),
  );
}

/**
 * What CONCATENATION makes of each count of one input: table[count - low of the type]. Identity when scale and zero point are equal; otherwise
 * TFLite's ConcatenationWithScaling in single precision.
 */
export function concatenationTable(input: ActivationFormat, output: ActivationFormat): Int16Array {
  const table = new Int16Array(256);
  const { low, high } = input;
  const same = input.scale === output.scale && input.zeroPoint === output.zeroPoint;
  const scale = Math.fround(Math.fround(input.scale) * Math.fround(1 / Math.fround(output.scale)));
  const bias = Math.fround(-input.zeroPoint * scale);
  for (let count = low; count <= high; count++) {
    const value = roundHalfAwayFromZero(Math.fround(Math.fround(count * scale) + bias)) + output.zeroPoint;
    table[count - low] = same ? count : Math.min(output.high, Math.max(output.low, value));
  }
  return table;
}
