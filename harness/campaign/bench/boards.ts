import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { didYouMean } from '../../config/nearest.js';
import { type Firmware, loadFirmware } from '../../emulator/manifest.js';
import { qemuBoards } from '../../emulator/qemu/arguments.js';
import { LittlefirstError } from '../../errors.js';
import { bareName, packagePath, shippedPrefix } from '../../package-root.js';
import { readYaml } from './yaml-file.js';

const size = z.number().int().positive();

/** How boards are named: a DUT answers with it, chip profiles and file names hold it. */
export const shippedBoardPattern = /^[a-z0-9][a-z0-9-]*$/;

/** Schema of `fixtures/boards/<board>.yaml`, and of a user's `board.yaml`: a DUT type with its firmware port. */
export const boardSchema = z.strictObject({
  schema: z.literal('littlefirst.board/1'),
  name: z.string().regex(shippedBoardPattern),
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
  /** The machine that `qemu` plays for it, where that is not the board's own name: for ports of one's own. */
  machine: z.enum(qemuBoards).optional(),
  /** What is known of the real thing. */
  hardware: z.string().min(1),
});

export interface Board extends z.infer<typeof boardSchema> {
  /** Where a board of the user's own lies, absolute: its file, its port, its image in `build/`. */
  folder?: string;
}

/** Names of the boards that ship with the package, sorted. */
export async function boardNames(): Promise<string[]> {
  const files = await readdir(packagePath('fixtures', 'boards'));
  return files
    .filter(file => file.endsWith('.yaml'))
    .map(file => basename(file, '.yaml'))
    .sort();
}

/** A board's file or folder, rather than its name. */
export const isBoardPath = (name: string): boolean => /[\\/]|^\.+$|\.ya?ml$/.test(name);

/** Folders with boards of the user's own, each in a folder of its own: those that LITTLEFIRST_BOARDS names, else `boards`. */
const ownFolders = (cwd: string): string[] =>
  (process.env.LITTLEFIRST_BOARDS || 'boards')
    .split(delimiter)
    .filter(folder => folder !== '')
    .map(folder => resolve(cwd, folder));

/** Folders of the user's own boards, sorted by name. */
export async function ownBoards(cwd = process.cwd()): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ownFolders(cwd)) {
    const names = await readdir(folder).catch((): string[] => []);
    found.push(...names.map(name => join(folder, name)).filter(path => existsSync(join(path, 'board.yaml'))));
  }
  return found.sort((a, b) => basename(a).localeCompare(basename(b)));
}

/** @param path its `board.yaml`, or the folder that holds it @throws LF_UNKNOWN_BOARD, LF_CONFIG_INVALID */
async function loadOwn(path: string): Promise<Board> {
  const file = /\.ya?ml$/.test(path) ? path : join(path, 'board.yaml');
  if (!existsSync(file))
    throw new LittlefirstError('LF_UNKNOWN_BOARD', `There is no board at ${path}`, {
      expected: 'a board.yaml, or the folder that holds one',
      received: `no ${file}`,
      hint: '`littlefirst board new` writes one',
      fields: { board: path },
    });
  const board = await readYaml(file, boardSchema);
  const folder = dirname(file);
  if ((await boardNames()).includes(board.name))
    throw new LittlefirstError('LF_CONFIG_INVALID', `${file} has the name of a shipped board`, {
      expected: 'a name of its own: chip profiles and reports know boards by it',
      received: board.name,
    });
  const { defaultChip } = board;
  return {
    ...board,
    folder,
    defaultChip: isBoardPath(defaultChip) ? resolve(folder, defaultChip) : defaultChip,
  };
}

/**
 * Reads a board's file.
 * @param given the name of a shipped board, also as `littlefirst:NAME`; the path of a board of the user's own (its folder or board.yaml), or its
 *   name where it lies in `boards/` or where LITTLEFIRST_BOARDS says
 * @throws LF_UNKNOWN_BOARD, LF_CONFIG_INVALID
 */
export async function loadBoard(given: string, cwd = process.cwd()): Promise<Board> {
  if (isBoardPath(given)) return loadOwn(resolve(cwd, given));
  const [name, names] = [bareName(given), await boardNames()];
  if (names.includes(name)) return readYaml(packagePath('fixtures', 'boards', `${name}.yaml`), boardSchema);
  const own = given.startsWith(shippedPrefix) ? [] : await ownBoards(cwd);
  const found = own.find(folder => basename(folder) === name);
  if (found !== undefined) return loadOwn(found);
  const known = [...names, ...own.map(folder => basename(folder))];
  throw new LittlefirstError('LF_UNKNOWN_BOARD', `There is no board "${name}"`, {
    expected: `one of ${known.join(', ')}, or the path of a board of your own`,
    received: name,
    hint: `${didYouMean(name, known)}; \`littlefirst boards\` lists them`,
    fields: { board: name },
  });
}

/**
 * A board's image: the prebuilt one, or that which `make -C firmware BOARD=...` left in the board's own folder.
 * @param images folder of other images and their manifest, below the package or absolute
 * @throws LF_UNKNOWN_BOARD, LF_CONFIG_INVALID, LF_FLASH_VERIFY
 */
export function firmwareOf({ name, folder }: Board, images?: string): Firmware {
  if (images !== undefined || folder === undefined) return loadFirmware(name, images);
  if (!existsSync(join(folder, 'build', 'manifest.json')))
    throw new LittlefirstError('LF_CONFIG_INVALID', `The board ${name} has no image yet`, {
      expected: `${join(folder, 'build', 'manifest.json')} and the image beside it`,
      received: 'no such file',
      hint: `make -C ${packagePath('firmware')} BOARD=${folder}`,
      fields: { board: name },
    });
  return loadFirmware(name, join(folder, 'build'));
}
