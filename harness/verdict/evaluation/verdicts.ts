import { cycleUncertainty, earlyStandard } from '../../measure/chip/cycles.js';
import type { Figure } from '../../record/energy-figures.js';
import { positiveInterval, savingInterval, type TextInterval } from '../../record/interval.js';
import type { Block, TargetVerdict, Verdict } from '../../record/run-record.js';
import {
  energyMetrics,
  type Metric,
  metricUnits,
  relativeMetrics,
  type Target,
} from '../../record/targets.js';
import type { BlockData, JournalData } from './block-data.js';
import { baselineOf, blockName } from './blocks.js';
import { type Interval, judge } from './judge.js';
import { earlyShare, isModelled, stages } from './model-part.js';
import { pairedAccuracy } from './paired-accuracy.js';
import { envelope } from './statistics.js';

/** A figure with its interval, or why it has none. */
function aroundFigure(figure: Figure | null | undefined, missing: string): Interval | string {
  if (figure === null || figure === undefined) return missing;
  if (figure.value === null) return figure.unresolved ?? missing;
  return withParts(positiveInterval(figure), figure);
}

/** A recorded interval with its parts, as it is judged. */
const withParts = (interval: TextInterval | null, { u95Meter, u95Model }: Parts): Interval | string =>
  interval === null
    ? 'the journal holds no interval of it: it is of an older version'
    : { ...interval, u95Meter, u95Model };

/** Longest time of a window: what the model of the core's timing leaves open, where no silicon kept the time. */
function latency(block: Block, data: BlockData, journal: JournalData): Interval | string {
  if (block.latencyMs === null) return 'no time was measured';
  const { max } = block.latencyMs;
  const core = journal.campaign.model?.chips.find(({ name }) => name === block.chip)?.core;
  const isOpen = core !== undefined && isModelled(journal.campaign);
  if (!isOpen) return around(max, 0);
  const relative = Math.hypot(cycleUncertainty(core).u, earlyStandard(earlyShare(data, ...stages)));
  const half = coverageFactor * relative * max;
  return around(max, half, { u95Meter: 0, u95Model: half });
}

/** Half width of 95 % in standard uncertainties, for a normal distribution. */
const coverageFactor = 2;

type Parts = Pick<Interval, 'u95Meter' | 'u95Model'>;

const around = (value: number, half: number, { u95Meter, u95Model }: Parts = {}): Interval => ({
  value,
  low: value - half,
  high: value + half,
  u95Meter,
  u95Model,
});

/** The accuracy difference to big-only over the windows that both answered. */
function accuracyDifference(block: Block, blocks: readonly Block[], journal: JournalData): Interval | string {
  const baseline = baselineOf(block, blocks);
  if (baseline === undefined) return 'the run has no big-only block to compare with';
  const own = journal.blocks[blocks.indexOf(block)].labels;
  const other = journal.blocks[blocks.indexOf(baseline)].labels;
  return pairedAccuracy(own, other, journal.campaign)?.interval ?? 'no scored window';
}

function accuracy({ accuracy: value, accuracyCI95, accuracyPeopleCI95: people }: Block): Interval {
  const [low, high] = accuracyCI95;
  return envelope({ value, low, high }, people && { value, low: people[0], high: people[1] });
}

/** Area under the ROC curve; that of a third party's DUT is stated without an interval, as the stock runner does. */
function area({ scores, mlperf }: Block): Interval | string {
  if (scores?.auc != null && scores.aucCI95 !== null)
    return { value: scores.auc, low: scores.aucCI95[0], high: scores.aucCI95[1] };
  return typeof mlperf?.auc === 'number' ? around(mlperf.auc, 0) : 'no area under a curve';
}

/** What a block that is not valid is in itself: open where only a rule of the method was broken. */
export function validityVerdict({ valid, invalidity }: Pick<Block, 'valid' | 'invalidity'>): Verdict {
  if (valid === true) return 'pass';
  return invalidity === 'method' ? 'inconclusive' : 'error';
}

/** Whether a verdict only follows from a block that is not valid, which is told by itself. */
export const isConsequence = ({ reason }: Pick<TargetVerdict, 'reason'>): boolean =>
  /^(the|its big-only) block (broke|has no valid energy): /.test(reason);

/** Why a metric of a block cannot be judged, where the block or its baseline lost what it needs. */
function lossOf(
  metric: Metric,
  block: Block,
  blocks: readonly Block[],
): { verdict: Verdict; reason: string } | undefined {
  const baseline = relativeMetrics.has(metric) ? baselineOf(block, blocks) : undefined;
  for (const one of baseline === undefined || baseline === block ? [block] : [block, baseline]) {
    const isLost = one.invalidity === 'broken' || energyMetrics.has(metric);
    if (one.valid === true || !isLost) continue;
    const which = one === block ? 'the block' : 'its big-only block';
    const what = one.invalidity === 'broken' ? 'broke' : 'has no valid energy';
    return { verdict: validityVerdict(one), reason: `${which} ${what}: ${one.valid}` };
  }
  return undefined;
}

