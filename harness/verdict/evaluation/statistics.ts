import { quantileSorted } from 'simple-statistics';
import { student95 } from '../../measure/uncertainty.js';
import type { Interval } from './judge.js';

const z95 = 1.959963984540054;

/** Wilson score interval of a share, 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927). */
export function wilson95(correct: number, n: number): [number, number] {
  if (n === 0) return [0, 1];
  const p = correct / n;
  const z2 = z95 * z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * Difference of two paired shares with its 95 % half width (normal approximation on the discordant pairs, as in McNemar's
 * test).
 * @param better windows that only the candidate got right
 * @param worse windows that only the baseline got right
 */
export function pairedDifference95(
  better: number,
  worse: number,
  n: number,
): { value: number; half: number } {
  const value = (better - worse) / n;
  const variance = (better + worse - (better - worse) ** 2 / n) / n ** 2;
  return { value, half: z95 * Math.sqrt(Math.max(0, variance)) };
}

/** One person's windows: the sum of what is averaged over them, and their number. */
export interface PersonSum {
  sum: number;
  n: number;
}

/** Fewest people that a spread over people is taken from. */
const fewestPeople = 5;

/**
 * 95 % interval of a mean over windows with people as the unit, since windows of one person are not independent: the ratio estimator's
 * standard error over clusters (Cochran, "Sampling Techniques", section 9A.1) with Student's t of G - 1 degrees of freedom, which
 * a bootstrap of a handful of people is too narrow for.
 * @returns null for fewer than five people
 */
export function peopleInterval95(people: readonly PersonSum[]): Interval | null {
  const groups = people.filter(({ n }) => n > 0);
  if (groups.length < fewestPeople) return null;
  const n = groups.reduce((total, person) => total + person.n, 0);
  const value = groups.reduce((total, person) => total + person.sum, 0) / n;
  const squares = groups.reduce((total, person) => total + (person.sum - value * person.n) ** 2, 0);
  const standard = Math.sqrt((squares * groups.length) / (groups.length - 1)) / n;
  const half = student95(groups.length - 1) * standard;
  return { value, low: value - half, high: value + half };
}

/** The interval that reaches at least as far as both: none of the two is known to be the honest one. */
export function envelope(a: Interval, b: Interval | null): Interval {
  return b === null ? a : { value: a.value, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** Mean, median, 99th percentile and maximum; zeros for no values. */
export function summarise(values: ArrayLike<number>): {
  mean: number;
  p50: number;
  p99: number;
  max: number;
} {
  if (values.length === 0) return { mean: 0, p50: 0, p99: 0, max: 0 };
  const sorted = Float64Array.from(values).sort();
  const list = Array.from(sorted);
  return {
    mean: sorted.reduce((a, b) => a + b, 0) / sorted.length,
    p50: quantileSorted(list, 0.5),
    p99: quantileSorted(list, 0.99),
    max: sorted[sorted.length - 1],
  };
}
