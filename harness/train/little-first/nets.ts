import type { LayerSpec, NetSpec } from '../nets.js';
import type { Augmentation } from '../windows-source.js';

/**
 * Networks of the little-first cascade: a classifier of postures on features, and convolutional classifiers of the three
 * walking types in two sizes. Sizes and training were chosen by subject-wise cross-validation on training people.
 */

const separable = (filters: number, kernel: number, stride: number): LayerSpec => ({
  kind: 'separable',
  filters,
  kernel,
  stride,
});
const conv = (filters: number, kernel: number, stride: number): LayerSpec => ({
  kind: 'conv',
  filters,
  kernel,
  stride,
  batchNorm: true,
  pool: 1,
});

const motion = { rows: 128, branches: [6], head: 'average-max' as const, hidden: [], classes: 3 };

/** 18 K multiply-adds. */
export const smallMotion: NetSpec = {
  ...motion,
  name: 'motion-18k',
  layers: [separable(16, 9, 4), separable(24, 5, 2), separable(24, 3, 2)],
  dropout: 0.05,
};
/** 136 K multiply-adds. */
export const largeMotion: NetSpec = {
  ...motion,
  name: 'motion-136k',
  layers: [conv(24, 7, 4), conv(36, 5, 2), conv(40, 3, 2)],
  dropout: 0.3,
};

/** Features that the static classifier sees: mean acceleration, slow gyroscope differences and mean gyroscope. */
export const staticInputs = [0, 1, 2, 6, 7, 8, 12, 13, 14];

/** 384 multiply-adds. */
export const staticSpec: NetSpec = {
  name: 'static',
  rows: 1,
  branches: [staticInputs.length],
  layers: [],
  head: 'flatten',
  hidden: [32],
  classes: 3,
  dropout: 0.2,
};

/** Channels of the cascade's window in the data's order: gyroscope, then total acceleration. */
export const windowChannels = [3, 4, 5, 6, 7, 8];

export const motionAugmentation: Augmentation = {
  shiftSamples: 32,
  rotationDegrees: 25,
  gainSd: 0.2,
  accelerationNoiseG: 0.05,
  gyroNoiseRadPerS: 0.15,
};
