import type { Core } from '../../model/pack/step.js';

/** Cores and kernels that are benchmarked. */
export const cores = ['m0p', 'm3', 'm4'] as const;
export const kernelNames = { shipped: 'tuned', reference: 'reference' } as const;

/** One line of the JSON output. */
export interface KernelFigure {
  net: string;
  core: Core;
  kernel: keyof typeof kernelNames;
  /** Best estimate of the timing model and the range that the manuals leave open. */
  cycles: number;
  lo: number;
  hi: number;
  instructions: number;
  macs: number;
  /** Text of all kernels of the core, whether the network needs them or not. */
  codeBytes: number;
  /** Arena: activations and scratch. */
  ramBytes: number;
}
