import { z } from 'zod';
import { nameSchema } from './name-schema.js';
import { channelNumber, positive } from './number-schema.js';

/**
 * Schema of strategies of kind `filtered`: a classifier of postures and one or two of movements behind a drift gate and a Bayes
 * filter (step by step: `FilteredStep`). Numbers are those a person thinks in; `compileFiltered` turns them into integers.
 */

const axes = z.array(channelNumber).length(3);
const probability = z.number().min(0).max(1);
const classes = z.array(z.string()).min(2).max(16);

/** What is computed from a window; see `Features`. The window is one of int16 counts. */
export const featuresSchema = z.strictObject({
  /** Channels of the accelerometer's and the gyroscope's three axes; the three of one sensor have the same scale. */
  acceleration: axes,
  gyro: axes,
  /** Every n-th sample is looked at; samples / decimation must be a power of two. */
  decimation: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]).default(1),
  /** Distance of the slow differences, samples. */
  lag: z.number().int().min(1).max(255),
  /** Physical units (g; rad/s) added to each mean absolute difference before its logarithm, so that silence stays finite. */
  floor: z.strictObject({ acceleration: positive, gyro: positive }),
});

/** Log-odds of a change = bias + weights . distances: the first 12 features, norm of the first three, norm of the other nine. */
const logisticSchema = z.strictObject({
  bias: z.number().min(-1000).max(1000),
  weights: z.array(z.number().gt(-128).lt(127.99)).length(14),
});

export const driftSchema = z.strictObject({
  /** One unit of distance from the anchor: of mean acceleration (g), and of movement (natural logarithm). A distance counts at most 6 units. */
  unit: z.strictObject({ acceleration: positive, movement: positive }),
  /** Least probability that the activity has changed from one window to the next. */
  floor: probability,
  static: logisticSchema,
  dynamic: logisticSchema,
});

const filterSchema = z.strictObject({
  /** Labels in the order of the outputs of the static network, and of Little and Big. */
  staticLabels: classes,
  dynamicLabels: classes,
  /** Likelihood of the labels that a network does not speak of. */
  missing: z
    .number()
    .min(2 ** -15)
    .max(1),
  /** No network runs on a moving window while the belief in one dynamic label is at least this. The strategy parameter overrides it, in per mille. */
  sure: probability,
  /** Little's answer stands if the belief after it is at least this; otherwise Big runs. */
  accept: probability.default(1),
  /** Least probability of a change when movement has started or stopped. */
  flipChange: probability.default(0.5),
  /** The drift gate takes a new anchor when a change is more likely than this. */
  restartChange: probability.default(0.5),
  /** The answer is "unknown" (label number = number of labels) while the belief in the likeliest label is below this. Absent: never. */
  reject: probability.optional(),
  /** Big's likelihoods to the power 1.5. */
  sharpenBig: z.boolean().default(false),
});

const filteredPolicySchema = z.strictObject({
  /**
   * Little and Big wait until the movement has settled: until mean and movement differ from the previous window by at most so many
   * units of distance (as the drift gate's norms). Absent: no waiting.
   */
  settle: z
    .strictObject({ near: z.number().positive().max(255), far: z.number().positive().max(255) })
    .optional(),
  /** Little or Big on at most `cap` of `capWindow` windows in a row; 0 = no cap. */
  cap: z.number().int().min(0).max(255).default(0),
  capWindow: z.number().int().min(1).max(255).default(47),
});

/** Little first in all: features, a router, one small network a kind of window, and a filter that knows when none is needed. */
export const filteredStrategySchema = z.strictObject({
  kind: z.literal('filtered'),
  name: nameSchema,
  /** Each ends in a softmax over its labels (scale 1/256). Without `little` every unsure moving window runs Big. */
  networks: z.strictObject({ static: nameSchema, little: nameSchema.optional(), big: nameSchema }),
  features: featuresSchema,
  /** A window is dynamic if the mean absolute one-sample difference of acceleration (g, over the three axes) exceeds this. */
  dynamicAbove: positive,
  drift: driftSchema,
  filter: filterSchema,
  policy: filteredPolicySchema.prefault({}),
});

export type FilteredStrategy = z.infer<typeof filteredStrategySchema>;
