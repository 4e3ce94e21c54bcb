import { z } from 'zod';
import { driftSchema, featuresSchema, filteredStrategySchema } from './filtered-schema.js';
import { nameSchema as name } from './name-schema.js';

/**
 * Schema of `bundle.yaml`: networks, input format, strategies. One folder a bundle. Units: channel scales are physical
 * units (g, rad/s) per count.
 */

/** How physical samples become the integers of a window. Constants come from training people only, unless the bundle says otherwise. */
export const scalingSchema = z.discriminatedUnion('method', [
  /** q = trunc((x - min) / (max - min) * 255), clamped to 0..255; minus 128 for int8. */
  z.strictObject({
    method: z.literal('minmax'),
    /** Where min and max come from: stated in reports, since 'test' is the paper's own mistake. */
    fittedOn: z.enum(['train', 'test', 'constants']),
    min: z.array(z.number()),
    max: z.array(z.number()),
  }),
  /** q = round(x / scale), saturated to int16: the raw counts of an IMU. */
  z.strictObject({ method: z.literal('counts'), scale: z.array(z.number().positive()) }),
]);

export const windowSchema = z.strictObject({
  samples: z.number().int().min(1).max(1024),
  channels: z.array(z.string()).min(1).max(16),
  dtype: z.enum(['int8', 'uint8', 'int16']),
  /** Window period in samples: the paper's 64 of 128 (50 % overlap, 1.28 s at 50 Hz). */
  stride: z.number().int().min(1),
  sampleRateHz: z.number().positive(),
  scaling: scalingSchema,
});

export const networkEntrySchema = z.strictObject({
  name,
  /** File in the bundle folder, or to be found in a `--models` folder. */
  file: z.string(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /**
   * What feeds each input tensor of the file, in its order: channels of the current window, or rows of several windows
   * one after another (`previous` first, say), as the Dual network wants.
   */
  inputs: z
    .array(
      z.strictObject({
        /**
         * `features`: the fifteen features of a `filtered` strategy stand for a window of one sample; `channels` are then feature numbers (see
         * `Features`) and `normalise` is in the features' own counts. All inputs of one network have the same source.
         */
        source: z.enum(['window', 'features']).optional(),
        windows: z
          .array(z.enum(['current', 'previous']))
          .min(1)
          .default(['current']),
        channels: z.array(z.number().int().min(0)).min(1),
        /**
         * How several windows lie in the tensor. `rows`: all rows of the first, then all of the next. `paired`: value by value, so that
         * each window is a column: first window's value 0, second window's value 0, first window's value 1 ... (the paper's Dual, 384 x 2).
         * With one window both are the same.
         */
        layout: z.enum(['rows', 'paired']).default('rows'),
        /**
         * For windows of counts: each value becomes (value - mean) / deviation before the tensor's own scale quantises it; one
         * entry a listed channel, in physical units. Without it the tensor takes physical units.
         */
        normalise: z
          .strictObject({ mean: z.array(z.number()), deviation: z.array(z.number().positive()) })
          .optional(),
      }),
    )
    .min(1),
});

const gateSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  /** network[i] is asked when Big's last label is i; its output class `keep` means "still this activity". */
  z.strictObject({
    type: z.literal('one-vs-rest'),
    networks: z.array(name).min(1),
    keep: z.number().int().min(0).default(1),
  }),
  /** A network over the previous and the current window; class `keep` means "same". */
  z.strictObject({ type: z.literal('pair-net'), network: name, keep: z.number().int().min(0).default(1) }),
  /** L1 distance between previous and current window on some channels, in input counts; Big runs when it exceeds the threshold. */
  z.strictObject({
    type: z.literal('distance'),
    channels: z.array(z.number().int().min(0)).min(1),
    threshold: z.number().int().min(0),
  }),
  /** A Little that classifies: Big runs when its winner differs from the held label, or when its lead over the runner-up is below `margin` (output counts). */
  z.strictObject({ type: z.literal('confidence'), network: name, margin: z.number().int().min(0).max(255) }),
  /**
   * Features, as those of a `filtered` strategy, against a running anchor of the present segment, which Big's runs begin anew; Big runs when
   * a change of activity is more likely than `changeAbove`. For windows of int16 counts.
   */
  z.strictObject({
    type: z.literal('drift'),
    features: featuresSchema,
    /** A window is dynamic if the mean absolute one-sample difference of acceleration (g, over the three axes) exceeds this. */
    dynamicAbove: z.number().positive(),
    drift: driftSchema,
    /** Least probability of a change when movement has started or stopped. */
    flipChange: z.number().min(0).max(1).default(0.5),
    changeAbove: z.number().min(0).max(1),
  }),
]);

const policySchema = z.strictObject({
  /** The gate must ask this many windows in a row before Big runs. */
  hysteresis: z.number().int().min(1).max(255).default(1),
  /** Big runs at least every K windows; 0 = never forced. */
  refreshEvery: z.number().int().min(0).max(65535).default(0),
  /** At most this many Big runs in the last `bigCapWindow` windows; 0 = no cap. */
  bigCap: z.number().int().min(0).max(255).default(0),
  bigCapWindow: z.number().int().min(1).max(255).default(47),
});

/** The paper's family: gate first; "same" re-emits Big's last label, "changed" runs Big on the same window. */
export const holdStrategySchema = z.strictObject({
  kind: z.literal('hold'),
  name,
  big: name,
  gate: gateSchema,
  policy: policySchema.prefault({}),
});

export const strategySchema = z.discriminatedUnion('kind', [holdStrategySchema, filteredStrategySchema]);

export const bundleSchema = z.strictObject({
  schema: z.literal('littlefirst.bundle/1'),
  name,
  description: z.string(),
  /** Class names in label order. */
  labels: z.array(z.string()).min(2).max(16),
  window: windowSchema,
  networks: z.array(networkEntrySchema).min(1).max(32),
  strategies: z.array(strategySchema).min(1).max(16),
  /**
   * Flash that the blob on the DUT shall take at most, bytes: the packer gives fast tables to the steps that run often and small ones to the
   * others. A blob that cannot be so small takes small tables throughout. Default: 16 KB if all strategies are `filtered`, else no limit.
   */
  blobBytes: z.number().int().positive().optional(),
  /** How the networks were made: command, seed, data; free text for files of others. */
  origin: z.string(),
});

export type BundleDescription = z.infer<typeof bundleSchema>;
export type WindowFormat = z.infer<typeof windowSchema>;
export type Scaling = z.infer<typeof scalingSchema>;
export type StrategyDescription = z.infer<typeof strategySchema>;
export type HoldStrategy = z.infer<typeof holdStrategySchema>;
export type Gate = z.infer<typeof gateSchema>;
export type { FilteredStrategy } from './filtered-schema.js';
