import type { Stretch } from './stretch.js';

/** An outer edge of a window as the meter's samples have it, before the sleeping power of the whole block is known. */
export interface EdgeSamples {
  /** Energy and time from the last sleeping samples into the window: the sample with the marker edge and the window's nearest to it included. */
  joules: number;
  seconds: number;
  /** Number of these samples, and the power of the one farthest from the window, which should be asleep. */
  count: number;
  farthest: number;
  /** Length of the sample: the marker edge lies in it. */
  period: number;
  /** Power of the window behind the nearest sample, watts, and the squared differences of the samples that it is the mean of. */
  watts: number;
  roughness: { squares: number; count: number };
  side: 'opening' | 'closing';
  /** Power of the sample with the edge and of the window's nearest to it, watts, and the time of the latter, seconds. */
  straddling: number;
  nearest: number;
  nearestSeconds: number;
  /** Marker state of the window at this edge. */
  state: number;
  /** What of the sample was counted into the window so far. */
  insideJoules: number;
  insideSeconds: number;
}

/**
 * An edge placed by the current. The core wakes a moment before the marker rises and falls asleep a moment after it falls,
 * always by the same instructions, so the step of the current lies at a constant distance from the marker edge.
 */
export interface OuterEdge extends EdgeSamples {
  /** Where the current steps, seconds from the beginning of the sample, taking all that lies between sleep and the window as if it had the window's power. */
  step: number;
  /** Standard uncertainty of `step` for noise of 1 W in each sample. */
  secondsPerWatt: number;
}

/** Samples of the window that an edge needs at least: below, its power is not known there. */
const leastLevelSamples = 2;
/** Samples of the window beside an edge that differ by this share of the step are no level: something rushes in, lags or oscillates. */
const levelShare = 0.25;
/** A sample this close to the sleeping power, as a share of the step, is asleep. */
const quietShare = 0.05;
/** Edges that tell an offset. */
const fewestEdges = 6;
/** Standard deviations by which noise may make two edges contradict each other. */
const contradiction = 8;
/** Share of a sample that rounding may make them contradict each other by. */
const rounding = 1e-9;
/** Points at which the density of the offset is computed, and how far beyond what the edges allow, standard deviations of noise. */
const densityPoints = 401;
const densityReach = 6;

type Level = Pick<OuterEdge, 'watts' | 'roughness' | 'nearest'>;

/** The nearest of samples that follow each other, outwards in, and of the others the mean and the sum of the squares of their differences. */
function levelOf([nearest, ...samples]: readonly number[]): Level {
  let sum = 0;
  let squares = 0;
  samples.forEach((watts, i) => {
    sum += watts;
    if (i > 0) squares += (watts - samples[i - 1]) ** 2;
  });
  return {
    watts: sum / samples.length,
    roughness: { squares, count: samples.length - 1 },
    nearest,
  };
}

/** Samples of a ring in the order in which they came. */
const inOrder = (ring: Float64Array, next: number): number[] =>
  Array.from(ring, (_, i) => ring[(next + i) % ring.length]);

/** The edge from an idle stretch into a window; undefined where the samples do not tell. */
export function openingEdge(idle: Stretch, active: Stretch): EdgeSamples | undefined {
  const { recentSeconds } = idle;
  const before = inOrder(idle.recentWatts, idle.clean % idle.recentWatts.length);
  if (idle.clean <= before.length || recentSeconds.includes(0)) return undefined;
  if (active.head.watts.length < leastLevelSamples) return undefined;
  const { joules, seconds, joulesBefore, secondsBefore } = active.opening;
  if (seconds === 0 || idle.bridgedSeconds > 0) return undefined;
  return {
    joules: before.reduce(
      (sum, watts) => sum + watts * recentSeconds[0],
      joules + active.head.watts[0] * active.head.seconds,
    ),
    seconds: before.length * recentSeconds[0] + seconds + active.head.seconds,
    count: before.length + 2,
    straddling: joules / seconds,
    nearestSeconds: active.head.seconds,
    farthest: before[0],
    period: seconds,
    ...levelOf(active.head.watts),
    side: 'opening',
    state: active.state,
    insideJoules: joules - joulesBefore,
    insideSeconds: seconds - secondsBefore,
  };
}

/** The edge from a window into an idle stretch; undefined where the samples do not tell. */
export function closingEdge(active: Stretch, idle: Stretch): EdgeSamples | undefined {
  const { head } = idle;
  const ring = active.recentWatts.length;
  const known = Math.min(active.clean, ring);
  if (known < leastLevelSamples || head.watts.length < ring) return undefined;
  const last = inOrder(active.recentWatts, active.clean % ring).slice(ring - known);
  const lengths = inOrder(active.recentSeconds, active.clean % ring).slice(ring - known);
  if (lengths.includes(0)) return undefined;
  const nearestSeconds = lengths[lengths.length - 1];
  const { joules, seconds, joulesBefore, secondsBefore } = idle.opening;
  if (seconds === 0 || idle.bridgedSeconds > 0) return undefined;
  return {
    joules: head.watts.reduce(
      (sum, watts) => sum + watts * head.seconds,
      joules + last[last.length - 1] * nearestSeconds,
    ),
    seconds: head.watts.length * head.seconds + seconds + nearestSeconds,
    count: head.watts.length + 2,
    straddling: joules / seconds,
    nearestSeconds,
    farthest: head.watts[head.watts.length - 1],
    period: seconds,
    ...levelOf(last.toReversed()),
    side: 'closing',
    state: active.state,
    insideJoules: joulesBefore,
    insideSeconds: secondsBefore,
  };
}

