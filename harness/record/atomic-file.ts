import { closeSync, createWriteStream, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LittlefirstError } from '../errors.js';

let written = 0;
/** What is being written: removed when the process ends meanwhile. */
const begun = new Set<string>();
process.on('exit', () => {
  for (const file of begun) rmSync(file, { force: true });
});
const unfinished = /\.\d+-\d+\.part$/;

/** Makes the entries of a folder survive a crash of the machine, where the system can. */
export function syncFolder(folder: string): void {
  let file: number | undefined;
  try {
    file = openSync(folder, 'r');
    fsyncSync(file);
  } catch {
    /* Windows opens no folders, and some network file systems sync none. */
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Removes what interrupted writers left in a folder; nobody else may be writing there. */
export function removeUnfinishedFiles(folder: string): void {
  for (const name of readdirSync(folder))
    if (unfinished.test(name)) rmSync(join(folder, name), { force: true });
}

/**
 * Writes a file so that a reader sees either the old content or all of the new, also after a crash of the machine: through a temporary
 * file beside it, which is on the disk before it takes the name.
 * @param content text, or what is taken one by one and piped through `transform`
 * @throws LF_JOURNAL when the folder cannot be written
 */
export async function writeFileAtomically(
  path: string,
  content: string | Iterable<unknown>,
  transform: Duplex = new PassThrough(),
): Promise<void> {
  written += 1;
  const temporary = `${path}.${process.pid}-${written}.part`;
  begun.add(temporary);
  try {
    const source = Readable.from(typeof content === 'string' ? [content] : content);
    await pipeline(source, transform, createWriteStream(temporary, { flush: true }));
    await rename(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LittlefirstError('LF_JOURNAL', `The report file ${path} cannot be written`, {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'check free space and permissions of the run folder',
      fields: { file: path },
      cause,
    });
  } finally {
    begun.delete(temporary);
  }
}
