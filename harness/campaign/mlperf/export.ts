import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify as csv } from 'csv-stringify/sync';
import { stringify as yaml } from 'yaml';
import { joinLabels } from '../../data/label-join.js';
import { loadWindows } from '../../data/load.js';
import { scaleWindows } from '../../data/scaling.js';
import type { Order, Split } from '../../data/types.js';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { loadBundle } from '../../model/load.js';
import { MlperfClient } from '../../wire/dut/mlperf/client.js';
import { mlperfBenchSchema } from './bench-file.js';
import { openEmulatedStranger } from './emulated.js';
import { ruleLoops, ruleWarmups } from './rules.js';

export interface ExportOptions {
  /** Receives `<bundle's name>/` and the scripts. */
  folder: string;
  bundle: string;
  models?: string;
  data: string;
  split: Split;
  order: Order;
  /** Only the first windows that have a class; default all. */
  windows?: number;
  seed?: number;
  /** Emulated board that tells how many inferences last `minimumSeconds`, and its level at the start. */
  board?: string;
  level?: string;
  /** That number, instead of asking a board. */
  iterations?: number;
}

export interface Exported {
  /** Folder with the truth file. */
  folder: string;
  model: string;
  windows: number;
  /** Inferences between two time stamps, as the scripts say; undefined: no scripts were written. */
  iterations?: number;
  /** Classes without a window: the stock runner computes no AUC then. */
  missing: string[];
  /** Said of the data. */
  caution?: string;
}

/** Windows without a class, e.g. transitions. */
const unscored = 255;
/** Shortest time between two time stamps by the rules, and how much longer is aimed for. */
const minimumSeconds = 10;
const headroom = 1.05;
/** Inferences of the trial. */
const trialIterations = 200;

/** A stock script: one loop of downloads and inferences (mlcommons/tiny, benchmark/runner, tests_*.yaml). */
function script(model: string, loop: string, infer: string): string {
  return yaml({
    [model]: { name: model, model, truth_file: 'y_labels.csv', script: [{ [loop]: ['download', infer] }] },
  });
}

/** Asks an emulated board for the shortest of the first windows: repeated, a cascade with memory runs its gate alone. */
async function countFor(
  options: ExportOptions,
  board: string,
  windows: readonly Uint8Array[],
): Promise<number> {
  const bench = mlperfBenchSchema.parse({
    schema: 'littlefirst.bench/1',
    protocol: 'mlperf-tiny',
    name: 'export',
    board,
    emulated: { bundle: options.bundle, level: options.level },
    data: { set: 'mlperf-folder', folder: options.folder },
    modes: [{ mode: 'performance' }],
  });
  const dut = await openEmulatedStranger({ ...bench, file: '' });
  const client = new MlperfClient(dut.link, { boardClock: dut.boardClock });
  try {
    await client.sync();
    let shortest = Number.POSITIVE_INFINITY;
    for (const window of windows) {
      await client.load(window);
      const { microseconds } = await client.infer(trialIterations, ruleWarmups);
      shortest = Math.min(shortest, (microseconds ?? 0) / trialIterations);
    }
    return Math.ceil((headroom * minimumSeconds * 1e6) / Math.max(shortest, 1));
  } finally {
    client.detach();
    await dut.close();
  }
}

/**
 * Writes windows in a bundle's format as a data folder of the stock MLPerf Tiny runner, and, where the number of inferences is known, the
 * runner's three scripts for them.
 * @throws LF_DATA_*, LF_BUNDLE_*, LF_MODEL_*; with a board also LF_UNKNOWN_*, LF_EMULATOR_FAILED, LF_DUT_*
 */
export async function exportMlperf(options: ExportOptions): Promise<Exported> {
  const { data, split, order, seed } = options;
  const bundle = await loadBundle(options.bundle, { models: options.models });
  const { name: model, labels, window: format } = bundle.description;
  const set = await loadWindows({ data, split, order, seed });
  const scaled = scaleWindows(set, format);
  const truth = joinLabels(set.labels, labels, set.grid.classes);
  const scored = [...truth.keys()].filter(i => truth[i] !== unscored);
  const taken = scored.slice(0, options.windows);
  if (taken.length === 0)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'These data do not fit the bundle', {
      expected: `windows of the classes ${labels.join(', ')}`,
      received: 'no window with a class',
    });
  const folder = join(options.folder, model);
  makeFolder(folder);
  const rows: [string, number, number][] = [];
  for (const i of taken) {
    const file = `window-${String(i).padStart(6, '0')}.bin`;
    await writeFile(join(folder, file), scaled.bytes(i));
    rows.push([file, labels.length, truth[i]]);
  }
  await writeFile(join(folder, 'y_labels.csv'), csv(rows));
  const { board } = options;
  const first = taken.slice(0, ruleLoops).map(i => scaled.bytes(i));
  const iterations =
    options.iterations ?? (board === undefined ? undefined : await countFor(options, board, first));
  if (iterations !== undefined) {
    const write = (mode: string, text: string) => writeFile(join(options.folder, `tests_${mode}.yaml`), text);
    await write('accuracy', script(model, 'loop', 'infer 1 0'));
    await write('performance', script(model, `loop ${ruleLoops}`, `infer ${iterations} ${ruleWarmups}`));
    await write('energy', script(model, `loop ${ruleLoops}`, `infer ${iterations} 0`));
  }
  const missing = labels.filter((_, label) => !taken.some(i => truth[i] === label));
  return { folder, model, windows: taken.length, iterations, missing, caution: set.caution };
}
