import type { Random } from '../../data/random.js';
import { activityNames, type WindowSet } from '../../data/types.js';
import { computeFeatures, type FeatureParameters } from '../../model/cascade/filtered/features.js';
import type { Batch, ExampleSource } from '../fit.js';
import { shiftRanges, tableDeviate, windowSource } from '../windows-source.js';
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
  const mean: number[] = [];
  const deviation: number[] = [];
  windowChannels.forEach((c, i) => {
    mean[c] = standard.mean[i];
    deviation[c] = standard.deviation[i];
  });
  return windowSource(set, {
    windows: windows.filter(w => set.labels[w] < 3),
    branches: [windowChannels],
    encode: (value, channel) => (value - mean[channel]) / deviation[channel],
    augmentation: motionAugmentation,
    deviate: tableDeviate(),
    classes: 3,
    classOf: w => set.labels[w],
    smoothing,
  });
}

const shifts = [0, -32, -16, 16, 32];
const clampAt = 4;
/** Standard deviation of the tilt added to mean acceleration in training, counts (0.1 g an axis): how a phone sits differs. */
const tiltCounts = 0.1 * 8192;
const firstPosture = activityNames.indexOf('SITTING');
const lying = activityNames.indexOf('LAYING') - firstPosture;

/**
 * Mean acceleration of an example as another wearer might have it: tilted a little, and for people who lie turned by any angle about the
 * body's long axis, the phone's x: on the back, on a side, on the belly.
 */
function otherWearer(gravity: readonly number[], label: number, random: Random): number[] {
  const [x, y, z] = gravity;
  const angle = label === lying ? 2 * Math.PI * random.uniform() : 0;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [x, c * y - s * z, s * y + c * z].map(v => v + random.normal(tiltCounts));
}

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
        this.#rows.push({ values, label: Math.max(0, set.labels[w] - firstPosture) });
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
    const targets = new Float32Array(indices.length * 3);
    indices.forEach((index, i) => {
      const { values, label } = this.#rows[index];
      const recorded = Array.from(values.subarray(0, 3));
      const gravity = augment ? otherWearer(recorded, label, random) : recorded;
      staticInputs.forEach((feature, k) => {
        const value = feature < 3 ? gravity[feature] : values[feature];
        const z = (value - this.standard.mean[k]) / this.standard.deviation[k];
        input[i * width + k] = Math.max(-clampAt, Math.min(clampAt, z));
      });
      targets[i * 3 + label] = 1;
    });
    return { size: indices.length, inputs: [input], targets };
  }
}
