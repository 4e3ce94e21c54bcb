import { quantileSorted } from 'simple-statistics';
import { Random } from '../../data/random.js';

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

/**
 * 95 % percentile-bootstrap interval of accuracy with people as the unit: windows of one person are not independent.
 * @returns null for fewer than five people
 */
export function bootstrapPeople95(
  perPerson: readonly { correct: number; n: number }[],
  seed = 1,
): [number, number] | null {
  if (perPerson.length < 5) return null;
  const random = new Random(seed);
  const shares = Array.from({ length: 2000 }, () => {
    let correct = 0;
    let n = 0;
    for (let i = 0; i < perPerson.length; i++) {
      const person = perPerson[random.integer(0, perPerson.length - 1)];
      correct += person.correct;
      n += person.n;
    }
    return correct / n;
  }).sort((a, b) => a - b);
  return [quantileSorted(shares, 0.025), quantileSorted(shares, 0.975)];
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
