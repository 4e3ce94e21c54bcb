import {
  type PeriodParts,
  periodSaving,
  periodUncertainty,
  sleepUncertainty,
  withWaking,
} from '../../measure/period.js';
import { combineTerms, savingSpread95, savingUncertainty } from '../../measure/uncertainty.js';
import type { Figure } from '../../record/energy-figures.js';
import type { CampaignRecord } from '../../record/journal/records.js';
import type { Block } from '../../record/run-record.js';
import type { Difference } from '../../record/schedule-search.js';
import type { BlockData } from './block-data.js';
import { isModelled, modelOf, type Reach, type Scenarios } from './model-part.js';
import { passMicrojoules } from './passes.js';
import { summarise } from './statistics.js';

const secondsPerDay = 86_400;

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const add = (a: readonly number[], b: readonly number[], c: readonly number[]): Float64Array =>
  Float64Array.from(a, (v, i) => v + b[i] + c[i]);

/** Active seconds of each window (meter time); empty without energy. */
export function activeSeconds(block: BlockData): Float64Array {
  return add(block.gateSeconds, block.bigSeconds, block.otherSeconds);
}

/** Active energy of each window, microjoules; empty without energy. */
export function activeMicrojoules(block: BlockData): Float64Array {
  return add(block.gate, block.big, block.other);
}

interface Ends {
  u95: number | null;
  u95Meter: number | null;
  u95Model: number | null;
  ci95?: [number, number];
}

/** What no energy, power or saving can be beyond. */
const positive = [0, Number.POSITIVE_INFINITY] as const;
const ofSaving = [Number.NEGATIVE_INFINITY, 1] as const;

const farther = ({ below, above }: Reach): number => Math.max(below, above);

/**
 * An interval of both parts, each side by its root of squares: the meter's errors, as likely above as below, and the model's have nothing in common.
 * @param model null: not known, so that the interval is the meter's
 * @param bounds the quantity's own, which cut the ends off
 */
function joined(
  value: number,
  meter: number | null,
  model: Reach | null,
  [least, most]: readonly [number, number],
): Ends {
  const u95Model = model === null ? null : farther(model);
  if (meter === null) return { u95: null, u95Meter: null, u95Model };
  const below = Math.hypot(meter, model?.below ?? 0);
  const above = Math.hypot(meter, model?.above ?? 0);
  return {
    u95: Math.max(below, above),
    u95Meter: meter,
    u95Model,
    ci95: [Math.max(least, value - below), Math.min(most, value + above)],
  };
}

/** A figure without an interval: of an older version's journal. */
const unstated = (value: number): Ends => joined(value, null, null, positive);

/**
 * A figure, or, where the meter's interval reaches 0, only its upper limit. Whether a figure is resolved is a question of what was
 * measured alone: the model's part may be as wide as the figure itself without its being 0.
 */
function figureOf(value: number, ends: Ends, what: string): Figure {
  const { u95Meter, ci95, ...widths } = ends;
  if (u95Meter === null ? value > 0 : value > u95Meter) return { value, ...ends };
  return {
    value: null,
    u95Meter,
    ...widths,
    unresolved: `${what} is not resolved: the meter's 95 % interval reaches 0`,
    ...(ci95 === undefined ? {} : { atMost: ci95[1] + Math.max(0, -value) }),
  };
}

/** Energy of one block with all that follows from it; null for what it does not have. */
export type EnergyFigures = Pick<Block, 'energyPerWindow_uJ' | 'averagePower_uW' | 'batteryDays'>;

const hasEnergy = (block: BlockData): boolean =>
  block.energy !== undefined && block.gate.length > 0 && block.valid === true;

/** Reach of the model's part: none where silicon was measured, null where the model is not known. */
function modelReach(
  campaign: CampaignRecord,
  block: BlockData,
  value: number,
  figure: Scenarios,
): Reach | null {
  if (!isModelled(campaign)) return { below: 0, above: 0 };
  return modelOf(campaign, block)?.reach(value, figure) ?? null;
}

/** Active part of a block's period, what flows outside the markers included, and sleep part; undefined without a settled sleep power. */
function periodOf(campaign: CampaignRecord, block: BlockData): PeriodParts | undefined {
  const { energy } = block;
  if (!hasEnergy(block) || energy?.idle === undefined || campaign.periodSeconds === 0) return undefined;
  const parts: PeriodParts = {
    microjoules: meanOf([...activeMicrojoules(block)]),
    terms: energy.uncertainty,
    windows: block.gate.length,
    sleepMicrowatts: energy.idle.microwatts,
    sleepTerms: energy.idle.terms,
    sleepDegrees: energy.idle.degrees,
    sleepSeconds: sleepSecondsOf(campaign, block),
  };
  return withWaking(parts, energy.waking);
}

