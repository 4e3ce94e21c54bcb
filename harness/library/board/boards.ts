import { type Board, boardNames, loadBoard, ownBoards } from '../../campaign/bench/boards.js';
import { type NewBoard, newBoard as writeBoard } from '../../campaign/new-board/new-board.js';
import { loadChip } from '../../measure/chip/profile.js';

export type { NewBoard } from '../../campaign/new-board/new-board.js';

/** A board with the levels of its default chip. */
export interface BoardEntry extends Omit<Board, 'schema'> {
  core: string;
  flashBytes: number;
  ramBytes: number;
  /** Levels that the board's port can set: millivolts and hertz. */
  levels: { name: string; mV: number; Hz: number }[];
}

async function entryOf(given: string): Promise<BoardEntry> {
  const { schema: _, ...board } = await loadBoard(given);
  const chip = await loadChip(board.defaultChip);
  const levels = chip.levels.filter(level => board.name in level.registers);
  return {
    ...board,
    core: chip.core,
    flashBytes: chip.memory.flashBytes.value,
    ramBytes: chip.memory.ramBytes.value,
    levels: levels.map(level => ({ name: level.name, mV: level.millivolts.value, Hz: level.hertz.value })),
  };
}

/**
 * The boards of the package, then those of the user (`boards/`, or where LITTLEFIRST_BOARDS says).
 * @throws LF_CONFIG_INVALID, LF_UNKNOWN_CHIP
 */
export async function listBoards(cwd = process.cwd()): Promise<BoardEntry[]> {
  return Promise.all([...(await boardNames()), ...(await ownBoards(cwd))].map(entryOf));
}

/** Writes a board into a folder of its own. @throws as `harness/campaign/new-board/new-board.ts` */
export const newBoard = (board: NewBoard, into: string): Promise<{ folder: string; files: string[] }> =>
  writeBoard(board, into);
