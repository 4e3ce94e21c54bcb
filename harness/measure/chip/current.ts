import type { ChipDescription, ChipLevel } from './schema.js';

/** What the core does, as far as its supply current is concerned. */
export type CoreActivity = 'gate' | 'big' | 'transfer' | 'idle';

/** Core leakage at a core voltage, microamperes: I0 exp(dibl (V - Vref) / (n Ut)), the subthreshold current of transistors that are off. */
export function leakageMicroamps(chip: ChipDescription, coreMillivolts: number): number {
  const { leakageMicroamps: leakage, diblVoltsPerVolt: dibl } = chip.active;
  const law = chip.delay;
  const slope = law.slopeFactor.value * law.thermalMillivolts.value;
  return leakage.value * Math.exp((dibl.value * (coreMillivolts - law.referenceMillivolts.value)) / slope);
}

/** Current at the supply pin for a current into the core: an LDO passes the current, a buck converter the power. */
function atSupply(chip: ChipDescription, coreMicroamps: number, coreMillivolts: number): number {
  if (chip.regulator.type === 'ldo') return coreMicroamps / chip.regulator.efficiency.value;
  return (coreMicroamps * coreMillivolts) / (chip.supply.millivolts.value * chip.regulator.efficiency.value);
}

/** Switching current of a large network, microamperes at the supply pin: C V f of core and memories, or the level's figure. */
function switchingMicroamps(chip: ChipDescription, level: ChipLevel): number {
  const megahertz = level.hertz.value / 1e6;
  if (level.microampsPerMegahertz !== undefined) return level.microampsPerMegahertz.value * megahertz;
  // pF * mV * MHz = 1e-12 * 1e-3 * 1e6 A = 1e-9 A = 1e-3 uA
  const rail = (picofarads: number, millivolts: number) =>
    atSupply(chip, picofarads * millivolts * megahertz * 1e-3, millivolts);
  const core = level.millivolts.value;
  return (
    rail(chip.active.capacitancePicofarads.value, core) +
    rail(chip.active.memoryCapacitancePicofarads?.value ?? 0, level.memoryMillivolts?.value ?? core)
  );
}

function activityShare(chip: ChipDescription, activity: CoreActivity): number {
  const { compute, gate, transfer, idle } = chip.active.activity;
  const share = { big: 1, gate: gate?.value ?? 1, transfer: transfer.value, idle: idle.value };
  return compute.value * share[activity];
}

/** Modelled current at the supply pin while the core runs from its crystal, PLLs off; where the profile does not say, as at the level. */
export function crystalMicroamps(chip: ChipDescription, level: ChipLevel, activity: CoreActivity): number {
  const { crystal, ...active } = chip.active;
  if (crystal === undefined) return activeMicroamps(chip, level, activity);
  const { hertz, fixedMicroampsPerVolt } = crystal;
  return activeMicroamps(
    { ...chip, active: { ...active, fixedMicroampsPerVolt } },
    { ...level, hertz },
    activity,
  );
}

/** Modelled current at the supply pin while the core runs, microamperes. */
export function activeMicroamps(chip: ChipDescription, level: ChipLevel, activity: CoreActivity): number {
  const { fixedMicroamps, fixedMicroampsPerVolt } = chip.active;
  return (
    activityShare(chip, activity) * switchingMicroamps(chip, level) +
    atSupply(chip, leakageMicroamps(chip, level.millivolts.value), level.millivolts.value) +
    fixedMicroamps.value +
    (fixedMicroampsPerVolt?.value ?? 0) * level.millivolts.value * 1e-3 +
    (chip.regulator.quiescentMicroamps?.value ?? 0)
  );
}

/** Number of the state that a long idle is spent in: the profile's deepest; 0 is the profile's own `sleep`. */
export function deepestSleep(chip: ChipDescription): number {
  return chip.sleep.states?.length ?? 0;
}

/**
 * Modelled current at the supply pin while asleep, microamperes. The fixed part is a whole-chip figure, leakage and converter
 * included; where the core is put to another voltage, its leakage share follows that voltage from the least one of the levels.
 * @param depth number of the state, see `deepestSleep`, the default; one that the profile does not have is its own `sleep`
 */
export function sleepMicroamps(chip: ChipDescription, level: ChipLevel, depth = deepestSleep(chip)): number {
  const { fixedMicroamps, fixedMicroampsPerVolt, activity, leakageShare } =
    chip.sleep.states?.[depth - 1] ?? chip.sleep;
  const perVolt = (fixedMicroampsPerVolt?.value ?? 0) * level.millivolts.value * 1e-3;
  const share = leakageShare?.value ?? 0;
  const rise = level.stallMillivolts === undefined ? 1 : stallLeakage(chip, level.stallMillivolts.value);
  return (
    fixedMicroamps.value * (1 - share + share * rise) +
    perVolt +
    activity.value * switchingMicroamps(chip, level)
  );
}

/** Leakage at a voltage of sleep against that at the least voltage of sleep of all levels, which the sleep current is stated at. */
function stallLeakage(chip: ChipDescription, millivolts: number): number {
  const least = Math.min(...chip.levels.map(level => level.stallMillivolts?.value ?? millivolts));
  return leakageMicroamps(chip, millivolts) / leakageMicroamps(chip, least);
}

/** Efficiency of the converter at a load of the core, 0 to 1: its own draw weighs most on light loads. */
export function converterEfficiency(
  chip: ChipDescription,
  coreMicroamps: number,
  coreMillivolts: number,
): number {
  const drawn =
    atSupply(chip, coreMicroamps, coreMillivolts) + (chip.regulator.quiescentMicroamps?.value ?? 0);
  return (coreMicroamps * coreMillivolts) / (drawn * chip.supply.millivolts.value);
}

/** Energy per cycle at the supply pin while a large network runs, picojoules. */
export function picojoulesPerCycle(chip: ChipDescription, level: ChipLevel): number {
  const watts = activeMicroamps(chip, level, 'big') * 1e-6 * chip.supply.millivolts.value * 1e-3;
  return (watts / level.hertz.value) * 1e12;
}
