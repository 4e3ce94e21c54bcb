import { sleepMicroamps } from './current.js';
import type { ChipLevel, ChipProfile, Fact } from './schema.js';

import { valueAt } from './uncertainty.js';

/** Lower end of a 95 % interval, standard deviations. */
const lowerEnd = -1.96;

/**
 * Lower end of the 95 % interval of the modelled sleep current, microamperes: each fact of the profile's sleep alone at its own lower
 * end, what they take off joined as root of the summed squares.
 */
export function leastSleepMicroamps(chip: ChipProfile, level: ChipLevel): number {
  const nominal = sleepMicroamps(chip, level);
  const { states, ...plain } = chip.sleep;
  const deepest = states?.at(-1) ?? plain;
  const less = (['fixedMicroamps', 'fixedMicroampsPerVolt', 'activity', 'leakageShare'] as const).map(key => {
    const fact: Fact | undefined = deepest[key];
    if (fact === undefined) return 0;
    const lower = { ...deepest, [key]: { ...fact, value: valueAt(fact, lowerEnd) } };
    return Math.max(0, nominal - sleepMicroamps({ ...chip, sleep: { ...plain, ...lower } }, level));
  });
  return Math.max(0, nominal - Math.hypot(...less));
}
