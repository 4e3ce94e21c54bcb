import { ruleLimits } from '../../limits.js';
import type { BlockFacts } from '../block-energy.js';
import type { Add } from './violation.js';

/**
 * Readings far from what the chip's profile gives: a wrong shunt or calibration, another board, or something else that feeds the
 * DUT. Active power may differ by much more than a profile's interval, since boards do; a sleep above the profile's is a matter of
 * the board, one below the lower end of its interval has no honest cause.
 */
export function checkPlausible(facts: BlockFacts, add: Add): void {
  const { expected, idle } = facts;
  const watts = facts.meanJoules / facts.meanSeconds;
  if (expected === undefined || !(watts > 0)) return;
  const ratio = watts / expected.activeWatts;
  const { plausibleFactor } = ruleLimits;
  if (!(ratio < plausibleFactor && ratio > 1 / plausibleFactor))
    add(
      'plausible',
      `windows drew ${(watts * 1e3).toPrecision(3)} mW, ${ratio.toPrecision(3)} times what the chip's profile gives: check the meter's shunt and calibration, and which chip the bench names`,
    );
  if (idle === undefined || !(expected.sleepWatts > 0)) return;
  const sigma = Math.hypot(...idle.terms.map(({ microwatts }) => microwatts)) * 1e-6;
  const most = idle.microwatts * 1e-6 + 2 * sigma;
  const { leastSleepWatts = 0 } = expected;
  if (most < leastSleepWatts)
    add(
      'plausible',
      `the DUT slept on at most ${(most * 1e6).toPrecision(3)} uW, its profile gives ${(expected.sleepWatts * 1e6).toPrecision(3)} and at least ${(leastSleepWatts * 1e6).toPrecision(3)}: something else may feed it (line, debug probe)`,
    );
}
