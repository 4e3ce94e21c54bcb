import type { Random } from '../random.js';
import { sampleRateHz } from '../window-set.js';
import { downstairs, type StrideTemplate, upstairs, walking } from './stride-templates.js';

/**
 * One synthetic person with a phone at the waist: raw acceleration (g) and angular velocity (rad/s) at 50 Hz while
 * the person walks, uses stairs, sits, stands or lies. Postures and micro-motion follow the statistics of the UCI HAR
 * training people (means per activity, spread between and within people, standard deviations, lag correlations).
 */

/** Class indices of the static activities, as in `activityNames`. */
const sitting = 3;
const laying = 5;

/** Templates by class index; absent for the static activities. */
const templates: readonly (StrideTemplate | undefined)[] = [walking, upstairs, downstairs];

interface Posture {
  /** Direction of gravity (g) before a person's own tilt: means of the activity. */
  mean: readonly [number, number, number];
  /** How much each stretch of the activity differs, per axis. */
  stretchSpread: readonly [number, number, number];
}

/** By class index. Laying is drawn as an angle instead: see `drawGravity`. */
const postures: readonly Posture[] = [
  { mean: [0.995, -0.181, -0.075], stretchSpread: [0.005, 0.03, 0.05] },
  { mean: [0.948, -0.276, -0.161], stretchSpread: [0.01, 0.035, 0.055] },
  { mean: [0.991, -0.152, -0.061], stretchSpread: [0.01, 0.03, 0.055] },
  { mean: [0.953, 0.146, 0.154], stretchSpread: [0.03, 0.12, 0.13] },
  { mean: [1.003, -0.159, -0.026], stretchSpread: [0.005, 0.04, 0.065] },
  { mean: [0.075, 0.7, 0.7], stretchSpread: [0.05, 0.13, 0.13] },
];

interface MicroMotion {
  /** Median standard deviation of the slow motion, per axis: acceleration (g), angular velocity (rad/s). */
  acceleration: readonly [number, number, number];
  angularVelocity: readonly [number, number, number];
  /** Correlation time in seconds of each. */
  accelerationSeconds: number;
  angularVelocitySeconds: number;
}

/** Sitting, standing, laying (class index minus 3). */
const microMotions: readonly MicroMotion[] = [
  {
    acceleration: [0.0013, 0.0035, 0.0045],
    angularVelocity: [0.0072, 0.0125, 0.0102],
    accelerationSeconds: 0.6,
    angularVelocitySeconds: 0.22,
  },
  {
    acceleration: [0.0008, 0.0055, 0.005],
    angularVelocity: [0.021, 0.0115, 0.0115],
    accelerationSeconds: 0.3,
    angularVelocitySeconds: 0.2,
  },
  {
    acceleration: [0.005, 0.0045, 0.0052],
    angularVelocity: [0.0135, 0.0165, 0.0062],
    accelerationSeconds: 0.7,
    angularVelocitySeconds: 0.18,
  },
];

/** White noise of the sensors: acceleration (g), angular velocity (rad/s), per axis. */
const sensorNoise = [0.0037, 0.0036, 0.0056, 0.0036, 0.0078, 0.0034] as const;
/** The sensors' own steps: 1/720 g and 0.0175 degrees/s. */
const accelerationStep = 1 / 720;
const angularVelocityStep = (0.0175 * Math.PI) / 180;
/** Spread of the logarithm of micro-motion between people and over time in a stretch, and its correlation time. */
const livelinessPersonSpread = 0.45;
const livelinessSpread = 0.75;
const livelinessSeconds = 6;
/** Correlation time in seconds of what a stride template does not explain. */
const residualSeconds = 0.04;
/** Share of the templates' unexplained residual that is drawn as noise; stride-to-stride variation makes the rest. */
const residualShare = 0.7;

/** Spread of the logarithm of the impacts between people and between steps; their width in radians of the stride. */
const impactSpread = 0.2;
const impactWidth = 0.16;

/** First-order autoregressive noise of unit variance with a given correlation time. */
class SlowNoise {
  #value: number;
  readonly #keep: number;

  constructor(
    readonly random: Random,
    seconds: number,
  ) {
    this.#keep = Math.exp(-1 / (seconds * sampleRateHz));
    this.#value = random.normal();
  }

