import type { Hash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { badInput, bytesOf } from '../source-files.js';

export interface CsvRow {
  line: number;
  fields: string[];
}

/** Records handed on at once. */
const batchRecords = 1024;
const largestRecord = 1 << 16;

/** The character that separates the fields of a header: a semicolon or a tab where there is one, else a comma. */
function delimiterOf(start: Buffer): string {
  const header = start.subarray(0, start.indexOf(10) < 0 ? start.length : start.indexOf(10)).toString('utf8');
  return header.includes(';') ? ';' : header.includes('\t') ? '\t' : ',';
}

/**
 * The records of a file of comma-, semicolon- or tab-separated values, some at a time; the first is the header if it has one.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function* csvRows(file: string, hash: Hash): AsyncGenerator<CsvRow[]> {
  const pieces = bytesOf(file, hash);
  const first = await pieces.next();
  if (first.done === true) throw badInput({ file }, 'a header and samples', 'an empty file');
  async function* all(): AsyncGenerator<Buffer> {
    yield first.value as Buffer;
    yield* pieces;
  }
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(first.value),
    info: true,
    max_record_size: largestRecord,
    skip_empty_lines: true,
  });
  // Errors of either end come out of the loop below.
  pipeline(Readable.from(all(), { objectMode: false }), parser, () => undefined);
  let batch: CsvRow[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      batch.push({ line: info.lines, fields: record });
      if (batch.length === batchRecords) {
        yield batch;
        batch = [];
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw badInput(
      { file, line: (error as CsvError & { lines?: number }).lines },
      'as many fields in every line as in the header, quotes closed',
      error.message.split('\n')[0],
    );
  }
  if (batch.length > 0) yield batch;
}
