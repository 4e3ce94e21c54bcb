import { studentQuantile } from './student.js';

/** `regressed`: the second image needs more. `improved`: less. `not regressed`: any difference is below the least effect. */
export type Confirmation = 'regressed' | 'improved' | 'not regressed' | 'cannot tell';

/** One round: A B B A. Values in a unit in which equal effects are equal differences: logarithms for relative ones. */
export type Round = readonly [before: number, after: number, after: number, before: number];

export interface ConfirmOptions {
  /** Smallest difference that matters, in the unit of the values. */
  leastEffect: number;
  /** Standard deviation of one run as known beforehand, and how many degrees of freedom stand behind it. */
  spread: number;
  degrees: number;
  /** Rounds at most. */
  rounds: number;
  /** Comparisons that are made at once, e.g. blocks of one run: the risks are shared among them. Default: 1. */
  comparisons?: number;
  /** Chance of a false difference. Default: {@link riskOfAlarm}. */
  riskOfAlarm?: number;
}

/** Chance that images of equal consumption are called different, both directions and all looks together. */
export const riskOfAlarm = 0.001;
/** Chance that an image whose effect is the least one is called not regressed. */
export const riskOfMiss = 0.05;
/** Rounds at most: after them the answer is `cannot tell`. */
export const mostRounds = 4;

export interface Confirmed {
  verdict: Confirmation;
  rounds: number;
  /** After minus before. */
  effect: number;
  /** Half width of the interval that must exclude zero, at the risk of an alarm of this look. */
  half: number;
  /** Half width of the interval that must lie within the least effect. */
  halfWithin: number;
  /** Half width of the plain 95 % interval, for people. */
  half95: number;
  /** Standard deviation of one run that the intervals were taken with. */
  spread: number;
}

/** What a round tells: the effect, free of a linear drift, and a contrast with neither level, effect nor linear drift, of variance 20. */
function contrasts([a1, b1, b2, a2]: Round): { effect: number; residual: number } {
  return { effect: (b1 + b2 - a1 - a2) / 2, residual: a1 - a2 - 3 * (b1 - b2) };
}

/**
 * The answer of the rounds so far. The risks are divided evenly among the looks that may be taken (Bonferroni), so that stopping at the first answer
 * does not raise them. An effect that is surely below the least one is `not regressed` even where it is surely not zero.
 * @returns `cannot tell` where another round is wanted, or no more may be run
 */
export function confirm(rounds: readonly Round[], options: ConfirmOptions): Confirmed {
  const { leastEffect, degrees: known, comparisons = 1, riskOfAlarm: risk = riskOfAlarm } = options;
  const told = rounds.map(contrasts);
  const n = told.length;
  const effect = told.reduce((sum, one) => sum + one.effect, 0) / n;
  /* The effect of a round has the variance of one run, its residual 20 times that. */
  const squares =
    told.reduce((sum, one) => sum + (one.effect - effect) ** 2, 0) +
    told.reduce((sum, one) => sum + one.residual ** 2 / 20, 0);
  const degrees = known + 2 * n - 1;
  const spread = Math.sqrt((known * options.spread ** 2 + squares) / degrees);
  const halfAt = (risk: number) => (studentQuantile(risk, degrees) * spread) / Math.sqrt(n);
  const looks = options.rounds * comparisons;
  const half = halfAt(risk / looks);
  const halfWithin = halfAt((2 * riskOfMiss) / looks);
  const figures = { rounds: n, effect, half, halfWithin, half95: halfAt(0.05), spread };
  if (Math.abs(effect) + halfWithin < leastEffect) return { ...figures, verdict: 'not regressed' };
  if (Math.abs(effect) > half) return { ...figures, verdict: effect > 0 ? 'regressed' : 'improved' };
  return { ...figures, verdict: 'cannot tell' };
}

/** Runs rounds until there is an answer, or no more may be run. @param measure one round, with the images that were given to it */
export async function confirmBy(
  measure: (round: number) => Promise<Round>,
  options: ConfirmOptions,
): Promise<Confirmed> {
  const rounds: Round[] = [];
  for (;;) {
    rounds.push(await measure(rounds.length));
    const answer = confirm(rounds, options);
    if (answer.verdict !== 'cannot tell' || rounds.length >= options.rounds) return answer;
  }
}

/** Smallest effect that is looked for, relative. Assumed: below it nobody changes a product. */
export const leastRelativeEffect = 0.005;

/** The least effect of a series: half a per cent, or what two single runs differ by in one of twenty cases where that is more. */
export const leastEffectOf = (spread: number): number => Math.max(leastRelativeEffect, 1.96 * spread);