  next(): number {
    this.#value = this.#keep * this.#value + Math.sqrt(1 - this.#keep ** 2) * this.random.normal();
    return this.#value;
  }
}

/** A person's own stride: harmonics [channel][harmonic], stride frequency in Hz. */
interface PersonalStride {
  template: StrideTemplate;
  strideHz: number;
  /** Peak of a heel strike on x, in g. */
  impact: number;
  cosine: number[][];
  sine: number[][];
}

type Harmonics = Pick<PersonalStride, 'cosine' | 'sine'>;

/** Draws harmonics around given ones; `share` of the template's spread between people. */
function vary(random: Random, template: StrideTemplate, around: Harmonics, share: number): Harmonics {
  const draw = (values: readonly number[], c: number): number[] =>
    values.map((value, k) => value + random.normal((share * template.personSpread[c][k]) / Math.SQRT2));
  return { cosine: around.cosine.map(draw), sine: around.sine.map(draw) };
}

/** Makes raw samples of one person, stretch by stretch, into `samples`. */
export class Wearer {
  /** Rows x 6 so far, row-major: acceleration x, y, z (g), angular velocity x, y, z (rad/s). */
  readonly samples: number[] = [];
  readonly #random: Random;
  readonly #strides: (PersonalStride | undefined)[];
  readonly #tilt: readonly number[];
  readonly #lyingAngle: number;
  readonly #liveliness: number;
  #gravity: readonly number[];

