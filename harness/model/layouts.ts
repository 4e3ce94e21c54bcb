import { m4Conv3, m4Narrow, m4Window } from './layout-m4.js';
import { m0pPacked, m3Packed, m3PackedSmall, m3PackedWide } from './layout-packed.js';
import { plainLayouts } from './layout-plain.js';
import { m3Taps } from './layout-taps.js';
import type { KernelLayout } from './pack-kernels.js';

/** Layouts of all tuned kernels; of one core's, the first that supports a step is the best for it. */
export const allTunedLayouts: readonly KernelLayout[] = [
  m4Conv3,
  m4Window,
  m4Narrow,
  m3Taps,
  m3Packed,
  m3PackedSmall,
  m3PackedWide,
  m0pPacked,
  ...plainLayouts,
];
