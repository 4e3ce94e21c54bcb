import { computeFeatures, type FeatureParameters } from '../../cascade/filtered/features.js';
import type { Random } from '../../data/random.js';
import type { WindowSet } from '../../data/types.js';
import type { Batch, ExampleSource } from '../fit.js';
import { shiftRanges, windowSource } from '../windows-source.js';
import { windowCounts } from './feature-set.js';
import { motionAugmentation, staticInputs, windowChannels } from './nets.js';

/** Mean and deviation by which inputs are standardised. */
export interface Standard {
  mean: number[];
  deviation: number[];
}

const standardOf = (columns: number[][]): Standard => {
  const mean = columns.map(c => c.reduce((a, b) => a + b, 0) / c.length);
  const deviation = columns.map((c, i) =>
    Math.sqrt(c.reduce((sum, v) => sum + (v - mean[i]) ** 2, 0) / c.length),
  );
  return { mean, deviation };
};

/** Channel statistics (physical units) of the given windows, for `windowChannels`. */
export function channelStandard(set: WindowSet, windows: Uint32Array): Standard {
  return standardOf(
    windowChannels.map(c => {
      const column: number[] = [];
      for (const w of windows) {
        for (let t = 0; t < 64; t++) column.push(set.samples[(set.starts[w] + t) * 9 + c]);
      }
      return column;
    }),
  );
}

const smoothing = 0.1;

/** Windows of the three walking types as examples of a motion network. */
export function motionSource(set: WindowSet, windows: Uint32Array, standard: Standard): ExampleSource {
  const place = new Map(windowChannels.map((c, i) => [c, i]));
  return windowSource(set, {
    windows: windows.filter(w => set.labels[w] < 3),
    branches: [windowChannels],
    encode: (value, channel) => {
      const i = place.get(channel)!;
      return (value - standard.mean[i]) / standard.deviation[i];
    },
    augmentation: motionAugmentation,
    classes: 3,
    classOf: w => set.labels[w],
    smoothing,
  });
}

const shifts = [0, -32, -16, 16, 32];
const clampAt = 4;
/** Training noise: in standard deviations on every feature, and in counts (0.05 g) on the means: how a phone sits differs. */
const noise = 0.2;
const tiltCounts = 0.05 * 8192;

/** Feature vectors of static windows and of their shifted copies, standardised and clamped to -4..4. */
export class StaticExamples implements ExampleSource {
  readonly standard: Standard;
  readonly #rows: { values: Int16Array; label: number }[] = [];

  /**
   * @param options.standard the one to use; computed from these windows when absent
   * @param options.everyWindow keeps windows of the walking types too (their label means nothing then): the router may send them here
   */
  constructor(
    set: WindowSet,
    windows: Uint32Array,
    parameters: FeatureParameters,
    options: { shifted: boolean; standard?: Standard; everyWindow?: boolean },
  ) {
    const ranges = shiftRanges(set);
    for (const w of windows) {
      if (set.labels[w] < 3 && options.everyWindow !== true) continue;
      for (const shift of options.shifted ? shifts : [0]) {
        const row = set.starts[w] + shift;
        if (row < ranges.first[w] || row > ranges.last[w]) continue;
        const { values } = computeFeatures(windowCounts(set, row), windowChannels.length, parameters);
        this.#rows.push({ values, label: Math.max(0, set.labels[w] - 3) });
      }
    }
    this.standard =
      options.standard ?? standardOf(staticInputs.map(i => this.#rows.map(row => row.values[i])));
  }

  get count(): number {
    return this.#rows.length;
  }

  batch(indices: Uint32Array, random: Random, augment: boolean): Batch {
    const width = staticInputs.length;
    const input = new Float32Array(indices.length * width);
    const targets = new Float32Array(indices.length * 3).fill(augment ? smoothing / 3 : 0);
    indices.forEach((index, i) => {
      const { values, label } = this.#rows[index];
      staticInputs.forEach((feature, k) => {
        const tilt = augment && feature < 3 ? random.normal(tiltCounts) : 0;
        const z = (values[feature] + tilt - this.standard.mean[k]) / this.standard.deviation[k];
        const varied = augment ? z + random.normal(noise) : z;
        input[i * width + k] = Math.max(-clampAt, Math.min(clampAt, varied));
      });
      targets[i * 3 + label] += augment ? 1 - smoothing : 1;
    });
    return { size: indices.length, inputs: [input], targets };
  }
}
