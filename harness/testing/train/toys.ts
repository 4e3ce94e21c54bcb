import type { Random } from '../../data/random.js';
import type { WindowSet } from '../../data/types.js';
import { sealWindowSet } from '../../data/window-set.js';
import type { Batch, ExampleSource, FitOptions } from '../../train/fit.js';
import type { NetSpec } from '../../train/nets.js';

/** Small trainings and window sets with known properties, for tests. */

/** A network with every kind of layer: separable with batch normalisation, convolution with and without, pooling. */
export const toySpec: NetSpec = {
  name: 'toy',
  rows: 16,
  branches: [2],
  layers: [
    { kind: 'separable', filters: 4, kernel: 3, stride: 2 },
    { kind: 'conv', filters: 4, kernel: 3, stride: 1, batchNorm: true, pool: 2 },
  ],
  head: 'average-max',
  hidden: [],
  classes: 2,
  dropout: 0.1,
};

/** The shape of the paper's networks: several branches, no batch normalisation, flattened, and a dense layer in between. */
export const branchedSpec: NetSpec = {
  ...toySpec,
  name: 'branched',
  branches: [2, 1],
  layers: [{ kind: 'conv', filters: 3, kernel: 3, stride: 1, batchNorm: false, pool: 2 }],
  head: 'flatten',
  hidden: [5],
};

export const toyFit: FitOptions = {
  epochs: 6,
  batchSize: 32,
  learningRate: 0.02,
  weightDecay: 1e-3,
  warmupSteps: 5,
  averageDecay: 0.9,
  seed: 5,
};

/** Waves of two rates; class 1 is the fast one. Amplitude and phase vary from example to example. */
export class Waves implements ExampleSource {
  readonly count: number;
  readonly #spec: NetSpec;

  constructor(spec: NetSpec, count: number) {
    this.#spec = spec;
    this.count = count;
  }

  /** Class of an example. */
  static classOf(index: number): number {
    return index % 2;
  }

  batch(indices: Uint32Array, _random: Random, _augment: boolean): Batch {
    const { rows, branches } = this.#spec;
    const targets = new Float32Array(indices.length * 2);
    const inputs = branches.map(channels => new Float32Array(indices.length * rows * channels));
    indices.forEach((index, i) => {
      const rate = Waves.classOf(index) === 0 ? 0.3 : 1.7;
      branches.forEach((channels, b) => {
        for (let k = 0; k < rows * channels; k++) {
          const phase = index * 0.37 + (k % channels);
          const amplitude = 0.7 + 0.3 * Math.sin(index * 1.9);
          inputs[b][i * rows * channels + k] = amplitude * Math.sin(rate * Math.floor(k / channels) + phase);
        }
      });
      targets[i * 2 + Waves.classOf(index)] = 1;
    });
    return { size: indices.length, inputs, targets };
  }
}

/**
 * Runs of overlapping windows, each run recorded on its own. Every value tells its place: sample row r, channel c is r + c / 100.
 * @param runs label, person and number of windows of each run
 */
export function runsOfWindows(
  runs: readonly { label: number; subject: number; windows: number }[],
): WindowSet {
  const starts: number[] = [];
  const labels: number[] = [];
  const subjects: number[] = [];
  let rows = 0;
  for (const { label, subject, windows } of runs) {
    for (let w = 0; w < windows; w++) {
      starts.push(rows + 64 * w);
      labels.push(label);
      subjects.push(subject);
    }
    rows += 64 * (windows + 1);
  }
  return sealWindowSet({
    name: 'uci-har',
    split: 'train',
    order: 'published',
    samples: Float64Array.from({ length: rows * 9 }, (_, i) => Math.floor(i / 9) + (i % 9) / 100),
    starts: Uint32Array.from(starts),
    labels: Uint8Array.from(labels),
    subjects: Uint8Array.from(subjects),
    resets: Uint32Array.of(0),
  });
}
