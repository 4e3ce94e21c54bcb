import { sleepMicroamps } from './current.js';
import type { ChipLevel, ChipProfile } from './schema.js';

/** One state of sleep at one level, against the lighter one before it. */
export interface SleepState {
  name: string;
  keeps: string;
  /** Power while there, microwatts at the supply pin. */
  microwatts: number;
  /** Going there and coming back: energy above sleeping on, microjoules, and time, microseconds. */
  microjoules: number;
  microseconds: number;
  /** Idle from which it is the better one, microseconds: its cost is earned back, and there is time for it. Undefined for the lightest. */
  breakEvenMicroseconds?: number;
}

/** States of a profile's sleep at a level, from its own `sleep` to the deepest. */
export function sleepStates(chip: ChipProfile, level: ChipLevel): SleepState[] {
  const volts = chip.supply.millivolts.value * 1e-3;
  const all = [
    { ...chip.sleep, name: 'WFI', wake: chip.wake, enter: undefined, leave: undefined },
    ...(chip.sleep.states ?? []),
  ];
  const states: SleepState[] = [];
  for (const [depth, state] of all.entries()) {
    const microwatts = sleepMicroamps(chip, level, depth) * volts;
    const waking =
      state.wake.microseconds.value * 1e-6 * Math.max(0, state.wake.microamps.value * volts - microwatts);
    const microjoules =
      waking + (state.enter?.microjoules.value ?? 0) + (state.leave?.microjoules.value ?? 0);
    const microseconds =
      state.wake.microseconds.value +
      (state.enter?.microseconds.value ?? 0) +
      (state.leave?.microseconds.value ?? 0);
    const lighter = states.at(-1);
    const saved = (lighter?.microwatts ?? 0) - microwatts;
    const earned =
      lighter === undefined ? undefined : (1e6 * Math.max(0, microjoules - lighter.microjoules)) / saved;
    states.push({
      name: state.name,
      keeps: state.keeps ?? '',
      microwatts,
      microjoules,
      microseconds,
      ...(earned === undefined
        ? {}
        : { breakEvenMicroseconds: saved > 0 ? Math.max(earned, microseconds) : Number.POSITIVE_INFINITY }),
    });
  }
  return states;
}
