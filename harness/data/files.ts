import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { z } from 'zod';
import { LittlefirstError } from '../errors.js';

const fetchHint =
  'point LITTLEFIRST_DATA at a folder with uci-har/ and hapt/, or run "littlefirst data fetch" to make one';

/** The error of everything that is there but cannot be right. */
export function corruptData(file: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_DATA_CORRUPT', `Data file ${file} is damaged or of another layout`, {
    expected,
    received,
    hint: 'fetch the data again with "littlefirst data fetch"',
    fields: { file, expected, received },
  });
}

/**
 * Reads a file as it is.
 * @throws LF_DATA_MISSING when it cannot be read; LF_DATA_CORRUPT when `bytes` is given and its size is another
 */
export async function readBytes(folder: string, name: string, bytes?: number): Promise<Uint8Array> {
  const file = join(folder, name);
  let content: Uint8Array;
  try {
    content = await readFile(file);
  } catch (error) {
    throw new LittlefirstError('LF_DATA_MISSING', `Data file ${file} cannot be read`, {
      expected: bytes === undefined ? 'a readable file' : `a readable file of ${bytes} bytes`,
      received: (error as NodeJS.ErrnoException).code ?? String(error),
      hint: fetchHint,
      fields: { file, expectedBytes: bytes },
      cause: error,
    });
  }
  if (bytes !== undefined && content.byteLength !== bytes) {
    throw corruptData(file, `${bytes} bytes`, `${content.byteLength} bytes`);
  }
  return content;
}

/** Reads `count` little-endian int16 values. Errors as `readBytes`. */
export async function readInt16(folder: string, name: string, count: number): Promise<Int16Array> {
  const bytes = await readBytes(folder, name, count * 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int16Array.from({ length: count }, (_, i) => view.getInt16(i * 2, true));
}

/** Reads `count` little-endian uint32 values. Errors as `readBytes`. */
export async function readUint32(folder: string, name: string, count: number): Promise<Uint32Array> {
  const bytes = await readBytes(folder, name, count * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
}

/**
 * Reads a JSON file against a schema.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT (no JSON, or not of that schema)
 */
export async function readJson<T extends z.ZodType>(
  folder: string,
  name: string,
  schema: T,
): Promise<z.infer<T>> {
  const text = new TextDecoder().decode(await readBytes(folder, name));
  const file = join(folder, name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corruptData(file, 'JSON', (error as Error).message);
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw corruptData(file, 'the fields of the data layout', `${issue.path.join('.')}: ${issue.message}`);
  }
  return result.data;
}

/**
 * Reads a CSV file with a header into records, each checked by `schema`.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function readCsv<T extends z.ZodType>(
  folder: string,
  name: string,
  schema: T,
): Promise<z.infer<T>[]> {
  const text = new TextDecoder().decode(await readBytes(folder, name));
  const file = join(folder, name);
  let records: unknown[];
  try {
    records = parse(text, { columns: true, skip_empty_lines: true });
  } catch (error) {
    throw corruptData(file, 'comma-separated values with a header', (error as Error).message);
  }
  return records.map((record, row) => {
    const result = schema.safeParse(record);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw corruptData(
      file,
      'the columns of the data layout',
      `record ${row + 1}, ${issue.path.join('.')}: ${issue.message}`,
    );
  });
}

/** Whether a path exists (of any kind). */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
