import type { Stretch } from './stretch.js';

/**
 * An outer edge of a window as the current shows it. The core wakes a moment before the marker rises and falls asleep a
 * moment after it falls, always by the same instructions, so the step of the current lies at a constant distance from the marker
 * edge. Times are in seconds from the beginning of the sample that holds the marker edge.
 */
export interface OuterEdge {
  /** Where the current steps, taking all that lies between sleep and the window as if it had the window's own power. */
  step: number;
  /** Length of the sample: the marker edge lies in it. */
  period: number;
  /** Standard uncertainty of `step` for noise of 1 W in each sample. */
  secondsPerWatt: number;
  /** Power of the window at this edge, watts, and the squared differences of the samples that it is the mean of. */
  watts: number;
  roughness: { squares: number; count: number };
  /** Marker state of the window at this edge. */
  state: number;
  /** What of the sample was counted into the window so far. */
  insideJoules: number;
  insideSeconds: number;
}

/** A sample this close to the quiet level, as a share of the step, is quiet. */
const quietShare = 0.02;
/** Edges that tell an offset. */
const fewestEdges = 6;
/** Standard deviations by which noise may make two edges contradict each other. */
const contradiction = 8;
/** Share of a sample that rounding may make them contradict each other by. */
const rounding = 1e-9;

interface Side {
  joules: number;
  seconds: number;
  /** The sample farthest from the window: it must be quiet. */
  farthest: number;
}

type Level = Pick<OuterEdge, 'watts' | 'roughness'>;

/** Mean of samples that follow each other, and the sum of the squares of their differences. */
function levelOf(samples: readonly number[]): Level {
  let sum = 0;
  let squares = 0;
  samples.forEach((watts, i) => {
    sum += watts;
    if (i > 0) squares += (watts - samples[i - 1]) ** 2;
  });
  return { watts: sum / samples.length, roughness: { squares, count: samples.length - 1 } };
}

/** Samples of a ring in the order in which they came. */
const inOrder = (ring: Float64Array, next: number): number[] =>
  Array.from(ring, (_, i) => ring[(next + i) % ring.length]);

/** What lies between sleep and a window: on the idle stretch's side of the edge. */
function outerEdge(
  idle: Stretch,
  side: Side,
  sample: { joules: number; seconds: number },
  level: Level,
): Omit<OuterEdge, 'state' | 'insideJoules' | 'insideSeconds'> | undefined {
  const quiet = idle.quiet.watts;
  const height = level.watts - quiet;
  if (sample.seconds === 0 || idle.bridgedSeconds > 0 || !(height > 0) || !Number.isFinite(quiet))
    return undefined;
  if (!(Math.abs(side.farthest - quiet) <= quietShare * height)) return undefined;
  const excess = side.joules - quiet * side.seconds + sample.joules - quiet * sample.seconds;
  const samples = idle.recentWatts.length + 1;
  return {
    step: excess / height,
    period: sample.seconds,
    secondsPerWatt: (sample.seconds * Math.sqrt(samples)) / height,
    ...level,
  };
}

/** The edge from an idle stretch into a window; undefined where the samples do not tell. */
export function openingEdge(idle: Stretch, active: Stretch): OuterEdge | undefined {
  const { recentSeconds } = idle;
  const before = inOrder(idle.recentWatts, idle.clean % idle.recentWatts.length);
  if (idle.clean <= before.length || recentSeconds.includes(0) || active.head.watts.length < before.length)
    return undefined;
  const { joules, seconds, joulesBefore, secondsBefore } = active.opening;
  const side = {
    joules: before.reduce((sum, watts) => sum + watts * recentSeconds[0], 0),
    seconds: before.length * recentSeconds[0],
    farthest: before[0],
  };
  const edge = outerEdge(idle, side, { joules, seconds }, levelOf(active.head.watts));
  if (edge === undefined) return undefined;
  return {
    ...edge,
    step: seconds - edge.step,
    state: active.state,
    insideJoules: joules - joulesBefore,
    insideSeconds: seconds - secondsBefore,
  };
}

/** The edge from a window into an idle stretch; undefined where the samples do not tell. */
export function closingEdge(active: Stretch, idle: Stretch): OuterEdge | undefined {
  const { head } = idle;
  const last = inOrder(active.recentWatts, active.clean % active.recentWatts.length);
  if (active.clean < last.length || active.recentSeconds.includes(0) || head.watts.length < last.length)
    return undefined;
  const { joules, seconds, joulesBefore, secondsBefore } = idle.opening;
  const side = {
    joules: head.watts.reduce((sum, watts) => sum + watts * head.seconds, 0),
    seconds: head.watts.length * head.seconds,
    farthest: head.watts[head.watts.length - 1],
  };
  const edge = outerEdge(idle, side, { joules, seconds }, levelOf(last));
  if (edge === undefined) return undefined;
  return { ...edge, state: active.state, insideJoules: joulesBefore, insideSeconds: secondsBefore };
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

/**
 * The constant distance b of the marker edge from the current step, like a vernier: sampling and computing are not
 * synchronised, every edge says -step <= b <= period - step, and what all of them leave is narrower than a sample by their number.
 * The result is the middle of what is left, with the sigma of a uniform distribution. Where nothing is left the distance is not
 * constant: then it is the mean of the edges' middles, each uniform over its sample.
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
  if (high - low >= -contradiction * stepSigma - rounding * edges[0].period) {
    const sigma = Math.hypot(Math.max(0, high - low) / Math.sqrt(12), stepSigma);
    return { seconds: (low + high) / 2, sigma, stepSigma };
  }
  return { seconds: middles / count, sigma: Math.sqrt(variance) / count, stepSigma };
}

/** What of the edge's sample belongs to the window, once the offset is known, less what was counted before. */
export function correctEdge(
  edge: OuterEdge,
  offset: EdgeOffset,
  side: 'opening' | 'closing',
): { joules: number; seconds: number } {
  const marker = Math.min(edge.period, Math.max(0, edge.step + offset.seconds));
  const inside = side === 'opening' ? edge.period - marker : marker;
  return { joules: inside * edge.watts - edge.insideJoules, seconds: inside - edge.insideSeconds };
}
