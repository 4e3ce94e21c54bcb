import { allTunedLayouts } from './layouts/layouts.js';
import type { Core, KernelLayout, PlannedStep } from './step.js';
import { plainTables } from './tables.js';

/**
 * Kernel layouts: how the packer arranges a step's tables for the kernel that will run it. The reference kernel reads
 * plain tables; a tuned kernel has its own `KernelLayout` here and its counterpart in the core's kernel table
 * (firmware/core/kernels.h, where the id ranges stand).
 *
 * To add one: write it in `layouts/` and list it in `layouts/layouts.ts`; the first layout of the core that supports a
 * step gets it. The planner needs no change: it reserves `scratchBytes`, places `arrange()`'s bytes 4-byte aligned in
 * the blob, and stores the id in the step.
 */

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
