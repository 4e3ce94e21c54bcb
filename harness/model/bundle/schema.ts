import { z } from 'zod';
import { driftSchema, featuresSchema, filteredStrategySchema } from './filtered-schema.js';
import {
  featureCount,
  labelBytes,
  maxChannels,
  maxInputWindows,
  maxLabels,
  maxMaskChannels,
  maxSamples,
} from './limits.js';
import { nameSchema as name } from './name-schema.js';
import { channelNumber, physical, positive } from './number-schema.js';
import { scoreStrategySchema } from './score-schema.js';

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
    /** One a channel, or one for all. */
    min: z.array(physical).min(1),
    max: z.array(physical).min(1),
  }),
  /** q = round(x / scale), saturated to int16: the raw counts of an IMU. */
  z.strictObject({ method: z.literal('counts'), scale: z.array(positive).min(1) }),
]);

/** Channels that are not named: 0, 1, 2 ... */
const numbered = z
  .number()
  .int()
  .min(1)
  .max(maxChannels)
  .transform(count => Array.from({ length: count }, (_, index) => String(index)));

export const windowSchema = z.strictObject({
  /** Rows of a window: samples of a recording, pixels of an image, frames of a spectrogram. */
  samples: z.number().int().min(1).max(maxSamples),
  /** Names of a row's values, or how many there are. */
  channels: z.union([z.array(z.string()).min(1).max(maxChannels), numbered]),
  dtype: z.enum(['int8', 'uint8', 'int16']),
  /** Window period in samples: the paper's 64 of 128 (50 % overlap, 1.28 s at 50 Hz). */
  stride: z.number().int().min(1).max(65535),
  /** The blob holds mHz. */
  sampleRateHz: z.number().min(0.001).max(1_000_000),
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
          .max(maxInputWindows)
          .default(['current']),
        /** Up to 16 channel numbers, or all channels of a row in order. */
        channels: z.union([z.literal('all'), z.array(channelNumber).min(1).max(maxChannels)]),
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
        normalise: z.strictObject({ mean: z.array(physical), deviation: z.array(positive) }).optional(),
      }),
    )
    .min(1),
});

const gateSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  /** network[i] is asked when Big's last label is i; its output class `keep` means "still this activity". */
  z.strictObject({
    type: z.literal('one-vs-rest'),
    networks: z.array(name).min(1).max(16),
    keep: z.number().int().min(0).max(255).default(1),
  }),
  /** A network over the previous and the current window; class `keep` means "same". */
  z.strictObject({
    type: z.literal('pair-net'),
    network: name,
    keep: z.number().int().min(0).max(255).default(1),
  }),
  /** L1 distance between previous and current window on some channels, in input counts; Big runs when it exceeds the threshold. */
  z.strictObject({
    type: z.literal('distance'),
    channels: z
      .array(
        z
          .number()
          .int()
          .min(0)
          .max(maxMaskChannels - 1),
      )
      .min(1),
    threshold: z.number().int().min(0).max(4_294_967_295),
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
    dynamicAbove: positive,
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

export const strategySchema = z.discriminatedUnion('kind', [
  holdStrategySchema,
  filteredStrategySchema,
  scoreStrategySchema,
]);

/** A label must fit its field of the blob. */
const labelText = z
  .string()
  .min(1)
  .refine(text => new TextEncoder().encode(text).length <= labelBytes, `at most ${labelBytes} bytes`);

const fileSchema = z.strictObject({
  schema: z.literal('littlefirst.bundle/1'),
  name,
  description: z.string(),
  /** Class names in label order. */
  labels: z.array(labelText).min(2).max(maxLabels),
  window: windowSchema,
  networks: z.array(networkEntrySchema).min(1).max(32),
  strategies: z.array(strategySchema).min(1).max(16),
  /**
   * Flash that the blob on the DUT shall take at most, bytes: the packer gives fast tables to the steps that run often and small ones to the
   * others. A blob that cannot be so small takes small tables throughout. Default: 16 KB if all strategies are `filtered`, else no limit.
   */
  blobBytes: z.number().int().positive().max(4_294_967_295).optional(),
  /** How the networks were made: command, seed, data; free text for files of others. */
  origin: z.string(),
});

/** Writes out what the file may shorten: `channels: all`, and a scaling of one number for all channels. */
function writtenOut(parsed: z.infer<typeof fileSchema>) {
  const { window, networks } = parsed;
  const count = window.channels.length;
  const every = (values: number[]): number[] =>
    values.length === 1 ? new Array<number>(count).fill(values[0]) : values;
  const { scaling } = window;
  return {
    ...parsed,
    window: {
      ...window,
      scaling:
        scaling.method === 'minmax'
          ? { ...scaling, min: every(scaling.min), max: every(scaling.max) }
          : { ...scaling, scale: every(scaling.scale) },
    },
    networks: networks.map(network => ({
      ...network,
      inputs: network.inputs.map(input => ({
        ...input,
        channels:
          input.channels === 'all'
            ? Array.from({ length: input.source === 'features' ? featureCount : count }, (_, index) => index)
            : input.channels,
      })),
    })),
  };
}

export const bundleSchema = fileSchema.transform(writtenOut);

export type BundleDescription = z.infer<typeof bundleSchema>;
export type NetworkEntry = BundleDescription['networks'][number];
export type NetworkInput = NetworkEntry['inputs'][number];
export type WindowFormat = z.infer<typeof windowSchema>;
export type Scaling = z.infer<typeof scalingSchema>;
export type StrategyDescription = z.infer<typeof strategySchema>;
export type HoldStrategy = z.infer<typeof holdStrategySchema>;
export type Gate = z.infer<typeof gateSchema>;
export type { FilteredStrategy } from './filtered-schema.js';
export type { ScoreStrategy } from './score-schema.js';
