import { joinLabels } from '../../data/label-join.js';
import { loadWindows } from '../../data/load.js';
import { checkScaled, type ScaledWindows, scaleWindows } from '../../data/scaling.js';
import type { WindowSet } from '../../data/types.js';
import { releaseSamples } from '../../data/window-set.js';
import type { Firmware } from '../../emulator/manifest.js';
import { LittlefirstError } from '../../errors.js';
import { checkMemory, findLevel, levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import type { ChipLevel, ChipProfile } from '../../measure/chip/schema.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import { type Bundle, loadBundle } from '../../model/load.js';
import {
  type PackableBundle,
  type PackedBundle,
  type PackOptions,
  packBundle,
} from '../../model/pack/bundle.js';
import type { ScheduleSearch } from '../../record/schedule-search.js';
import { canApply, checkTargets } from '../../record/target-check.js';
import type { Target } from '../../record/targets.js';
import { type Board, firmwareOf, loadBoard } from './boards.js';
import type { ResolvedBench } from './load.js';
import type { DutChoice } from './schema.js';

/** A bundle, ready to be flashed and streamed. */
export interface PreparedBundle {
  bundle: Bundle;
  name: string;
  blob: Uint8Array;
  /** All that are measured. */
  strategies: string[];
  /** Those of them that are measured at every level of the DUT. */
  atAllLevels: string[];
  windows: ScaledWindows;
  /** Bytes of one window on the wire. */
  windowBytes: number;
}

/** A strategy of a bundle at a level of its own, or at one for each stage. */
export interface Schedule {
  bundle: number;
  strategy: string;
  /** Indices of the board's levels. */
  gate: number;
  big: number;
}

/** Everything that a campaign needs of one DUT, read and checked, before any board is touched. */
export interface PreparedBench {
  bench: ResolvedBench;
  board: Board;
  chip: ChipProfile;
  /** All levels that the board can set, in the order of the blob's table. */
  boardLevels: ChipLevel[];
  /** Indices into `boardLevels` of the levels to be measured. */
  levels: number[];
  /** Blocks beside those of every strategy at every level. */
  schedules: Schedule[];
  bundles: PreparedBundle[];
  /** The windows without their physical samples (the bundles hold them scaled, in an eighth of the memory), their labels those of the bundles. */
  windows: Omit<WindowSet, 'samples'>;
  firmware: Firmware;
}

/** Everything that a campaign needs. Its DUTs have equal bundles, each packed for its board. */
export interface PreparedCampaign {
  bench: ResolvedBench;
  models?: string;
  windows: PreparedBench['windows'];
  duts: PreparedBench[];
  /** The bench's targets that this run is judged by, and in words those that the command line's choices left nothing for. */
  targets: Target[];
  leftOut?: string[];
  /** How schedules were found that the bench left open. */
  searches?: ScheduleSearch[];
}

function pickLevels(
  { board, levels = 'all' }: DutChoice,
  chip: ChipProfile,
  boardLevels: ChipLevel[],
  keepsDoubles = false,
): number[] {
  if (levels === 'all') return [...boardLevels.keys()];
  const picked = levels.map(name => {
    const { level } = findLevel(chip, name);
    const index = boardLevels.indexOf(level);
    if (index >= 0) return index;
    throw new LittlefirstError('LF_UNKNOWN_LEVEL', `Board ${board} cannot set level "${name}"`, {
      expected: boardLevels.map(other => other.name).join(', '),
      received: name,
    });
  });
  return keepsDoubles ? picked : [...new Set(picked)];
}

const strategyNames = ({ description }: Bundle): string[] =>
  description.strategies.map(strategy => strategy.name);

/** The strategies of each bundle that are wanted. @throws LF_UNKNOWN_STRATEGY when no bundle has one of them */
function pickStrategies(wanted: ResolvedBench['strategies'], bundles: readonly Bundle[]): string[][] {
  if (wanted === 'all') return bundles.map(strategyNames);
  const known = new Set(bundles.flatMap(strategyNames));
  const unknown = wanted.filter(name => !known.has(name));
  if (unknown.length > 0)
    throw new LittlefirstError('LF_UNKNOWN_STRATEGY', `No bundle has a strategy "${unknown.join('", "')}"`, {
      expected: bundles
        .map(bundle => `${bundle.description.name}: ${strategyNames(bundle).join(', ')}`)
        .join('; '),
      received: unknown.join(', '),
      fields: { strategies: unknown },
    });
  return bundles.map(bundle => strategyNames(bundle).filter(name => wanted.includes(name)));
}

/**
 * Packs a bundle into the flash blob of a board.
 * @param levels the levels of the blob's table
 * @param layouts of kernels, instead of all of the core's
 * @throws LF_BUNDLE_TOO_LARGE, LF_MODEL_UNSUPPORTED, LF_BUNDLE_INVALID
 */
export function packForBoard(
  bundle: PackableBundle,
  board: Board,
  firmware: Firmware,
  levels: readonly ChipLevel[],
  layouts?: PackOptions['layouts'],
): PackedBundle {
  return packBundle(bundle, {
    layouts,
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

/** Windows that the firmware keeps at least: the previous one, that of the `db` commands, two to receive (firmware/core/dut.c). */
const leastSlots = 4;
/** Bytes of a slot beside its window, at most (firmware/core/frames.c). */
const slotExtra = 12;

/** Flash and RAM that image, blob and buffers take. */
export function memoryNeeds(
  bundle: PackableBundle,
  board: Board,
  { entry }: Firmware,
  { blob, arenaBytes }: PackedBundle,
): { flashBytes: number; ramBytes: number } {
  const flashBytes = entry.bytes + blob.length;
  if (board.memory === 'image') return { flashBytes, ramBytes: entry.arenaBytes + entry.ringBytes };
  const { samples, channels, dtype } = bundle.description.window;
  const windowBytes = samples * channels.length * (dtype === 'int16' ? 2 : 1);
  return { flashBytes, ramBytes: arenaBytes + leastSlots * (windowBytes + slotExtra) };
}

/**
 * Packs a bundle for a DUT whose chip may be smaller than the board that stands in for it.
 * @throws as `packForBoard`; LF_BUNDLE_TOO_LARGE when image and blob, or buffers, do not fit the chip
 */
function packForChip(bundle: Bundle, { board, chip, firmware, boardLevels }: ChosenDut): Uint8Array {
  const packed = packForBoard(bundle, board, firmware, boardLevels);
  checkMemory(chip, memoryNeeds(bundle, board, firmware, packed));
  return packed.blob;
}

/** The blocks that the bench's schedules make on one DUT, but those that are planned already. @throws LF_CONFIG_INVALID, LF_UNKNOWN_LEVEL */
function pickSchedules(
  { bench: { schedules = [], link }, board, chip, boardLevels, levels }: ChosenDut & { bench: ResolvedBench },
  bundles: readonly LoadedBundle[],
): Schedule[] {
  const picked: Schedule[] = [];
  for (const { strategy, levels: wanted, only } of schedules) {
    /* To be found first (harness/library/run/schedules.ts). */
    if (wanted === 'auto') continue;
    if (only !== undefined && (only.board !== board.name || only.chip !== chip.name)) continue;
    const names = typeof wanted === 'string' ? { gate: wanted, big: wanted } : wanted;
    const [gate, big] = pickLevels(
      { board: board.name, levels: [names.gate, names.big] },
      chip,
      boardLevels,
      true,
    );
    if (gate !== big && link === 'emulated:' && chip.levelChange === undefined)
      throw new LittlefirstError(
        'LF_CONFIG_INVALID',
        `Chip ${chip.name} does not say what a change of level costs`,
        {
          expected: 'levelChange in the chip profile, or one level for all stages',
          received: `${strategy} at ${names.gate} and ${names.big}`,
          hint: 'see levelChange in fixtures/chips/rp2040.yaml',
        },
      );
    bundles.forEach((bundle, i) => {
      if (!bundle.strategies.includes(strategy) || (only && only.bundle !== bundle.name)) return;
      const isPlanned = gate === big && bundle.atAllLevels.includes(strategy) && levels.includes(gate);
      const isDouble = picked.some(
        other =>
          other.bundle === i && other.strategy === strategy && other.gate === gate && other.big === big,
      );
      if (!isPlanned && !isDouble) picked.push({ bundle: i, strategy, gate, big });
    });
  }
  return picked;
}

/** A bundle and what is the same on every board. */
type LoadedBundle = Omit<PreparedBundle, 'blob'>;

async function loadBundles(
  bench: ResolvedBench,
  windows: WindowSet,
  models: string | undefined,
): Promise<LoadedBundle[]> {
  const bundles: Bundle[] = [];
  for (const folder of bench.bundles) bundles.push(await loadBundle(folder, { models }));
  checkAlike(bundles);
  const scheduled = bench.schedules?.map(({ strategy }) => strategy) ?? [];
  const atAllLevels = pickStrategies(bench.strategies, bundles);
  const apart = pickStrategies(scheduled, bundles);
  return bundles.flatMap((bundle, i) => {
    const strategies = strategyNames(bundle).filter(
      name => atAllLevels[i].includes(name) || apart[i].includes(name),
    );
    if (strategies.length === 0) return [];
    for (const name of strategies) new GoldenCascade(bundle, name);
    const scaled = scaleWindows(windows, bundle.description.window);
    checkScaled(scaled, bundle.description.window);
    const { name } = bundle.description;
    return [
      {
        bundle,
        name,
        strategies,
        atAllLevels: atAllLevels[i],
        windows: scaled,
        windowBytes: scaled.bytes(0).length,
      },
    ];
  });
}

const isScored = ({ description }: Bundle, strategy: string): boolean =>
  description.strategies.some(({ name, kind }) => name === strategy && kind === 'score');

/**
 * The targets that a run is judged by. What the bench file asks for must be there; what only the command line took away is left out, and
 * said.
 * @throws LF_UNKNOWN_TARGET
 */
function pickTargets(
  { targets, narrowed, meter }: ResolvedBench,
  bundles: readonly LoadedBundle[],
): Pick<PreparedCampaign, 'targets' | 'leftOut'> {
  const scope = {
    blocks: bundles.flatMap(({ bundle, name, strategies }) =>
      strategies.map(strategy => ({ bundle: name, strategy, isScored: isScored(bundle, strategy) })),
    ),
    hasMeter: meter.driver !== 'none',
    isThirdParty: false,
  };
  if (!narrowed) checkTargets(targets, scope);
  const kept = targets.filter(target => canApply(target, scope));
  if (kept.length === targets.length) return { targets };
  return { targets: kept, leftOut: targets.filter(target => !kept.includes(target)).map(({ name }) => name) };
}

/** One campaign has one set of class names, one window period, and one name for each bundle. */
function checkAlike([first, ...others]: Bundle[]): void {
  const sameOf = ({ description: { labels, window } }: Bundle) =>
    JSON.stringify([labels, window.stride / window.sampleRateHz]);
  const names = new Set([first.description.name]);
  for (const other of others) {
    if (sameOf(other) !== sameOf(first) || names.has(other.description.name))
      throw new LittlefirstError('LF_CONFIG_INVALID', 'These bundles cannot share a campaign', {
        expected: 'different names, the same labels and the same window period',
        received: `${[...names].join(', ')} and ${other.description.name}`,
        hint: 'give each its own bench file',
      });
    names.add(other.description.name);
  }
}

/** What a choice of DUT means, without bundles. */
type ChosenDut = Pick<PreparedBench, 'board' | 'chip' | 'boardLevels' | 'levels' | 'firmware'>;

async function chooseDut(
  choice: DutChoice,
  { faults, link, ambientCelsius, firmware }: ResolvedBench,
): Promise<ChosenDut> {
  const board = await loadBoard(choice.board);
  const chip = await loadChip(choice.chip ?? board.defaultChip, {
    allowOverclock: faults?.undervolt !== undefined,
    ambientCelsius: link === 'emulated:' ? ambientCelsius : undefined,
  });
  const boardLevels = levelsForBoard(chip, board.name);
  const levels = pickLevels(choice, chip, boardLevels);
  return { board, chip, boardLevels, levels, firmware: firmwareOf(board, firmware) };
}

/** A campaign measures each board with each chip once; only emulated boards come in numbers. */
function checkDuts(bench: ResolvedBench, duts: readonly ChosenDut[]): void {
  const names = duts.map(({ board, chip }) => `${board.name} with chip ${chip.name}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'This bench names a DUT twice', {
      expected: 'different boards or chips',
      received: twice,
      hint: 'give all levels in one entry of duts',
    });
  if (bench.faults !== undefined && bench.link !== 'emulated:')
    throw new LittlefirstError('LF_CONFIG_INVALID', 'Faults are made on emulated boards only', {
      expected: 'link emulated:, or no faults',
      received: `link ${bench.link} with faults`,
    });
  if (duts.length > 1 && bench.link !== 'emulated:')
    throw new LittlefirstError('LF_CONFIG_INVALID', 'One link cannot serve several DUTs', {
      expected: 'link emulated:, or one board',
      received: `link ${bench.link} and ${names.join(', ')}`,
      hint: 'choose one with --board and --chip',
    });
}

/**
 * Reads and checks everything that a bench names.
 * @param options.models where .tflite files are found that a bundle names but does not hold
 * @throws LF_UNKNOWN_BOARD, LF_UNKNOWN_CHIP, LF_UNKNOWN_LEVEL, LF_UNKNOWN_STRATEGY, LF_UNKNOWN_TARGET, LF_CONFIG_INVALID, LF_DATA_*, LF_MODEL_*,
 *   LF_BUNDLE_*
 */
export async function prepareBench(
  bench: ResolvedBench,
  options: { models?: string } = {},
): Promise<PreparedCampaign> {
  const { models } = options;
  const chosen: ChosenDut[] = [];
  for (const choice of bench.duts) chosen.push(await chooseDut(choice, bench));
  checkDuts(bench, chosen);
  const { data } = bench;
  const loaded = await loadWindows({
    data: data.set,
    split: data.split,
    order: data.order,
    limit: data.windows === 'all' ? undefined : data.windows,
    seed: data.seed,
  });
  const bundles = await loadBundles(bench, loaded, models);
  const judged = pickTargets(bench, bundles);
  releaseSamples(loaded);
  const { samples: _, ...physical } = loaded;
  const names = bundles[0].bundle.description.labels;
  const windows = {
    ...physical,
    labels: joinLabels(physical.labels, names, physical.grid.classes, bench.labels),
  };
  const duts = chosen.map(dut => ({
    ...dut,
    bench,
    windows,
    schedules: pickSchedules({ ...dut, bench }, bundles),
    bundles: bundles.map(bundle => ({
      ...bundle,
      blob: packForChip(bundle.bundle, dut),
    })),
  }));
  return { bench, models, windows, duts, ...judged };
}
