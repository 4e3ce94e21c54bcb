import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { firmwareOf, loadBoard } from '../../campaign/bench/boards.js';
import { bundleFolder } from '../../campaign/bench/names.js';
import { packForBoard } from '../../campaign/bench/pack.js';
import { type GoldenAnswers, goldenAnswers } from '../../campaign/golden-answers.js';
import { joinLabels } from '../../data/label-join.js';
import { loadWindows } from '../../data/load.js';
import { checkScaled, scaleWindows } from '../../data/scaling.js';
import type { Order } from '../../data/types.js';
import { unscored } from '../../data/window-set.js';
import { LittlefirstError } from '../../errors.js';
import { levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import { maxModelBytes, readWithin } from '../../model/bundle/file.js';
import { type Counts, GoldenNetwork } from '../../model/golden/network.js';
import { type Bundle, loadBundle } from '../../model/load.js';
import type { PackedBundle } from '../../model/pack/bundle.js';
import type { Network } from '../../model/tflite/network.js';
import { readTflite } from '../../model/tflite/read.js';
import { elementCount } from '../../model/tflite/shapes.js';
import { withBundleOf } from './bare-model.js';

/** What a path named: a .tflite file or the folder of a bundle. */
export type ModelInput = { kind: 'network'; network: Network } | { kind: 'bundle'; bundle: Bundle };

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new LittlefirstError('LF_MODEL_MISSING', `${path} cannot be read`, {
      expected: 'a .tflite file or the folder of a bundle',
      received: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** Opens a .tflite file, or a bundle by its folder or, if it is shipped, by its name. @throws LF_MODEL_*, LF_BUNDLE_INVALID */
export async function openModel(name: string, models?: string): Promise<ModelInput> {
  const path = /\.tflite$/i.test(name) ? name : bundleFolder(name);
  if (await isFolder(path)) return { kind: 'bundle', bundle: await loadBundle(path, { models }) };
  return { kind: 'network', network: readTflite(await readWithin(path, maxModelBytes), basename(path)) };
}

/**
 * Packs a bundle into the flash blob of a board.
 * @param bundle its folder, or the name of a shipped one
 * @param options.chip profile whose levels go in; default: the board's
 * @returns the blob and the address where the board's image looks for it
 * @throws LF_UNKNOWN_*, LF_BUNDLE_*, LF_MODEL_*
 */
export async function packModel(
  bundle: string,
  options: { board: string; chip?: string; models?: string },
): Promise<{ packed: PackedBundle; blobAddress: number; board: string }> {
  const board = await loadBoard(options.board);
  const levels = levelsForBoard(await loadChip(options.chip ?? board.defaultChip), board.name);
  const loaded = await loadBundle(bundleFolder(bundle), { models: options.models });
  const firmware = firmwareOf(board);
  const packed = packForBoard(loaded, board, firmware, levels);
  return { packed, blobAddress: firmware.entry.blobAddress, board: board.name };
}

export interface GoldenRunOptions {
  data: string;
  order: Order;
  windows: 'all' | number;
  strategy?: 'all' | readonly string[];
  models?: string;
  signal?: AbortSignal;
}

/** What one strategy answers on a data set. */
export interface GoldenSummary {
  strategy: string;
  correct: number;
  /** Windows that have a true label. */
  scored: number;
  bigRuns: number;
  /** Mean multiply-adds a window. */
  macsPerWindow: number;
}

function summaryOf({ strategy, labels, big, macs }: GoldenAnswers, truth: Uint8Array): GoldenSummary {
  return {
    strategy,
    correct: labels.filter((label, i) => label === truth[i]).length,
    scored: truth.filter(label => label !== unscored).length,
    bigRuns: big.reduce((sum, ran) => sum + ran, 0),
    macsPerWindow: macs.reduce((sum, count) => sum + count, 0) / labels.length,
  };
}

/**
 * Answers of the golden interpreter for a bundle's strategies on a data set, without any board.
 * @throws LF_DATA_*, LF_UNKNOWN_STRATEGY, LF_BUNDLE_INVALID, LF_CONFIG_INVALID for classes that are not the data's
 */
export async function runBundle(
  bundle: Bundle,
  options: GoldenRunOptions,
): Promise<{ strategies: GoldenSummary[]; caution?: string }> {
  const set = await loadWindows({
    data: options.data,
    split: 'test',
    order: options.order,
    limit: options.windows === 'all' ? undefined : options.windows,
  });
  const truth = joinLabels(set.labels, bundle.description.labels, set.grid.classes);
  const scaled = scaleWindows(set, bundle.description.window);
  checkScaled(scaled, bundle.description.window);
  const named = options.strategy ?? 'all';
  const answers = await goldenAnswers(
    {
      folder: bundle.folder,
      models: options.models,
      strategies: named === 'all' ? bundle.description.strategies.map(({ name }) => name) : [...named],
      data: scaled.data,
      starts: set.starts,
      resets: [...set.resets],
    },
    options.signal,
  );
  return { strategies: answers.map(answer => summaryOf(answer, truth)), caution: set.caution };
}

/**
 * The same for a network alone, which then classifies every window from physical values (`assumptionsOf` says what is assumed).
 * @throws LF_USAGE when its inputs or outputs do not say how; LF_MODEL_UNSUPPORTED, LF_DATA_*
 */
export function runNetworkOnData(network: Network, options: GoldenRunOptions): ReturnType<typeof runBundle> {
  return withBundleOf(network, bundle => runBundle(bundle, { ...options, strategy: 'all' }));
}

/**
 * One inference of a network.
 * @param bytes of its input tensors, one after another, int8 or uint8 as the file says
 * @returns counts of each output tensor
 * @throws LF_USAGE when the bytes do not fit
 */
export function runNetwork(network: Network, bytes: Uint8Array): Counts[] {
  const golden = new GoldenNetwork(network);
  const tensors = network.inputs.map(index => network.tensors[index]);
  const needed = tensors.reduce((sum, tensor) => sum + elementCount(tensor.shape), 0);
  if (bytes.length !== needed)
    throw new LittlefirstError('LF_USAGE', "The input does not fit the network's inputs", {
      expected: `${needed} bytes`,
      received: `${bytes.length} bytes`,
    });
  let offset = 0;
  const inputs = tensors.map((tensor): Counts => {
    const part = Uint8Array.from(bytes.subarray(offset, offset + elementCount(tensor.shape)));
    offset += part.length;
    return tensor.type === 'int8' ? new Int8Array(part.buffer) : part;
  });
  return golden.run(inputs);
}