/** Value and 95 % interval of a target's metric for a block, or why there is none. */
function measure(
  target: Target,
  block: Block,
  blocks: readonly Block[],
  journal: JournalData,
): Interval | string {
  const saving = block.savingVsBigOnly;
  switch (target.metric) {
    case 'accuracy':
      if (block.scored === 0) return 'no scored window';
      return accuracy(block);
    case 'accuracy-vs-big-only':
      return accuracyDifference(block, blocks, journal);
    case 'energy-saving':
      if (saving === null) return 'the run has no big-only block to compare with';
      return saving.energy === null ? 'no energy was measured' : withParts(savingInterval(saving), saving);
    case 'energy-saving-with-sleep': {
      if (saving === null) return 'the run has no big-only block to compare with';
      const whole = saving.withSleep;
      return whole === null || whole === undefined
        ? 'the sleep power was not measured'
        : withParts(savingInterval(whole), whole);
    }
    case 'average-power':
      return aroundFigure(block.averagePower_uW, 'no energy was measured');
    case 'battery-days':
      return aroundFigure(block.batteryDays?.[target.battery ?? ''], `no days of a ${target.battery}`);
    case 'mac-saving':
      return saving === null ? 'the run has no big-only block to compare with' : around(saving.macs, 0);
    case 'golden-mismatches':
      return around(block.goldenMismatches, 0);
    case 'latency-max':
      return latency(block, journal.blocks[blocks.indexOf(block)], journal);
    case 'energy-per-window':
      return aroundFigure(block.energyPerWindow_uJ, 'no energy was measured');
    case 'macs-per-window':
      return around(block.macsPerWindow, 0);
    case 'auc':
      return area(block);
    case 'latency-median':
      return block.mlperf?.latencyMedian_ms ?? 'no time was measured';
    case 'energy-median':
      return block.mlperf?.energyMedian_uJ ?? 'no energy was measured';
  }
}

/** JSON knows no infinity. */
const orNull = (x: number): number | null => (Number.isFinite(x) ? x : null);

function reasonOf(verdict: TargetVerdict['verdict'], { value, low, high }: Interval, target: Target): string {
  const side = target.atLeast === undefined ? 'at most' : 'at least';
  const limit = target.atLeast ?? target.atMost!;
  const unit = metricUnits[target.metric];
  const [factor, name] = unit === 'share' ? [100, '%'] : [1, unit];
  const figure = (x: number, digits = 5) => String(Number((factor * x).toPrecision(digits)));
  const end = Number.isFinite(high) ? figure(high) : 'no upper end';
  const text = `${figure(value)} ${name} [${figure(low)}, ${end}], wanted ${side} ${figure(limit, 12)} ${name}`;
  if (verdict === 'inconclusive') return `the limit lies inside the 95 % interval: ${text}`;
  return text;
}

/** Judges every target on every block that it applies to. A target without a block is inconclusive, never a pass. */
export function judgeTargets(
  targets: readonly Target[],
  blocks: readonly Block[],
  journal: JournalData,
): TargetVerdict[] {
  const dataset = journal.campaign.provenance.dataset.name;
  const wanted = targets.filter(({ data }) => data?.some(name => name === dataset) ?? true);
  return wanted.flatMap(target => {
    const applies = blocks.filter(
      block =>
        (target.strategies?.includes(block.strategy) ?? true) &&
        (target.bundles?.includes(block.bundle) ?? true),
    );
    const base = {
      target: target.name,
      limit: target.atLeast ?? target.atMost!,
      unit: metricUnits[target.metric],
      metric: target.metric,
      side: target.atLeast === undefined ? ('atMost' as const) : ('atLeast' as const),
    };
    const open = (block: string, reason: string): TargetVerdict => ({
      ...base,
      block,
      value: null,
      u95: null,
      verdict: 'inconclusive',
      reason,
    });
    if (applies.length === 0)
      return [open('-', 'no block of the run is of the kind that this target is for')];
    return applies.map(block => {
      const name = blockName(block);
      const loss = lossOf(target.metric, block, blocks);
      if (loss !== undefined) return { ...open(name, loss.reason), verdict: loss.verdict };
      const interval = measure(target, block, blocks, journal);
      if (typeof interval === 'string') return open(name, interval);
      const verdict = judge(interval, target);
      return {
        ...base,
        block: name,
        value: interval.value,
        u95: orNull(Math.max(interval.value - interval.low, interval.high - interval.value)),
        ...(interval.u95Meter === undefined || interval.u95Model === undefined
          ? {}
          : { u95Meter: interval.u95Meter, u95Model: interval.u95Model }),
        verdict,
        reason: reasonOf(verdict, interval, target),
        ci95: [interval.low, orNull(interval.high)],
      };
    });
  });
}
