import { partSigma, settledMean } from './idle-profile.js';
import type { SeenIdle } from './windows.js';

/**
 * Energy above sleep that flows just outside a window's markers, in the mean of a block: the core wakes up before the marker rises and falls asleep after it fell. Active
 * energy ends at the markers and sleep power knows only settled idle, so that neither has it; a whole period has both and this.
 */
export interface WakingEnergy {
  joules: number;
  /** Standard uncertainty, joules. */
  sigma: number;
  /** What tells it: the steps of the current at the block's own edges, or the long idle beside the windows of its baselines. */
  from: 'edges' | 'baseline';
}

/** Mean over some stretches of a part of each, with its standard uncertainty. */
function meanOf(parts: readonly { joules: number; sigma: number }[]): { joules: number; sigma: number } {
  const joules = parts.reduce((sum, part) => sum + part.joules, 0) / parts.length;
  return { joules, sigma: Math.hypot(...parts.map(part => part.sigma)) / parts.length };
}

/**
 * What a baseline's long idle holds above its settled power before the window that follows and after the one that precedes it.
 * @returns undefined where no long idle lies beside a window on both sides
 */
export function wakingBesideBaselines(stretches: readonly SeenIdle[]): WakingEnergy | undefined {
  const sigmaOf = (stretch: SeenIdle, seconds: number) =>
    partSigma(stretch, settledMean([stretch])?.sigma ?? 0, seconds);
  const tails = stretches
    .filter(({ windowAfter }) => windowAfter !== undefined)
    .map(stretch => ({ joules: stretch.tailJoules, sigma: sigmaOf(stretch, stretch.tailSeconds) }));
  const heads = stretches
    .filter(({ windowBefore }) => windowBefore !== undefined)
    .map(stretch => ({ joules: stretch.headJoules, sigma: sigmaOf(stretch, stretch.headSeconds) }));
  if (tails.length === 0 || heads.length === 0) return undefined;
  const [before, after] = [meanOf(tails), meanOf(heads)];
  return {
    joules: before.joules + after.joules,
    sigma: Math.hypot(before.sigma, after.sigma),
    from: 'baseline',
  };
}
