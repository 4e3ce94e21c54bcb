import { boardNames, loadBoard } from '../campaign/bench/boards.js';
import { memoryNeeds, packForBoard } from '../campaign/bench/prepare.js';
import { loadFirmware, prebuiltBoards } from '../emulator/manifest.js';
import { LittlefirstError } from '../errors.js';
import { checkMemory, chipNames, levelsForBoard, loadChip } from '../measure/chip/profile.js';
import type { ChipProfile } from '../measure/chip/schema.js';
import type { Bundle } from '../model/load.js';

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
}

/** Boards a chip profile has levels for. */
const serves = (chip: ChipProfile, board: string): boolean =>
  chip.levels.some(level => board in level.registers);

function fitOn(bundle: Bundle, board: Awaited<ReturnType<typeof loadBoard>>, chip: ChipProfile): Fit {
  const fit = { board: board.name, chip: chip.name };
  const firmware = loadFirmware(board.name);
  let need: ReturnType<typeof memoryNeeds> | undefined;
  try {
    const packed = packForBoard(bundle, board, firmware, levelsForBoard(chip, board.name));
    need = memoryNeeds(bundle, board, firmware, packed);
    checkMemory(chip, need);
    return { ...fit, runs: true, ...need };
  } catch (error) {
    if (!(error instanceof LittlefirstError)) throw error;
    return { ...fit, runs: false, ...need, why: error.message.replaceAll('\n  ', '; ') };
  }
}

/** Where a bundle runs: every board with an image, with every chip that has levels for it. */
export async function fitsOf(bundle: Bundle): Promise<Fit[]> {
  const chips = await Promise.all((await chipNames()).map(name => loadChip(name)));
  const images = prebuiltBoards();
  const boards = await Promise.all((await boardNames()).filter(name => images.includes(name)).map(loadBoard));
  return boards.flatMap(board =>
    chips.filter(chip => serves(chip, board.name)).map(chip => fitOn(bundle, board, chip)),
  );
}
