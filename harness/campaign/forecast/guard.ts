import { ruleLimits } from '../../measure/limits.js';
import type { PreparedBench, PreparedBundle } from '../bench/prepare.js';
import type { PlannedBlock } from '../plan.js';
import { cyclesOf, macsOf } from './duration.js';

/** Idle beside every window where nothing asks for more, microseconds. Assumed: ten samples of the slowest meter that knows markers. */
const usualGuard = 100;
/** Meters that stand in another range asleep than awake: those whose accuracy tells what a change costs (`MeterAccuracy.rangeSwitchSeconds`). */
const rangingMeters: ReadonlySet<string> = new Set(['joulescope', 'ppk2']);
/** Into the range of the window, and back. */
const switchesAWindow = 2;
/** By how much windows shall follow each other more slowly than the rule allows. Assumed: changes at the edges of transfers. */
const margin = 1.1;

const known = new WeakMap<PreparedBundle, Map<string, number>>();

function meanMacs(bundle: PreparedBundle, strategy: string, windows: number): number {
  const ofBundle = known.get(bundle) ?? new Map<string, number>();
  known.set(bundle, ofBundle);
  const macs = ofBundle.get(strategy) ?? macsOf(bundle, strategy, windows);
  ofBundle.set(strategy, macs);
  return macs;
}

/**
 * Idle kept before and after every window of a block, microseconds: what the bench says; else as much as the meter needs, which is the usual unless it
 * changes its range at each edge and the board's windows are so short that it would do so more often than the rule `range-switching` allows.
 * Windows are taken for as short as a large network's multiply-adds would make them: no smaller network is faster (`cyclesPerMac`).
 */
export function guardOf(
  prepared: PreparedBench,
  { level, big, bundle, strategy }: Pick<PlannedBlock, 'level' | 'big' | 'bundle' | 'strategy'>,
): number {
  const { bench, boardLevels, bundles, windows } = prepared;
  if (bench.guardMicroseconds !== undefined) return bench.guardMicroseconds;
  if (!rangingMeters.has(bench.meter.driver)) return usualGuard;
  const hertz = Math.max(boardLevels[level].hertz.value, boardLevels[big ?? level].hertz.value);
  const cycles = cyclesOf(prepared, meanMacs(bundles[bundle], strategy, windows.labels.length));
  const period = (margin * switchesAWindow) / ruleLimits.rangeSwitchesPerSecond;
  return Math.max(usualGuard, Math.ceil((period - cycles / hertz) * 1e6));
}
