import { leastEffectOf } from './confirm.js';
import { leastBefore, mostPoints, type Repeatability } from './step.js';
import { normalOf, normalTail } from './student.js';
import { marginBefore, type Suspicion } from './suspect.js';

/** Step that is to be named in the night in which it comes, or the next, relative. Assumed: what a product's owner wants to hear of at once. */
export const wantedStep = 0.01;

/** Nights of a step in which it may be suspected. */
const nights = 2;
/** Deviates by which the mean of two nights is to pass the threshold: 97 of 100 such steps. Assumed. */
const surety = 1.9;
/** Lowest threshold: pure noise passes it in a sixth of all nights. Assumed. */
const lowest = 1;
/** Where less than this were needed, nights tell too little of the wanted step. Assumed; at 1 % a spread of 0.6 %. */
const hopeless = 0.4;
/** Alarms by chance in a series-night, at most: half of one in 100,000, and both directions. */
const falseConfirmations = 1e-5;
/** Chance of a false difference in one confirmation at most, however rarely it is asked for. */
const largestRisk = 5e-4;

export interface EarlyOptions {
  /** Threshold of the fleet (`thresholdOf`): where that finds the wanted step soon enough, nothing more is asked. */
  fleet: number;
  /** Index of the first point whose image may be to blame: those before were confirmed to need no more. */
  from: number;
  /** Relative; default {@link wantedStep}. */
  wanted?: number;
}

export interface EarlySuspicion extends Suspicion {
  threshold: number;
  /** Chance of a false difference that its confirmation may take: the oftener pure noise is suspected, the less. */
  riskOfAlarm: number;
}

/**
 * Threshold that the wanted step passes in one of its first two nights; undefined where the fleet's does it, or none can.
 * @param spread of a night, relative @param before points that the level has
 */
export function earlyThreshold(
  spread: number,
  before: number,
  fleet: number,
  wanted = wantedStep,
): number | undefined {
  const needed = Math.log1p(wanted) / (spread * Math.sqrt(1 / nights + 1 / before)) - surety;
  return needed >= fleet || needed < hopeless ? undefined : Math.max(lowest, needed);
}

/**
 * Looks whether the newest night, or the newest two together, lie above the level by what the wanted step would show. Only the side of more: what needs
 * less may wait until it is clear. It is asked beside `suspect`, whose steps of any age and direction come first.
 */
export function suspectEarly(
  level: readonly number[],
  known: Repeatability,
  { fleet, from, wanted }: EarlyOptions,
): EarlySuspicion | undefined {
  const before = Math.min(mostPoints, level.length - nights);
  if (before < leastBefore) return undefined;
  const quiet = level.slice(level.length - nights - before, level.length - nights);
  const mean = quiet.reduce((sum, one) => sum + one, 0) / before;
  const squares = quiet.reduce((sum, one) => sum + (one - mean) ** 2, known.squares);
  const degrees = before - 1 + known.degrees;
  const spread = Math.max(known.floor, Math.sqrt(squares / degrees));
  const threshold = earlyThreshold(spread, before, fleet, wanted);
  if (threshold === undefined) return undefined;
  let found: EarlySuspicion | undefined;
  let sum = 0;
  for (let n = 1; n <= nights; n++) {
    const at = level.length - n;
    sum += level[at];
    const size = sum / n - mean;
    const error = spread * Math.sqrt(1 / n + 1 / before);
    const deviate = normalOf(size / error, degrees);
    if (at < from || deviate <= (found?.step.deviate ?? threshold)) continue;
    found = {
      step: { at, size, error, spread, degrees, deviate },
      leastEffect: leastEffectOf(spread),
      before: Math.max(0, at - 1 - marginBefore),
      after: level.length - 1,
      threshold,
      riskOfAlarm: Math.min(largestRisk, falseConfirmations / (nights * normalTail(threshold))),
    };
  }
  return found;
}

/**
 * How a suspicion of a series is confirmed. Confirming runs may spread more than the nights let expect, so that these are believed little, and own
 * rounds tell (`npm run bench:detection`, the row in which they spread twice as much).
 */
export interface Confirming {
  /** Rounds of A B B A at most. */
  rounds: number;
  riskOfAlarm: number;
}

/** Of steps that `suspect` finds. */
export const confirmingStep: Confirming = { rounds: 8, riskOfAlarm: largestRisk };
/** Rounds at most for early suspicions: the risk that they may take is small. */
export const mostEarlyRounds = 12;
/** Degrees of freedom that the spread of the series' nights is believed with, at most. Fitted by the same study. */
export const mostBelieved = 8;
