import { normalOf } from './student.js';

/** Points that are looked back at most: some three months of nights. */
export const mostPoints = 90;
/** Points that a level must have before a step away from it is looked for. */
export const leastBefore = 5;

/** Differences below this share of the points are rounding of the arithmetic. */
const rounding = 1e-12;

/** What is known of a series besides its points. */
export interface Repeatability {
  /** Standard deviation of one point, in the points' unit; 0: not known. */
  floor: number;
  /** Residuals of earlier levels of the series: sum of squares and degrees of freedom. */
  squares: number;
  degrees: number;
}

export const unknownRepeatability: Repeatability = { floor: 0, squares: 0, degrees: 0 };

/** The best place for one step in a row of points. */
export interface Step {
  /** Index of the first point after the step. */
  at: number;
  /** Mean after minus mean before, in the points' unit. */
  size: number;
  /** Standard error of the size. */
  error: number;
  /** Standard deviation of one point that the error was taken with. */
  spread: number;
  /** Its degrees of freedom. */
  degrees: number;
  /** Size over error as a normal deviate: what the threshold is compared with. */
  deviate: number;
}

/**
 * Largest |t| over all places of one shift of the mean. The spread is pooled over both sides, with residuals that are known from earlier levels, and
 * never below the floor; a place near the end, with one point after it, is a place like any other.
 * @param points oldest first, in a unit in which equal steps are equal differences (logarithms for relative ones); the newest 90 count
 * @returns undefined for too few points
 */
export function largestStep(
  points: readonly number[],
  known: Repeatability = unknownRepeatability,
): Step | undefined {
  const skipped = Math.max(0, points.length - mostPoints);
  const n = points.length - skipped;
  const degrees = n - 2 + known.degrees;
  if (n <= leastBefore || degrees < 1) return undefined;
  let total = 0;
  for (let i = skipped; i < points.length; i++) total += points[i];
  const mean = total / n;
  let all = 0;
  for (let i = skipped; i < points.length; i++) all += (points[i] - mean) ** 2;
  /* Of all places, |t| is largest where the squares between the sides are: the spread within is what they leave of all. */
  let [sum, best, between] = [0, 0, 0];
  for (let k = 1; k < n; k++) {
    sum += points[skipped + k - 1];
    if (k < leastBefore) continue;
    const size = (total - sum) / (n - k) - sum / k;
    const squares = (size * size * k * (n - k)) / n;
    if (squares > between) [best, between] = [k, squares];
  }
  const weight = (best * (n - best)) / n;
  const before = points.slice(skipped, skipped + best).reduce((a, b) => a + b, 0);
  const size = (total - before) / (n - best) - before / best;
  /* Rounding leaves a little of equal points. */
  if (best === 0 || Math.abs(size) <= rounding * Math.max(1, Math.abs(mean))) return undefined;
  const estimate = Math.sqrt((Math.max(0, all - between) + known.squares) / degrees);
  const spread = Math.max(known.floor, estimate);
  const t = (size * Math.sqrt(weight)) / spread;
  return {
    at: skipped + best,
    size,
    error: spread / Math.sqrt(weight),
    spread,
    degrees,
    deviate: Number.isFinite(t) ? normalOf(t, degrees) : t,
  };
}

/**
 * What the levels of a series tell of its repeatability: residuals of each about its own mean.
 * @param levels points of each level, the newest levels last; the last 90 points count
 * @param floor known otherwise, e.g. from the instrument
 */
export function repeatabilityOf(levels: readonly (readonly number[])[], floor: number): Repeatability {
  let left = mostPoints;
  let [squares, degrees] = [0, 0];
  for (const level of [...levels].reverse()) {
    const points = level.slice(Math.max(0, level.length - left));
    left -= points.length;
    if (points.length < 2) continue;
    const mean = points.reduce((a, b) => a + b, 0) / points.length;
    squares += points.reduce((a, b) => a + (b - mean) ** 2, 0);
    degrees += points.length - 1;
  }
  return { floor, squares, degrees };
}
