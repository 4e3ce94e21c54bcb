import type { Command } from 'commander';
import { type Board, boardNames, loadBoard } from '../campaign/bench/boards.js';
import { exitCodes } from '../errors.js';
import { loadChip } from '../measure/chip/profile.js';
import { type CliContext, type Finish, printLine } from './context.js';

interface BoardEntry extends Omit<Board, 'schema'> {
  /** Levels of the default chip that the board's port can set. */
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

/** `littlefirst boards`: the boards that this package knows. */
export function addBoards(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('boards')
    .description('list the boards, how each is emulated, and the levels of its default chip')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const entries = await Promise.all((await boardNames()).map(entryOf));
      if (options.json) printLine(context.out, JSON.stringify(entries, null, 2));
      else
        for (const board of entries) {
          printLine(context.out, `${board.name}: ${board.description}`);
          printLine(context.out, `  emulated by ${board.emulator ?? 'nothing'}; ${board.hardware}`);
          const levels = board.levels.map(level => `${level.name} (${level.mV} mV)`).join(', ');
          printLine(
            context.out,
            `  chip ${board.defaultChip}: ${levels || 'no level that this board can set'}`,
          );
        }
      finish(exitCodes.pass);
    });
}
