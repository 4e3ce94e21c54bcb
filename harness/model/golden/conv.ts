import { multiplyByQuantisedMultiplier, type QuantisedMultiplier } from '../tflite/fixed-point.js';
import type { Padding } from '../tflite/network.js';
import { convolve } from '../tflite/shapes.js';

/** A convolution with everything known that does not depend on the input. */
export interface ConvolutionPlan {
  input: { height: number; width: number; channels: number; zeroPoint: number };
  output: { height: number; width: number; channels: number; zeroPoint: number };
  /** Clamp of the fused activation, in output counts. */
  range: [number, number];
  filterH: number;
  filterW: number;
  padding: Padding;
  strideH: number;
  strideW: number;
  dilationH: number;
  dilationW: number;
  /** Weights minus their zero point. Convolution: OHWI; depthwise: HWO. */
  weights: Int32Array;
  bias: Int32Array;
  multipliers: QuantisedMultiplier[];
}

type Counts = Int8Array | Uint8Array;
export type Step = (input: Counts, output: Counts) => void;

/** Copies the input, zero point removed, into a frame whose border stands for the padding (which adds nothing to a sum). */
class PaddedInput {
  readonly values: Int32Array;
  readonly rowLength: number;
  readonly #plan: ConvolutionPlan;
  readonly #origin: number;

  constructor(plan: ConvolutionPlan) {
    const { input, output } = plan;
    const vertical = convolve(plan.padding, input.height, plan.filterH, plan.strideH, plan.dilationH);
    const horizontal = convolve(plan.padding, input.width, plan.filterW, plan.strideW, plan.dilationW);
    const reach = (size: number, stride: number, filter: number, dilation: number): number =>
      (size - 1) * stride + (filter - 1) * dilation + 1;
    const rows = Math.max(
      vertical.padBefore + input.height,
      reach(output.height, plan.strideH, plan.filterH, plan.dilationH),
    );
    const columns = Math.max(
      horizontal.padBefore + input.width,
      reach(output.width, plan.strideW, plan.filterW, plan.dilationW),
    );
    this.#plan = plan;
    this.rowLength = columns * input.channels;
    this.values = new Int32Array(rows * this.rowLength);
    this.#origin = vertical.padBefore * this.rowLength + horizontal.padBefore * input.channels;
  }

  fill(input: Counts): void {
    const { height, width, channels, zeroPoint } = this.#plan.input;
    const length = width * channels;
    for (let row = 0; row < height; row++) {
      const from = row * length;
      const to = this.#origin + row * this.rowLength;
      for (let i = 0; i < length; i++) this.values[to + i] = input[from + i] - zeroPoint;
    }
  }
}

function requantiser(plan: ConvolutionPlan): (accumulator: number, channel: number) => number {
  const multipliers = Int32Array.from(plan.multipliers, ({ multiplier }) => multiplier);
  const shifts = Int32Array.from(plan.multipliers, ({ shift }) => shift);
  const [low, high] = plan.range;
  const { zeroPoint } = plan.output;
  return (accumulator, channel) => {
    const value =
      multiplyByQuantisedMultiplier(accumulator, multipliers[channel], shifts[channel]) + zeroPoint;
    return Math.min(high, Math.max(low, value));
  };
}

/** CONV_2D. A filter row of undilated taps is one run of memory, so the inner loop is a plain dot product. */
export function convolutionStep(plan: ConvolutionPlan): Step {
  const padded = new PaddedInput(plan);
  const requantise = requantiser(plan);
  const { values, rowLength } = padded;
  const { weights, bias, filterH, filterW, strideH, strideW, dilationH, dilationW } = plan;
  const { channels } = plan.input;
  const filters = plan.output.channels;
  const runs = dilationW === 1 ? 1 : filterW;
  const runLength = dilationW === 1 ? filterW * channels : channels;
  const filterLength = filterH * filterW * channels;
  return (input, output) => {
    padded.fill(input);
    let target = 0;
    for (let y = 0; y < plan.output.height; y++) {
      for (let x = 0; x < plan.output.width; x++) {
        const corner = y * strideH * rowLength + x * strideW * channels;
        for (let filter = 0; filter < filters; filter++) {
          let sum = bias[filter];
          let w = filter * filterLength;
          for (let ky = 0; ky < filterH; ky++) {
            for (let run = 0; run < runs; run++) {
              const start = corner + ky * dilationH * rowLength + run * dilationW * channels;
              for (let i = start; i < start + runLength; i++) {
                sum = (sum + Math.imul(values[i], weights[w++])) | 0;
              }
            }
          }
          output[target++] = requantise(sum, filter);
        }
      }
    }
  };
}

/** DEPTHWISE_CONV_2D: output channel o looks at input channel floor(o / multiplier). */
export function depthwiseStep(plan: ConvolutionPlan): Step {
  const padded = new PaddedInput(plan);
  const requantise = requantiser(plan);
  const { values, rowLength } = padded;
  const { weights, bias, filterH, filterW, strideH, strideW, dilationH, dilationW } = plan;
  const { channels } = plan.input;
  const filters = plan.output.channels;
  const multiplier = filters / channels;
  return (input, output) => {
    padded.fill(input);
    let target = 0;
    for (let y = 0; y < plan.output.height; y++) {
      for (let x = 0; x < plan.output.width; x++) {
        const corner = y * strideH * rowLength + x * strideW * channels;
        for (let filter = 0; filter < filters; filter++) {
          const start = corner + Math.floor(filter / multiplier);
          let sum = bias[filter];
          let w = filter;
          for (let ky = 0; ky < filterH; ky++) {
            for (let kx = 0; kx < filterW; kx++) {
              const value = values[start + ky * dilationH * rowLength + kx * dilationW * channels];
              sum = (sum + Math.imul(value, weights[w])) | 0;
              w += filters;
            }
          }
          output[target++] = requantise(sum, filter);
        }
      }
    }
  };
}
