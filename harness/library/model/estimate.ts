import { quantileSorted } from 'simple-statistics';
import { type ModelScenarios, modelScenarios } from '../../measure/chip/monte-carlo.js';
import type { ChipLevel, ChipProfile } from '../../measure/chip/schema.js';
import { profileCelsius } from '../../measure/chip/temperature.js';

/** A figure with the ends of its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** What one inference is estimated to take at a level. */
export interface LevelEstimate {
  level: string;
  latency_ms: Estimate;
  /** At the supply pin, of the chip profile: modelled, not measured. */
  modelledEnergy_uJ: Estimate;
}

interface CyclesPerMac {
  /** Geometric mean. */
  value: number;
  /** The interval reaches from value / factor to value * factor. */
  factor: number;
}

/**
 * Cycles per multiply-add of the tuned kernels by core. Kind: fitted, to the cycles that the timing models count of eight networks (the
 * paper's three and MLPerf Tiny's five, `npm run bench:kernels`; dead channels, which are left out, not counted); the factor is the 95 % prediction interval of a ninth on a logarithmic scale,
 * Student's t of 7 degrees of freedom.
 */
const cyclesPerMac: Readonly<Record<string, CyclesPerMac>> = {
  'cortex-m0plus': { value: 6.23, factor: 1.95 },
  'cortex-m3': { value: 3.24, factor: 1.59 },
  'cortex-m4f': { value: 1.6, factor: 1.81 },
};

/** Share of cycles that a wait state of the flash adds at most: weights of dense layers are read once (31 % at five states). Fitted. */
const mostPerWaitState = 0.07;

const scenarios = new WeakMap<ChipProfile, ModelScenarios>();

function scenariosOf(chip: ChipProfile): ModelScenarios {
  const found = scenarios.get(chip) ?? modelScenarios(chip, profileCelsius);
  scenarios.set(chip, found);
  return found;
}

/** Cycles of one inference without wait states; undefined for a core without benchmark. */
export function estimateCycles(core: string, macs: number): Estimate | undefined {
  const rate = cyclesPerMac[core];
  if (rate === undefined) return undefined;
  const { value, factor } = rate;
  return { value: value * macs, low: (value * macs) / factor, high: value * macs * factor };
}

/** Latency and energy of one inference at a level. Interval ends of cycles and of the chip's current are taken together, which is wide. */
export function estimateAt(chip: ChipProfile, level: ChipLevel, cycles: Estimate): LevelEstimate {
  const { microamps, big } = scenariosOf(chip).levels.get(level.name)!;
  const factors = [...big].sort((a, b) => a - b);
  const slower = 1 + mostPerWaitState * level.flashWaitStates.value;
  const milliseconds = {
    value: (cycles.value / level.hertz.value) * 1e3 * (1 + (slower - 1) / 2),
    low: (cycles.low / level.hertz.value) * 1e3,
    high: (cycles.high / level.hertz.value) * 1e3 * slower,
  };
  const microwatts = microamps.big * chip.supply.millivolts.value * 1e-3;
  const energy = (ms: number, factor: number): number => ms * 1e-3 * microwatts * factor;
  return {
    level: level.name,
    latency_ms: rounded(milliseconds),
    modelledEnergy_uJ: rounded({
      value: energy(milliseconds.value, 1),
      low: energy(milliseconds.low, quantileSorted(factors, 0.025)),
      high: energy(milliseconds.high, quantileSorted(factors, 0.975)),
    }),
  };
}

/** Three digits: more would be false. */
export function rounded({ value, low, high }: Estimate): Estimate {
  const three = (x: number): number => Number(x.toPrecision(3));
  return { value: three(value), low: three(low), high: three(high) };
}
