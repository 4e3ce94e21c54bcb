import { serveGdb } from '../../emulator/gdb-server.js';
import { createQemuMachine, type QemuBoard } from '../../emulator/qemu/machine.js';
import { createRp2040Machine, rp2040Memory } from '../../emulator/rp2040/machine.js';
import { LittlefirstError } from '../../errors.js';
import type { Machine, MachineOptions } from '../../machine/machine.js';
import { DirectFlasher } from '../../wire/flash/direct.js';
import type { Flasher } from '../../wire/flash/flasher.js';
import type { GdbAddress } from '../../wire/flash/gdb/connection.js';
import { GdbFlasher } from '../../wire/flash/gdb/flasher.js';
import type { Board } from '../bench/boards.js';

/** A GDB server of an emulated board. */
export interface EmulatedGdb {
  address: GdbAddress;
  close(): Promise<void>;
}

export interface EmulatedBoard {
  machine: Machine;
  flasher: Flasher;
  /** Opens the board to debuggers. */
  gdb?: () => Promise<EmulatedGdb>;
}

export interface EmulatedBoardOptions extends MachineOptions {
  /** Flash wait states of each level. */
  flashWaitStates: readonly number[];
}

async function createQemuBoard(board: Board, options: EmulatedBoardOptions): Promise<EmulatedBoard> {
  const machine = await createQemuMachine({
    board: board.machine ?? (board.name as QemuBoard),
    /* The package's own ports listen on a second UART, which is faster; the template's need not. */
    datagramInput: board.folder === undefined,
    ...options,
  });
  const gdb = new GdbFlasher(machine.gdbAddress);
  const flasher: Flasher = {
    name: gdb.name,
    async flash(segments, signal) {
      const report = await gdb.flash(segments, signal);
      await machine.reset();
      return report;
    },
  };
  return { machine, flasher, gdb: async () => ({ address: machine.gdbAddress, close: async () => {} }) };
}

/** Starts the emulator of a board. @throws LF_CONFIG_INVALID when the board has none; LF_EMULATOR_FAILED, LF_TOOL_MISSING */
export async function createMachine(board: Board, options: EmulatedBoardOptions): Promise<EmulatedBoard> {
  switch (board.emulator) {
    case 'rp2040js': {
      const machine = await createRp2040Machine(options);
      return { machine, flasher: new DirectFlasher(machine), gdb: () => serveGdb(machine, rp2040Memory) };
    }
    case 'qemu':
      return createQemuBoard(board, options);
    case undefined:
      throw new LittlefirstError('LF_CONFIG_INVALID', `Board ${board.name} has no emulator`, {
        expected: 'a link to a real board',
        received: 'link emulated:',
        hint: 'set link: serial:/dev/... in the bench file',
        fields: { board: board.name },
      });
  }
}
