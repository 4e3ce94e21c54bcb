import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

async function readOrMissing(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw new LittlefirstError('LF_DATA_MISSING', `Cannot read ${path}`, {
      expected: "a folder in the stock runner's layout",
      hint: 'folder: <dataset_path>/<model>, with y_labels.csv in it',
      cause,
    });
  });
}

function wholeNumber(path: string, text: string | undefined, what: string): number {
  const value = Number(text);
  if (text === undefined || !/^\d+$/.test(text))
    throw broken(path, `a whole number as ${what}`, String(text));
  return value;
}

/** Parts of `size` bytes that begin every `stride` bytes, as the runner's download step cuts them. */
function cut(bytes: Uint8Array, size: number, stride: number): Uint8Array[] {
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
  const rows: string[][] = parse(text, { trim: true, relax_column_count: true, skip_empty_lines: true });
  if (rows.length === 0) throw broken(path, 'one line an input', 'an empty file');
  const hash = createHash('sha256').update(text);
  const samples: MlperfSample[] = [];
  for (const [file, , truth, size, stride] of rows.slice(0, limit)) {
    const bytes = await readOrMissing(join(folder, file));
    if (bytes.length === 0) throw broken(file, 'at least one byte', 'an empty file');
    hash.update(bytes);
    const parts =
      size === undefined || size === ''
        ? [bytes]
        : cut(
            bytes,
            wholeNumber(path, size, 'bytes to send'),
            Math.max(1, wholeNumber(path, stride, 'the stride')),
          );
    if (parts.length === 0) throw broken(file, `at least ${size} bytes`, `${bytes.length}`);
    samples.push({ file, truth: wholeNumber(path, truth, 'the class'), parts });
  }
  const classes = wholeNumber(path, rows[0][1], 'the number of classes');
  const outside = samples.find(sample => sample.truth >= Math.max(classes, 2));
  if (outside !== undefined)
    throw broken(path, `classes below ${classes}`, `${outside.truth} (${outside.file})`);
  return { samples, inputs: rows.length, classes, sha256: hash.digest('hex') };
}
