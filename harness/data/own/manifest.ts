import { z } from 'zod';
import { dataSetNames } from '../types.js';

export const manifestFileName = 'data.json';

/** Most classes and people: one byte a label, of which 255 means none; two bytes a person. */
export const mostClasses = 254;
export const mostPeople = 65_534;
/** Bytes of the samples of one split: they are held in memory, and once more in a bundle's format. */
export const mostSampleBytes = 2 ** 31;

/** Names of channels, classes, people and sets: short, printable, on one line. */
export const nameSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,64}$/u, '1 to 64 printable characters')
  .refine(name => name.trim() === name, 'no blanks at the ends');

/** Names that reports may not confuse with a shipped data set. */
export const setNameSchema = nameSchema.refine(
  name => !(dataSetNames as readonly string[]).includes(name),
  'a name that no shipped data set has',
);

const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');

const channelSchema = z.strictObject({
  name: nameSchema,
  unit: z.enum(['g', 'rad/s', '']),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  deviation: z.number().positive(),
  low: z.number(),
  high: z.number(),
  scale: z.number().positive(),
});

const recordingSchema = z.strictObject({
  /** Place in `people`. */
  person: count,
  rows: count.min(1),
});

const splitSchema = z.strictObject({
  rows: count,
  recordings: z.array(recordingSchema).max(2_000_000),
  /** SHA-256 of `<split>.samples.f32` and `<split>.labels.u8`. */
  samples: sha256,
  labels: sha256,
});
export type ManifestSplit = z.infer<typeof splitSchema>;

/**
 * `data.json` of an imported data set. Beside it, for each split: `<split>.samples.f32` (float32, little-endian, rows x channels, one
 * recording after another) and `<split>.labels.u8` (class of each row, 255 = none).
 */
export const manifestSchema = z
  .strictObject({
    schema: z.literal('littlefirst.data/1'),
    name: setNameSchema,
    /** How windows are cut; bundles must have the same. */
    window: z.strictObject({
      samples: z.number().int().min(1).max(65_535),
      stride: z.number().int().min(1).max(65_535),
      sampleRateHz: z.number().positive().max(1e6),
    }),
    /** Columns, with their statistics over the training people and the step of their int16 counts, in their unit. */
    channels: z.array(channelSchema).min(1).max(1024),
    classes: z.array(nameSchema).min(1).max(mostClasses),
    /** Nobody is in both splits. */
    people: z
      .array(z.strictObject({ name: nameSchema, split: z.enum(['train', 'test']) }))
      .min(1)
      .max(mostPeople),
    splits: z.strictObject({ train: splitSchema, test: splitSchema }),
    /** Where it came from, and what was done to it; for people. */
    origin: z.strictObject({
      layout: z.string().max(64),
      /** SHA-256 over the names and the SHA-256 of all source files in order. */
      sourceSha256: sha256,
      sourceFiles: count,
      timing: z.enum(['refuse', 'resample']),
      slowestHz: z.number().nullable(),
      fastestHz: z.number().nullable(),
      missing: count,
      duplicates: count,
      gaps: count,
      backwards: count,
      tooShort: count,
      leftOutPeople: z.array(nameSchema).max(mostPeople),
    }),
  })
  .superRefine((manifest, context) => {
    const once = (path: string, names: readonly string[]): void => {
      const seen = new Set(names);
      if (seen.size < names.length)
        context.addIssue({ code: 'custom', path: [path], message: 'each name once' });
    };
    once(
      'channels',
      manifest.channels.map(({ name }) => name),
    );
    once('classes', manifest.classes);
    once(
      'people',
      manifest.people.map(({ name }) => name),
    );
    for (const split of ['train', 'test'] as const) {
      const { rows, recordings } = manifest.splits[split];
      const path = ['splits', split, 'recordings'];
      if (recordings.reduce((sum, recording) => sum + recording.rows, 0) !== rows)
        context.addIssue({ code: 'custom', path, message: `${rows} rows in all` });
      if (recordings.some(({ person }) => manifest.people[person]?.split !== split))
        context.addIssue({ code: 'custom', path, message: `people of the ${split} split` });
    }
  });
export type Manifest = z.infer<typeof manifestSchema>;
