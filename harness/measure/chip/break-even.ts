import { sleepMicroamps } from './current.js';
import type { ChipLevel, ChipProfile } from './schema.js';
import { modelParameters, valueAt } from './uncertainty.js';

/** Standard deviations at the ends of a 95 % interval of a normal quantity. */
const z95 = 1.96;

/** One state of sleep at one level, against the lighter one before it. */
export interface SleepState {
  name: string;
  keeps: string;
  /** Power while there, microwatts at the supply pin. */
  microwatts: number;
  /** Its 95 % interval by the profile's uncertainties. */
  microwattsCI95: [low: number, high: number];
  /** Going there and coming back: energy above sleeping on, microjoules, and time, microseconds. */
  microjoules: number;
  microseconds: number;
  /** Idle from which it is the better one, microseconds: its cost is earned back, and there is time for it. Undefined for the lightest. */
  breakEvenMicroseconds?: number;
}

/** Power in a state with each uncertain fact of the profile at the ends of its own interval, one at a time: deviations add up as squares. */
function interval(chip: ChipProfile, { name }: ChipLevel, depth: number): [low: number, high: number] {
  const copy = structuredClone(chip);
  const level = copy.levels.find(one => one.name === name)!;
  const microwatts = () => sleepMicroamps(copy, level, depth) * copy.supply.millivolts.value * 1e-3;
  const value = microwatts();
  const squares = { below: 0, above: 0 };
  for (const { facts } of modelParameters(copy)) {
    const stated = facts.map(fact => fact.value);
    const ends = [-z95, z95].map(z => {
      facts.forEach((fact, i) => {
        fact.value = valueAt({ ...fact, value: stated[i] }, z);
      });
      return microwatts() - value;
    });
    facts.forEach((fact, i) => {
      fact.value = stated[i];
    });
    squares.below += Math.min(0, ...ends) ** 2;
    squares.above += Math.max(0, ...ends) ** 2;
  }
  return [Math.max(0, value - Math.sqrt(squares.below)), value + Math.sqrt(squares.above)];
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
      microwattsCI95: interval(chip, level, depth),
      microjoules,
      microseconds,
      ...(earned === undefined
        ? {}
        : { breakEvenMicroseconds: saved > 0 ? Math.max(earned, microseconds) : Number.POSITIVE_INFINITY }),
    });
  }
  return states;
}
