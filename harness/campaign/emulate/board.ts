import type { Duplex } from 'node:stream';
import type { EmulatedInstrumentOptions } from '../../emulator/instruments/open.js';
import { SharedLine } from '../../emulator/shared-line.js';
import { createSupply, type Supply, switchBoard } from '../../emulator/supply.js';
import { LittlefirstError } from '../../errors.js';
import type { Machine } from '../../machine/machine.js';
import type { WaveformSource } from '../../machine/waveform.js';
import { findLevel, levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import type { ChipLevel, ChipProfile } from '../../measure/chip/schema.js';
import { type Bundle, loadBundle } from '../../model/load.js';
import { firmwareOf, loadBoard } from '../bench/boards.js';
import { packForBoard } from '../bench/pack.js';
import { createMachine } from '../open/machines.js';

/** What the logic inputs of a meter are wired to: the two marker lines, or MLPerf Tiny's time-stamp pin on the first. */
export type BoardLogic = 'markers' | 'timestamp';

export interface StartBoardOptions {
  board: string;
  bundle: string;
  models?: string;
  chip?: string;
  level?: string;
  strategy?: string;
  regime?: 'performance' | 'energy';
  logic: BoardLogic;
}

/** An emulated board with image, bundle and modelled supply, started. */
export interface StartedBoard {
  line: SharedLine;
  /** What its clients must know of it. */
  caution?: string;
  /** Tells how far the bench's time came; absent where it stands still while the board waits, so that no line may wait for it. */
  time?: WaveformSource;
  /** Switches the supply, which restarts the board; nothing happens where it is so already. */
  power(on: boolean): Promise<void>;
  /** What an emulated instrument in the supply is made with. */
  instrument: EmulatedInstrumentOptions;
  failed: AbortSignal;
  close(): Promise<void>;
}

interface Wired {
  machine: Machine;
  supply: Supply;
  /** Commands that bring a board that has just started to level and strategy. */
  setUp: string[];
  keepsPace: boolean;
}

/** The commands for a level and a strategy. @throws LF_UNKNOWN_LEVEL, LF_UNKNOWN_STRATEGY */
function setUpCommands(
  { board, level, strategy }: StartBoardOptions,
  chip: ChipProfile,
  levels: readonly ChipLevel[],
  bundle: Bundle,
): string[] {
  const commands: string[] = [];
  if (level !== undefined) {
    const index = levels.indexOf(findLevel(chip, level).level);
    if (index < 0)
      throw new LittlefirstError('LF_UNKNOWN_LEVEL', `Board ${board} cannot set level "${level}"`, {
        expected: levels.map(({ name }) => name).join(', '),
        received: level,
      });
    commands.push(`lf level ${index}%`);
  }
  const names = bundle.description.strategies.map(({ name }) => name);
  if (strategy !== undefined && !names.includes(strategy))
    throw new LittlefirstError('LF_UNKNOWN_STRATEGY', `This bundle has no strategy "${strategy}"`, {
      expected: names.join(', '),
      received: strategy,
    });
  if (strategy !== undefined) commands.push(`lf strategy ${strategy}%`);
  return commands;
}

async function wire(options: StartBoardOptions): Promise<Wired> {
  const board = await loadBoard(options.board);
  const chip = await loadChip(options.chip ?? board.defaultChip);
  const levels = levelsForBoard(chip, board.name);
  const bundle = await loadBundle(options.bundle, { models: options.models });
  const setUp = setUpCommands(options, chip, levels, bundle);
  const firmware = firmwareOf(board);
  const { blob } = packForBoard(bundle, board, firmware, levels);
  const { machine, flasher } = await createMachine(board, {
    levelHz: levels.map(level => level.hertz.value),
    levelWords: levels.map(level => level.registers[board.name]),
    flashWaitStates: levels.map(level => level.flashWaitStates.value),
    pace: 'real',
    uart: 'paced',
    energyStrap: options.regime === 'energy',
    logic: options.logic,
  });
  try {
    const supply = createSupply(chip, levels);
    machine.onPower(events => supply.push(events));
    await flasher.flash([...firmware.segments, { address: firmware.entry.blobAddress, data: blob }]);
    return { machine, supply, setUp, keepsPace: board.emulator === 'rp2040js' };
  } catch (error) {
    await machine.close();
    throw error;
  }
}

/** What the board says up to and with its next `m-ready`. */
function untilReady(uart: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (!text.includes('m-ready\r\n')) return;
      uart.off('data', hear).off('error', reject);
      resolve(text);
    };
    uart.on('data', hear).once('error', reject);
  });
}

/** A board in QEMU computes as fast as QEMU does: its clock is right, its pace is not. */
const ownPace =
  'its clock counts modelled cycles, which do not keep pace with this host: it stands still while the board waits';

/**
 * Starts an emulated board in real time, its line at its baud rate; one in QEMU as fast as it computes, and it tells of nothing it sends before its supply has told
 * what came before that. Its banner is over when this returns.
 * @throws LF_USAGE, LF_UNKNOWN_*, LF_BUNDLE_*, LF_EMULATOR_FAILED, LF_TOOL_MISSING
 */
export async function startBoard(options: StartBoardOptions): Promise<StartedBoard> {
  const { machine, supply, setUp, keepsPace } = await wire(options);
  const { uart } = machine;
  const failure = new AbortController();
  uart.on('error', error => failure.abort(error));
  const line = new SharedLine(uart);
  /** Sets a board up that has just started; clients hear its banner, and nothing of this. */
  const start = async () => {
    const banner = await untilReady(uart);
    for (const command of setUp) {
      const done = untilReady(uart);
      uart.write(command);
      await done;
    }
    return banner;
  };
  let isOn = true;
  const power = async (on: boolean) => {
    if (on === isOn) return;
    isOn = on;
    if (on) line.mute();
    const started = on ? start() : undefined;
    await switchBoard(machine, supply, on);
    if (started !== undefined) line.unmute(await started);
  };
  try {
    await start();
  } catch (error) {
    await machine.close();
    throw error;
  }
  return {
    line,
    ...(keepsPace ? { time: supply } : { caution: ownPace }),
    power,
    instrument: { source: supply, settle: () => machine.settle(), power },
    failed: failure.signal,
    close: () => machine.close(),
  };
}
