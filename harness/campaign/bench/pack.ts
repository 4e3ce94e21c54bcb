import type { Firmware } from '../../emulator/manifest.js';
import { checkMemory } from '../../measure/chip/profile.js';
import type { ChipLevel } from '../../measure/chip/schema.js';
import type { Bundle } from '../../model/load.js';
import {
  type PackableBundle,
  type PackedBundle,
  type PackOptions,
  packBundle,
} from '../../model/pack/bundle.js';
import type { Board } from './boards.js';
import type { ChosenDut } from './duts.js';

/**
 * Packs a bundle into the flash blob of a board.
 * @param levels the levels of the blob's table
 * @param layouts of kernels, instead of all of the core's
 * @throws LF_BUNDLE_TOO_LARGE, LF_MODEL_UNSUPPORTED, LF_BUNDLE_INVALID
 */
export function packForBoard(
  bundle: PackableBundle,
  board: Board,
  firmware: Firmware,
  levels: readonly ChipLevel[],
  layouts?: PackOptions['layouts'],
): PackedBundle {
  return packBundle(bundle, {
    layouts,
    core: firmware.entry.core,
    levels: levels.map(level => ({
      name: level.name,
      millivolts: level.millivolts.value,
      hertz: level.hertz.value,
      registers: level.registers[board.name],
    })),
    flashBytes: board.blobBytes,
    ramArenaBytes: firmware.entry.arenaBytes,
  });
}

/** Windows that the firmware keeps at least: the previous one, that of the `db` commands, two to receive (firmware/core/dut.c). */
const leastSlots = 4;
/** Bytes of a slot beside its window, at most (firmware/core/frames.c). */
const slotExtra = 12;

/** Flash and RAM that image, blob and buffers take. */
export function memoryNeeds(
  bundle: PackableBundle,
  board: Board,
  { entry }: Firmware,
  { blob, arenaBytes }: PackedBundle,
): { flashBytes: number; ramBytes: number } {
  const flashBytes = entry.bytes + blob.length;
  if (board.memory === 'image') return { flashBytes, ramBytes: entry.arenaBytes + entry.ringBytes };
  const { samples, channels, dtype } = bundle.description.window;
  const windowBytes = samples * channels.length * (dtype === 'int16' ? 2 : 1);
  return { flashBytes, ramBytes: arenaBytes + leastSlots * (windowBytes + slotExtra) };
}

/**
 * Packs a bundle for a DUT whose chip may be smaller than the board that stands in for it.
 * @throws as `packForBoard`; LF_BUNDLE_TOO_LARGE when image and blob, or buffers, do not fit the chip
 */
export function packForChip(bundle: Bundle, { board, chip, firmware, boardLevels }: ChosenDut): Uint8Array {
  const packed = packForBoard(bundle, board, firmware, boardLevels);
  checkMemory(chip, memoryNeeds(bundle, board, firmware, packed));
  return packed.blob;
}
