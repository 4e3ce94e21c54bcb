/** Entries kept of one idle stretch; above it neighbours are joined two by two. */
const maxEntries = 2048;
/** Groups that a settled stretch is cut into for the spread of its mean (batch means). */
const groupCount = 32;
/** Share of a stretch after its opening edge, and before its closing edge, that is not counted as settled. */
const headShare = 0.2;
const tailShare = 0.02;

/** One long idle stretch once the current has settled. */
export interface SettledStretch {
  /** Mean power of the settled part, watts, and its duration, seconds. */
  watts: number;
  seconds: number;
  /** Mean power of consecutive groups of equal duration, watts. */
  groups: number[];
  /** Energy above the settled power just after the opening edge, and just before the closing one, joules. */
  headJoules: number;
  tailJoules: number;
  /** Durations of those two parts, seconds. */
  headSeconds: number;
  tailSeconds: number;
}

/** The course of the power over one idle stretch, at a resolution that halves as it grows: memory is bounded. */
export class IdleProfile {
  #joules: number[] = [];
  #seconds: number[] = [];
  /** Samples that one entry joins, and those in the open entry. */
  #join = 1;
  #filled = 0;
  #total = 0;

  /** Duration so far, seconds. */
  get seconds(): number {
    return this.#total;
  }

  add(watts: number, seconds: number): void {
    this.#total += seconds;
    if (this.#filled === 0) {
      this.#joules.push(watts * seconds);
      this.#seconds.push(seconds);
    } else {
      const last = this.#joules.length - 1;
      this.#joules[last] += watts * seconds;
      this.#seconds[last] += seconds;
    }
    this.#filled = (this.#filled + 1) % this.#join;
    if (this.#filled === 0 && this.#joules.length >= maxEntries) this.#halve();
  }

  /**
   * The stretch without what follows the edge before it and what precedes the edge after it; undefined for an empty one.
   * @param limit no more of it than this, at one of its ends
   */
  settle(limit?: { seconds: number; at: 'start' | 'end' }): SettledStretch | undefined {
    const length = Math.min(this.#total, limit?.seconds ?? this.#total);
    const begin = limit?.at === 'end' ? this.#total - length : 0;
    const end = begin + length;
    const from = begin + headShare * length;
    const to = end - tailShare * length;
    if (!(to > from)) return undefined;
    const [joules, seconds] = this.#within(from, to);
    const watts = joules / seconds;
    const [head, headSeconds] = this.#within(begin, from);
    const [tail, tailSeconds] = this.#within(to, end);
    return {
      watts,
      seconds,
      groups: this.#groups(from, to),
      headJoules: head - watts * headSeconds,
      tailJoules: tail - watts * tailSeconds,
      headSeconds,
      tailSeconds,
    };
  }

  #halve(): void {
    const half = (values: number[]) =>
      Array.from({ length: values.length / 2 }, (_, i) => values[2 * i] + values[2 * i + 1]);
    this.#joules = half(this.#joules);
    this.#seconds = half(this.#seconds);
    this.#join *= 2;
  }

  /** Energy and time between two times; an entry that lies across one is shared out by time. */
  #within(from: number, to: number): [joules: number, seconds: number] {
    let joules = 0;
    let seconds = 0;
    let start = 0;
    this.#seconds.forEach((length, i) => {
      const overlap = Math.min(to, start + length) - Math.max(from, start);
      if (overlap > 0) {
        joules += (this.#joules[i] * overlap) / length;
        seconds += overlap;
      }
      start += length;
    });
    return [joules, seconds];
  }

  #groups(from: number, to: number): number[] {
    const count = Math.min(groupCount, this.#seconds.length);
    const length = (to - from) / count;
    return Array.from({ length: count }, (_, g) => {
      const [joules, seconds] = this.#within(from + g * length, from + (g + 1) * length);
      return joules / seconds;
    });
  }
}

/** Mean of several settled stretches with its type A uncertainty. */
export interface SettledMean {
  watts: number;
  /** Standard uncertainty of the mean by its spread, watts, and its degrees of freedom. */
  sigma: number;
  degrees: number;
  seconds: number;
}

/**
 * Mean power of settled stretches, weighted by time. The spread is that of the groups within each stretch (batch means); what
 * neighbouring groups have in common widens it by sqrt((1 + r) / (1 - r)), r their lag-1 correlation, as for an AR(1) process.
 */
export function settledMean(stretches: readonly SettledStretch[]): SettledMean | undefined {
  const seconds = stretches.reduce((sum, stretch) => sum + stretch.seconds, 0);
  if (seconds === 0) return undefined;
  const watts = stretches.reduce((sum, stretch) => sum + stretch.watts * stretch.seconds, 0) / seconds;
  let variance = 0;
  let degrees = 0;
  for (const { groups, seconds: own } of stretches) {
    const spread = groupSpread(groups);
    variance += (spread.sigma * (own / seconds)) ** 2;
    degrees += spread.degrees;
  }
  return { watts, sigma: Math.sqrt(variance), degrees: Math.max(1, degrees), seconds };
}

/** Fewest groups that a correlation is estimated from. */
const leastForCorrelation = 8;
/** A correlation near 1 would say that nothing was learnt from more than one group. */
const largestCorrelation = 0.95;

function groupSpread(groups: readonly number[]): { sigma: number; degrees: number } {
  const n = groups.length;
  if (n < 2) return { sigma: 0, degrees: 0 };
  const mean = groups.reduce((a, b) => a + b, 0) / n;
  const deviations = groups.map(value => value - mean);
  const squares = deviations.reduce((sum, d) => sum + d * d, 0);
  if (squares === 0) return { sigma: 0, degrees: n - 1 };
  const products = deviations.slice(1).reduce((sum, d, i) => sum + d * deviations[i], 0);
  // The estimate is low by about (1 + 3 r) / n: corrected, since a narrow interval is the worse error.
  const raw = products / squares + 1 / n;
  const r = n < leastForCorrelation ? 0 : Math.min(largestCorrelation, Math.max(0, raw));
  const effective = Math.max(2, (n * (1 - r)) / (1 + r));
  return { sigma: Math.sqrt(squares / (n - 1) / effective), degrees: effective - 1 };
}

/**
 * Noise of the energy of a part of an idle stretch, joules: that of white noise over its duration with the doubt of the power that was
 * taken off, or, where the current wanders or hums more slowly than the part lasts, the spread of groups of that length.
 */
export function partSigma({ groups, seconds }: SettledStretch, meanSigma: number, duration: number): number {
  const white = meanSigma * Math.sqrt(duration * (seconds + duration));
  if (groups.length < 2) return white;
  const mean = groups.reduce((a, b) => a + b, 0) / groups.length;
  const squares = groups.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const length = seconds / groups.length;
  const slow =
    Math.sqrt(squares / (groups.length - 1)) * duration * Math.min(1, Math.sqrt(length / duration));
  return Math.max(white, slow);
}
