import { z } from 'zod';
import { nameSchema, sha256Schema } from './spec.js';

const names = z.array(nameSchema).min(1).max(64);

/** A cell of the matrix that is left out. */
const exceptSchema = z
  .strictObject({
    board: nameSchema.optional(),
    chip: nameSchema.optional(),
    bundle: nameSchema.optional(),
    firmware: nameSchema.optional(),
    level: nameSchema.optional(),
  })
  .refine(cell => Object.keys(cell).length > 0, 'at least one of board, chip, bundle, firmware, level');

/** A folder beside the nightly's file, or one that was packed and stored already; a bare name is what each bench calls so. */
const packed = (what: string) =>
  z.union([
    nameSchema,
    z.strictObject({ name: nameSchema, folder: z.string().min(1).describe(what) }),
    z.strictObject({ name: nameSchema, sha256: sha256Schema }),
  ]);
const inputs = (what: string) => z.array(packed(what)).min(1).max(64);
export type NightlyInput = z.infer<ReturnType<typeof packed>>;

export const nightlySchema = z.strictObject({
  schema: z.literal('littlefirst.nightly/1'),
  name: z.string().min(1).max(100),
  /** One job a combination. */
  matrix: z.strictObject({
    boards: names,
    /** Default: the device's own. */
    chips: names.optional(),
    bundles: inputs('folder with bundle.yaml'),
    /** Default: the images that each bench's program ships. */
    firmware: z
      .array(
        z.union([
          z.strictObject({ name: nameSchema, folder: z.string().min(1) }),
          z.strictObject({ name: nameSchema, sha256: sha256Schema }),
        ]),
      )
      .min(1)
      .max(64)
      .optional(),
    /** `all`: one job runs all levels. */
    levels: z.union([z.literal('all'), names]).default('all'),
    /** One job a strategy, where savings do not matter; default: `strategies` together. */
    strategies: names.optional(),
  }),
  /** Run together in each job: a saving is a comparison within one run. */
  strategies: z.union([z.literal('all'), names]).default('all'),
  except: z.array(exceptSchema).default([]),
  windows: z.union([z.literal('all'), z.number().int().min(1).max(1_000_000)]).default('all'),
  data: z.enum(['synthetic', 'uci-har', 'hapt']).default('synthetic'),
  order: z.enum(['published', 'chronological']).optional(),
  /** What else a device must be. */
  meter: nameSchema.optional(),
  tags: z.array(nameSchema).max(16).default([]),
  priority: z.number().int().min(-1000).max(1000).default(0),
});
export type Nightly = z.infer<typeof nightlySchema>;
