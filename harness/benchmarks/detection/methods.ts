import { normalOf, normalQuantile } from '../../verdict/regression/student.js';
import type { Alarm, Watch } from './night-watch.js';

/** What others do, written from their descriptions, to be compared with. Each looks at every night and names a change once. */

/** More than 3 % above the mean of the 20 nights before. */
export class FixedShare implements Watch {
  private readonly points: number[] = [];
  private quietUntil = 0;
  night(point: number, night: number): Alarm | undefined {
    this.points.push(point);
    const before = this.points.slice(-21, -1);
    if (before.length < 20 || night < this.quietUntil) return undefined;
    const mean = before.reduce((a, b) => a + b, 0) / before.length;
    if (point - mean <= Math.log(1.03)) return undefined;
    this.quietUntil = night + 20;
    return { night, at: night };
  }
}

/** Mann-Whitney's U of the newest 5 nights against the 20 before them, normal approximation, two-sided p < 0.01. */
export class MannWhitney implements Watch {
  private readonly points: number[] = [];
  private quietUntil = 0;
  private readonly limit = -normalQuantile(0.01 / 2);
  night(point: number, night: number): Alarm | undefined {
    this.points.push(point);
    if (this.points.length < 25 || night < this.quietUntil) return undefined;
    const before = this.points.slice(-25, -5);
    const after = this.points.slice(-5);
    let u = 0;
    for (const a of after) for (const b of before) u += a > b ? 1 : a === b ? 0.5 : 0;
    const z = (u - 50) / Math.sqrt((5 * 20 * 26) / 12);
    if (z <= this.limit) return undefined;
    this.quietUntil = night + 5;
    return { night, at: night - 4 };
  }
}

/** Welch-free two-sample t with uncorrected standard deviations, as a normal deviate. */
function tOf(left: readonly number[], right: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [a, b] = [mean(left), mean(right)];
  const [n, m] = [left.length, right.length];
  if (n + m < 3) return 0;
  const variance = (values: readonly number[], of: number) =>
    values.reduce((sum, value) => sum + (value - of) ** 2, 0) / values.length;
  const pooled = ((n - 1) * variance(left, a) + (m - 1) * variance(right, b)) / (n + m - 2);
  if (pooled <= 0) return a === b ? 0 : 99;
  return normalOf((b - a) / Math.sqrt(pooled * (1 / n + 1 / m)), n + m - 2);
}

/** The place at which the energy statistic of two neighbouring pieces is largest (Matteson and James, J. Am. Stat. Assoc. 109, 2014). */
function divide(points: readonly number[], start: number, end: number): number {
  const n = end - start;
  const distance = (i: number, j: number) => Math.abs(points[start + i] - points[start + j]);
  let [best, place] = [Number.NEGATIVE_INFINITY, start];
  for (let cut = 1; cut < n; cut++) {
    let left = 0;
    for (let i = 0; i < cut; i++) for (let j = i + 1; j < cut; j++) left += distance(i, j);
    let [across, right] = [0, 0];
    for (let last = cut + 1; last <= n; last++) {
      const j = last - 1;
      for (let i = 0; i < cut; i++) across += distance(i, j);
      for (let i = cut; i < j; i++) right += distance(i, j);
      const m = last - cut;
      const q =
        (2 / last) * across -
        (cut > 1 ? ((2 * m) / last / (cut - 1)) * left : 0) -
        (m > 1 ? ((2 * cut) / last / (m - 1)) * right : 0);
      if (q > best) [best, place] = [q, start + cut];
    }
  }
  return place;
}

/**
 * E-divisive with Student's t (Fleming et al., "Hunter", ICPE 2023, as Apache Otava does): windows are divided while a division is significant at ten times
 * p, then the weakest are merged until all are at p. Every night anew; a change is an alarm the first time that one is found near it.
 */
export class Divisive implements Watch {
  private readonly points: number[] = [];
  private readonly named: number[] = [];
  constructor(
    private readonly p = 0.001,
    private readonly window = 50,
  ) {}

  private split(start: number, end: number, limit: number, found: number[]): void {
    if (end - start < 2) return;
    const at = divide(this.points, start, end);
    if (at <= start || Math.abs(tOf(this.points.slice(start, at), this.points.slice(at, end))) <= limit)
      return;
    found.push(at);
    this.split(start, at, limit, found);
    this.split(at, end, limit, found);
  }

  night(point: number, night: number): Alarm | undefined {
    this.points.push(point);
    const start = Math.max(0, this.points.length - this.window);
    const found: number[] = [];
    this.split(start, this.points.length, -normalQuantile((10 * this.p) / 2), found);
    found.sort((a, b) => a - b);
    const limit = -normalQuantile(this.p / 2);
    for (;;) {
      const edges = [start, ...found, this.points.length];
      const deviates = found.map((at, i) =>
        tOf(this.points.slice(edges[i], at), this.points.slice(at, edges[i + 2])),
      );
      const weakest = deviates.reduce((w, z, i) => (Math.abs(z) < Math.abs(deviates[w]) ? i : w), 0);
      if (found.length === 0 || Math.abs(deviates[weakest]) > limit) {
        const fresh = found.find(
          (at, i) => deviates[i] > 0 && !this.named.some(known => Math.abs(known - at) <= 5),
        );
        if (fresh === undefined) return undefined;
        this.named.push(fresh);
        return { night, at: fresh };
      }
      found.splice(weakest, 1);
    }
  }
}
