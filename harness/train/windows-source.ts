import { Random } from '../data/random.js';
import type { WindowSet } from '../data/types.js';
import type { Batch, ExampleSource } from './fit.js';

/** What is varied when a window is drawn for training. Zero switches a variation off. */
export interface Augmentation {
  /** Start moved by up to this many samples, inside the recording's contiguous block. */
  shiftSamples: number;
  /** Standard deviation of the angle of one random rotation of all three triads, degrees. */
  rotationDegrees: number;
  /** Standard deviation of the random gain of the body part of acceleration and of the gyroscope. */
  gainSd: number;
  accelerationNoiseG: number;
  gyroNoiseRadPerS: number;
}

export const noAugmentation: Augmentation = {
  shiftSamples: 0,
  rotationDegrees: 0,
  gainSd: 0,
  accelerationNoiseG: 0,
  gyroNoiseRadPerS: 0,
};

const samplesPerWindow = 128;
const columns = 9;

/** A normal deviate of mean 0 and standard deviation 1. */
type Deviate = (random: Random) => number;
const exactDeviate: Deviate = random => random.normal();

/** One in so many draws of `tableDeviate` is the same number. */
const tableSize = 65_536;

/**
 * Normal deviates from a table, drawn once, of pairs of opposite numbers: several times faster than the logarithm and cosine of
 * `Random.normal`, which take most of the time of a small network's training.
 */
export function tableDeviate(): Deviate {
  const drawn = new Random(tableSize);
  const table = new Float64Array(tableSize);
  for (let i = 0; i < tableSize; i += 2) {
    table[i] = drawn.normal();
    table[i + 1] = -table[i];
  }
  return random => table[Math.floor(random.uniform() * tableSize)];
}

/** First and last allowed start of each window when shifted: the block of windows that continue one another. */
export function shiftRanges(set: WindowSet): { first: Uint32Array; last: Uint32Array } {
  const n = set.starts.length;
  const first = new Uint32Array(n);
  const last = new Uint32Array(n);
  let blockStart = 0;
  for (let w = 0; w < n; w++) {
    const continues =
      w + 1 < n &&
      set.starts[w + 1] === set.starts[w] + set.grid.stride &&
      set.labels[w + 1] === set.labels[w] &&
      set.subjects[w + 1] === set.subjects[w];
    if (continues) continue;
    first.fill(set.starts[blockStart], blockStart, w + 1);
    last.fill(set.starts[w], blockStart, w + 1);
    blockStart = w + 1;
  }
  return { first, last };
}

/** Rotation by `angle` about a uniformly random axis, row-major 3x3 (Rodrigues' formula). */
export function randomRotation(random: Random, angle: number): number[] {
  const z = 2 * random.uniform() - 1;
  const phi = 2 * Math.PI * random.uniform();
  const r = Math.sqrt(1 - z * z);
  const [x, y] = [r * Math.cos(phi), r * Math.sin(phi)];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const t = 1 - c;
  return [
    t * x * x + c,
    t * x * y - s * z,
    t * x * z + s * y,
    t * x * y + s * z,
    t * y * y + c,
    t * y * z - s * x,
    t * x * z - s * y,
    t * y * z + s * x,
    t * z * z + c,
  ];
}

/**
 * Draws one window as physical samples [128][9] into `out`, varied as `augmentation` says.
 * @param start first row of the window in `samples` before the shift
 * @param deviate noise of the samples
 */
export function drawWindow(
  samples: ArrayLike<number>,
  start: number,
  range: { first: number; last: number },
  augmentation: Augmentation,
  random: Random,
  out: Float64Array,
  deviate: Deviate = exactDeviate,
): void {
  let row = start;
  if (augmentation.shiftSamples > 0) {
    const moved = start + random.integer(-augmentation.shiftSamples, augmentation.shiftSamples);
    row = Math.min(Math.max(moved, range.first), range.last);
  }
  const rotate = augmentation.rotationDegrees > 0;
  const m = rotate
    ? randomRotation(random, (random.normal() * augmentation.rotationDegrees * Math.PI) / 180)
    : [];
  const bodyGain = augmentation.gainSd > 0 ? 1 + random.normal() * augmentation.gainSd : 1;
  const gyroGain = augmentation.gainSd > 0 ? 1 + random.normal() * augmentation.gainSd : 1;
  for (let t = 0; t < samplesPerWindow; t++) {
    const from = (row + t) * columns;
    const to = t * columns;
    for (let c = 0; c < 3; c++) {
      const body = samples[from + c];
      out[to + c] = body * bodyGain;
      out[to + 3 + c] = samples[from + 3 + c] * gyroGain;
      out[to + 6 + c] = samples[from + 6 + c] + body * (bodyGain - 1);
    }
    if (rotate) {
      for (let triad = 0; triad < columns; triad += 3) {
        const [x, y, z] = [out[to + triad], out[to + triad + 1], out[to + triad + 2]];
        out[to + triad] = m[0] * x + m[1] * y + m[2] * z;
        out[to + triad + 1] = m[3] * x + m[4] * y + m[5] * z;
        out[to + triad + 2] = m[6] * x + m[7] * y + m[8] * z;
      }
    }
    for (let c = 0; c < 3 && augmentation.accelerationNoiseG > 0; c++) {
      const noise = deviate(random) * augmentation.accelerationNoiseG;
      out[to + c] += noise;
      out[to + 6 + c] += noise;
    }
    for (let c = 3; c < 6 && augmentation.gyroNoiseRadPerS > 0; c++) {
      out[to + c] += deviate(random) * augmentation.gyroNoiseRadPerS;
    }
  }
}

export interface WindowSourceOptions {
  /** Windows of the set that may be drawn. */
  windows: Uint32Array;
  /** Channels of each branch. */
  branches: number[][];
  /** Physical value and channel to the network's real-valued input. */
  encode: (value: number, channel: number) => number;
  augmentation: Augmentation;
  /** Noise of the samples; `Random.normal` when absent. */
  deviate?: Deviate;
  classes: number;
  /** Class of a window. */
  classOf: (window: number) => number;
  /** Label smoothing: this much of the probability is spread over all classes. */
  smoothing: number;
}

/** Windows of a data set as training examples. */
export function windowSource(set: WindowSet, options: WindowSourceOptions): ExampleSource {
  const ranges = shiftRanges(set);
  const scratch = new Float64Array(samplesPerWindow * columns);
  return {
    count: options.windows.length,
    batch(indices: Uint32Array, random: Random, augment: boolean): Batch {
      const size = indices.length;
      const inputs = options.branches.map(c => new Float32Array(size * samplesPerWindow * c.length));
      const targets = new Float32Array(size * options.classes).fill(options.smoothing / options.classes);
      for (let i = 0; i < size; i++) {
        const w = options.windows[indices[i]];
        const range = { first: ranges.first[w], last: ranges.last[w] };
        const varied = augment ? options.augmentation : noAugmentation;
        drawWindow(set.samples, set.starts[w], range, varied, random, scratch, options.deviate);
        options.branches.forEach((channels, b) => {
          let at = i * samplesPerWindow * channels.length;
          for (let t = 0; t < samplesPerWindow; t++) {
            for (const c of channels) inputs[b][at++] = options.encode(scratch[t * columns + c], c);
          }
        });
        targets[i * options.classes + options.classOf(w)] += 1 - options.smoothing;
      }
      return { size, inputs, targets };
    },
  };
}
