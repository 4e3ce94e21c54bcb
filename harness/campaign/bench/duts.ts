import type { Firmware } from '../../emulator/manifest.js';
import { LittlefirstError } from '../../errors.js';
import { findLevel, levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import type { ChipLevel, ChipProfile } from '../../measure/chip/schema.js';
import { type Board, firmwareOf, loadBoard } from './boards.js';
import type { ResolvedBench } from './load.js';
import type { DutChoice } from './schema.js';

/** What a choice of DUT means, without bundles. */
export interface ChosenDut {
  board: Board;
  chip: ChipProfile;
  /** All levels that the board can set, in the order of the blob's table. */
  boardLevels: ChipLevel[];
  /** Indices into `boardLevels` of the levels to be measured. */
  levels: number[];
  firmware: Firmware;
}

/** @throws LF_UNKNOWN_LEVEL */
export function pickLevels(
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

/** @throws LF_UNKNOWN_BOARD, LF_UNKNOWN_CHIP, LF_UNKNOWN_LEVEL */
export async function chooseDut(
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

/** A campaign measures each board with each chip once; only emulated boards come in numbers. @throws LF_CONFIG_INVALID */
export function checkDuts(bench: ResolvedBench, duts: readonly ChosenDut[]): void {
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
