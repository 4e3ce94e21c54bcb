import { loadBoard } from '../../campaign/bench/boards.js';
import { packForBoard } from '../../campaign/bench/pack.js';
import { machineClock } from '../../campaign/open/machine-clock.js';
import { windowSource } from '../../campaign/window-source.js';
import { scaleWindows } from '../../data/scaling.js';
import { synthesizeWearer } from '../../data/synthetic/data-set.js';
import { loadFirmware } from '../../emulator/manifest.js';
import { createRp2040Machine } from '../../emulator/rp2040/machine.js';
import { LittlefirstError } from '../../errors.js';
import type { BoardClock } from '../../host/budget.js';
import type { Machine, PowerEvent } from '../../machine/machine.js';
import { levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import type { Bundle } from '../../model/load.js';
import { DutClient } from '../../wire/dut/client.js';
import { FrameEncoder } from '../../wire/dut/frames.js';
import type { WindowSource } from '../../wire/dut/stream.js';
import { closeLink, type Link, openLink } from '../../wire/link/open.js';
import { type LineUse, lineUseOf, windowTimes } from './line-use.js';
import { NaiveClient } from './naive-client.js';

export interface LinkBenchOptions {
  bundle: Bundle;
  strategy: string;
  level: string;
  baudRate: number;
  /** Virtual time that host and adapter take to answer what the DUT said, nanoseconds. */
  hostTurnaroundNs: number;
  /** Sends every window whole, also where it continues the one before. */
  wholeWindows?: boolean;
  /** Windows streamed, and windows given to the naive client (the first of the same). */
  windows: number;
  naiveWindows: number;
}

export interface LinkFigures extends LineUse {
  naiveWindowsPerSecond: number;
  /** Commands of the naive client for one window. */
  naiveExchangesPerWindow: number;
  windowBytes: number;
  /** Bytes of the stream's frames on the line, a window, on average. */
  lineBytesPerWindow: number;
  /** Frames that the DUT lost or refused: none, unless line or core is too fast for the other. */
  resentFrames: number;
  /** Windows per second of the stream / those of the naive client. */
  ratio: number;
  /** Labels, for comparison: equal for the windows that both clients classified. */
  labels: number[];
  naiveLabels: number[];
}

interface Dut {
  machine: Machine;
  boardClock: BoardClock;
  link: Link;
  events: PowerEvent[];
  level: number;
}

async function startDut(options: LinkBenchOptions): Promise<Dut> {
  const board = await loadBoard('rp2040');
  const levels = levelsForBoard(await loadChip(board.defaultChip), board.name);
  const level = levels.findIndex(({ name }) => name === options.level);
  if (level < 0)
    throw new LittlefirstError('LF_UNKNOWN_LEVEL', `Board rp2040 has no level "${options.level}"`, {
      expected: levels.map(({ name }) => name).join(', '),
    });
  const firmware = loadFirmware('rp2040');
  const machine = await createRp2040Machine({
    levelHz: levels.map(({ hertz }) => hertz.value),
    uart: 'paced',
    hostTurnaroundNs: options.hostTurnaroundNs,
    serves: 'at-once',
  });
  try {
    const { blob } = packForBoard(options.bundle, board, firmware, levels);
    await machine.load([...firmware.segments, { address: firmware.entry.blobAddress, data: blob }]);
    await machine.reset();
    const events: PowerEvent[] = [];
    machine.onPower(batch => {
      for (const event of batch) events.push(event);
    });
    const link = await openLink('emulated:', { machine });
    return { machine, boardClock: machineClock(machine), link, events, level };
  } catch (error) {
    await machine.close();
    throw error;
  }
}

function clientOf({ link, boardClock }: Dut): DutClient {
  return new DutClient(link, { boardClock });
}

/** Sets level, baud rate and strategy through a client that looks at identity and read-back. */
async function setUp(dut: Dut, { baudRate, strategy }: LinkBenchOptions): Promise<void> {
  const client = clientOf(dut);
  await client.sync();
  await client.level(dut.level);
  client.detach();
  const plain = new NaiveClient(dut.link);
  await plain.command(`lf baud ${baudRate}`);
  plain.detach();
  await select(dut, strategy);
}

async function select(dut: Dut, strategy: string): Promise<void> {
  const client = clientOf(dut);
  await client.strategy(strategy);
  client.detach();
  await dut.machine.settle();
  dut.events.length = 0;
}

/** Bytes of each window's frame on the line. */
function frameBytesOf({ count, windowBytes, payload, tail }: WindowSource): number[] {
  const encoder = new FrameEncoder(windowBytes);
  const buffer = new Uint8Array(encoder.frameBytes);
  return Array.from({ length: count }, (_, i) => {
    const part = i > 0 ? tail?.of(i) : undefined;
    return encoder.encode(i & 0xffff, part ?? payload(i), buffer).length;
  });
}

/**
 * Streams windows to an emulated RP2040 whose UART is paced, gives the first of them to the naive client too, and compares by the
 * machine's virtual time, which does not depend on the speed of the computer.
 */
export async function benchLink(options: LinkBenchOptions): Promise<LinkFigures> {
  const set = synthesizeWearer({ split: 'test', order: 'published', windows: options.windows });
  const format = options.bundle.description.window;
  const overlapping = windowSource(scaleWindows(set, format), format, 0, options.windows);
  const source: WindowSource = options.wholeWindows ? { ...overlapping, tail: undefined } : overlapping;
  const { windowBytes } = source;
  const dut = await startDut(options);
  try {
    await setUp(dut, options);
    const labels: number[] = [];
    const client = clientOf(dut);
    const { resentFrames } = await client.streamWindows(source, {
      onResult: ({ label }) => labels.push(label),
    });
    client.detach();
    await dut.machine.settle();
    const frameBytes = frameBytesOf(source);
    const use = lineUseOf(windowTimes(dut.events), frameBytes, { baudRate: options.baudRate, windowBytes });

    await select(dut, options.strategy);
    const naive = new NaiveClient(dut.link);
    const naiveLabels: number[] = [];
    for (let i = 0; i < options.naiveWindows; i += 1) naiveLabels.push(await naive.infer(source.payload(i)));
    naive.detach();
    await dut.machine.settle();
    const { startsNs } = windowTimes(dut.events);
    const naiveSeconds = (startsNs[startsNs.length - 1] - startsNs[0]) * 1e-9;
    const naiveWindowsPerSecond = (startsNs.length - 1) / naiveSeconds;
    return {
      ...use,
      naiveWindowsPerSecond,
      ratio: use.windowsPerSecond / naiveWindowsPerSecond,
      resentFrames,
      lineBytesPerWindow: frameBytes.reduce((a, b) => a + b, 0) / frameBytes.length,
      naiveExchangesPerWindow: naive.exchanges / options.naiveWindows,
      windowBytes,
      labels,
      naiveLabels,
    };
  } finally {
    await closeLink(dut.link);
    await dut.machine.close();
  }
}
