import type { Block, TargetVerdict } from '../../record/run-record.js';
import { metricUnits, type Target } from '../../record/targets.js';
import type { JournalData } from './block-data.js';
import { baselineOf, blockName } from './blocks.js';
import { type Interval, judge } from './judge.js';
import { pairedDifference95 } from './statistics.js';
import { unscored } from './window-kinds.js';

const around = (value: number, half: number): Interval => ({ value, low: value - half, high: value + half });

/** The accuracy difference to big-only over the windows that both answered. */
function accuracyDifference(block: Block, blocks: readonly Block[], journal: JournalData): Interval | string {
  const baseline = baselineOf(block, blocks);
  if (baseline === undefined) return 'the run has no big-only block to compare with';
  const own = journal.blocks[blocks.indexOf(block)].labels;
  const other = journal.blocks[blocks.indexOf(baseline)].labels;
  let better = 0;
  let worse = 0;
  let n = 0;
  for (let w = 0; w < Math.min(own.length, other.length); w++) {
    const truth = journal.campaign.truth[w];
    if (truth === unscored) continue;
    n++;
    if (own[w] === truth && other[w] !== truth) better++;
    if (own[w] !== truth && other[w] === truth) worse++;
  }
  if (n === 0) return 'no scored window';
  const { value, half } = pairedDifference95(better, worse, n);
  return around(value, half);
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
      return { value: block.accuracy, low: block.accuracyCI95[0], high: block.accuracyCI95[1] };
    case 'accuracy-vs-big-only':
      return accuracyDifference(block, blocks, journal);
    case 'energy-saving':
      if (saving === null) return 'the run has no big-only block to compare with';
      return saving.energy === null ? 'no energy was measured' : around(saving.energy, saving.u95!);
    case 'mac-saving':
      return saving === null ? 'the run has no big-only block to compare with' : around(saving.macs, 0);
    case 'golden-mismatches':
      return around(block.goldenMismatches, 0);
    case 'latency-max':
      return block.latencyMs === null ? 'no time was measured' : around(block.latencyMs.max, 0);
    case 'energy-per-window': {
      const energy = block.energyPerWindow_uJ;
      return energy === null ? 'no energy was measured' : around(energy.value, energy.u95);
    }
    case 'macs-per-window':
      return around(block.macsPerWindow, 0);
    case 'auc':
      return typeof block.mlperf?.auc === 'number' ? around(block.mlperf.auc, 0) : 'no area under a curve';
    case 'latency-median':
      return block.mlperf?.latencyMedian_ms ?? 'no time was measured';
    case 'energy-median':
      return block.mlperf?.energyMedian_uJ ?? 'no energy was measured';
  }
}

function reasonOf(verdict: TargetVerdict['verdict'], { value, low, high }: Interval, target: Target): string {
  const side = target.atLeast === undefined ? 'at most' : 'at least';
  const limit = target.atLeast ?? target.atMost!;
  const text = `${value.toPrecision(5)} [${low.toPrecision(5)}, ${high.toPrecision(5)}], wanted ${side} ${limit}`;
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
      if (block.valid !== true) return open(name, `the block is invalid: ${block.valid}`);
      const interval = measure(target, block, blocks, journal);
      if (typeof interval === 'string') return open(name, interval);
      const verdict = judge(interval, target);
      return {
        ...base,
        block: name,
        value: interval.value,
        u95: Math.max(interval.value - interval.low, interval.high - interval.value),
        verdict,
        reason: reasonOf(verdict, interval, target),
      };
    });
  });
}
