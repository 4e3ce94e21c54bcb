import { type StepOp, stepFlags } from './blob.js';

/** A step of a plan as the packer sees it, and what a kernel's layout says of it. */

export type Core = 'm0p' | 'm3' | 'm4';

/** Least and greatest value. */
export type ValueRange = readonly [low: number, high: number];

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
  /**
   * conv: what element i of the window of a position can hold, inZero included, is range i modulo their number (as many as input
   * channels); absent: all of int8.
   */
  inputRanges?: readonly ValueRange[];
  /** mean, softmax, sum, product, resize: the words of their plain table; copy: its table. */
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
