import { quantileSorted } from 'simple-statistics';
import { type LevelScenarios, type ModelScenarios, modelScenarios } from '../../measure/chip/monte-carlo.js';
import type { ChipProfile } from '../../measure/chip/schema.js';
import type { Sensitivity } from '../../record/energy-figures.js';
import type { CampaignRecord } from '../../record/journal/records.js';
import type { BlockData } from './block-data.js';

/** Assumptions listed of a figure's sensitivity, at most. */
const mostListed = 8;

/** Distances of an interval's ends from the value, neither negative. */
export interface Reach {
  below: number;
  above: number;
}

/** A figure in every scenario of the model, as `figure(scenario)`. */
export type Scenarios = (scenario: number) => number;

const cache = new WeakMap<ChipProfile, Map<number, ModelScenarios>>();

function scenariosOf(chip: ChipProfile, celsius: number): ModelScenarios {
  const known = cache.get(chip) ?? new Map<number, ModelScenarios>();
  cache.set(chip, known);
  const found = known.get(celsius) ?? modelScenarios(chip, celsius);
  known.set(celsius, found);
  return found;
}

export const stages = ['gate', 'big', 'other'] as const;
type Stage = (typeof stages)[number];

/** What operands leave open of a block's cycles in some stages, highest less lowest, as a share of them. */
export function earlyShare(block: BlockData, ...of: readonly Stage[]): number {
  const { gateCycles, bigCycles, otherCycles, earlyCycles } = block;
  if (earlyCycles === undefined) return 0;
  const columns = { gate: gateCycles, big: bigCycles, other: otherCycles };
  const total = of.flatMap(stage => columns[stage]).reduce<number>((sum, cycles) => sum + (cycles ?? 0), 0);
  return total === 0 ? 0 : of.reduce((sum, stage) => sum + earlyCycles[stage], 0) / total;
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;

/**
 * What the model that energy was computed with leaves open for one block: factors of its active energy and of its sleep power in every
 * scenario. The same scenario of two blocks of one chip has the same assumptions.
 */
export class BlockModel {
  readonly #scenarios: ModelScenarios;
  /** Active energy and sleep power, as factors of what the profile itself gives. */
  readonly active: Scenarios;
  readonly sleep: Scenarios;

  /** @param big of Big's level, and the microjoules that one window's changes charge the core supply with, where stages have levels of their own */
  constructor(
    scenarios: ModelScenarios,
    level: LevelScenarios,
    block: BlockData,
    big?: { level: LevelScenarios; chargeMicrocoulombs: number },
  ) {
    this.#scenarios = scenarios;
    const { early, change } = scenarios;
    const { stages: changes } = block;
    const levels = { gate: level, big: big?.level ?? level, other: level };
    const inChanges =
      changes === undefined || block.labels.length === 0
        ? 0
        : (changes.microseconds * 1e-6) / block.labels.length;
    const open = {
      gate: earlyShare(block, 'gate'),
      big: earlyShare(block, 'big'),
      other: earlyShare(block, 'other'),
    };
    const seconds = { gate: block.gateSeconds, big: block.bigSeconds, other: block.otherSeconds };
    const parts = stages.map(stage => ({
      factor: (scenario: number) => levels[stage][stage][scenario] * (1 + open[stage] * early[scenario]),
      weight:
        levels[stage].microamps[stage] *
        Math.max(0, meanOf(seconds[stage]) - (stage === 'big' ? inChanges : 0)),
    }));
    if (big !== undefined)
      parts.push(
        {
          factor: scenario => level.big[scenario] * change.time[scenario],
          weight: level.microamps.big * inChanges,
        },
        { factor: scenario => change.charge[scenario], weight: big.chargeMicrocoulombs },
      );
    const total = parts.reduce((sum, { weight }) => sum + weight, 0);
    this.active = scenario =>
      total === 0 ? 1 : parts.reduce((sum, { factor, weight }) => sum + factor(scenario) * weight, 0) / total;
    this.sleep = scenario => level.sleep[scenario];
  }

  /**
   * How far the 95 % interval of a figure reaches below and above its value: the 2.5 and 97.5 % quantiles of the draws (probabilistically
   * symmetric, JCGM 101:2008, 5.3.4; the shortest interval would cut the long side, which is what a reader must know of).
   */
  reach(value: number, figure: Scenarios): Reach {
    const list = Array.from(Float64Array.from(this.draws, figure).sort());
    return {
      below: Math.max(0, value - quantileSorted(list, 0.025)),
      above: Math.max(0, quantileSorted(list, 0.975) - value),
    };
  }

  /** The assumptions that alone move a figure most, farthest first. */
  sensitivity(value: number, figure: Scenarios): Sensitivity[] {
    const rows = this.#scenarios.parameters.map(({ name, kind, source }, p) => {
      const ends = [figure(2 * p), figure(2 * p + 1)];
      return { parameter: name, kind, source, low: Math.min(...ends), high: Math.max(...ends) };
    });
    const reach = ({ low, high }: Sensitivity) => Math.max(Math.abs(low - value), Math.abs(high - value));
    return rows
      .filter(row => reach(row) > 1e-6 * Math.abs(value))
      .sort((a, b) => reach(b) - reach(a))
      .slice(0, mostListed);
  }

  /** The scenarios that are drawn, not moved on purpose. */
  get draws(): number[] {
    const first = 2 * this.#scenarios.parameters.length;
    return Array.from({ length: this.#scenarios.early.length - first }, (_, i) => first + i);
  }
}

/**
 * In what share of the draws each of several blocks of one chip takes the least active energy.
 * @param blocks the model of each, and its active energy as evaluated; at least one
 */
export function leastShares(blocks: readonly { model: BlockModel; energy: number }[]): number[] {
  const wins = blocks.map(() => 0);
  const { draws } = blocks[0].model;
  for (const scenario of draws) {
    const energies = blocks.map(({ model, energy }) => energy * model.active(scenario));
    wins[energies.indexOf(Math.min(...energies))] += 1;
  }
  return wins.map(count => count / draws.length);
}

/** Whether energy follows from a model at all: it does where no meter measured silicon. */
export function isModelled({ provenance, replayOf }: CampaignRecord): boolean {
  return provenance.energy === 'modelled' || (replayOf !== undefined && replayOf.energy === 'modelled');
}

/** The model behind a block's energy; undefined where silicon was measured or the journal has no profile of the chip. */
export function modelOf(campaign: CampaignRecord, block: BlockData): BlockModel | undefined {
  if (!isModelled(campaign)) return undefined;
  const chip = campaign.model?.chips.find(({ name }) => name === block.key.chip);
  if (campaign.model === undefined || chip === undefined) return undefined;
  const scenarios = scenariosOf(chip, campaign.model.ambientCelsius);
  const { name, stages: apart } = block.key.level;
  const level = scenarios.levels.get(apart?.gate.name ?? name);
  if (level === undefined || apart === undefined) return level && new BlockModel(scenarios, level, block);
  const big = scenarios.levels.get(apart.big.name);
  const { changes = 0 } = block.stages ?? {};
  const rise = Math.abs(apart.big.mV - apart.gate.mV) * 1e-3;
  /* One of the two changes of a window raises the voltage. */
  const microjoules =
    ((chip.levelChange?.microjoulesPerVolt.value ?? 0) * rise * changes) /
    2 /
    Math.max(1, block.labels.length);
  const chargeMicrocoulombs = microjoules / (chip.supply.millivolts.value * 1e-3);
  return big && new BlockModel(scenarios, level, block, { level: big, chargeMicrocoulombs });
}
