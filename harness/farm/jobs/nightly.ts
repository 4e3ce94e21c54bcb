import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseYaml } from '../../config/yaml.js';
import { LittlefirstError } from '../../errors.js';
import { type Nightly, type NightlyInput, nightlySchema } from './nightly-schema.js';
import { packFolder } from './packed-folder.js';
import type { NewJob } from './spec.js';

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
    hint: 'see docs/farm.md',
  });
}

/** A file that the jobs of a nightly name by its hash. */
export interface PackedInput {
  sha256: string;
  bytes: Uint8Array;
}

/**
 * Packs the folders that a nightly names, so that it means the same wherever its jobs run.
 * @param file the nightly's: folders are relative to it
 * @returns the nightly with hashes in their place, and what they name
 * @throws LF_FARM_REFUSED for folders that cannot be packed
 */
export async function packNightly(
  nightly: Nightly,
  file: string,
): Promise<{ nightly: Nightly; inputs: PackedInput[] }> {
  const packedInputs: PackedInput[] = [];
  const pack = async (input: NightlyInput, needed: string): Promise<NightlyInput> => {
    if (typeof input === 'string' || !('folder' in input)) return input;
    const one = await packFolder(resolve(dirname(file), input.folder), needed);
    packedInputs.push(one);
    return { name: input.name, sha256: one.sha256 };
  };
  const { matrix } = nightly;
  const bundles = await Promise.all(matrix.bundles.map(one => pack(one, 'bundle.yaml')));
  const firmware =
    matrix.firmware && (await Promise.all(matrix.firmware.map(one => pack(one, 'manifest.json'))));
  return {
    nightly: nightlySchema.parse({ ...nightly, matrix: { ...matrix, bundles, firmware } }),
    inputs: packedInputs,
  };
}

/** @throws LF_CONFIG_INVALID for a folder that was not packed */
function named(input: NightlyInput): { name: string; sha256?: string } {
  if (typeof input === 'string') return { name: input };
  if ('sha256' in input) return input;
  throw new LittlefirstError('LF_CONFIG_INVALID', `The folder of ${input.name} was not packed`, {
    hint: 'give it to `littlefirst farm enqueue`, which packs it',
  });
}

/** All combinations, the last list fastest. */
function combinations<T extends unknown[]>(...lists: { [K in keyof T]: readonly T[K][] }): T[] {
  return lists.reduce<unknown[][]>(
    (heads, list) => heads.flatMap(head => list.map(one => [...head, one])),
    [[]],
  ) as T[];
}

/**
 * The jobs of a nightly, in the order of its lists.
 * @throws LF_CONFIG_INVALID for more than 10,000, or none
 */
export function expandNightly(nightly: Nightly): NewJob[] {
  const { matrix, except, windows, data, order, meter, tags, priority } = nightly;
  const { boards, chips = [undefined], firmware = [undefined] } = matrix;
  const levels = matrix.levels === 'all' ? [undefined] : matrix.levels;
  const strategies = matrix.strategies?.map(name => [name]) ?? [nightly.strategies];
  const lists = [boards, chips, firmware, matrix.bundles, levels, strategies] as const;
  const size = lists.reduce((product, { length }) => product * length, 1);
  if (size > mostJobs)
    throw new LittlefirstError('LF_CONFIG_INVALID', `The nightly ${nightly.name} is too large`, {
      expected: `${mostJobs} jobs at most`,
      received: `${size}`,
    });
  type Cell = [
    string,
    string | undefined,
    NightlyInput | undefined,
    NightlyInput,
    string | undefined,
    'all' | readonly string[],
  ];
  const jobs = combinations<Cell>(...lists).flatMap(
    ([board, chip, image, input, level, chosen]): NewJob[] => {
      const bundle = named(input);
      const firm = image === undefined ? undefined : named(image);
      const isLeftOut = except.some(
        cell =>
          (cell.board ?? board) === board &&
          (cell.chip ?? chip) === chip &&
          (cell.bundle ?? bundle.name) === bundle.name &&
          (cell.firmware ?? firm?.name) === firm?.name &&
          (cell.level ?? level) === level,
      );
      if (isLeftOut) return [];
      const strategy = matrix.strategies === undefined ? undefined : chosen[0];
      const cell = [board, chip, firm?.name, bundle.name, level, strategy].filter(word => word !== undefined);
      return [
        {
          name: `${nightly.name}: ${cell.join(' ')}`,
          want: { board, chip, meter, tags },
          spec: {
            bundle: bundle.name,
            bundleSha256: bundle.sha256,
            firmwareSha256: firm?.sha256,
            chip,
            levels: level === undefined ? 'all' : [level],
            strategies: chosen === 'all' ? 'all' : [...chosen],
            ...{ windows, data, order },
          },
          priority,
        },
      ];
    },
  );
  if (jobs.length === 0)
    throw new LittlefirstError('LF_CONFIG_INVALID', `The nightly ${nightly.name} has no job left`, {
      hint: 'take some of "except" away',
    });
  return jobs;
}
