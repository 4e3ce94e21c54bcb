import { constants, type Stats } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { LittlefirstError } from '../../errors.js';

/** Most bytes of a description and of a network. */
export const maxDescriptionBytes = 1 << 20;
export const maxModelBytes = 1 << 26;

/**
 * Reads a file of a bundle or model: a regular one, of a size that a description or network can have, in the folder that is named.
 * A FIFO or device is refused before a byte is read, so that nothing waits for it.
 * @param most bytes
 * @param folder absolute: where the file must lie once links are followed; undefined: anywhere
 * @throws LF_BUNDLE_INVALID naming what it is instead; what `open` throws (ENOENT, EACCES)
 */
export async function readWithin(path: string, most: number, folder?: string): Promise<Buffer> {
  const refuse = (expected: string, received: string): LittlefirstError =>
    new LittlefirstError('LF_BUNDLE_INVALID', `${path} is not read`, {
      expected,
      received,
      fields: { file: path },
    });
  const real = await realpath(path);
  if (folder !== undefined && !real.startsWith((await realpath(folder)) + sep)) {
    throw refuse(`a file in ${folder}`, `a link to ${real}`);
  }
  /* Non-blocking: a FIFO without a writer opens at once. */
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw refuse('a regular file', kindOf(facts));
    if (facts.size > most) throw refuse(`at most ${most} bytes`, `${facts.size} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function kindOf(facts: Stats): string {
  if (facts.isFIFO()) return 'a FIFO';
  if (facts.isDirectory()) return 'a folder';
  return facts.isCharacterDevice() || facts.isBlockDevice() ? 'a device' : 'a socket or other special file';
}
