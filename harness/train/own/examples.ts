import type { Random } from '../../data/random.js';
import type { WindowSet } from '../../data/types.js';
import type { Batch, ExampleSource } from '../fit.js';
import { randomRotation, shiftRanges } from '../windows-source.js';

/** How counts of a channel become a network's input: physical value = count * scale, then less the mean, over the deviation. */
export interface Standard {
  scale: readonly number[];
  mean: readonly number[];
  deviation: readonly number[];
}

/** Standard deviations of what is varied in training: one rotation of all triads, and noise as a share of a channel's deviation. Assumed. */
const rotationDegrees = 10;
const noiseShare = 0.05;
const smoothing = 0.05;

/** Places of the channels that are called `..._x`, `..._y`, `..._z`. */
export function triadsOf(channels: readonly string[]): number[][] {
  return channels.flatMap((name, x) => {
    if (!name.endsWith('x')) return [];
    const stem = name.slice(0, -1);
    const triad = [x, channels.indexOf(`${stem}y`), channels.indexOf(`${stem}z`)];
    return triad.includes(-1) ? [] : [triad];
  });
}

/** Windows of any grid as training examples: moved in time within their stretch, turned a little, with some noise. */
export function ownExamples(set: WindowSet, windows: Uint32Array, standard: Standard): ExampleSource {
  const { samples, stride, channels, classes } = set.grid;
  const width = channels.length;
  const triads = triadsOf(channels);
  const ranges = shiftRanges(set);
  const scratch = new Float64Array(width);
  const { scale, mean, deviation } = standard;

  /** As the DUT gets it: counts, standardised, on the grid of the int8 input. */
  const encode = (value: number, c: number): number => {
    const count = Math.max(-32768, Math.min(32767, Math.round(value / scale[c])));
    const q = Math.round(((count * scale[c] - mean[c]) / deviation[c]) * 32);
    return Math.max(-128, Math.min(127, q)) / 32;
  };

  function draw(window: number, random: Random, augment: boolean, into: Float32Array, from: number): void {
    let start = set.starts[window];
    const half = Math.floor(stride / 2);
    if (augment)
      start = Math.min(
        Math.max(start + random.integer(-half, half), ranges.first[window]),
        ranges.last[window],
      );
    const m = augment ? randomRotation(random, (random.normal(rotationDegrees) * Math.PI) / 180) : [];
    for (let row = 0; row < samples; row++) {
      for (let c = 0; c < width; c++) scratch[c] = set.samples[(start + row) * width + c];
      if (augment) {
        for (const [a, b, d] of triads) {
          const [x, y, z] = [scratch[a], scratch[b], scratch[d]];
          scratch[a] = m[0] * x + m[1] * y + m[2] * z;
          scratch[b] = m[3] * x + m[4] * y + m[5] * z;
          scratch[d] = m[6] * x + m[7] * y + m[8] * z;
        }
        for (let c = 0; c < width; c++) scratch[c] += random.normal(noiseShare * deviation[c]);
      }
      for (let c = 0; c < width; c++) into[from + row * width + c] = encode(scratch[c], c);
    }
  }

  return {
    count: windows.length,
    batch(indices: Uint32Array, random: Random, augment: boolean): Batch {
      const size = indices.length;
      const input = new Float32Array(size * samples * width);
      const targets = new Float32Array(size * classes.length).fill(augment ? smoothing / classes.length : 0);
      indices.forEach((index, i) => {
        const window = windows[index];
        draw(window, random, augment, input, i * samples * width);
        targets[i * classes.length + set.labels[window]] += augment ? 1 - smoothing : 1;
      });
      return { size, inputs: [input], targets };
    },
  };
}
