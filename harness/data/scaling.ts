import { LittlefirstError } from '../errors.js';
import type { WindowGrid, WindowSet } from './types.js';

/** How physical samples become integers; a bundle's `window.scaling` is one. */
export type SampleScaling =
  | { method: 'minmax'; min: readonly number[]; max: readonly number[] }
  | { method: 'counts'; scale: readonly number[] };

/** What windows are scaled to; a bundle's `window` is one. Scaling constants are one a channel, in the order of `channels`. */
export interface SampleFormat {
  samples: number;
  channels: readonly string[];
  dtype: 'int8' | 'uint8' | 'int16';
  sampleRateHz: number;
  /** Samples from a window to the next; absent: as the data have it. */
  stride?: number;
  scaling: SampleScaling;
}

/** One row-major array in the bundle's dtype. */
export type ScaledArray = Uint8Array | Int8Array | Int16Array;

/** A window set in a bundle's input format. Overlapping windows share memory: treat what it hands out as read-only. */
export interface ScaledWindows {
  /** Number of windows. */
  readonly count: number;
  /** All rows of the set, rows x channels, row-major. */
  readonly data: ScaledArray;
  /** Window i: samples x channels, row-major, a view into `data`. */
  window(i: number): ScaledArray;
  /** Window i as bytes (int16 little-endian), a view into `data`. */
  bytes(i: number): Uint8Array;
}

/**
 * Min and max of each channel over all samples of a set's windows, for the `minmax` method.
 * @returns `min` and `max`, one value a channel, physical units, in the order of `grid.channels`
 */
export function fitMinMax(set: WindowSet): { min: number[]; max: number[] } {
  const channelCount = set.grid.channels.length;
  const min = new Array<number>(channelCount).fill(Number.POSITIVE_INFINITY);
  const max = new Array<number>(channelCount).fill(Number.NEGATIVE_INFINITY);
  const seen = new Uint8Array(set.samples.length / channelCount);
  for (const start of set.starts) {
    for (let row = start; row < start + set.grid.samples; row++) {
      if (seen[row] === 1) continue;
      seen[row] = 1;
      for (let c = 0; c < channelCount; c++) {
        const x = set.samples[row * channelCount + c];
        min[c] = Math.min(min[c], x);
        max[c] = Math.max(max[c], x);
      }
    }
  }
  return { min, max };
}

/** Places of the bundle's channels among those of the data. */
function selectChannels(format: SampleFormat, { channels }: WindowGrid): number[] {
  return format.channels.map(name => {
    const place = channels.indexOf(name);
    if (place >= 0) return place;
    throw new LittlefirstError('LF_BUNDLE_INVALID', `The bundle wants a channel that the data do not have`, {
      expected: `channels out of ${channels.join(', ')}`,
      received: name,
      fields: { channel: name },
    });
  });
}