  constructor(random: Random) {
    this.#random = random;
    this.#tilt = [0, random.normal(0.07), random.normal(0.13)];
    this.#lyingAngle = random.normal(0.4);
    this.#liveliness = random.normal(livelinessPersonSpread);
    this.#strides = templates.map(template => {
      if (template === undefined) return undefined;
      const average = {
        cosine: template.cosine.map(row => [...row]),
        sine: template.sine.map(row => [...row]),
      };
      const strideHz = template.strideHz.mean + random.normal(template.strideHz.personSpread);
      const impact = template.impact.peak * Math.exp(random.normal(impactSpread));
      return { template, strideHz, impact, ...vary(random, template, average, 1) };
    });
    this.#gravity = this.#drawGravity(4);
  }

  get rows(): number {
    return this.samples.length / 6;
  }

  /** Gravity of a new stretch of an activity, 1.01 g long; the person's tilt counts in every posture but lying. */
  #drawGravity(activity: number): number[] {
    const { mean, stretchSpread } = postures[activity];
    let direction: number[];
    if (activity === laying) {
      const angle = Math.PI / 4 + this.#lyingAngle + this.#random.normal(stretchSpread[1]);
      direction = [mean[0] + this.#random.normal(0.1), Math.cos(angle), Math.sin(angle)];
    } else {
      direction = mean.map(
        (value, axis) => value + this.#tilt[axis] + this.#random.normal(stretchSpread[axis]),
      );
    }
    const length = Math.hypot(...direction);
    return direction.map(value => (1.01 * value) / length);
  }

  /** Changes posture over `rows` samples: gravity turns smoothly to the new activity's, the gyroscope sees the turn. */
  change(activity: number, rows: number): void {
    const from = this.#gravity;
    const to = this.#drawGravity(activity);
    const noise = [0, 1, 2].map(() => new SlowNoise(this.#random, 0.1));
    let last = from;
    for (let i = 0; i < rows; i++) {
      const share = (1 - Math.cos((Math.PI * (i + 1)) / rows)) / 2;
      const now = from.map((value, axis) => value + share * (to[axis] - value));
      const turn = [
        now[1] * (now[2] - last[2]) - now[2] * (now[1] - last[1]),
        now[2] * (now[0] - last[0]) - now[0] * (now[2] - last[2]),
        now[0] * (now[1] - last[1]) - now[1] * (now[0] - last[0]),
      ];
      const bustle = Math.sin((Math.PI * (i + 1)) / rows);
      const shakes = noise.map(source => bustle * source.next());
      this.#push(
        now.map((value, axis) => value + 0.05 * shakes[axis]),
        turn.map((value, axis) => -value * sampleRateHz + 0.2 * shakes[axis]),
      );
      last = now;
    }
    this.#gravity = to;
  }

  /** Stays in an activity for `rows` samples. */
  stay(activity: number, rows: number): void {
    const stride = this.#strides[activity];
    if (stride === undefined) this.#rest(microMotions[activity - sitting], rows);
    else this.#walk(stride, rows);
  }

  #rest(motion: MicroMotion, rows: number): void {
    const random = this.#random;
    const liveliness = new SlowNoise(random, livelinessSeconds);
    const sources = [0, 1, 2, 3, 4, 5].map(
      channel =>
        new SlowNoise(random, channel < 3 ? motion.accelerationSeconds : motion.angularVelocitySeconds),
    );
    const spreads = [...motion.acceleration, ...motion.angularVelocity];
    for (let i = 0; i < rows; i++) {
      const level = Math.exp(this.#liveliness + livelinessSpread * liveliness.next());
      const moved = sources.map((source, channel) => level * spreads[channel] * source.next());
      this.#push(
        this.#gravity.map((value, axis) => value + moved[axis]),
        moved.slice(3),
      );
    }
  }

  #walk(stride: PersonalStride, rows: number): void {
    const random = this.#random;
    const { template } = stride;
    const hurry = new SlowNoise(random, 4);
    let strideHz = stride.strideHz;
    const step = (): Harmonics => vary(random, template, stride, template.strideToStride);
    const residuals = template.residual.map(() => new SlowNoise(random, residualSeconds));
    let phase = random.uniform() * 2 * Math.PI;
    let strength = stride.impact;
    let current = step();
    let next = step();
    for (let i = 0; i < rows; i++) {
      const hz = strideHz + template.strideHz.withinSpread * hurry.next();
      phase += (2 * Math.PI * hz) / sampleRateHz;
      if (phase >= 2 * Math.PI) {
        phase -= 2 * Math.PI;
        current = next;
        next = step();
        strideHz = stride.strideHz + random.normal(template.strideHz.jitter);
      }
      const blend = phase / (2 * Math.PI);
      const start = Math.min(1, (i + 1) / (0.6 * sampleRateHz));
      const values = residuals.map((residual, channel) => {
        const noise = residualShare * template.residual[channel] * residual.next();
        const periodic =
          (1 - blend) * periodicValue(current, channel, phase) + blend * periodicValue(next, channel, phase);
        return start * (periodic + noise);
      });
      const toStrike = foldHalf(phase - template.impact.phase);
      if (Math.abs(toStrike) > 1) strength = stride.impact * Math.exp(random.normal(impactSpread));
      const impact = start * strength * impactShape(toStrike);
      values[0] += impact;
      values[1] -= impact * template.impact.sideways;
      this.#push(
        this.#gravity.map((value, axis) => value + values[axis]),
        [values[3] + start * template.turnRate, values[4], values[5]],
      );
    }
  }

  /** Adds one row as the sensors give it: with noise, in whole steps. */
  #push(acceleration: readonly number[], angularVelocity: readonly number[]): void {
    acceleration.forEach((value, axis) => {
      const noisy = value + this.#random.normal(sensorNoise[axis]);
      this.samples.push(Math.round(noisy / accelerationStep) * accelerationStep);
    });
    angularVelocity.forEach((value, axis) => {
      const noisy = value + this.#random.normal(sensorNoise[3 + axis]);
      this.samples.push(Math.round(noisy / angularVelocityStep) * angularVelocityStep);
    });
  }
}

/** An angle within the stride relative to the nearest step: -pi/2 to pi/2. */
function foldHalf(angle: number): number {
  return angle - Math.PI * Math.round(angle / Math.PI);
}

/** A heel strike: a spike with undershoot (second derivative of a Gaussian), no mean. */
function impactShape(angle: number): number {
  const squared = (angle / impactWidth) ** 2;
  return (1 - squared) * Math.exp(-squared / 2);
}

function periodicValue(harmonics: Harmonics, channel: number, phase: number): number {
  const cosine = harmonics.cosine[channel];
  const sine = harmonics.sine[channel];
  return cosine.reduce(
    (sum, value, k) => sum + value * Math.cos((k + 1) * phase) + sine[k] * Math.sin((k + 1) * phase),
    0,
  );
}
