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
import type { BlockData } from './block-data.js';
import { isModelled, modelOf, type Scenarios } from './model-part.js';
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

interface HalfWidths {
  u95: number | null;
  u95Meter: number | null;
  u95Model: number | null;
}

/** Both parts of an interval and their root of squares: the meter's errors and the model's have nothing in common. */
function joined(meter: number | null, model: number | null): HalfWidths {
  return {
    u95: meter === null ? null : Math.hypot(meter, model ?? 0),
    u95Meter: meter,
    u95Model: model,
  };
}

/**
 * A figure, or, where the meter's interval reaches 0, only its upper limit. Whether a figure is resolved is a question of what was
 * measured alone: the model's part may be as wide as the figure itself without its being 0.
 */
function figureOf(value: number, widths: HalfWidths, what: string): Figure {
  const { u95, u95Meter } = widths;
  if (u95Meter === null ? value > 0 : value > u95Meter) return { value, ...widths };
  return {
    value: null,
    ...widths,
    unresolved: `${what} is not resolved: the meter's 95 % interval reaches 0`,
    ...(u95 === null ? {} : { atMost: Math.max(0, value) + u95 }),
  };
}

/** Energy of one block with all that follows from it; null for what it does not have. */
export type EnergyFigures = Pick<Block, 'energyPerWindow_uJ' | 'averagePower_uW' | 'batteryDays'>;

const hasEnergy = (block: BlockData): boolean =>
  block.energy !== undefined && block.gate.length > 0 && block.valid === true;

/** Half width of the model's part: 0 where silicon was measured, null where the model is not known. */
function modelWidth(
  campaign: CampaignRecord,
  block: BlockData,
  value: number,
  figure: Scenarios,
): number | null {
  if (!isModelled(campaign)) return 0;
  return modelOf(campaign, block)?.halfWidth(value, figure) ?? null;
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
  const widths = joined(
    meter,
    modelWidth(campaign, block, value, scenario => value * (model?.active(scenario) ?? 1)),
  );
  const energyPerWindow_uJ = {
    value,
    median: summarise(activeMicrojoules(block)).p50,
    ...widths,
    u95: widths.u95 ?? meter,
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
  if (parts === undefined) return figureOf(value, joined(null, null), 'sleep power');
  const model = modelOf(campaign, block);
  const meter = sleepUncertainty(parts).u95 * seconds;
  const widths = joined(
    meter,
    modelWidth(campaign, block, value, scenario => value * (model?.sleep(scenario) ?? 1)),
  );
  return figureOf(value, widths, 'sleep power');
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
  return { averagePower_uW: power, batteryDays: daysOf(campaign, power) };
}

/** Without a budget of the sleep power (an older journal) there is no interval; without a sleep power there is no figure. */
function plainPower(campaign: CampaignRecord, block: BlockData, activeValue: number): Figure {
  const sleeping = block.energy?.idleMicrowatts ?? 0;
  const value = (activeValue + sleeping * sleepSecondsOf(campaign, block)) / campaign.periodSeconds;
  const known = sleeping > 0 || sleepSecondsOf(campaign, block) === 0;
  return figureOf(known ? value : 0, joined(null, null), 'average power');
}

function knownPower(campaign: CampaignRecord, block: BlockData, parts: PeriodParts): Figure {
  const { periodSeconds } = campaign;
  const { microjoules, u95 } = periodUncertainty(parts);
  const period = periodScenarios(campaign, block, parts);
  const value = microjoules / periodSeconds;
  const model = modelWidth(campaign, block, value, scenario => period(scenario) / periodSeconds);
  return figureOf(value, joined(u95 / periodSeconds, model), 'average power');
}

/** Days of each battery; the half width is the farther end, since days go with the inverse of power. */
function daysOf({ batteries }: CampaignRecord, power: Figure): EnergyFigures['batteryDays'] {
  if (batteries === undefined) return null;
  const days = (joules: number, microwatts: number) => joules / (microwatts * 1e-6) / secondsPerDay;
  return Object.fromEntries(
    batteries.map(({ name, joules }) => {
      const { value } = power;
      if (value === null)
        return [
          name,
          { value: null, u95: null, u95Meter: null, u95Model: null, unresolved: power.unresolved },
        ];
      const width = (half: number | null) =>
        half === null
          ? null
          : half >= value
            ? days(joules, value)
            : days(joules, value - half) - days(joules, value);
      return [
        name,
        {
          value: days(joules, value),
          u95: width(power.u95),
          u95Meter: width(power.u95Meter),
          u95Model: width(power.u95Model),
        },
      ];
    }),
  );
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
  if (own.block === baseline.block) return { energy: 0, u95: 0, u95Meter: 0, u95Model: 0, macs };
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
    ...joined(u95, modelWidth(campaign, own.data, saving, figure)),
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
  const model = modelWidth(
    campaign,
    own,
    saving,
    scenario => 1 - numerator(scenario) / denominator(scenario),
  );
  return { energy: saving, ...joined(u95, model), u95: Math.hypot(u95, model ?? 0) };
}