function sleepSecondsOf({ periodSeconds }: CampaignRecord, block: BlockData): number {
  return Math.max(0, periodSeconds - summarise(activeSeconds(block)).mean);
}

/** Energy of a whole period in every scenario of the model. */
function periodScenarios(campaign: CampaignRecord, block: BlockData, parts: PeriodParts): Scenarios {
  const model = modelOf(campaign, block);
  const { microjoules, sleepMicrowatts, sleepSeconds } = parts;
  const asleep = sleepMicrowatts * sleepSeconds;
  return scenario => microjoules * (model?.active(scenario) ?? 1) + asleep * (model?.sleep(scenario) ?? 1);
}

/** Energy, average power and battery life of a block with the intervals of meter and model. */
export function energyFigures(campaign: CampaignRecord, block: BlockData): EnergyFigures {
  if (!hasEnergy(block) || block.energy === undefined)
    return { energyPerWindow_uJ: null, averagePower_uW: null, batteryDays: null };
  const [gate, big, other] = [block.gate, block.big, block.other].map(meanOf);
  const value = gate + big + other;
  const model = modelOf(campaign, block);
  const meter = combineTerms(block.energy.uncertainty, block.gate.length).u95;
  const ends = joined(
    value,
    meter,
    modelReach(campaign, block, value, scenario => value * (model?.active(scenario) ?? 1)),
    positive,
  );
  const energyPerWindow_uJ = {
    value,
    median: summarise(activeMicrojoules(block)).p50,
    ...ends,
    u95: ends.u95 ?? meter,
    gate,
    big,
    other,
    ...(block.energy.waking === undefined ? {} : { waking: block.energy.waking.microjoules }),
    idle: idleFigure(campaign, block),
  };
  return { energyPerWindow_uJ, ...powerFigures(campaign, block, value) };
}

function idleFigure(campaign: CampaignRecord, block: BlockData): Figure {
  const seconds = sleepSecondsOf(campaign, block);
  const parts = periodOf(campaign, block);
  const value = (block.energy?.idleMicrowatts ?? 0) * seconds;
  if (parts === undefined) return figureOf(value, unstated(value), 'sleep power');
  const model = modelOf(campaign, block);
  const meter = sleepUncertainty(parts).u95 * seconds;
  const reach = modelReach(campaign, block, value, scenario => value * (model?.sleep(scenario) ?? 1));
  return figureOf(value, joined(value, meter, reach, positive), 'sleep power');
}

function powerFigures(
  campaign: CampaignRecord,
  block: BlockData,
  activeValue: number,
): Pick<EnergyFigures, 'averagePower_uW' | 'batteryDays'> {
  const { periodSeconds } = campaign;
  if (periodSeconds === 0) return { averagePower_uW: null, batteryDays: null };
  const parts = periodOf(campaign, block);
  const power =
    parts === undefined ? plainPower(campaign, block, activeValue) : knownPower(campaign, block, parts);
  return { averagePower_uW: power.figure, batteryDays: daysOf(campaign, power) };
}

/**
 * By how much one block's average power is above another's of the same chip, with its 95 % interval: what both owe to one assumption of the model cancels,
 * errors of the meter are taken as independent. Null without both powers.
 */
export function powerDifference(
  campaign: CampaignRecord,
  own: BlockData,
  other: BlockData,
): Difference | null {
  const [mine, base] = [periodOf(campaign, own), periodOf(campaign, other)];
  if (mine === undefined || base === undefined) return null;
  const { periodSeconds } = campaign;
  const [a, b] = [periodUncertainty(mine), periodUncertainty(base)];
  const value = (a.microjoules - b.microjoules) / periodSeconds;
  const [one, two] = [periodScenarios(campaign, own, mine), periodScenarios(campaign, other, base)];
  const model = modelReach(campaign, own, value, scenario => (one(scenario) - two(scenario)) / periodSeconds);
  if (model === null) return { value, ci95: null };
  const meter = Math.hypot(a.u95, b.u95) / periodSeconds;
  return { value, ci95: [value - Math.hypot(meter, model.below), value + Math.hypot(meter, model.above)] };
}

/** Average power, and what the model leaves open of it. */
interface Power {
  figure: Figure;
  model: Reach | null;
}

/** Without a budget of the sleep power (an older journal) there is no interval; without a sleep power there is no figure. */
function plainPower(campaign: CampaignRecord, block: BlockData, activeValue: number): Power {
  const sleeping = block.energy?.idleMicrowatts ?? 0;
  const value = (activeValue + sleeping * sleepSecondsOf(campaign, block)) / campaign.periodSeconds;
  const known = sleeping > 0 || sleepSecondsOf(campaign, block) === 0;
  return { figure: figureOf(known ? value : 0, unstated(value), 'average power'), model: null };
}

