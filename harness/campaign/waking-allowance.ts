import type { ChipProfile } from '../measure/chip/schema.js';
import type { Baseline } from '../measure/energy/block-energy.js';

/** How far above the profile's figure a wake-up's energy may lie: its time and its current are known to factors. */
const wakeFactor = 4;

/**
 * What the rules allow a chip to draw outside its windows while it goes to sleep and wakes up.
 * `wakeJoules` is that of the guard between two windows, which may be as deep a sleep as it has time for; `deeper` that of a long idle,
 * the wake-up included, undefined where the chip's profile knows no state but that of the guards.
 */
export function wakingAllowance(
  chip: ChipProfile,
  guardMicroseconds: number,
  supplyMillivolts: number,
): Pick<Baseline, 'wakeJoules' | 'deeper'> {
  const { microseconds, microamps } = chip.wake;
  const shallow = wakeFactor * microamps.value * microseconds.value * 1e-12 * supplyMillivolts * 1e-3;
  const deepest = chip.sleep.states?.at(-1);
  if (deepest === undefined) return { wakeJoules: shallow, deeper: undefined };
  const joules = (microjoules: number) => wakeFactor * microjoules * 1e-6;
  const { enter, leave } = deepest;
  const deeper = {
    enterJoules: joules(enter.microjoules.value),
    leaveJoules: shallow + joules(leave.microjoules.value),
  };
  const hasTime = guardMicroseconds >= enter.microseconds.value + leave.microseconds.value;
  return { wakeJoules: hasTime ? deeper.leaveJoules : shallow, deeper };
}
