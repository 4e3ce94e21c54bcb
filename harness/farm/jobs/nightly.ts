import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseYaml } from '../../config/yaml.js';
import { LittlefirstError } from '../../errors.js';
import { type NewJob, nameSchema } from './spec.js';

const names = z.array(nameSchema).min(1).max(64);

/** A cell of the matrix that is left out. */
const exceptSchema = z
  .strictObject({
    board: nameSchema.optional(),
    chip: nameSchema.optional(),
    bundle: nameSchema.optional(),
    level: nameSchema.optional(),
  })
  .refine(cell => Object.keys(cell).length > 0, 'at least one of board, chip, bundle, level');

const nightlySchema = z.strictObject({
  schema: z.literal('littlefirst.nightly/1'),
  name: z.string().min(1).max(100),
  /** One job a combination. */
  matrix: z.strictObject({
    boards: names,
    /** Default: the device's own. */
    chips: names.optional(),
    bundles: names,
    /** `all`: one job runs all levels. */
    levels: z.union([z.literal('all'), names]).default('all'),
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

/** Largest matrix. */
const mostJobs = 10_000;

/** @throws LF_CONFIG_INVALID */
export async function loadNightly(file: string): Promise<Nightly> {
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${file} cannot be read`, {
      received: (cause as Error).message,
      cause,
    });
  });
  return parseYaml(text, file, nightlySchema, {
    code: 'LF_CONFIG_INVALID',
    purpose: 'a nightly',
    hint: 'see harness/farm/README.md',
  });
}

/**
 * The jobs of a nightly, in the order of its lists.
 * @throws LF_CONFIG_INVALID for more than 10,000, or none
 */
export function expandNightly(nightly: Nightly): NewJob[] {
  const { matrix, except, strategies, windows, data, order, meter, tags, priority } = nightly;
  const { boards, chips = [undefined], bundles, levels } = matrix;
  const size = boards.length * chips.length * bundles.length * (levels === 'all' ? 1 : levels.length);
  if (size > mostJobs)
    throw new LittlefirstError('LF_CONFIG_INVALID', `The nightly ${nightly.name} is too large`, {
      expected: `${mostJobs} jobs at most`,
      received: `${size}`,
    });
  const jobs = boards.flatMap(board =>
    chips.flatMap(chip =>
      bundles.flatMap(bundle =>
        (levels === 'all' ? [undefined] : levels).flatMap((level): NewJob[] => {
          const isLeftOut = except.some(
            cell =>
              (cell.board ?? board) === board &&
              (cell.chip ?? chip) === chip &&
              (cell.bundle ?? bundle) === bundle &&
              (cell.level ?? level) === level,
          );
          if (isLeftOut) return [];
          const cell = [board, chip, bundle, level].filter(word => word !== undefined);
          return [
            {
              name: `${nightly.name}: ${cell.join(' ')}`,
              want: { board, chip, meter, tags },
              spec: {
                bundle,
                chip,
                levels: level === undefined ? 'all' : [level],
                strategies,
                windows,
                data,
                order,
              },
              priority,
            },
          ];
        }),
      ),
    ),
  );
  if (jobs.length === 0)
    throw new LittlefirstError('LF_CONFIG_INVALID', `The nightly ${nightly.name} has no job left`, {
      hint: 'take some of "except" away',
    });
  return jobs;
}
