import { closeSync, fsyncSync, openSync, truncateSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../errors.js';
import type { JournalRecord } from './journal-records.js';

export const journalFileName = 'journal.ndjson';

const kinds: ReadonlySet<string> = new Set<JournalRecord['kind']>([
  'campaign',
  'golden',
  'block-start',
  'identity',
  'windows',
  'energy',
  'block-energy',
  'trace',
  'block-end',
  'fault',
  'known-load',
  'finish',
]);

type WithoutTime<T> = T extends unknown ? Omit<T, 't'> : never;
/** A record as its writer gives it; the journal adds the time. */
export type NewRecord = WithoutTime<JournalRecord>;

function failed(path: string, cause: unknown): LittlefirstError {
  return new LittlefirstError('LF_JOURNAL', `The journal ${path} cannot be written`, {
    received: cause instanceof Error ? cause.message : String(cause),
    hint: 'check free space and permissions of the run folder',
    fields: { file: path },
    cause,
  });
}

/** The append-only log of a campaign: one JSON object a line, handed to the operating system record by record. */
export class Journal {
  private constructor(
    readonly path: string,
    private file: number | undefined,
  ) {}

  /** Starts a journal in a run folder. @throws LF_JOURNAL when the folder already has one */
  static create(folder: string): Journal {
    const path = join(folder, journalFileName);
    try {
      return new Journal(path, openSync(path, 'ax'));
    } catch (cause) {
      throw failed(path, cause);
    }
  }

  /** Goes on with a journal; a torn last line, left by a crash, is cut off. */
  static async resume(folder: string): Promise<{ journal: Journal; records: JournalRecord[] }> {
    const path = join(folder, journalFileName);
    const { records, wholeBytes } = await readJournalFile(path);
    try {
      truncateSync(path, wholeBytes);
      return { journal: new Journal(path, openSync(path, 'a')), records };
    } catch (cause) {
      throw failed(path, cause);
    }
  }

  /** Appends a record; it survives a crash of this process. @throws LF_JOURNAL */
  write(record: NewRecord): void {
    const { kind, ...rest } = record;
    const line = Buffer.from(`${JSON.stringify({ kind, t: new Date().toISOString(), ...rest })}\n`);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(this.descriptor(), line, done);
    } catch (cause) {
      throw failed(this.path, cause);
    }
  }

  /** Makes everything written survive a crash of the machine. @throws LF_JOURNAL */
  sync(): void {
    try {
      fsyncSync(this.descriptor());
    } catch (cause) {
      throw failed(this.path, cause);
    }
  }

  /** Closes the file; closing twice is allowed. */
  close(): void {
    if (this.file === undefined) return;
    closeSync(this.file);
    this.file = undefined;
  }

  private descriptor(): number {
    if (this.file === undefined) throw new Error('the journal is closed');
    return this.file;
  }
}

/**
 * Reads the journal of a run folder. A last line without its line feed is what a crash left of a record and is ignored.
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT
 */
export async function readJournal(folder: string): Promise<JournalRecord[]> {
  return (await readJournalFile(join(folder, journalFileName))).records;
}

async function readJournalFile(path: string): Promise<{ records: JournalRecord[]; wholeBytes: number }> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (cause) {
    throw new LittlefirstError('LF_RUN_MISSING', `There is no run at ${path}`, {
      expected: 'the folder of a run, with its journal.ndjson',
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a folder below reports/, e.g. reports/latest',
      fields: { file: path },
      cause,
    });
  }
  const wholeBytes = content.lastIndexOf(0x0a) + 1;
  const records: JournalRecord[] = [];
  for (let start = 0; start < wholeBytes; ) {
    const end = content.indexOf(0x0a, start);
    records.push(parseRecord(content.toString('utf8', start, end), records.length + 1, path));
    start = end + 1;
  }
  return { records, wholeBytes };
}

function parseRecord(line: string, number: number, path: string): JournalRecord {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    throw corrupt(path, number, line, cause);
  }
  if (typeof record !== 'object' || record === null || !kinds.has(String((record as JournalRecord).kind)))
    throw corrupt(path, number, line, undefined);
  return record as JournalRecord;
}

function corrupt(path: string, number: number, line: string, cause: unknown): LittlefirstError {
  return new LittlefirstError('LF_RUN_CORRUPT', `Line ${number} of ${path} is no record of a journal`, {
    expected: 'a JSON object with a known "kind"',
    received: JSON.stringify(line.slice(0, 80)),
    hint: 'the file was edited or damaged; run the campaign again',
    fields: { file: path, line: number },
    cause,
  });
}
