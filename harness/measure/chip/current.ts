import type { ChipDescription, ChipLevel } from './schema.js';

/** What the core does, as far as its supply current is concerned. */
export type CoreActivity = 'compute' | 'transfer' | 'idle';

/** Core leakage at a core voltage, microamperes: I0 (V / Vref) exp(dibl (V - Vref) / (n Ut)). */
export function leakageMicroamps(chip: ChipDescription, coreMillivolts: number): number {
  const { leakageMicroamps: leakage, diblVoltsPerVolt: dibl } = chip.active;
  const law = chip.delay;
  const reference = law.referenceMillivolts.value;
  const slope = law.slopeFactor.value * law.thermalMillivolts.value;
  return (
    leakage.value *
    (coreMillivolts / reference) *
    Math.exp((dibl.value * (coreMillivolts - reference)) / slope)
  );
}

/** Current at the supply pin for a current into the core: an LDO passes the current, a buck converter the power. */
function atSupply(chip: ChipDescription, coreMicroamps: number, coreMillivolts: number): number {
  if (chip.regulator.type === 'ldo') return coreMicroamps / chip.regulator.efficiency.value;
  return (coreMicroamps * coreMillivolts) / (chip.supply.millivolts.value * chip.regulator.efficiency.value);
}

/** Switching current into the core at full activity, microamperes at the supply pin: C V f, or the published figure. */
function switchingMicroamps(chip: ChipDescription, level: ChipLevel): number {
  const megahertz = level.hertz.value / 1e6;
  if (level.microampsPerMegahertz !== undefined) return level.microampsPerMegahertz.value * megahertz;
  // pF * mV * MHz = 1e-12 * 1e-3 * 1e6 A = 1e-9 A = 1e-3 uA
  const core = chip.active.capacitancePicofarads.value * level.millivolts.value * megahertz * 1e-3;
  return atSupply(chip, core, level.millivolts.value);
}

/** Modelled current at the supply pin while the core runs, microamperes. */
export function activeMicroamps(chip: ChipDescription, level: ChipLevel, activity: CoreActivity): number {
  return (
    chip.active.activity[activity].value * switchingMicroamps(chip, level) +
    atSupply(chip, leakageMicroamps(chip, level.millivolts.value), level.millivolts.value) +
    chip.active.fixedMicroamps.value
  );
}

/**
 * Modelled current at the supply pin while asleep, microamperes. The fixed part is a whole-chip figure, leakage included.
 */
export function sleepMicroamps(chip: ChipDescription, level: ChipLevel): number {
  return chip.sleep.fixedMicroamps.value + chip.sleep.activity.value * switchingMicroamps(chip, level);
}

/** Energy per cycle at the supply pin while computing, picojoules. */
export function picojoulesPerCycle(chip: ChipDescription, level: ChipLevel): number {
  const watts = activeMicroamps(chip, level, 'compute') * 1e-6 * chip.supply.millivolts.value * 1e-3;
  return (watts / level.hertz.value) * 1e12;
}
