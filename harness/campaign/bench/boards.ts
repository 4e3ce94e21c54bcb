import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { didYouMean } from '../../config/nearest.js';
import { LittlefirstError } from '../../errors.js';
import { bareName, packagePath } from '../../package-root.js';
import { readYaml } from './yaml-file.js';

const size = z.number().int().positive();

/** Schema of `fixtures/boards/<board>.yaml`: a DUT type with its firmware port. */
export const boardSchema = z.strictObject({
  schema: z.literal('littlefirst.board/1'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  description: z.string().min(1),
  defaultChip: z.string(),
  /** Room for the bundle's blob, from its address (firmware/prebuilt/manifest.json) to the end of flash. */
  blobBytes: size,
  /** `chip`: what the bundle needs of RAM is held against the chip, not what the image reserves; for boards larger than the chips they stand in for. */
  memory: z.enum(['image', 'chip']).default('image'),
  baudRate: size,
  /** Control lines after opening its serial port; absent: left as the system has them. Some boards take an edge for a reset. */
  controlLines: z
    .strictObject({ dtr: z.enum(['on', 'off']).optional(), rts: z.enum(['on', 'off']).optional() })
    .optional(),
  /** Who plays the board when the link is `emulated:`; absent: real hardware only. */
  emulator: z.enum(['rp2040js', 'qemu']).optional(),
  /** What is known of the real thing. */
  hardware: z.string().min(1),
});
export type Board = z.infer<typeof boardSchema>;

/** Names of the boards that ship with the package, sorted. */
export async function boardNames(): Promise<string[]> {
  const files = await readdir(packagePath('fixtures', 'boards'));
  return files
    .filter(file => file.endsWith('.yaml'))
    .map(file => basename(file, '.yaml'))
    .sort();
}

/** Reads a board's file. @param given its name, also as `littlefirst:NAME` @throws LF_UNKNOWN_BOARD, LF_CONFIG_INVALID */
export async function loadBoard(given: string): Promise<Board> {
  const [name, names] = [bareName(given), await boardNames()];
  if (!names.includes(name))
    throw new LittlefirstError('LF_UNKNOWN_BOARD', `There is no board "${name}"`, {
      expected: `one of ${names.join(', ')}`,
      received: name,
      hint: `${didYouMean(name, names)}; \`littlefirst boards\` lists them`,
      fields: { board: name },
    });
  return readYaml(packagePath('fixtures', 'boards', `${name}.yaml`), boardSchema);
}