/** Sleeping power of a block, watts: the median of the samples farthest from the edges; NaN without edges. */
export function sleepingWatts(edges: readonly EdgeSamples[]): number {
  const sorted = Float64Array.from(edges, edge => edge.farthest).sort();
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1];
}

/** Places the step of the current; undefined where the core was not asleep just outside, the step is none, or its top is not level. */
export function placeStep(edge: EdgeSamples, sleeping: number): OuterEdge | undefined {
  const height = edge.watts - sleeping;
  if (!(height > 0 && Math.abs(edge.farthest - sleeping) <= quietShare * height)) return undefined;
  const { squares, count } = edge.roughness;
  if (count > 0 && Math.sqrt(squares / count) > levelShare * height) return undefined;
  if (Math.max(edge.straddling, edge.nearest) - sleeping > (1 + levelShare) * height) return undefined;
  const awake = (edge.joules - sleeping * edge.seconds) / height - edge.nearestSeconds;
  return {
    ...edge,
    step: edge.side === 'opening' ? edge.period - awake : awake,
    secondsPerWatt: (edge.period * Math.sqrt(edge.count)) / height,
  };
}

export interface EdgeOffset {
  /** Marker edge minus current step, seconds. */
  seconds: number;
  /** Its standard uncertainty, the same for every edge of the block. */
  sigma: number;
  /** Standard uncertainty of one edge's step, seconds. */
  stepSigma: number;
}

/** Standard deviation of one sample's power inside windows, watts: half the mean square of successive differences (von Neumann). */
function noiseWatts(edges: readonly OuterEdge[]): number {
  let squares = 0;
  let count = 0;
  for (const { roughness } of edges) {
    squares += roughness.squares;
    count += roughness.count;
  }
  return count === 0 ? 0 : Math.sqrt(squares / (2 * count));
}

/** Logarithm of the normal distribution function, by its tail series below -5 (Abramowitz and Stegun 26.2.12). */
function logNormal(z: number): number {
  if (z > 8) return 0;
  if (z < -5) return -0.5 * z * z - Math.log(-z * Math.sqrt(2 * Math.PI)) + Math.log1p(-1 / (z * z));
  return Math.log(normalShare(z));
}

/** Normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? 1 - upper : upper;
}

/** Mean and standard deviation of what edges with noise leave of the offset: the product of each one's blurred interval. */
function blurredOffset(edges: readonly OuterEdge[], low: number, high: number, sigma: number) {
  const from = Math.min(low, high) - densityReach * sigma;
  const to = Math.max(low, high) + densityReach * sigma;
  const near = edges.filter(
    edge => -edge.step >= from - densityReach * sigma || edge.period - edge.step <= to + densityReach * sigma,
  );
  const logs = Float64Array.from({ length: densityPoints }, (_, i) => {
    const at = from + (i * (to - from)) / (densityPoints - 1);
    return near.reduce(
      (sum, edge) =>
        sum + logNormal((at + edge.step) / sigma) + logNormal((edge.period - edge.step - at) / sigma),
      0,
    );
  });
  const peak = logs.reduce((a, b) => Math.max(a, b));
  let weight = 0;
  let first = 0;
  let second = 0;
  logs.forEach((log, i) => {
    const density = Math.exp(log - peak);
    const x = (i * (to - from)) / (densityPoints - 1);
    weight += density;
    first += density * x;
    second += density * x * x;
  });
  const mean = first / weight;
  return { seconds: from + mean, sigma: Math.sqrt(Math.max(0, second / weight - mean * mean)) };
}

/**
 * The constant distance b of the marker edge from the current step, like a vernier: sampling and computing are not
 * synchronised, every edge says -step <= b <= period - step, and what all of them leave is narrower than a sample by their number.
 * The result is the mean of what is left, with its standard deviation; noise of the steps blurs each edge's interval. Where nothing
 * is left the distance is not constant: then it is the mean of the edges' middles, each uniform over its sample.
 * @returns undefined for fewer than six edges
 */
export function edgeOffset(edges: readonly OuterEdge[]): EdgeOffset | undefined {
  const count = edges.length;
  if (count < fewestEdges) return undefined;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let scale = 0;
  let middles = 0;
  let variance = 0;
  for (const edge of edges) {
    low = Math.max(low, -edge.step);
    high = Math.min(high, edge.period - edge.step);
    scale = Math.max(scale, edge.secondsPerWatt);
    middles += edge.period / 2 - edge.step;
    variance += edge.period ** 2 / 12;
  }
  const stepSigma = scale * noiseWatts(edges);
  if (high - low < -contradiction * stepSigma - rounding * edges[0].period)
    return { seconds: middles / count, sigma: Math.sqrt(variance) / count, stepSigma };
  if (stepSigma > rounding * edges[0].period)
    return { ...blurredOffset(edges, low, high, stepSigma), stepSigma };
  return { seconds: (low + high) / 2, sigma: Math.max(0, high - low) / Math.sqrt(12), stepSigma };
}

/**
 * What of the edge's sample belongs to the window, once the offset is known, less what was counted before; and how long the current was up outside the
 * window, at the window's power (negative: it was not yet, or no longer, up inside).
 */
export function correctEdge(
  edge: OuterEdge,
  offset: EdgeOffset,
): { joules: number; seconds: number; outsideSeconds: number } {
  const marker = Math.min(edge.period, Math.max(0, edge.step + offset.seconds));
  const inside = edge.side === 'opening' ? edge.period - marker : marker;
  return {
    joules: inside * edge.watts - edge.insideJoules,
    seconds: inside - edge.insideSeconds,
    outsideSeconds: edge.side === 'opening' ? marker - edge.step : edge.step - marker,
  };
}
