import type { KernelLayout } from '../step.js';
import { m4Conv3, m4Narrow, m4Window } from './m4.js';
import { m0pPacked, m3Packed, m3PackedSmall, m3PackedWide } from './packed.js';
import { plainLayouts } from './plain.js';
import { m3Taps } from './taps.js';

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
