import { createSupply } from '../../emulator/supply.js';
import { LittlefirstError } from '../../errors.js';
import { findLevel, levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import { loadBundle } from '../../model/load.js';
import { closeLink, openLink } from '../../wire/link/open.js';
import { firmwareOf, loadBoard } from '../bench/boards.js';
import { packForBoard } from '../bench/pack.js';
import { machineClock } from '../open/machine-clock.js';
import { createMachine } from '../open/machines.js';
import { openBenchMeter } from '../open/meter.js';
import type { MlperfBench } from './bench-file.js';
import { type OpenStranger, strangerMeter } from './stranger.js';

/**
 * One of our emulated boards with our firmware and a bundle, of which the rest of the bench knows nothing but its MLPerf Tiny
 * commands. The board starts at the first level unless the bench names one.
 * @throws LF_CONFIG_INVALID, LF_UNKNOWN_*, LF_BUNDLE_*, LF_EMULATOR_FAILED, LF_TOOL_MISSING
 */
export async function openEmulatedStranger(bench: MlperfBench): Promise<OpenStranger> {
  const { emulated } = bench;
  if (emulated === undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'An emulated DUT needs a bundle', {
      expected: 'emulated: { bundle: folder }, or a link to a real DUT',
      received: 'neither',
    });
  const board = await loadBoard(bench.board);
  const chip = await loadChip(emulated.chip ?? board.defaultChip);
  const levels = levelsForBoard(chip, board.name);
  const firmware = firmwareOf(board);
  const { blob } = packForBoard(await loadBundle(emulated.bundle), board, firmware, levels);
  const { machine, flasher } = await createMachine(board, {
    levelHz: levels.map(level => level.hertz.value),
    levelWords: levels.map(level => level.registers[board.name]),
    flashWaitStates: levels.map(level => level.flashWaitStates.value),
    logic: 'timestamp',
  });
  try {
    const supply = createSupply(chip, levels);
    machine.onPower(events => supply.push(events));
    const settle = () => machine.settle();
    const meter = await openBenchMeter(strangerMeter(bench), {
      boardLink: 'emulated:',
      supplyMillivolts: chip.supply.millivolts.value,
      supply: { source: supply, settle },
    });
    await flasher.flash([...firmware.segments, { address: firmware.entry.blobAddress, data: blob }]);
    const link = await openLink('emulated:', { machine, baudRate: board.baudRate });
    const level = emulated.level === undefined ? 0 : levels.indexOf(findLevel(chip, emulated.level).level);
    link.write(`lf level ${level}%`);
    return {
      link,
      meter,
      boardClock: machineClock(machine),
      settle,
      close: async () => {
        await closeLink(link);
        await meter?.close();
        await machine.close();
      },
    };
  } catch (error) {
    await machine.close();
    throw error;
  }
}
