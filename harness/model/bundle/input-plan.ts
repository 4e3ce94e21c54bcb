import { LittlefirstError } from '../../errors.js';
import type { Tensor } from '../tflite/network.js';
import { elementCount } from '../tflite/shapes.js';
import { featureCount, maxInputWindows, maxListedChannels } from './limits.js';
import type { BundleDescription, WindowFormat } from './schema.js';

/** How the elements of one input tensor come from the windows; DUT and golden interpreter both follow it. */

type NetworkInput = BundleDescription['networks'][number]['inputs'][number];

/** q = (count * multiplier + bias) >> shift, then clamped to int8. */
export interface Affine {
  multiplier: number;
  shift: number;
  bias: number;
}

export interface InputPlan {
  windows: readonly ('current' | 'previous')[];
  channels: readonly number[];
  /** All channels of the window in order: the DUT's record then lists none. */
  whole: boolean;
  layout: 'rows' | 'paired';
  /** `flip` inverts the sign bit: a uint8 window for the DUT's int8 activations. */
  mode: 'copy' | 'flip' | 'affine';
  /** One per listed channel in mode `affine`, else empty. */
  affine: readonly Affine[];
  /** Type of the network's input tensor; the DUT's own form is always int8. */
  type: 'int8' | 'uint8';
}

const multiplierLimit = 2 ** 14;
const int32Limit = 2 ** 31;
const largestShift = 24;

/**
 * The affine map nearest to q = count * slope + offset: the largest shift for which multiplier < 2^14 and no 16-bit
 * count can overflow int32. The bias holds the half that makes the shift round (half up).
 * @param slope output steps per count, positive
 * @param offset q at count 0, for an int8 result
 */
export function fitAffine(slope: number, offset: number): Affine {
  for (let shift = largestShift; shift >= 0; shift--) {
    const multiplier = Math.round(slope * 2 ** shift);
    const bias = Math.round(offset * 2 ** shift) + (shift > 0 ? 2 ** (shift - 1) : 0);
    if (multiplier < multiplierLimit && Math.abs(bias) + 2 ** 15 * multiplier < int32Limit) {
      if (multiplier > 0) return { multiplier, shift, bias };
      break;
    }
  }
  throw new LittlefirstError(
    'LF_MODEL_UNSUPPORTED',
    `The input scaling q = ${slope} * count + ${offset} is out of range`,
    {
      expected: 'a slope between 2^-24 and 2^13 steps per count and an offset that leaves 32 bits',
      hint: 'check the scales of the window and of the input tensor',
    },
  );
}

/** The features as a window of one sample whose counts are its units. */
const featureFormat: WindowFormat = {
  samples: 1,
  channels: Array.from({ length: featureCount }, (_, i) => `feature ${i}`),
  dtype: 'int16',
  stride: 1,
  sampleRateHz: 1,
  scaling: { method: 'counts', scale: new Array<number>(featureCount).fill(1) },
};

/** What an input's values are taken from: the bundle's windows or the features. */
export function sourceFormat(window: WindowFormat, input: Pick<NetworkInput, 'source'>): WindowFormat {
  return input.source === 'features' ? featureFormat : window;
}

/**
 * Plans one input tensor. Windows of int8 or uint8 are taken as they are (the bundle's scaling made them for the
 * network); int16 windows are counts, count * scale = physical value, and become the tensor's int8 by its own
 * scale and zero point: q = (count * scale - mean) / deviation / tensorScale + zeroPoint, where mean and
 * deviation come from the bundle's optional `normalise`.
 * Features are such counts too, with a scale of 1.
 * @throws LF_BUNDLE_INVALID when shape or channels do not fit, LF_MODEL_UNSUPPORTED for other tensor types
 */
