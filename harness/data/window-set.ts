import { createHash } from 'node:crypto';
import { LittlefirstError } from '../errors.js';
import { activityNames, channelNames, type WindowGrid, type WindowSet } from './types.js';

/** Rows (samples in time) of a window: 2.56 s at 50 Hz. */
export const windowSamples = 128;
/** Rows from a window to the next: 50 % overlap, 1.28 s. */
export const windowStride = 64;
export const sampleRateHz = 50;
export const channelCount = channelNames.length;
/** The grid of UCI HAR, which HAPT's streams and the synthetic wearer follow. */
export const uciGrid: WindowGrid = {
  samples: windowSamples,
  stride: windowStride,
  sampleRateHz,
  channels: channelNames,
  classes: activityNames,
};
/** Label of a window that is not scored. */
export const unscored = 255;

/**
 * Physical units per count of the nine channels in the int16 layout: 2^-13 g for accelerations, 2^-12 rad/s for
 * angular velocities.
 */
export const channelScales: readonly number[] = channelNames.map(name =>
  name.startsWith('body_gyro') ? 2 ** -12 : 2 ** -13,
);

/** Int16 counts (rows x 9) as physical units; float32 holds 16 bits times a power of two exactly. */
export function countsToPhysical(counts: Int16Array): Float32Array {
  const samples = new Float32Array(counts.length);
  for (let i = 0; i < counts.length; i++) samples[i] = counts[i] * channelScales[i % channelCount];
  return samples;
}

/** Physical units (rows x 9) as int16 counts: rounded, saturated. */
export function physicalToCounts(samples: Float32Array | Float64Array): Int16Array {
  const counts = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const count = Math.round(samples[i] / channelScales[i % channelCount]);
    counts[i] = Math.max(-32768, Math.min(32767, count));
  }
  return counts;
}

/** Samples that grow piece by piece, without a second copy of all, and whose memory `releaseSamples` gives back. */
export class GrowingSamples {
  private readonly buffer: ArrayBuffer;
  /** All values so far, rows x 9, float32. */
  readonly samples: Float32Array;

  /**
   * @param mostRows most rows that will come; costs address space only
   * @throws LF_CONFIG_INVALID when there is not so much of it
   */
  constructor(mostRows: number) {
    try {
      this.buffer = new ArrayBuffer(0, {
        maxByteLength: mostRows * channelCount * Float32Array.BYTES_PER_ELEMENT,
      });
    } catch (cause) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'So many windows do not fit into memory', {
        expected: 'samples that the address space holds',
        received: `up to ${mostRows} samples of ${channelCount} channels`,
        hint: 'ask for fewer windows',
        cause,
      });
    }
    this.samples = new Float32Array(this.buffer);
  }

  get rows(): number {
    return this.samples.length / channelCount;
  }

  /** Appends rows x 9 values. */
  push(values: Float32Array): void {
    const { length } = this.samples;
    this.buffer.resize(this.buffer.byteLength + values.byteLength);
    this.samples.set(values, length);
  }
}

/**
 * Gives the memory of samples back at once, where they can: left to the garbage collector, those of 100,000 windows stay for most
 * of a campaign. The set has no samples afterwards.
 */
export function releaseSamples({ samples: { buffer } }: Pick<WindowSet, 'samples'>): void {
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(0);
}

/** Values a piece when samples are hashed. */
const hashedAtOnce = 1 << 16;

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A set without its hash; without a grid, it has UCI HAR's. */
export type UnsealedWindowSet = Omit<WindowSet, 'sha256' | 'grid'> & Partial<Pick<WindowSet, 'grid'>>;

/**
 * Adds the hash to a set: SHA-256 over the order's name, the resets, starts, labels and samples (their
 * little-endian bytes, the samples as float64); of another grid than UCI HAR's over the grid first.
 */
export function sealWindowSet({ grid = uciGrid, ...set }: UnsealedWindowSet): WindowSet {
  const hash = createHash('sha256');
  const { samples, stride, sampleRateHz: rate, channels, classes } = grid;
  if (grid !== uciGrid) hash.update(JSON.stringify([samples, stride, rate, channels, classes]));
  hash.update(set.order);
  for (const part of [set.resets, set.starts, set.labels]) hash.update(bytesOf(part));
  for (let at = 0; at < set.samples.length; at += hashedAtOnce)
    hash.update(bytesOf(Float64Array.from(set.samples.subarray(at, at + hashedAtOnce))));
  return { ...set, grid, sha256: hash.digest('hex') };
}

/** The first `count` windows of a set (all, when there are fewer), with its own hash; samples are shared. */
export function firstWindows(set: WindowSet, count: number): WindowSet {
  if (count >= set.starts.length) return set;
  return sealWindowSet({
    ...set,
    starts: set.starts.slice(0, count),
    labels: set.labels.slice(0, count),
    subjects: set.subjects.slice(0, count),
    transitions: set.transitions?.slice(0, count),
    resets: set.resets.filter(window => window < count),
  });
}
