import { markers } from '../../machine/machine.js';
import { IdleProfile } from './idle-profile.js';

/** Samples on either side of an edge whose mean power is taken as the level there. */
export const levelSamples = 4;

/** A stretch of one marker state in the meter's own samples. */
export interface Stretch {
  state: number;
  startNs: number;
  /** Energy and time, edge shares included. */
  joules: number;
  seconds: number;
  /** Samples that lie wholly inside. */
  clean: number;
  /** Rings of the last clean samples: power for the level before the closing edge, and energy and time not yet settled. */
  recentWatts: Float64Array;
  recentSeconds: Float64Array;
  /** The first clean samples, at most four, and the time of one; none where one of them is a long sample. */
  head: { watts: number[]; seconds: number };
  /** The sample that the opening edge lies in, and what of it was given to the stretch before. */
  opening: { joules: number; seconds: number; joulesBefore: number; secondsBefore: number };
  /** Energy and time of the clean samples without the first and the last four: used for the idle power. */
  innerJoules: number;
  innerSeconds: number;
  /** Course of the power, of idle stretches only. */
  profile?: IdleProfile;
  /** Energy of the clean samples by the instrument's range, joules, and changes of range; absent where it tells none. */
  rangeJoules?: Map<number, number>;
  rangeSwitches: number;
  /** One of its samples is a whole constant stretch in one. */
  hasLong: boolean;
  /** Time inside that was bridged because samples were lost or bad. */
  bridgedSeconds: number;
  /** Variance of the energy and of the duration that the opening edge brings. */
  openEnergyVariance: number;
  openTimeVariance: number;
}

export function newStretch(state: number, startNs: number): Stretch {
  return {
    state,
    startNs,
    joules: 0,
    seconds: 0,
    clean: 0,
    recentWatts: new Float64Array(levelSamples),
    recentSeconds: new Float64Array(levelSamples),
    head: { watts: [], seconds: 0 },
    opening: { joules: 0, seconds: 0, joulesBefore: 0, secondsBefore: 0 },
    innerJoules: 0,
    innerSeconds: 0,
    profile: state === markers.idle ? new IdleProfile() : undefined,
    rangeSwitches: 0,
    hasLong: false,
    bridgedSeconds: 0,
    openEnergyVariance: 0,
    openTimeVariance: 0,
  };
}

/**
 * Adds one clean sample.
 * @param long the sample is a whole constant stretch in one: settled by itself
 */
export function addSample(stretch: Stretch, watts: number, seconds: number, long: boolean): void {
  const slot = stretch.clean % levelSamples;
  stretch.joules += watts * seconds;
  stretch.seconds += seconds;
  if (stretch.clean < levelSamples && !long) {
    stretch.head.watts.push(watts);
    stretch.head.seconds = seconds;
  }
  if (stretch.clean > levelSamples) {
    stretch.innerJoules += stretch.recentWatts[slot] * stretch.recentSeconds[slot];
    stretch.innerSeconds += stretch.recentSeconds[slot];
  }
  if (long) {
    stretch.hasLong = true;
    stretch.innerJoules += watts * seconds;
    stretch.innerSeconds += seconds;
  }
  stretch.recentWatts[slot] = watts;
  stretch.recentSeconds[slot] = long ? 0 : seconds;
  stretch.clean += 1;
  stretch.profile?.add(watts, seconds);
}

/** Adds a sample's energy to its range's. */
export function addRange(stretch: Stretch, range: number, joules: number): void {
  stretch.rangeJoules ??= new Map();
  stretch.rangeJoules.set(range, (stretch.rangeJoules.get(range) ?? 0) + joules);
}

/**
 * Power level just before a stretch's closing edge, watts: mean of the last clean samples as far back as they agree with the
 * very last one. NaN when there is none.
 * @param tolerance largest difference, watts, that noise explains
 */
export function closingLevel(stretch: Stretch, tolerance: number): number {
  const count = Math.min(stretch.clean, levelSamples);
  const last = stretch.recentWatts[(stretch.clean - 1) % levelSamples];
  let sum = 0;
  let used = 0;
  for (let back = 1; back <= count; back += 1) {
    const watts = stretch.recentWatts[(stretch.clean - back) % levelSamples];
    if (Math.abs(watts - last) > tolerance) break;
    sum += watts;
    used += 1;
  }
  return sum / used;
}

/** An edge inside one sample. */
export interface Straddle {
  joules: number;
  seconds: number;
  /** Power levels before and after; NaN where no clean sample tells. */
  before: number;
  after: number;
  /** Standard deviation of one sample's power. */
  noiseWatts: number;
}

export interface EdgeSplit {
  /** Time of the sample that lies before the edge. */
  secondsBefore: number;
  joulesBefore: number;
  /** Standard uncertainty of the edge's time, seconds. */
  timeSigma: number;
  /** Standard uncertainty of the energy moved from one side to the other, joules. */
  energySigma: number;
}

/**
 * Splits the sample that an edge falls in.
 *
 * The sample's energy is E = f T Pb + (1 - f) T Pa, with f the share of its time T before the edge. Where the step |Pb - Pa| is
 * well above the noise of one sample, f follows from E, with sigma_f = noise / |Pb - Pa|. Otherwise f = 1/2 with the
 * sigma of a uniform distribution, 1/sqrt(12). Since E itself is measured, only the share on the side of the LOWER power P is
 * uncertain: sigma_E = P T sigma_f; against a sleeping neighbour that is next to nothing.
 */
export function splitEdge(edge: Straddle): EdgeSplit {
  const { joules, seconds, before, after, noiseWatts } = edge;
  const step = before - after;
  const uniform = 1 / Math.sqrt(12);
  let share = 0.5;
  let sigma = uniform;
  if (Math.abs(step) > 4 * noiseWatts && Math.abs(step) > 1e-3 * (Math.abs(before) + Math.abs(after))) {
    share = Math.min(1, Math.max(0, (joules / seconds - after) / step));
    sigma = Math.min(uniform, noiseWatts / Math.abs(step));
  }
  const known = Number.isNaN(before) ? after : Number.isNaN(after) ? before : Math.min(before, after);
  const watts = Number.isNaN(known) ? joules / seconds : known;
  const useBefore = !Number.isNaN(before) && !(after < before);
  const joulesBefore = useBefore ? share * seconds * watts : joules - (1 - share) * seconds * watts;
  return {
    secondsBefore: share * seconds,
    joulesBefore,
    timeSigma: sigma * seconds,
    energySigma: Math.abs(watts) * sigma * seconds,
  };
}
