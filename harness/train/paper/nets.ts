import type { NetSpec } from '../nets.js';
import type { Augmentation } from '../windows-source.js';

/** The paper's networks (Shen et al., J. Low Power Electron. Appl. 2022, 12(2), 28, section 3), channels s1, s2, s3. */

const convolutions = (filters: number[]): NetSpec['layers'] =>
  filters.map(f => ({ kind: 'conv', filters: f, kernel: 3, stride: 1, batchNorm: false, pool: 2 }));

const common = { head: 'flatten' as const, hidden: [], dropout: 0 };
const bigFilters = [4, 8, 16, 32, 8];
const littleFilters = [4, 4, 2];

export const big3Spec: NetSpec = {
  ...common,
  name: 'big-3in',
  rows: 128,
  branches: [3, 3, 3],
  layers: convolutions(bigFilters),
  classes: 6,
};
export const big1Spec: NetSpec = { ...big3Spec, name: 'big-1in', branches: [9] };
export const littleSpec = (activity: number): NetSpec => ({
  ...common,
  name: `little-${activity}`,
  rows: 128,
  branches: [3],
  layers: convolutions(littleFilters),
  classes: 2,
});
export const dualSpec: NetSpec = {
  ...common,
  name: 'dual',
  rows: 384,
  branches: [2],
  layers: convolutions(littleFilters),
  classes: 2,
};

/** Channels of each branch, in the order of `channelNames`. */
export const s3 = [6, 7, 8];
export const big3Branches = [[0, 1, 2], [3, 4, 5], s3];
export const big1Branches = [[0, 1, 2, 3, 4, 5, 6, 7, 8]];

/** How each kind of network is trained; chosen by subject-wise cross-validation on training people. */
export interface Recipe {
  epochs: number;
  batchSize: number;
  learningRate: number;
  smoothing: number;
  augmentation: Augmentation;
}

const mild: Augmentation = {
  shiftSamples: 32,
  rotationDegrees: 5,
  gainSd: 0.1,
  accelerationNoiseG: 0.01,
  gyroNoiseRadPerS: 0.02,
};

export const bigRecipe: Recipe = {
  epochs: 15,
  batchSize: 128,
  learningRate: 0.01,
  smoothing: 0.1,
  augmentation: mild,
};
export const littleRecipe: Recipe = { ...bigRecipe, epochs: 20, smoothing: 0 };
