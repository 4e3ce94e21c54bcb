import { type StepOp, stepFlags } from './blob.js';
import { allTunedLayouts } from './layouts/layouts.js';
import { plainTables } from './tables.js';

/**
 * Kernel layouts: how the packer arranges a step's tables for the kernel that will run it. The reference kernel reads
 * plain tables; a tuned kernel has its own `KernelLayout` here and its counterpart in the core's kernel table
 * (firmware/core/kernels.h, where the id ranges stand).
 *
 * To add one: write it in `layout-*.ts` and list it in `layouts.ts`; the first layout of the core that supports a
 * step gets it. The planner needs no change: it reserves `scratchBytes`, places `arrange()`'s bytes 4-byte aligned in
 * the blob, and stores the id in the step.
 */

export type Core = 'm0p' | 'm3' | 'm4';

/** Geometry and tables of a step, as planned; field names and meanings as in `stepLayout` of blob.ts. */
export interface PlannedStep {
  op: StepOp;
  inH: number;
  inW: number;
  inC: number;
  outC: number;
  convH: number;
  convW: number;
  outH: number;
  outW: number;
  kernelH: number;
  kernelW: number;
  strideH: number;
  strideW: number;
  padTop: number;
  padLeft: number;
  poolH: number;
  poolW: number;
  poolStrideH: number;
  poolStrideW: number;
  poolPadTop: number;
  poolPadLeft: number;
  inZero: number;
  outZero: number;
  clampMin: number;
  clampMax: number;
  /** Average pooling with the rounding of TFLite's uint8 kernel. */
  roundUnsigned: boolean;
  /** conv, depthwise, fullyConnected. */
  weights?: StepWeights;
  /** mean, softmax: the words of their plain table; copy: its table. */
  constants?: Int32Array | Int8Array;
}

export interface StepWeights {
  /**
   * Zero points taken off. conv: [outC][kernelH][kernelW][inC]; depthwise: [kernelH][kernelW][outC], output channel o
   * reading input channel floor(o * inC / outC); fullyConnected: [outC][inC]. Values -128..127, or -255..255 from uint8 files.
   */
  values: Int16Array;
  /** Whether a value lies outside int8. */
  wide: boolean;
  /**
   * Per output channel: bias - inZero * (sum of the channel's weights), so that a kernel adds up raw activations; taps
   * in the padding then count as activations of value inZero.
   */
  bias: Int32Array;
  /** Per output channel: TFLite's multiplier (2^30..2^31-1, or 0) and shift (exponent; negative = right; -1 with multiplier 0). */
  multipliers: Int32Array;
  shifts: Int32Array;
  /** Whether all channels (two or more) have the same multiplier and shift. */
  oneScale: boolean;
  /** Largest |accumulator| that any int8 input can produce, bias included; below 2^31. */
  accumulatorBound: number;
}

export interface KernelLayout {
  id: number;
  name: string;
  core: Core | 'any';
  /** Whether another layout of the core is nearly as fast and takes less flash. */
  roomy?: boolean;
  /** Whether the kernel can run the step. */
  supports(step: PlannedStep): boolean;
  /** The bytes that the kernel's `run` finds at `data`. */
  arrange(step: PlannedStep): Uint8Array;
  /** Bytes of arena that the kernel needs beside input and output while it runs. */
  scratchBytes(step: PlannedStep): number;
}

/** The bits of a step's `flags`. */
export function flagsOf({ weights, roundUnsigned }: PlannedStep): number {
  return (
    (weights?.wide ? stepFlags.wideWeights : 0) |
    (weights?.oneScale ? stepFlags.oneScale : 0) |
    (roundUnsigned ? stepFlags.roundUnsigned : 0)
  );
}

/** The readable kernel: it can do any step. */
export const referenceLayout: KernelLayout = {
  id: 0,
  name: 'reference',
  core: 'any',
  supports: () => true,
  scratchBytes: () => 0,
  arrange: plainTables,
};

/** Tuned layouts in order of preference. */
export const tunedLayouts: readonly KernelLayout[] = allTunedLayouts;

/** `lean`: tuned, but no roomy layouts; `compact`: of the core's tuned layouts the one of fewest bytes. */
export type KernelChoice = 'tuned' | 'lean' | 'compact' | 'reference';

/** The layout that a step gets on a core. */
export function chooseLayout(
  step: PlannedStep,
  core: Core,
  choice: KernelChoice,
  layouts: readonly KernelLayout[] = tunedLayouts,
): KernelLayout {
  const fitting = layouts.filter(layout => layout.core === core && layout.supports(step));
  if (choice === 'reference' || fitting.length === 0) return referenceLayout;
  if (choice === 'tuned') return fitting[0];
  if (choice === 'lean') return fitting.find(({ roomy }) => !roomy) ?? fitting[0];
  const bytes = fitting.map(layout => layout.arrange(step).length);
  return fitting[bytes.indexOf(Math.min(...bytes))];
}
