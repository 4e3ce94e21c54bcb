import { ruleLimits } from '../../limits.js';
import type { BlockFacts } from '../block-energy.js';
import { type SettledStretch, settledMean } from '../idle-profile.js';
import type { Add, BlockCheck } from './violation.js';

const seconds = (stretches: BlockFacts['before']) =>
  stretches.reduce((sum, stretch) => sum + stretch.seconds, 0);

export function checkIdle({ facts }: BlockCheck, add: Add): void {
  const { baselineSeconds = 0 } = facts;
  const least = Math.max(ruleLimits.idleSeconds, ruleLimits.settledShare * baselineSeconds);
  for (const [stretches, where] of [
    [facts.before, 'before the first'],
    [facts.after, 'after the last'],
  ] as const) {
    const settled = seconds(stretches);
    if (settled < least)
      add(
        'idle',
        settled === 0
          ? `no settled idle baseline ${where} window`
          : `${settled.toPrecision(3)} s of settled idle ${where} window, wanted ${least.toPrecision(3)} s`,
      );
    for (const stretch of stretches) checkSettled(stretch, add);
  }
  const [before, after] = [settledMean(facts.before), settledMean(facts.after)];
  if (before === undefined || after === undefined) return;
  const change = Math.abs(after.watts - before.watts);
  const noise = ruleLimits.noiseSigmas * Math.hypot(before.sigma, after.sigma);
  if (change > ruleLimits.idleChange * Math.abs(before.watts) + ruleLimits.idleFloorWatts + noise) {
    add(
      'idle',
      `sleep power went from ${(before.watts * 1e6).toFixed(1)} to ${(after.watts * 1e6).toFixed(1)} uW during the block`,
    );
  }
}

/** A current that still moves at the end of a long idle is not the sleep current yet. */
function checkSettled({ groups, watts }: SettledStretch, add: Add): void {
  const quarter = Math.floor(groups.length / 4);
  if (quarter < 2) return;
  const part = (from: number): SettledStretch => {
    const cut = groups.slice(from, from + quarter);
    return {
      groups: cut,
      watts: cut.reduce((a, b) => a + b, 0) / quarter,
      seconds: 1,
      headJoules: 0,
      tailJoules: 0,
      headSeconds: 0,
      tailSeconds: 0,
    };
  };
  const first = settledMean([part(0)]);
  const last = settledMean([part(groups.length - quarter)]);
  if (first === undefined || last === undefined) return;
  const noise = ruleLimits.noiseSigmas * Math.hypot(first.sigma, last.sigma);
  const limit = ruleLimits.settledChange * Math.abs(watts) + ruleLimits.settledFloorWatts + noise;
  if (Math.abs(first.watts - last.watts) > limit)
    add(
      'settled',
      `the current had not settled in a long idle: ${(first.watts * 1e6).toPrecision(3)} uW at its beginning, ${(last.watts * 1e6).toPrecision(3)} uW at its end`,
    );
}
