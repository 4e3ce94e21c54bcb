import type { Machine, MachineOptions } from '../emulator/machine.js';
import { createRp2040Machine } from '../emulator/rp2040.js';
import { LittlefirstError } from '../errors.js';
import type { Board } from './boards.js';

/** Starts the emulator of a board. @throws LF_CONFIG_INVALID when the board has none; LF_EMULATOR_FAILED, LF_TOOL_MISSING */
export async function createMachine(board: Board, options: MachineOptions): Promise<Machine> {
  if (board.emulator === 'rp2040js') return createRp2040Machine(options);
  throw new LittlefirstError('LF_CONFIG_INVALID', `Board ${board.name} has no emulator`, {
    expected: 'a link to a real board',
    received: 'link emulated:',
    hint: 'set link: serial:/dev/... in the bench file',
    fields: { board: board.name },
  });
}
