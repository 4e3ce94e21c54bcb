import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { packagePath } from '../../package-root.js';
import { boardNames, shippedBoardPattern } from '../bench/boards.js';
import { type CoreName, coreFacts } from './cores.js';

export interface NewBoard {
  name: string;
  core: CoreName;
  /** Memory map of the chip: addresses, and sizes in units of 1,024 bytes. */
  flashAddress: number;
  flashKb: number;
  ramAddress: number;
  ramKb: number;
  /** Flash that the image may take, before the bundle's blob. */
  imageKb: number;
}

/** Where the memories of most Cortex-M chips lie (Armv7-M architecture reference manual, "The system address map"), and how much a small one has. */
export const usualMemory = {
  flashAddress: 0,
  flashKb: 256,
  ramAddress: 0x2000_0000,
  ramKb: 64,
  imageKb: 96,
} as const;

/** Template file -> its name in the board's folder. */
const templates = {
  'board.c': 'board.c',
  'port_config.h': 'port_config.h',
  'image.ld': 'image.ld',
  'port.mk.in': 'port.mk',
  'board.yaml.in': 'board.yaml',
  'chip.yaml.in': 'chip.yaml',
  'bench.yaml.in': 'bench.yaml',
  'README.md.in': 'README.md',
} as const;

const templateText = (file: string) => readFile(packagePath('firmware', 'ports', 'template', file), 'utf8');
const hex = (address: number) => `0x${address.toString(16).padStart(8, '0')}`;

function wordsOf(board: NewBoard, folder: string, cycles: string): Record<string, string> {
  const { name, core, flashAddress, flashKb, ramAddress, ramKb, imageKb } = board;
  const schema = (kind: string) =>
    relative(folder, packagePath('docs', 'schemas', `${kind}.json`)).replaceAll('\\', '/');
  const facts = coreFacts[core];
  return {
    NAME: name,
    CORE: core,
    DESCRIPTION: `A ${core} with ${flashKb} KB flash and ${ramKb} KB RAM, written by \`littlefirst board new\`.`,
    CPU: facts.cpu,
    KERNELS: facts.kernels,
    CYCLE_COUNTER: String(facts.hasCycleCounter),
    CYCLES: cycles.trimEnd(),
    FLASH: hex(flashAddress),
    BLOB: hex(flashAddress + imageKb * 1024),
    RAM: hex(ramAddress),
    IMAGE_KB: String(imageKb),
    RAM_KB: String(ramKb),
    FLASH_BYTES: String(flashKb * 1024),
    RAM_BYTES: String(ramKb * 1024),
    BLOB_BYTES: String((flashKb - imageKb) * 1024),
    SCHEMA: schema('board'),
    CHIP_SCHEMA: schema('chip'),
    BENCH_SCHEMA: schema('bench'),
  };
}

async function checkName(name: string): Promise<void> {
  const isTaken = (await boardNames()).includes(name);
  if (shippedBoardPattern.test(name) && !isTaken) return;
  throw new LittlefirstError(
    'LF_USAGE',
    isTaken ? `The package has a board "${name}"` : 'This is no name of a board',
    {
      expected:
        'small letters, digits and "-", beginning with a letter or digit, and no name of a shipped board',
      received: name,
    },
  );
}

/**
 * Writes a board into a folder of its own: port, board file, chip profile (every number assumed) and bench file. Nothing is overwritten.
 * @param into the folder that the board's own folder comes into, e.g. `boards`
 * @returns the board's folder and the files in it, absolute
 * @throws LF_USAGE for a name that is none or taken, sizes that hold nothing, or a folder that is there already
 */
export async function newBoard(board: NewBoard, into: string): Promise<{ folder: string; files: string[] }> {
  await checkName(board.name);
  if (board.imageKb >= board.flashKb)
    throw new LittlefirstError('LF_USAGE', 'The image leaves no flash for a bundle', {
      expected: 'an image smaller than the flash',
      received: `${board.imageKb} KB of ${board.flashKb} KB`,
    });
  const folder = resolve(into, board.name);
  if (existsSync(folder))
    throw new LittlefirstError('LF_USAGE', `${folder} is there already`, {
      expected: 'a new folder',
      received: 'a folder',
      hint: 'take another name; nothing is overwritten',
    });
  const cycles = await templateText(coreFacts[board.core].hasCycleCounter ? 'cycles-dwt.c' : 'cycles-none.c');
  const words = wordsOf(board, folder, cycles);
  makeFolder(folder);
  const files: string[] = [];
  for (const [template, file] of Object.entries(templates)) {
    const text = (await templateText(template)).replace(
      /@([A-Z_]+)@/g,
      (all, word: string) => words[word] ?? all,
    );
    const path = join(folder, file);
    await writeFile(path, text, { flag: 'wx' });
    files.push(path);
  }
  return { folder, files };
}
