import { ruleLimits } from '../../limits.js';
import { partSigma, settledMean } from '../idle-profile.js';
import { type Add, type BlockCheck, percent } from './violation.js';

/**
 * What a window draws is over when its marker falls, and begins when it rises, but for the few cycles that the core needs to wake
 * and to sleep. Charge that comes later or earlier was moved in time: by a capacitor in the supply, by an instrument that lags, or by
 * marker lines that lead or lag the current. The window's energy then is not what lies between its markers.
 */
export function checkCharge({ facts, hertz }: BlockCheck, add: Add): void {
  const watts = facts.meanJoules / facts.meanSeconds;
  for (const stretch of [...facts.before, ...facts.after]) {
    const mean = settledMean([stretch]);
    if (mean === undefined) continue;
    for (const [excess, duration, window, cycles, joules, where] of [
      [
        stretch.headJoules,
        stretch.headSeconds,
        stretch.windowBefore,
        ruleLimits.fallingAsleepCycles,
        facts.deeper?.enterJoules ?? 0,
        'after its marker fell',
      ],
      [
        stretch.tailJoules,
        stretch.tailSeconds,
        stretch.windowAfter,
        ruleLimits.wakingCycles,
        facts.deeper?.leaveJoules ?? facts.wakeJoules ?? 0,
        'before its marker rose',
      ],
    ] as const) {
      if (window === undefined) continue;
      const sigma = partSigma(stretch, mean.sigma, duration);
      const limit =
        ruleLimits.chargeShare * Math.min(window, facts.meanJoules) +
        joules +
        (watts * cycles) / hertz +
        ruleLimits.noiseSigmas * sigma;
      if (Math.abs(excess) > limit) {
        add(
          'charge',
          `${percent(excess / window)} of a window's energy flowed ${where} (limit ${percent(limit / window)}): a capacitor behind the meter, a lagging meter, or late marker lines`,
        );
        return;
      }
    }
  }
}

/**
 * Windows whose marker edges do not lie where the current steps: late lines, a capacitor behind the meter, a meter that lags. The core
 * wakes a moment before the marker rises, and no sooner.
 */
export function checkMarkerDelay({ facts, hertz }: BlockCheck, add: Add): void {
  const { markerDelay: delay, lateRises = 0 } = facts;
  if (lateRises > ruleLimits.lateRises) {
    add(
      'marker-delay',
      `in ${percent(lateRises)} of the windows the current is still low after the marker rose: a meter that changes its range late, a capacitor behind it, or marker lines that lead`,
    );
    return;
  }
  if (delay === undefined) return;
  const { markerDelaySeconds, noiseSigmas, wakingCycles } = ruleLimits;
  const microseconds = (seconds: number) => `${(seconds * 1e6).toPrecision(3)} us`;
  const limit = markerDelaySeconds + noiseSigmas * delay.sigma;
  if (Math.abs(delay.seconds) > limit) {
    const [first, second] =
      delay.seconds > 0 ? ['the marker lines', 'the current'] : ['the current', 'the marker lines'];
    add(
      'marker-delay',
      `${first} come ${microseconds(Math.abs(delay.seconds))} after ${second} (limit ${microseconds(limit)}): slow marker lines, a capacitor behind the meter, or a meter that lags`,
    );
    return;
  }
  const { risesBefore, risesSigma = 0 } = delay;
  if (risesBefore === undefined) return;
  const watts = facts.meanJoules / facts.meanSeconds;
  const slack = markerDelaySeconds + noiseSigmas * risesSigma;
  const waking = wakingCycles / hertz + (facts.wakeJoules ?? 0) / watts;
  if (risesBefore < -slack)
    add(
      'marker-delay',
      `the current rises ${microseconds(-risesBefore)} after the marker (limit ${microseconds(slack)}): a meter that changes its range late`,
    );
  else if (risesBefore > waking + slack)
    add(
      'marker-delay',
      `the current rises ${microseconds(risesBefore)} before the marker (limit ${microseconds(waking + slack)})`,
    );
}
