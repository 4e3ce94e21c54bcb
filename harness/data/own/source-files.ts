import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';

/** Where in somebody's file something stands; lines from 1. */
export interface Place {
  file: string;
  line?: number;
  column?: string;
}

/** The error of what a file says, with its place. */
export function badInput(place: Place, expected: string, received: string, hint?: string): LittlefirstError {
  const { file, line, column } = place;
  const where = `${file}${line === undefined ? '' : `, line ${line}`}${column === undefined ? '' : `, column ${column}`}`;
  return new LittlefirstError('LF_DATA_CORRUPT', `${where}: the recording cannot be used`, {
    expected,
    received: received.length > 200 ? `${received.slice(0, 200)}...` : received,
    hint,
    fields: { file, line, column },
  });
}

/** Longest line, bytes; a recording's lines have some hundred. */
const longestLine = 1 << 16;
/** Bytes read at once. */
const readAtOnce = 1 << 18;
const mostFiles = 20_000;
const deepest = 8;

const inOrder = new Intl.Collator('en', { numeric: true });

/**
 * All files below a folder, as paths from it, in natural order; a path that is a file stands for itself.
 * Hidden ones are left out; links to files are followed, links to folders are not.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT for too many files or folders in folders
 */
export async function filesBelow(source: string): Promise<string[]> {
  const kind = await stat(source).catch((cause: unknown) => {
    throw new LittlefirstError('LF_DATA_MISSING', `${source} cannot be read`, {
      expected: 'a file or a folder of recordings',
      received: (cause as NodeJS.ErrnoException).code ?? String(cause),
      cause,
    });
  });
  if (!kind.isDirectory()) return [''];
  const found: string[] = [];
  const walk = async (below: string, depth: number): Promise<void> => {
    if (depth > deepest)
      throw badInput({ file: join(source, below) }, `folders at most ${deepest} deep`, 'deeper ones');
    for (const entry of await readdir(join(source, below), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(below, entry.name);
      if (entry.isDirectory()) await walk(path, depth + 1);
      else if (!entry.isSymbolicLink() || !(await stat(join(source, path))).isDirectory()) found.push(path);
      if (found.length > mostFiles)
        throw badInput(
          { file: source },
          `at most ${mostFiles} files`,
          'more',
          'import a folder further down',
        );
    }
  };
  await walk('', 0);
  return found.sort(inOrder.compare);
}

/** What a path is, when it is no file. */
function kindOf(entry: Awaited<ReturnType<FileHandle['stat']>>): string {
  if (entry.isFIFO()) return 'a named pipe';
  if (entry.isCharacterDevice() || entry.isBlockDevice()) return 'a device';
  if (entry.isDirectory()) return 'a folder';
  return 'no file';
}

/**
 * Opens a regular file for reading; never waits for the writer of a pipe.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function openFile(file: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch((cause: unknown) => {
    throw new LittlefirstError('LF_DATA_MISSING', `${file} cannot be read`, {
      expected: 'a readable file',
      received: (cause as NodeJS.ErrnoException).code ?? String(cause),
      fields: { file },
      cause,
    });
  });
  const entry = await handle.stat();
  if (entry.isFile()) return handle;
  await handle.close();
  throw badInput({ file }, 'a regular file', kindOf(entry));
}

/** What the first bytes say of files that are no recordings. */
function strangeStart(file: string, start: Uint8Array): LittlefirstError | undefined {
  const [a, b] = start;
  if ((a === 0x50 && b === 0x4b) || (a === 0x1f && b === 0x8b))
    return badInput({ file }, 'text', 'an archive', 'unpack it first');
  if (Buffer.from(start.subarray(0, 23)).toString('latin1') === 'version https://git-lfs')
    return badInput(
      { file },
      'a recording',
      'a Git LFS pointer: the file itself was not downloaded',
      'git lfs pull',
    );
  return undefined;
}

/**
 * A text file piece by piece.
 * @param hash takes the bytes too
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT for what is no text or has lines of more than 64 KB
 */
export async function* bytesOf(file: string, hash?: Hash): AsyncGenerator<Buffer> {
  const handle = await openFile(file);
  try {
    let line = 1;
    let lineBytes = 0;
    for (let isFirst = true; ; isFirst = false) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(readAtOnce));
      if (bytesRead === 0) return;
      const piece = buffer.subarray(0, bytesRead);
      const strange = isFirst ? strangeStart(file, piece) : undefined;
      if (strange !== undefined) throw strange;
      let at = 0;
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, at)) {
        checkLine(file, line, lineBytes + end - at, piece.subarray(at, end));
        line += 1;
        lineBytes = 0;
        at = end + 1;
      }
      lineBytes += piece.length - at;
      checkLine(file, line, lineBytes, piece.subarray(at));
      hash?.update(piece);
      yield piece;
    }
  } finally {
    await handle.close();
  }
}

function checkLine(file: string, line: number, length: number, bytes: Uint8Array): void {
  if (length > longestLine)
    throw badInput({ file, line }, `lines of at most ${longestLine} bytes`, 'a longer one');
  if (bytes.includes(0)) throw badInput({ file, line }, 'text in UTF-8', 'a zero byte');
}

/** One line of a file, from 1, without its end. */
export interface Line {
  line: number;
  text: string;
}

/** The lines of a text file, some at a time. @throws as `bytesOf`, LF_DATA_CORRUPT for what is not UTF-8 */
export async function* linesOf(file: string, hash?: Hash): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let line = 0;
  const decode = (bytes: Uint8Array, stream: boolean): string => {
    try {
      return decoder.decode(bytes, { stream });
    } catch {
      throw badInput({ file, line: line + 1 }, 'text in UTF-8', 'other bytes');
    }
  };
  for await (const bytes of bytesOf(file, hash)) {
    const parts = (rest + decode(bytes, true)).split('\n');
    rest = parts.pop() ?? '';
    yield parts.map(text => ({ line: ++line, text: text.endsWith('\r') ? text.slice(0, -1) : text }));
  }
  rest += decode(new Uint8Array(), false);
  if (rest !== '') yield [{ line: line + 1, text: rest }];
}