/** Memory that threads share, so that the golden interpreter's needs no copy. */
function sharedArray(dtype: SampleFormat['dtype'], length: number): ScaledArray {
  switch (dtype) {
    case 'int8':
      return new Int8Array(new SharedArrayBuffer(length));
    case 'uint8':
      return new Uint8Array(new SharedArrayBuffer(length));
    case 'int16':
      return new Int16Array(new SharedArrayBuffer(length * Int16Array.BYTES_PER_ELEMENT));
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Extremes of a dtype. */
const extremes = { int16: [-32768, 32767], int8: [-128, 127], uint8: [0, 255] } as const;

/**
 * Share of a channel's samples that may lie at an end of its range. Shipped bundles stay below 0.02 on all data sets; constants that are some
 * units off (m/s2 for g) put far more there. Assumed.
 */
const mostSaturated = 0.2;

/**
 * Refuses windows whose constants are of other data or units: a channel saturates or does not move.
 * @throws LF_BUNDLE_INVALID
 */
export function checkScaled({ data }: ScaledWindows, { channels, dtype }: SampleFormat): void {
  const width = channels.length;
  const rows = data.length / width;
  const [low, high] = extremes[dtype];
  for (const [c, name] of channels.entries()) {
    let saturated = 0;
    let isMoving = false;
    for (let at = c; at < data.length; at += width) {
      if (data[at] === low || data[at] === high) saturated += 1;
      if (data[at] !== data[c]) isMoving = true;
    }
    if (isMoving && saturated <= mostSaturated * rows) continue;
    throw new LittlefirstError('LF_BUNDLE_INVALID', 'The scaling of the bundle is not for these data', {
      expected: 'channels that move and rarely reach the end of their range',
      received: isMoving
        ? `${name} at an end of its range in ${((100 * saturated) / rows).toFixed(0)} % of all samples`
        : `${name} always ${data[c]}`,
      hint: 'the constants of window.scaling are in g and rad/s; were they fitted on other data or units?',
      fields: { channel: name },
    });
  }
}

/** The function from physical units to the integer of channel c (its place in the bundle). */
function quantiser(scaling: SampleScaling, dtype: SampleFormat['dtype']): (x: number, c: number) => number {
  if (scaling.method === 'counts') {
    const [low, high] = extremes[dtype];
    return (x, c) => clamp(Math.round(x / scaling.scale[c]), low, high);
  }
  const { min, max } = scaling;
  const zero = dtype === 'int8' ? 128 : 0;
  return (x, c) => clamp(Math.trunc(((x - min[c]) / (max[c] - min[c])) * 255), 0, 255) - zero;
}

function checkFormat(format: SampleFormat, grid: WindowGrid): void {
  const { scaling, channels } = format;
  const constants = scaling.method === 'minmax' ? [scaling.min, scaling.max] : [scaling.scale];
  const problem =
    format.samples !== grid.samples
      ? `${format.samples} samples a window`
      : format.sampleRateHz !== grid.sampleRateHz
        ? `${format.sampleRateHz} Hz`
        : (format.stride ?? grid.stride) !== grid.stride
          ? `a stride of ${format.stride} samples`
          : channels.some((name, c) => channels.indexOf(name) !== c)
            ? 'a channel twice'
            : constants.some(list => list.length !== channels.length)
              ? `${constants.map(list => list.length).join(' and ')} scaling constants for ${channels.length} channels`
              : scaling.method === 'minmax' && scaling.min.some((low, c) => !(low < scaling.max[c]))
                ? 'a channel whose min is not below its max'
                : undefined;
  if (problem === undefined) return;
  throw new LittlefirstError('LF_BUNDLE_INVALID', `The bundle's window format does not fit the data`, {
    expected: `${grid.samples} samples at ${grid.sampleRateHz} Hz, every ${grid.stride} samples, different channels, one scaling constant a channel, min < max`,
    received: problem,
  });
}

/**
 * Scales a window set to a bundle's input format, in float64.
 * `minmax`: trunc((x - min) / (max - min) * 255) clamped to 0..255, minus 128 for int8. `counts`: round(x / scale),
 * saturated to the dtype. Scaling constants are in the order of `format.channels`.
 * @throws LF_BUNDLE_INVALID for an unknown channel, another window length, rate or stride or missing constants
 */
export function scaleWindows(set: WindowSet, format: SampleFormat): ScaledWindows {
  const { grid } = set;
  checkFormat(format, grid);
  const channels = selectChannels(format, grid);
  const channelCount = grid.channels.length;
  const quantise = quantiser(format.scaling, format.dtype);
  const rows = set.samples.length / channelCount;
  const width = channels.length;
  const data = sharedArray(format.dtype, rows * width);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      data[row * width + c] = quantise(set.samples[row * channelCount + channels[c]], c);
    }
  }
  const { starts } = set; // not the set itself, whose samples are by far the larger
  const window = (i: number): ScaledArray => {
    const start = starts[i];
    if (start === undefined) throw new RangeError(`window ${i} of ${starts.length}`);
    return data.subarray(start * width, (start + grid.samples) * width);
  };
  return {
    count: starts.length,
    data,
    window,
    bytes: i => {
      const view = window(i);
      return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    },
  };
}