export function planInput(
  window: WindowFormat,
  input: NetworkInput,
  tensor: Tensor,
  network: string,
): InputPlan {
  const format = sourceFormat(window, input);
  const { windows, channels } = input;
  const { type, quantisation } = tensor;
  const where = `network "${network}", input "${tensor.name}"`;
  if ((type !== 'int8' && type !== 'uint8') || quantisation === undefined) {
    throw new LittlefirstError('LF_MODEL_UNSUPPORTED', `${where}: type ${type}`, {
      expected: 'quantised int8 or uint8 inputs',
      received: type,
      hint: 'convert the model with full integer quantisation',
    });
  }
  const count = windows.length * format.samples * channels.length;
  const { normalise } = input;
  const fits =
    elementCount(tensor.shape) === count &&
    channels.every(channel => channel < format.channels.length) &&
    windows.length <= maxInputWindows &&
    (normalise === undefined ||
      (normalise.mean.length === channels.length && normalise.deviation.length === channels.length));
  if (!fits) {
    throw new LittlefirstError('LF_BUNDLE_INVALID', `${where} does not fit the window`, {
      expected: `${elementCount(tensor.shape)} elements ([${tensor.shape}]) from channels 0..${format.channels.length - 1}`,
      received: `${windows.length} windows x ${format.samples} samples x channels [${channels}] = ${count}`,
      hint: "correct the network's inputs in bundle.yaml",
    });
  }
  const whole =
    channels.length === format.channels.length && channels.every((channel, place) => channel === place);
  if (!whole && channels.length > maxListedChannels) {
    throw new LittlefirstError('LF_BUNDLE_INVALID', `${where} lists too many channels`, {
      expected: `at most ${maxListedChannels} channels, or all of the window in order ('channels: all')`,
      received: `${channels.length} of ${format.channels.length}`,
    });
  }
  const plan = { windows, channels, whole, type, layout: input.layout };
  const { scaling, dtype } = format;
  if (scaling.method === 'minmax') {
    if (dtype === 'int16') {
      throw new LittlefirstError('LF_BUNDLE_INVALID', `${where}: int16 windows scaled by minmax`, {
        expected: 'minmax with int8 or uint8 windows, counts with int16',
        received: 'minmax with int16',
      });
    }
    return { ...plan, mode: dtype === 'uint8' ? 'flip' : 'copy', affine: [] };
  }
  const zeroPoint = quantisation.zeroPoints[0] - (type === 'uint8' ? 128 : 0);
  const affine = channels.map((channel, position) => {
    const deviation = (normalise?.deviation[position] ?? 1) * quantisation.scales[0];
    const mean = normalise?.mean[position] ?? 0;
    return fitAffine(scaling.scale[channel] / deviation, zeroPoint - mean / deviation);
  });
  return { ...plan, mode: 'affine', affine };
}

/** Samples of one window, row by row, as `WindowFormat.dtype` says. */
export type WindowValues = Int8Array | Uint8Array | Int16Array;

/**
 * The counts of one input tensor, exactly as the DUT makes them (which keeps those of a uint8 tensor lowered by 128).
 * @param windowChannels channels of a window row
 * @param previous only read when the plan takes rows from the previous window
 * @throws LF_INTERNAL when the previous window is needed and missing
 */
export function quantiseInput(
  plan: InputPlan,
  windowChannels: number,
  current: WindowValues,
  previous?: WindowValues,
): Int8Array | Uint8Array {
  const { channels, windows, affine, type } = plan;
  const samples = current.length / windowChannels;
  const perWindow = samples * channels.length;
  const result = new (type === 'int8' ? Int8Array : Uint8Array)(perWindow * windows.length);
  const raise = type === 'uint8' ? 128 : 0;
  const lower = plan.mode === 'flip' ? 128 : 0;
  const [start, stride] = plan.layout === 'paired' ? [1, windows.length] : [perWindow, 1];
  windows.forEach((which, position) => {
    const values = which === 'current' ? current : previous;
    if (values === undefined)
      throw new LittlefirstError('LF_INTERNAL', 'An input needs the previous window and there is none');
    let target = position * start;
    for (let row = 0; row < values.length; row += windowChannels) {
      for (let c = 0; c < channels.length; c++) {
        let count = values[row + channels[c]] - lower;
        if (plan.mode === 'affine') {
          const { multiplier, shift, bias } = affine[c];
          count = Math.max(-128, Math.min(127, (count * multiplier + bias) >> shift));
        }
        result[target] = count + raise;
        target += stride;
      }
    }
  });
  return result;
}
