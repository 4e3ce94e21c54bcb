import type { KernelLayout } from '../step.js';
import { columnsOf } from './columns.js';
import { m4Conv3, m4Narrow, m4Window } from './m4.js';
import { m0pNine, m3Nine, m4Nine } from './nine.js';
import { m0pPacked, m3Packed, m3PackedWide } from './packed.js';
import { plainLayouts } from './plain.js';
import { m3Stacked, m3StackedSmall } from './stacked.js';
import { m3Taps } from './taps.js';

const core = (name: string): KernelLayout => plainLayouts.find(layout => layout.name === name)!;

/** Two-dimensional steps, row by row on the kernels for one dimension. */
const imageLayouts: readonly KernelLayout[] = [
  m4Nine,
  m3Nine,
  m0pNine,
  columnsOf(m4Window, 55),
  columnsOf(core('m4-quads'), 56),
  columnsOf(m4Narrow, 57),
  columnsOf(core('m4-depthwise'), 58),
  columnsOf(m3Stacked, 45),
  columnsOf(m3Packed, 39),
  columnsOf(m3PackedWide, 42),
  columnsOf(core('m3-direct'), 41),
  columnsOf(core('m3-depthwise'), 40),
  columnsOf(m0pPacked, 20),
  columnsOf(core('m0p-direct'), 22),
  columnsOf(core('m0p-depthwise'), 21),
];

/** Layouts of all tuned kernels; of one core's, the first that supports a step is the best for it. */
export const allTunedLayouts: readonly KernelLayout[] = [
  m4Conv3,
  m4Window,
  m4Narrow,
  m3Taps,
  m3Stacked,
  m3StackedSmall,
  m3Packed,
  m3PackedWide,
  m0pPacked,
  ...plainLayouts,
  ...imageLayouts,
];