function knownPower(campaign: CampaignRecord, block: BlockData, parts: PeriodParts): Power {
  const { periodSeconds } = campaign;
  const { microjoules, u95 } = periodUncertainty(parts);
  const period = periodScenarios(campaign, block, parts);
  const value = microjoules / periodSeconds;
  const model = modelReach(campaign, block, value, scenario => period(scenario) / periodSeconds);
  const ends = joined(value, u95 / periodSeconds, model, positive);
  return { figure: figureOf(value, ends, 'average power'), model };
}

/**
 * Days of each battery, with the ends that the power's make of them: days go with its inverse, so that the upper end is the farther one,
 * and there is none where the power may be 0.
 */
function daysOf(
  { batteries }: CampaignRecord,
  { figure: power, model }: Power,
): EnergyFigures['batteryDays'] {
  if (batteries === undefined) return null;
  return Object.fromEntries(batteries.map(({ name, joules }) => [name, lifeOf(joules, power, model)]));
}

function lifeOf(joules: number, power: Figure, model: Reach | null): Figure {
  const { value: microwatts, unresolved, u95Meter, ci95 } = power;
  if (microwatts === null) return { value: null, u95: null, u95Meter: null, u95Model: null, unresolved };
  const days = (at: number): number => joules / (at * 1e-6) / secondsPerDay;
  const value = days(microwatts);
  const half = (below: number, above: number): number | null =>
    below >= microwatts ? null : Math.max(days(microwatts - below) - value, value - days(microwatts + above));
  const parts = {
    u95Meter: u95Meter === null ? null : half(u95Meter, u95Meter),
    u95Model: model === null ? null : half(model.below, model.above),
  };
  if (ci95 === undefined || ci95[1] === null) return { value, u95: null, ...parts };
  const [least, most] = ci95;
  return {
    value,
    u95: half(microwatts - least, most - microwatts),
    ...parts,
    ci95: [days(most), least > 0 ? days(least) : null],
  };
}

/** The saving of a block over its baseline with the intervals of meter and model, and what they come from. */
export function savingOf(
  campaign: CampaignRecord,
  own: { block: Block; data: BlockData },
  baseline: { block: Block; data: BlockData },
): Block['savingVsBigOnly'] {
  const macs =
    baseline.block.macsPerWindow === 0 ? 0 : 1 - own.block.macsPerWindow / baseline.block.macsPerWindow;
  const [mine, other] = [own.block.energyPerWindow_uJ, baseline.block.energyPerWindow_uJ];
  if (mine === null || other === null)
    return { energy: null, u95: null, u95Meter: null, u95Model: null, macs };
  if (own.block === baseline.block)
    return { energy: 0, u95: 0, u95Meter: 0, u95Model: 0, ci95: [0, 0], macs };
  const summary = ({ block, data }: typeof own, value: number) => ({
    meanMicrojoules: value,
    windows: block.windows,
    terms: block.uncertainty,
    ranges: data.energy?.ranges,
    passMicrojoules: data.passes?.map(pass => passMicrojoules(pass) ?? Number.NaN),
  });
  const { saving, u95, terms } = savingUncertainty(summary(own, mine.value), summary(baseline, other.value));
  const [model, base] = [modelOf(campaign, own.data), modelOf(campaign, baseline.data)];
  const figure: Scenarios = scenario =>
    1 - (mine.value * (model?.active(scenario) ?? 1)) / (other.value * (base?.active(scenario) ?? 1));
  return {
    energy: saving,
    ...joined(saving, u95, modelReach(campaign, own.data, saving, figure), ofSaving),
    macs,
    terms,
    withSleep: savingWithSleep(campaign, own.data, baseline.data),
    ...spreadOf(own.data, baseline.data),
    ...(model === undefined ? {} : { sensitivity: model.sensitivity(saving, figure) }),
  };
}

/** One window tells nothing of how others would spread. */
function spreadOf(own: BlockData, baseline: BlockData): { spread95?: number } {
  const spread95 = savingSpread95([...activeMicrojoules(own)], [...activeMicrojoules(baseline)]);
  return Number.isFinite(spread95) ? { spread95 } : {};
}

function savingWithSleep(
  campaign: CampaignRecord,
  own: BlockData,
  baseline: BlockData,
): NonNullable<Block['savingVsBigOnly']>['withSleep'] {
  const [mine, other] = [periodOf(campaign, own), periodOf(campaign, baseline)];
  if (mine === undefined || other === undefined) return null;
  const { saving, u95 } = periodSaving(mine, other);
  const [numerator, denominator] = [
    periodScenarios(campaign, own, mine),
    periodScenarios(campaign, baseline, other),
  ];
  const model = modelReach(
    campaign,
    own,
    saving,
    scenario => 1 - numerator(scenario) / denominator(scenario),
  );
  const ends = joined(saving, u95, model, ofSaving);
  return { energy: saving, ...ends, u95: ends.u95 ?? u95 };
}
