import { emulatedInstruments } from '../../emulator/instruments/open.js';
import type { Served } from '../../emulator/instruments/serve.js';
import { EmulatedInterfaceBoard } from '../../emulator/interface-board.js';
import { LittlefirstError } from '../../errors.js';
import { isAmmeter, type MeterDriverName } from '../../measure/meter/open.js';
import { type BoardLogic, startBoard } from './board.js';
import { serveAt } from './serve.js';

export interface EmulateBenchOptions {
  board: string;
  /** Folder of the bundle that the board holds. */
  bundle: string;
  /** Where .tflite files are found that the bundle names but does not hold. */
  models?: string;
  chip?: string;
  /** Level that the board starts at; default: the board's first. */
  level?: string;
  /** Strategy that is selected at the start; default: the bundle's first. */
  strategy?: string;
  /** MLPerf Tiny's regime that the board starts in. */
  regime: 'performance' | 'energy';
  /** What the meter's logic inputs are wired to. */
  logic: BoardLogic;
  /** Where each is served: a path or `tcp:PORT`. At least one of the board's line and the interface board. */
  link?: string;
  interfaceBoard?: string;
  meter?: { driver: MeterDriverName; link: string };
  /** What relative paths belong to. */
  folder: string;
}

/** A bench that other programs can use as if it were real. */
export interface EmulatedBench {
  /** What is served, and its address as a link URL. */
  plugs: readonly { what: string; address: string }[];
  /** What clients must know of the board. */
  caution?: string;
  /** Aborted, with an error, when the board can no longer go on. */
  failed: AbortSignal;
  close(): Promise<void>;
}

/**
 * Starts an emulated board with its modelled supply, in real time, and serves its line, an interface board on it and a meter in its
 * supply. A meter that feeds the board leaves it dark until its client switches the power on.
 * @throws LF_USAGE, LF_UNKNOWN_*, LF_BUNDLE_*, LF_EMULATOR_FAILED, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function emulateBench(options: EmulateBenchOptions): Promise<EmulatedBench> {
  const { link, interfaceBoard, meter, folder } = options;
  if (link === undefined && interfaceBoard === undefined)
    throw new LittlefirstError('LF_USAGE', 'Nobody could talk to this board', {
      expected: '--link or --interface-board',
      received: 'neither',
    });
  const board = await startBoard(options);
  const served: Served[] = [];
  const close = async () => {
    for (const one of served.splice(0)) await one.close();
    await board.close();
  };
  try {
    const { line, time } = board;
    const plugs: { what: string; address: string }[] = [];
    const serve = async (what: string, at: string, create: Parameters<typeof serveAt>[0]) => {
      const one = await serveAt(create, at, folder);
      served.push(one);
      plugs.push({ what, address: one.address });
    };
    if (link !== undefined) await serve(`board ${options.board}`, link, () => line.plug());
    if (interfaceBoard !== undefined)
      await serve(
        'interface board',
        interfaceBoard,
        () => new EmulatedInterfaceBoard(line.plug(), time).port,
      );
    if (meter !== undefined) {
      if (!isAmmeter(meter.driver)) await board.power(false);
      const create = () => emulatedInstruments[meter.driver](board.instrument).port;
      await serve(`meter ${meter.driver}`, meter.link, create);
    }
    return { plugs, caution: board.caution, failed: board.failed, close };
  } catch (error) {
    await close();
    throw error;
  }
}
