import { dirname, resolve } from 'node:path';
import { type Target, targetSchema } from '../cascade/targets.js';
import type { DataSetName, Order } from '../data/types.js';
import { type Bench, benchSchema } from './bench-schema.js';
import { readYaml } from './yaml-file.js';

/** What the command line may say instead of the bench file; absent = as the file says. */
export interface BenchOverrides {
  board?: string;
  chip?: string;
  levels?: 'all' | string[];
  strategies?: 'all' | string[];
  data?: DataSetName;
  order?: Order;
  windows?: 'all' | number;
  bundle?: string;
}

/** A bench file with its overrides applied and its paths absolute. */
export interface ResolvedBench extends Bench {
  file: string;
}

/**
 * Reads a bench file and applies the command line's choices. A board given there takes its own default chip unless a chip
 * is given too; another chip or board takes all its levels unless levels are given.
 * @throws LF_CONFIG_INVALID
 */
export async function loadBench(path: string, overrides: BenchOverrides = {}): Promise<ResolvedBench> {
  const file = resolve(path);
  const bench = await readYaml(file, benchSchema);
  const folder = dirname(file);
  const otherBoard = overrides.board !== undefined && overrides.board !== bench.board;
  const otherChip = otherBoard || (overrides.chip !== undefined && overrides.chip !== bench.chip);
  return {
    ...bench,
    file,
    board: overrides.board ?? bench.board,
    chip: overrides.chip ?? (otherBoard ? undefined : bench.chip),
    levels: overrides.levels ?? (otherChip ? 'all' : bench.levels),
    strategies: overrides.strategies ?? bench.strategies,
    bundles:
      overrides.bundle === undefined
        ? bench.bundles.map(bundle => resolve(folder, bundle))
        : [resolve(overrides.bundle)],
    data: {
      ...bench.data,
      set: overrides.data ?? bench.data.set,
      order: overrides.order ?? bench.data.order,
      windows: overrides.windows ?? bench.data.windows,
    },
  };
}

/** Reads a file of targets (`check --targets`): a YAML list, each as in a bench file. @throws LF_CONFIG_INVALID */
export async function loadTargets(path: string): Promise<Target[]> {
  return readYaml(resolve(path), targetSchema.array());
}
