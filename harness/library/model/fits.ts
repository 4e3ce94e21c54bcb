import { boardNames, firmwareOf, loadBoard } from '../../campaign/bench/boards.js';
import { memoryNeeds, packForBoard } from '../../campaign/bench/pack.js';
import { prebuiltBoards } from '../../emulator/manifest.js';
import { LittlefirstError } from '../../errors.js';
import { checkMemory, chipNames, levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import type { ChipProfile } from '../../measure/chip/schema.js';
import { arithmeticOf } from '../../model/bundle/inspect.js';
import type { PackableBundle, PackedBundle } from '../../model/pack/bundle.js';
import type { Network } from '../../model/tflite/network.js';
import { bareBundle } from './bare-fit.js';
import { type Estimate, estimateAt, estimateCycles, type LevelEstimate, rounded } from './estimate.js';

/** Whether a bundle runs on a board that is, or stands in for, a chip. */
export interface Fit {
  board: string;
  chip: string;
  runs: boolean;
  /** Bytes of image and blob and of buffers, where the bundle could be packed. */
  flashBytes?: number;
  ramBytes?: number;
  /** Why not: what was expected and what came, with numbers. */
  why?: string;
  /** Of one inference of the costliest network that a strategy runs, where the bundle runs. */
  network?: string;
  cycles?: Estimate;
  levels?: LevelEstimate[];
}

/** Boards a chip profile has levels for. */
const serves = (chip: ChipProfile, board: string): boolean =>
  chip.levels.some(level => board in level.registers);

/** The network with the most multiply-adds, those of dead channels, which the packer leaves out, not counted. */
function costliest({ perNetwork }: PackedBundle): { name: string; macs: number } {
  const all = perNetwork.map(({ name, steps }) => ({
    name,
    macs: steps.reduce((sum, step) => sum + step.macs, 0),
  }));
  return all.reduce((most, one) => (one.macs > most.macs ? one : most));
}

/** What one inference takes at each level of a chip that a board can set. */
function costsOn(packed: PackedBundle, board: string, chip: ChipProfile): Partial<Fit> {
  const { name, macs } = costliest(packed);
  const cycles = estimateCycles(chip.core, macs);
  if (cycles === undefined) return { network: name };
  const levels = levelsForBoard(chip, board).map(level => estimateAt(chip, level, cycles));
  return { network: name, cycles: rounded(cycles), levels };
}

function fitOn(bundle: PackableBundle, board: Awaited<ReturnType<typeof loadBoard>>, chip: ChipProfile): Fit {
  const fit = { board: board.name, chip: chip.name };
  const firmware = firmwareOf(board);
  let need: ReturnType<typeof memoryNeeds> | undefined;
  try {
    const packed = packForBoard(bundle, board, firmware, levelsForBoard(chip, board.name));
    need = memoryNeeds(bundle, board, firmware, packed);
    checkMemory(chip, need);
    return { ...fit, runs: true, ...need, ...costsOn(packed, board.name, chip) };
  } catch (error) {
    if (!(error instanceof LittlefirstError)) throw error;
    return { ...fit, runs: false, ...need, why: error.message.replaceAll('\n  ', '; ') };
  }
}

type Place = [board: Awaited<ReturnType<typeof loadBoard>>, chip: ChipProfile];

/** Every board with an image, with every chip that has levels for it. */
async function places(): Promise<Place[]> {
  const chips = await Promise.all((await chipNames()).map(name => loadChip(name)));
  const images = prebuiltBoards();
  const boards = await Promise.all(
    (await boardNames()).filter(name => images.includes(name)).map(name => loadBoard(name)),
  );
  return boards.flatMap(board =>
    chips.filter(chip => serves(chip, board.name)).map((chip): Place => [board, chip]),
  );
}

/** Where a bundle runs, and what one inference of its largest network is estimated to take there. */
export async function fitsOf(bundle: PackableBundle): Promise<Fit[]> {
  return (await places()).map(([board, chip]) => fitOn(bundle, board, chip));
}

const noIntegers = {
  float: 'a float network: weights and activations are float32',
  hybrid: 'a hybrid network: integer weights, but float32 activations',
} as const;

/** The same of a network alone, which then runs on every window. */
export async function fitsOfNetwork(network: Network): Promise<Fit[]> {
  const arithmetic = arithmeticOf(network);
  const bundle = arithmetic === 'integer' ? bareBundle(network) : undefined;
  if (bundle !== undefined) return fitsOf(bundle);
  const why =
    arithmetic === 'integer'
      ? 'its inputs are no one window, or it has several outputs: describe it in a bundle'
      : `${noIntegers[arithmetic]}; convert it with full integer quantisation`;
  return (await places()).map(([board, chip]) => ({ board: board.name, chip: chip.name, runs: false, why }));
}
