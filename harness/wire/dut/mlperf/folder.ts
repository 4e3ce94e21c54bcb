import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { parse } from 'csv-parse/sync';
import { LittlefirstError } from '../../../errors.js';

/** One input file of an MLPerf Tiny data folder. */
export interface MlperfSample {
  file: string;
  /** Class number; for anomaly detection 1 means anomalous. */
  truth: number;
  /** What is sent for it: the file, or overlapping parts of it (anomaly detection). */
  parts: Uint8Array[];
}

export interface MlperfFolder {
  samples: MlperfSample[];
  /** Inputs that the truth file names, of which `samples` may be the first. */
  inputs: number;
  /** Number of classes as the truth file says. */
  classes: number;
  /** SHA-256 of the truth file and of every input that is used, in order. */
  sha256: string;
}

export interface MlperfFolderOptions {
  /** Default `y_labels.csv`, as the stock runner's scripts have it. */
  truthFile?: string;
  /** Only the first inputs. */
  limit?: number;
}

function broken(path: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_DATA_CORRUPT', `${path} is not an MLPerf Tiny data folder's`, {
    expected,
    received,
    hint: 'the folder holds .bin files and y_labels.csv with lines "file, classes, class[, bytes, stride]"',
  });
}

/** Inputs of the published tests have some thousand bytes, recordings for anomaly detection some hundred thousand. */
const maxFileBytes = 1 << 26;
/** Parts that all inputs together are cut into, at most. */
const maxParts = 1_000_000;

/** Only an ordinary file has an end. */
async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Error('it is no file');
    if (facts.size > maxFileBytes) throw new Error(`it has ${facts.size} bytes, more than ${maxFileBytes}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function readOrMissing(path: string): Promise<Buffer> {
  return readWhole(path).catch((cause: unknown) => {
    throw new LittlefirstError('LF_DATA_MISSING', `Cannot read ${path}`, {
      expected: "a folder in the stock runner's layout",
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'folder: <dataset_path>/<model>, with y_labels.csv in it',
      cause,
    });
  });
}

/** The truth file's rows. */
function rowsOf(path: string, text: Buffer): string[][] {
  try {
    return parse(text, { trim: true, relax_column_count: true, skip_empty_lines: true });
  } catch (cause) {
    throw broken(path, 'comma-separated values', cause instanceof Error ? cause.message : String(cause));
  }
}

/** Where an input lies: in the folder, whatever the truth file says. */
function inside(folder: string, path: string, file: string): string {
  if (isAbsolute(file) || normalize(file).startsWith('..') || file.includes('\0'))
    throw broken(path, 'names of files in the folder', JSON.stringify(file));
  return join(folder, file);
}

function wholeNumber(path: string, text: string | undefined, what: string): number {
  const value = Number(text);
  if (text === undefined || !/^\d{1,9}$/.test(text))
    throw broken(path, `a whole number as ${what}`, String(text));
  return value;
}

/** Parts of `size` bytes that begin every `stride` bytes, as the runner's download step cuts them. @throws LF_DATA_CORRUPT */
function cut(path: string, bytes: Uint8Array, size: number, stride: number): Uint8Array[] {
  if (size === 0) throw broken(path, 'parts of at least one byte', '0');
  if ((bytes.length - size) / stride > maxParts)
    throw broken(path, `at most ${maxParts} parts`, `${bytes.length} bytes in parts ${stride} apart`);
  const parts: Uint8Array[] = [];
  for (let from = 0; from + size <= bytes.length; from += stride)
    parts.push(bytes.subarray(from, from + size));
  return parts;
}

/**
 * Reads a data folder in the layout of the stock MLPerf Tiny runner (mlcommons/tiny, benchmark/runner/datasets.py).
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function loadMlperfFolder(
  folder: string,
  { truthFile = 'y_labels.csv', limit }: MlperfFolderOptions = {},
): Promise<MlperfFolder> {
  const path = join(folder, truthFile);
  const text = await readOrMissing(path);
  const rows = rowsOf(path, text);
  if (rows.length === 0) throw broken(path, 'one line an input', 'an empty file');
  const hash = createHash('sha256').update(text);
  const samples: MlperfSample[] = [];
  let count = 0;
  for (const [file, , truth, size, stride] of rows.slice(0, limit)) {
    const bytes = await readOrMissing(inside(folder, path, file));
    if (bytes.length === 0) throw broken(file, 'at least one byte', 'an empty file');
    hash.update(bytes);
    const parts =
      size === undefined || size === ''
        ? [bytes]
        : cut(
            path,
            bytes,
            wholeNumber(path, size, 'bytes to send'),
            Math.max(1, wholeNumber(path, stride, 'the stride')),
          );
    if (parts.length === 0) throw broken(file, `at least ${size} bytes`, `${bytes.length}`);
    count += parts.length;
    if (count > maxParts) throw broken(path, `at most ${maxParts} parts`, 'more');
    samples.push({ file, truth: wholeNumber(path, truth, 'the class'), parts });
  }
  const classes = wholeNumber(path, rows[0][1], 'the number of classes');
  const outside = samples.find(sample => sample.truth >= Math.max(classes, 2));
  if (outside !== undefined)
    throw broken(path, `classes below ${classes}`, `${outside.truth} (${outside.file})`);
  return { samples, inputs: rows.length, classes, sha256: hash.digest('hex') };
}
