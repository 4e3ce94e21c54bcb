import type { WindowGrid } from '../../data/types.js';
import type { NetSpec } from '../nets.js';

/**
 * The two networks of a cascade for any channels, classes and window: no pooling and a mean and maximum over time, so that every window length
 * fits. Sizes are assumed: Big takes some seven times the multiply-adds of Little.
 */
const separable = (filters: number) => ({ kind: 'separable' as const, filters, kernel: 5, stride: 2 });
const first = (filters: number, stride: number) => ({
  kind: 'conv' as const,
  filters,
  kernel: 5,
  stride,
  batchNorm: true,
  pool: 1 as const,
});

const shared = { head: 'average-max' as const, hidden: [], dropout: 0.1 };

export const bigSpec = ({ samples, channels, classes }: WindowGrid): NetSpec => ({
  ...shared,
  name: 'big',
  rows: samples,
  branches: [channels.length],
  layers: [first(16, 2), separable(32), separable(32)],
  classes: classes.length,
});

export const littleSpec = ({ samples, channels, classes }: WindowGrid): NetSpec => ({
  ...shared,
  name: 'little',
  rows: samples,
  branches: [channels.length],
  layers: [first(8, 4), separable(16)],
  classes: classes.length,
});

/** int8 inputs stand for -4 to 4 deviations. */
export const inputQuantisation = { scales: [1 / 32], zeroPoints: [0], axis: 0 };
