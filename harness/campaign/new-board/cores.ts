/** What a core decides of a new board. */
export interface CoreFacts {
  /** `-mcpu` and what belongs to it. */
  cpu: string;
  /** Whose kernels its image gets (firmware/core/kernels.mk). */
  kernels: 'm0p' | 'm3' | 'm4';
  /** Debug watchpoint unit with a cycle counter (Armv7-M and Armv8-M architecture reference manuals); Armv6-M has none. */
  hasCycleCounter: boolean;
}

/** Soft float: the firmware has no floating point. */
export const coreFacts = {
  'cortex-m0plus': { cpu: '-mcpu=cortex-m0plus', kernels: 'm0p', hasCycleCounter: false },
  'cortex-m3': { cpu: '-mcpu=cortex-m3', kernels: 'm3', hasCycleCounter: true },
  'cortex-m4f': { cpu: '-mcpu=cortex-m4 -mfloat-abi=soft', kernels: 'm4', hasCycleCounter: true },
  /* With the DSP extension, which the kernels of the M4 need; a chip may lack it. */
  'cortex-m33': { cpu: '-mcpu=cortex-m33 -mfloat-abi=soft', kernels: 'm4', hasCycleCounter: true },
} as const satisfies Record<string, CoreFacts>;

export type CoreName = keyof typeof coreFacts;
export const coreNames = Object.keys(coreFacts) as CoreName[];
