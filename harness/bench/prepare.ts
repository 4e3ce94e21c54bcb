import { GoldenCascade } from '../cascade/golden.js';
import { loadWindows } from '../data/index.js';
import { type ScaledWindows, scaleWindows } from '../data/scaling.js';
import type { WindowSet } from '../data/types.js';
import { type Firmware, loadFirmware } from '../emulator/manifest.js';
import { findLevel, levelsForBoard, loadChip } from '../energy/chip.js';
import type { ChipLevel, ChipProfile } from '../energy/chip-schema.js';
import { LittlefirstError } from '../errors.js';
import { type Bundle, loadBundle } from '../model/bundle.js';
import { type PackedBundle, packBundle } from '../model/pack.js';
import { type Board, loadBoard } from './boards.js';
import type { ResolvedBench } from './load-bench.js';

/** A bundle, ready to be flashed and streamed. */
export interface PreparedBundle {
  bundle: Bundle;
  name: string;
  blob: Uint8Array;
  strategies: string[];
  windows: ScaledWindows;
  /** Bytes of one window on the wire. */
  windowBytes: number;
}

/** Everything that a campaign needs, read and checked, before any board is touched. */
export interface PreparedBench {
  bench: ResolvedBench;
  models?: string;
  board: Board;
  chip: ChipProfile;
  /** All levels that the board can set, in the order of the blob's table. */
  boardLevels: ChipLevel[];
  /** Indices into `boardLevels` of the levels to be measured. */
  levels: number[];
  bundles: PreparedBundle[];
  /** The windows without their physical samples: the bundles hold them scaled, in an eighth of the memory. */
  windows: Omit<WindowSet, 'samples'>;
  firmware: Firmware;
}

function pickLevels(bench: ResolvedBench, chip: ChipProfile, boardLevels: ChipLevel[]): number[] {
  if (bench.levels === 'all') return [...boardLevels.keys()];
  const picked = bench.levels.map(name => {
    const { level } = findLevel(chip, name);
    const index = boardLevels.indexOf(level);
    if (index >= 0) return index;
    throw new LittlefirstError('LF_UNKNOWN_LEVEL', `Board ${bench.board} cannot set level "${name}"`, {
      expected: boardLevels.map(other => other.name).join(', '),
      received: name,
    });
  });
  return [...new Set(picked)];
}

function pickStrategies(bench: ResolvedBench, bundle: Bundle): string[] {
  if (bench.strategies === 'all') return bundle.description.strategies.map(strategy => strategy.name);
  const names = [...new Set(bench.strategies)];
  for (const name of names) new GoldenCascade(bundle, name);
  return names;
}

/**
 * Packs a bundle into the flash blob of a board.
 * @param levels the levels of the blob's table
 * @throws LF_BUNDLE_TOO_LARGE, LF_MODEL_UNSUPPORTED, LF_BUNDLE_INVALID
 */
export function packForBoard(
  bundle: Bundle,
  board: Board,
  firmware: Firmware,
  levels: readonly ChipLevel[],
): PackedBundle {
  return packBundle(bundle, {
    core: firmware.entry.core,
    levels: levels.map(level => ({
      name: level.name,
      millivolts: level.millivolts.value,
      hertz: level.hertz.value,
      registers: level.registers[board.name],
    })),
    flashBytes: board.blobBytes,
    ramArenaBytes: firmware.entry.arenaBytes,
  });
}

type Shared = Omit<PreparedBench, 'bundles' | 'windows'>;

async function prepareBundle(folder: string, data: WindowSet, shared: Shared): Promise<PreparedBundle> {
  const { bench, board, firmware } = shared;
  const bundle = await loadBundle(folder, { models: shared.models });
  const strategies = pickStrategies(bench, bundle);
  const { blob } = packForBoard(bundle, board, firmware, shared.boardLevels);
  const windows = scaleWindows(data, bundle.description.window);
  const windowBytes = windows.bytes(0).length;
  return { bundle, name: bundle.description.name, blob, strategies, windows, windowBytes };
}

/** One campaign has one set of class names, one window period, and one name for each bundle. */
function checkAlike(bundles: PreparedBundle[]): void {
  const [first, ...others] = bundles;
  const sameOf = (bundle: PreparedBundle) => {
    const { labels, window } = bundle.bundle.description;
    return JSON.stringify([labels, window.stride / window.sampleRateHz]);
  };
  for (const other of others)
    if (sameOf(other) !== sameOf(first) || other.name === first.name)
      throw new LittlefirstError('LF_CONFIG_INVALID', 'These bundles cannot share a campaign', {
        expected: 'different names, the same labels and the same window period',
        received: `${first.name} and ${other.name}`,
        hint: 'give each its own bench file',
      });
}

/**
 * Reads and checks everything that a bench names.
 * @param options.models where .tflite files are found that a bundle names but does not hold
 * @throws LF_UNKNOWN_BOARD, LF_UNKNOWN_CHIP, LF_UNKNOWN_LEVEL, LF_UNKNOWN_STRATEGY, LF_DATA_*, LF_MODEL_*, LF_BUNDLE_*
 */
export async function prepareBench(
  bench: ResolvedBench,
  options: { models?: string } = {},
): Promise<PreparedBench> {
  const board = await loadBoard(bench.board);
  const chip = await loadChip(bench.chip ?? board.defaultChip);
  const boardLevels = levelsForBoard(chip, board.name);
  const levels = pickLevels(bench, chip, boardLevels);
  const { data } = bench;
  const loaded = await loadWindows({
    data: data.set,
    split: data.split,
    order: data.order,
    limit: data.windows === 'all' ? undefined : data.windows,
    seed: data.seed,
  });
  const firmware = loadFirmware(board.name);
  const shared = { bench, models: options.models, board, chip, boardLevels, levels, firmware };
  const bundles: PreparedBundle[] = [];
  for (const folder of bench.bundles) bundles.push(await prepareBundle(folder, loaded, shared));
  checkAlike(bundles);
  const { samples: _, ...windows } = loaded;
  return { ...shared, windows, bundles };
}
