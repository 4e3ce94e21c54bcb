import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LittlefirstError } from '../errors.js';

/**
 * Writes a file so that a reader sees either the old content or all of the new: through a temporary file beside it.
 * @param content text, or what is taken one by one and piped through `transform`
 * @throws LF_JOURNAL when the folder cannot be written
 */
export async function writeFileAtomically(
  path: string,
  content: string | Iterable<unknown>,
  transform: Duplex = new PassThrough(),
): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const source = Readable.from(typeof content === 'string' ? [content] : content);
    await pipeline(source, transform, createWriteStream(temporary));
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LittlefirstError('LF_JOURNAL', `The report file ${path} cannot be written`, {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'check free space and permissions of the run folder',
      fields: { file: path },
      cause,
    });
  }
}
