import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { LittlefirstError } from '../errors.js';
import type { MemorySegment } from '../machine/machine.js';
import { packageRoot } from '../package-root.js';

const entrySchema = z.strictObject({
  /** Image file beside the manifest or below it, to be written from `loadAddress` on. Others make manifests, too: it leads nowhere else. */
  file: z.string().regex(/^(?:(?!\.)[\w.-]+\/)*(?!\.)[\w.-]+$/, 'a file beside the manifest or below it'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
  /** First line of the compiler's --version. */
  compiler: z.string(),
  /** SHA-256 over path and content of every source file. */
  sources: z.string().regex(/^[0-9a-f]{64}$/),
  loadAddress: z.number().int().min(0),
  /** Where the bundle's blob goes. */
  blobAddress: z.number().int().min(0),
  /** RAM that the image keeps for activations and for received windows, bytes. */
  arenaBytes: z.number().int().positive(),
  ringBytes: z.number().int().positive(),
  /** Whose kernels the packer may choose. */
  core: z.enum(['m0p', 'm3', 'm4']),
});
const manifestSchema = z.strictObject({ boards: z.record(z.string(), entrySchema) });

export type FirmwareEntry = z.infer<typeof entrySchema>;

export interface Firmware {
  board: string;
  entry: FirmwareEntry;
  /** The image; the bundle's blob is the flasher's second segment, at `entry.blobAddress`. */
  segments: MemorySegment[];
}

function readManifest(folder: string): z.infer<typeof manifestSchema> {
  const file = resolve(packageRoot, folder, 'manifest.json');
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `the firmware manifest ${file} cannot be used`, {
      expected: 'the file that `npm run firmware:prebuilt` writes',
      received: error instanceof Error ? error.message : String(error),
      hint: 'reinstall littlefirst, or rebuild with gcc-arm-none-eabi and `npm run firmware:prebuilt`',
      cause: error,
    });
  }
}

/** Boards that have a prebuilt image. */
export function prebuiltBoards(folder = 'firmware/prebuilt'): string[] {
  return Object.keys(readManifest(folder).boards);
}

/**
 * Reads the prebuilt image of a board and compares it with the manifest.
 * @param folder absolute, or below the package: where manifest and image lie
 * @throws LF_UNKNOWN_BOARD; LF_CONFIG_INVALID when the manifest is unusable; LF_FLASH_VERIFY when the image is not the one of the manifest
 */
export function loadFirmware(board: string, folder = 'firmware/prebuilt'): Firmware {
  const { boards } = readManifest(folder);
  const entry = boards[board];
  if (entry === undefined) {
    throw new LittlefirstError('LF_UNKNOWN_BOARD', `there is no prebuilt firmware for board "${board}"`, {
      expected: `one of ${Object.keys(boards).join(', ')}`,
      received: board,
    });
  }
  const file = resolve(packageRoot, folder, entry.file);
  const data = existsSync(file) ? readFileSync(file) : undefined;
  const sha256 = data === undefined ? 'no file' : createHash('sha256').update(data).digest('hex');
  if (data === undefined || sha256 !== entry.sha256) {
    throw new LittlefirstError(
      'LF_FLASH_VERIFY',
      `the firmware image ${file} is not the one of the manifest`,
      {
        expected: `sha256 ${entry.sha256}`,
        received: sha256,
        hint: 'reinstall littlefirst, or rebuild with gcc-arm-none-eabi and `npm run firmware:prebuilt`',
        fields: { board },
      },
    );
  }
  return {
    board,
    entry,
    segments: [{ address: entry.loadAddress, data: new Uint8Array(data) }],
  };
}
