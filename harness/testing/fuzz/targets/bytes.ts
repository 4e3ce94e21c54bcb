import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Formats of bytes are written as text of one byte a character. */
export const text = (bytes: Buffer): string => bytes.toString('latin1');
export const bytesOf = (content: string): Uint8Array => Buffer.from(content, 'latin1');

let folder: string | undefined;
/** Lines that an input's fields are put into. */
export const linesOf = (bytes: Buffer): string[] => text(bytes).split('\n');

/** A folder for what is only read from files; removed when the process ends. */
export function fuzzFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'littlefirst-fuzz-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}
