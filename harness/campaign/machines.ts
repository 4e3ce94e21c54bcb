import { availableParallelism } from 'node:os';
import type { ResolvedBench } from './bench/load.js';

/** More machines than this gain little and cost memory. */
const maxMachines = 4;

/**
 * How many machines work: emulated ones do not disturb each other, a real board is one. What goes on from block to block, it does on one
 * machine only, whose blocks come in the plan's order: the drift of a meter, which several passes are to show, or a session between two checks of
 * a known load, or faults on the line. Which of several machines takes a block is the host's accident, and nothing may depend on it.
 * @param most default: one a core, four at most
 */
export function machinesFor(
  { link, passes = 1, meter, faults }: ResolvedBench,
  blocks: number,
  most = Math.min(availableParallelism(), maxMachines),
): number {
  const goesOn = passes > 1 || meter.knownLoad !== undefined || (faults?.line ?? []).length > 0;
  if (link !== 'emulated:' || goesOn || meter.errors?.driftAmpsPerSecond !== undefined) return 1;
  return Math.max(1, Math.min(most, blocks));
}
