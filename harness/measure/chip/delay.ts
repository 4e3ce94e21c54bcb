import { LittlefirstError } from '../../errors.js';
import type { ChipDescription, ChipLevel } from './schema.js';

type DelayLaw = ChipDescription['delay'];

/**
 * Drive of a gate by the EKV interpolation, ln^2(1 + exp((V - Vt) / (2 n Ut))): square law above the threshold,
 * exponential below it (Enz, Krummenacher, Vittoz, "An analytical MOS transistor model valid in all regions of
 * operation", 1995). Dimensionless; only ratios are used.
 */
function drive(millivolts: number, law: DelayLaw): number {
  const x =
    (millivolts - law.thresholdMillivolts.value) / (2 * law.slopeFactor.value * law.thermalMillivolts.value);
  return Math.log1p(Math.exp(x)) ** 2;
}

/**
 * Highest core clock at a core voltage, hertz: delay is proportional to V / drive(V), scaled to the profile's
 * reference point and multiplied by its derating.
 */
export function frequencyLimitHz(chip: ChipDescription, millivolts: number): number {
  const law = chip.delay;
  const reference = drive(law.referenceMillivolts.value, law) / law.referenceMillivolts.value;
  const here = drive(millivolts, law) / millivolts;
  return law.derating.value * law.referenceHertz.value * (here / reference);
}

/**
 * Refuses levels above the frequency limit of their voltage.
 * @throws LF_LEVEL_REFUSED unless `allowOverclock` (a fault option) is set
 */
export function checkLevels(chip: ChipDescription, options: { allowOverclock?: boolean } = {}): void {
  if (options.allowOverclock) return;
  for (const level of chip.levels) {
    const limit = frequencyLimitHz(chip, level.millivolts.value);
    if (level.hertz.value > limit) {
      throw new LittlefirstError(
        'LF_LEVEL_REFUSED',
        `level ${level.name} of chip ${chip.name} is too fast for its voltage`,
        {
          expected: `at most ${(limit / 1e6).toFixed(1)} MHz at ${level.millivolts.value} mV`,
          received: `${(level.hertz.value / 1e6).toFixed(1)} MHz`,
          hint: 'raise the voltage or lower the clock; to study undervolting on an emulated board, say `faults: { undervolt: true }` in the bench file',
        },
      );
    }
  }
}

/**
 * Share of computations that an undervolted chip gets wrong: 0 up to the derated limit, then rising to 1 where the
 * clock reaches twice the typical limit. The shape (linear in log frequency) is an assumption; it serves fault injection only.
 */
export function undervoltErrorShare(chip: ChipDescription, level: ChipLevel): number {
  const limit = frequencyLimitHz(chip, level.millivolts.value);
  const broken = (2 * limit) / chip.delay.derating.value;
  if (level.hertz.value <= limit) return 0;
  return Math.min(1, Math.log(level.hertz.value / limit) / Math.log(broken / limit));
}
