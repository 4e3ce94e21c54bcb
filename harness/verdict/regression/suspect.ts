import { leastEffectOf } from './confirm.js';
import { largestStep, type Repeatability, repeatabilityOf, type Step } from './step.js';

/**
 * Standard deviation that one night's point has at least, relative. Assumed: a tenth of a per cent is what temperature alone moves a board by; a few
 * equal points must not make a series look as if it repeated itself exactly.
 */
export const leastSpread = 0.0005;

/** How far before the place of a step the image lies that is compared, points: the place itself may be late by some. */
export const marginBefore = 3;

export interface Suspicion {
  step: Step;
  /** Smallest effect that matters in this series. */
  leastEffect: number;
  /** Indices in the current level: the point whose image is `before`, and the newest. */
  before: number;
  after: number;
}

/**
 * Looks for a step within the current level of a series.
 * @param level logarithms of the figures since the last change that was accepted or explained, oldest first
 * @param known of the levels before (`repeatabilityOf`)
 * @param threshold normal deviate (`thresholdOf`)
 */
export function suspect(
  level: readonly number[],
  known: Repeatability,
  threshold: number,
): Suspicion | undefined {
  const step = largestStep(level, known);
  if (step === undefined || Math.abs(step.deviate) <= threshold) return undefined;
  const leastEffect = leastEffectOf(step.spread);
  /* Surely too small to matter: not worth a bench's time. */
  if (Math.abs(step.size) + 2 * step.error < leastEffect) return undefined;
  return {
    step,
    leastEffect,
    before: Math.max(0, step.at - 1 - marginBefore),
    after: level.length - 1,
  };
}

/** {@link repeatabilityOf} with the least spread of a night's point as floor. */
export const knownOf = (levels: readonly (readonly number[])[]): Repeatability =>
  repeatabilityOf(levels, leastSpread);
