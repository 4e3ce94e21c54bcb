import type { Command } from 'commander';
import { exitCodes } from '../../errors.js';
import { type CliContext, type Finish, printLine } from '../context.js';

/** `littlefirst boards`: the boards of the package and of the user. */
export function addBoards(command: Command, context: CliContext, finish: Finish): void {
  command
    .option('--json', 'as JSON')
    .option('--markdown', 'as a table with meters and proofs, for a README')
    .action(async (options: { json?: boolean; markdown?: boolean }) => {
      const { boardsTable, listBoards } = await import('../../library/index.js');
      const entries = await listBoards(context.cwd);
      if (options.json) printLine(context.out, JSON.stringify(entries, null, 2));
      else if (options.markdown) printLine(context.out, await boardsTable(entries));
      else
        for (const board of entries) {
          printLine(context.out, `${board.name}: ${board.description}`);
          printLine(
            context.out,
            `  emulated by ${board.emulator ?? 'nothing'}; ${board.hardware}; on silicon: ${board.proven.silicon ?? 'never'}`,
          );
          const levels = board.levels.map(level => `${level.name} (${level.mV} mV)`).join(', ');
          printLine(
            context.out,
            `  chip ${board.defaultChip}: ${levels || 'no level that this board can set'}`,
          );
        }
      finish(exitCodes.pass);
    });
}
