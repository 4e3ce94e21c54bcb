import { compareRuns } from '../compare/compare.js';
import type { Comparison } from '../compare/comparison.js';
import { blockName } from '../evaluation/blocks.js';
import type { Run } from '../run.js';
import { type Confirmation, confirm, leastEffectOf, type Round } from './confirm.js';

/** One round of runs: A B B A. */
export type RunRound = readonly [before: Run, after: Run, after: Run, before: Run];

export interface AbOptions {
  /** Relative standard deviation of one run on this bench, known beforehand, and the degrees of freedom that it is believed with. */
  spread: number;
  degrees: number;
  /** Rounds at most. */
  rounds: number;
  /** Smallest relative effect that matters; default: half a per cent, or 1.96 spreads where that is more. */
  leastEffect?: number;
}

export interface AbBlock {
  name: string;
  /** What was compared: energy of a window, or its active time where there is no energy. */
  figure: 'energy' | 'active time';
  /** Means of all runs of each image, uJ or ms. */
  before: number;
  after: number;
  /** Relative change with its 95 % interval; null where nothing can be said. */
  change: { value: number; low: number; high: number } | null;
  verdict: Confirmation;
  /** Why nothing can be said. */
  note?: string;
}

export interface AbAnswer {
  schema: 'littlefirst.ab/1';
  verdict: Confirmation;
  rounds: number;
  /** Smallest relative effect that matters, and the spread of one run that was known beforehand. */
  leastEffect: number;
  spread: number;
  blocks: AbBlock[];
  /** Blocks in which the second image answers worse: accuracy on the same windows, or answers that are not the golden interpreter's. */
  worseAnswers: string[];
  /** The first run of each image, compared window by window. */
  comparison: Comparison;
}

type Figure = { figure: AbBlock['figure']; value: number } | string;

function figureOf({ record }: Run, name: string): Figure {
  const block = record.blocks.find(one => blockName(one) === name);
  if (block === undefined) return 'a run lacks the block';
  if (block.valid !== true) return block.valid;
  const { energyPerWindow_uJ: energy, latencyMs } = block;
  if (energy !== null && energy.value > 0) return { figure: 'energy', value: energy.value };
  if (latencyMs !== null && latencyMs.mean > 0) return { figure: 'active time', value: latencyMs.mean };
  return 'neither energy nor time was measured';
}

function blockOf(
  rounds: readonly RunRound[],
  [beforeName, afterName]: readonly [string, string],
  options: AbOptions & { leastEffect: number; comparisons: number },
): AbBlock {
  const names = [beforeName, afterName, afterName, beforeName];
  const figures = rounds.map(runs => runs.map((run, place) => figureOf(run, names[place])));
  const flat = figures.flat();
  const unsaid = (note: string): AbBlock => ({
    ...{ name: beforeName, figure: 'energy', before: 0, after: 0, change: null },
    ...{ verdict: 'cannot tell', note },
  });
  const problem = flat.find(one => typeof one === 'string');
  if (problem !== undefined) return unsaid(problem);
  const told = figures as Exclude<Figure, string>[][];
  const kinds = new Set(told.flat().map(({ figure }) => figure));
  if (kinds.size > 1) return unsaid('some runs have an energy and others have none');
  const answer = confirm(
    told.map(round => round.map(({ value }) => Math.log(value)) as unknown as Round),
    options,
  );
  const mean = (places: readonly number[]) =>
    told.reduce((sum, round) => sum + places.reduce((part, place) => part + round[place].value, 0), 0) /
    (told.length * places.length);
  const { effect, half95, verdict } = answer;
  return {
    name: beforeName,
    figure: told[0][0].figure,
    before: mean([0, 3]),
    after: mean([1, 2]),
    change: {
      value: Math.expm1(effect),
      low: Math.expm1(effect - half95),
      high: Math.expm1(effect + half95),
    },
    verdict,
  };
}

/** One of several: any regression regresses, any open question stays open. */
function combine(verdicts: readonly Confirmation[]): Confirmation {
  const order: readonly Confirmation[] = ['regressed', 'cannot tell', 'improved', 'not regressed'];
  return order.find(one => verdicts.includes(one)) ?? 'cannot tell';
}

/** What the rounds so far say of the second image. Further rounds are wanted while that is `cannot tell`. */
export function judgeAb(rounds: readonly RunRound[], options: AbOptions): AbAnswer {
  const comparison = compareRuns(rounds[0][0], rounds[0][1]);
  const leastEffect = options.leastEffect ?? leastEffectOf(options.spread);
  const comparisons = Math.max(1, comparison.pairs.length);
  const blocks = comparison.pairs.map(pair =>
    blockOf(rounds, [pair.baselineBlock, pair.candidateBlock], { ...options, leastEffect, comparisons }),
  );
  const worseAnswers = comparison.pairs
    .filter(({ effects }) =>
      effects.some(
        ({ metric, verdict }) => (metric === 'accuracy' || metric === 'mismatches') && verdict === 'worse',
      ),
    )
    .map(({ name }) => name);
  const verdict = worseAnswers.length > 0 ? 'regressed' : combine(blocks.map(one => one.verdict));
  return {
    schema: 'littlefirst.ab/1',
    verdict,
    rounds: rounds.length,
    leastEffect,
    spread: options.spread,
    blocks,
    worseAnswers,
    comparison,
  };
}
