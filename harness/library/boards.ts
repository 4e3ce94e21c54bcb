import { type Board, boardNames, loadBoard } from '../campaign/bench/boards.js';
import { loadChip } from '../measure/chip/profile.js';

/** A board with the levels of its default chip. */
export interface BoardEntry extends Omit<Board, 'schema'> {
  /** Levels that the board's port can set: millivolts and hertz. */
  levels: { name: string; mV: number; Hz: number }[];
}

async function entryOf(name: string): Promise<BoardEntry> {
  const { schema: _, ...board } = await loadBoard(name);
  const chip = await loadChip(board.defaultChip);
  const levels = chip.levels.filter(level => board.name in level.registers);
  return {
    ...board,
    levels: levels.map(level => ({ name: level.name, mV: level.millivolts.value, Hz: level.hertz.value })),
  };
}

/** The boards that this package knows. @throws LF_CONFIG_INVALID, LF_UNKNOWN_CHIP */
export async function listBoards(): Promise<BoardEntry[]> {
  return Promise.all((await boardNames()).map(entryOf));
}
