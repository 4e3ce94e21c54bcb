import type { Block } from '../../record/run-record.js';
import {
  type Difference,
  type ScheduleSearch,
  scheduleRule,
  type Trial,
} from '../../record/schedule-search.js';
import type { BlockData, JournalData } from './block-data.js';
import { powerDifference } from './energy.js';

/** The blocks of one strategy on one DUT, with what they were evaluated to. */
interface Tried {
  block: Block;
  data: BlockData;
}

const powerOf = ({ block }: Tried): number | undefined => block.averagePower_uW?.value ?? undefined;
const isPair = ({ block }: Tried): boolean => block.level.stages !== undefined;
/** A pair of levels in whose windows Big never ran would be judged without one change. */
const isSeen = (one: Tried): boolean => !isPair(one) || one.block.bigRuns > 0;
const reachesZero = ({ ci95 }: Difference): boolean => ci95 !== null && ci95[0] <= 0 && ci95[1] >= 0;

function bigEnergy({ block }: Tried): number | null {
  const { energyPerWindow_uJ: energy } = block;
  return energy === null || block.bigRuns === 0 ? null : (energy.big * block.windows) / block.bigRuns;
}

function leastOf(tried: readonly Tried[]): Tried | undefined {
  return [...tried].sort((a, b) => (powerOf(a) ?? 0) - (powerOf(b) ?? 0))[0];
}

/**
 * Ranks the schedules of a strategy by their average power.
 * @param journal of the search, whose blocks are the schedules
 * @param blocks what they were evaluated to, in the journal's order
 * @returns one search for each strategy of each bundle on each DUT of which at least one single level is valid and in time
 */
export function rankSchedules(
  journal: JournalData,
  blocks: readonly Block[],
  limitOf: (block: Block) => { milliseconds: number; from: string },
): ScheduleSearch[] {
  const groups = new Map<string, Tried[]>();
  blocks.forEach((block, i) => {
    const key = `${block.board}/${block.chip}/${block.bundle}/${block.strategy}`;
    groups.set(key, [...(groups.get(key) ?? []), { block, data: journal.blocks[i] }]);
  });
  return [...groups.values()].flatMap(tried => rank(journal, tried, limitOf(tried[0].block)) ?? []);
}

function rank(
  journal: JournalData,
  tried: readonly Tried[],
  limit: { milliseconds: number; from: string },
): ScheduleSearch | undefined {
  const { campaign } = journal;
  const isInTime = ({ block }: Tried) =>
    (block.latencyMs?.max ?? Number.POSITIVE_INFINITY) <= limit.milliseconds;
  const eligible = tried.filter(
    one =>
      one.block.valid === true &&
      one.block.goldenMismatches === 0 &&
      powerOf(one) !== undefined &&
      isInTime(one) &&
      isSeen(one),
  );
  const least = leastOf(eligible);
  const bestSingle = leastOf(eligible.filter(one => !isPair(one)));
  const bestPair = leastOf(eligible.filter(isPair));
  if (least === undefined || bestSingle === undefined) return undefined;
  const above = (one: Tried): Difference | null =>
    one === least ? { value: 0, ci95: [0, 0] } : powerDifference(campaign, one.data, least.data);
  const isTied = (one: Tried): boolean => {
    const difference = eligible.includes(one) ? above(one) : null;
    return difference !== null && reachesZero(difference);
  };
  const tied = eligible.filter(isTied);
  const chosen = leastOf(tied.filter(one => !isPair(one))) ?? least;
  const { name, split, windows, sha256 } = campaign.provenance.dataset;
  const { board, chip, bundle, strategy } = least.block;
  const gain = bestPair === undefined ? null : powerDifference(campaign, bestSingle.data, bestPair.data);
  return {
    board,
    chip,
    bundle,
    strategy,
    data: { name, split, windows, sha256, bigRuns: least.block.bigRuns },
    latencyLimit_ms: limit.milliseconds,
    latencyFrom: limit.from,
    rule: scheduleRule,
    trials: tried.map(one =>
      trialOf(one, isInTime(one), eligible.includes(one) ? above(one) : null, isTied(one)),
    ),
    chosen: chosen.block.level.name,
    least: least.block.level.name,
    bestSingle: bestSingle.block.level.name,
    ...(bestPair === undefined ? {} : { bestPair: bestPair.block.level.name }),
    gain_uW: gain,
    reason: reasonOf(tried, bestSingle, bestPair, gain),
  };
}

function trialOf(one: Tried, isInTime: boolean, aboveLeast: Difference | null, isTied: boolean): Trial {
  const { level, valid, averagePower_uW: power, energyPerWindow_uJ: energy, latencyMs } = one.block;
  const [low, high] = power?.ci95 ?? [null, null];
  return {
    level,
    ...(valid === true ? {} : { invalid: valid }),
    averagePower_uW:
      typeof power?.value === 'number'
        ? { value: power.value, ci95: low === null || high === null ? null : [low, high] }
        : null,
    activeEnergy_uJ: energy?.value ?? null,
    bigEnergy_uJ: bigEnergy(one),
    latencyMax_ms: latencyMs?.max ?? null,
    isInTime,
    aboveLeast_uW: aboveLeast,
    isTied,
  };
}

const text = (value: number): string => Number(value.toPrecision(3)).toString();

/** Why a pair of levels gains or loses against a single one, from what was measured. */
function reasonOf(
  tried: readonly Tried[],
  bestSingle: Tried,
  bestPair: Tried | undefined,
  gain: Difference | null,
): string {
  const singles = tried.filter(one => !isPair(one) && one.block.energyPerWindow_uJ !== null);
  const active = ({ block }: Tried) => block.energyPerWindow_uJ?.value ?? Number.POSITIVE_INFINITY;
  const least = singles.reduce((best, one) => (active(one) < active(best) ? one : best));
  const parts = [
    `Of single levels the active energy of a window is least at ${least.block.level.name} (${text(active(least))} uJ), the average power at ${bestSingle.block.level.name}.`,
  ];
  const stages = bestPair?.block.level.stages;
  if (stages === undefined || bestPair === undefined) {
    parts.push(
      tried.some(isPair) && !tried.some(one => isPair(one) && isSeen(one))
        ? 'Big never ran in these windows, so that no change of level was seen: pairs are left out. Search on more windows.'
        : 'One stage, or no pair of levels in time: there is nothing to change between.',
    );
    return parts.join(' ');
  }
  const at = (name: string) => singles.find(({ block }) => block.level.name === name);
  const [gate, big] = [at(stages.gate.name), at(stages.big.name)];
  const energies = [gate, big, bestPair].map(one => (one === undefined ? null : bigEnergy(one)));
  const [atGate, atBig, together] = energies;
  if (atGate !== null && atBig !== null && together !== null)
    parts.push(
      `At the best pair, ${bestPair.block.level.name}, Big takes ${text(atBig)} uJ at its own level against ${text(atGate)} at the gate's, which saves ${text(atGate - atBig)}, and the two changes cost ${text(together - atBig)} (${text((bestPair.block.stages?.microseconds ?? 0) / Math.max(1, bestPair.block.bigRuns))} us an escalation).`,
    );
  if (gain !== null)
    parts.push(
      gain.value > 0 && !reachesZero(gain)
        ? 'So the pair gains.'
        : reachesZero(gain)
          ? 'So nothing that shows is gained.'
          : 'So the pair loses to the best single level.',
    );
  return parts.join(' ');
}
