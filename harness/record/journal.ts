import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LittlefirstError } from '../errors.js';
import { lockFile, lockOwner } from '../host/file-lock.js';
import { removeUnfinishedFiles, syncFolder } from './atomic-file.js';
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

/** A block's record, whatever its other fields are; within a text the quotes would be escaped. */
const blockRecord = /"kind":"block-/;

/** Whether the journal of a folder, if there is one, says that anything was measured. @throws the system's error */
export function journalHoldsBlocks(folder: string): boolean {
  try {
    return blockRecord.test(readFileSync(join(folder, journalFileName), 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw cause;
  }
}

/** Takes back the half of a line that a full disk let through: the next line would continue it. */
function cutTo(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    /* The disk is gone; a torn last line is what a crash leaves, too. */
  }
}

/** Opens a journal, and takes it for this process. @throws LF_JOURNAL, LF_USAGE */
function openToAppend(path: string): number {
  let file: number;
  try {
    file = openSync(path, 'a');
  } catch (cause) {
    throw failed(path, cause);
  }
  hold(path, file);
  return file;
}

/** Takes a journal for this process; no two may write one. @throws LF_USAGE */
function hold(path: string, file: number): void {
  if (lockFile(file) !== false) return;
  const owner = lockOwner(path);
  closeSync(file);
  throw new LittlefirstError('LF_USAGE', `A run is under way in ${dirname(path)}`, {
    expected: 'a run folder that no other process writes to',
    received: `its journal is held by ${owner ?? 'another process'}`,
    hint: 'wait for that run, or name another folder',
    fields: { file: path },
  });
}

/** The append-only log of a campaign: one JSON object a line, handed to the operating system record by record. */
export class Journal {
  private constructor(
    readonly path: string,
    private file: number | undefined,
  ) {}

  /**
   * Starts a journal in a run folder; one without any block is begun again.
   * @throws LF_JOURNAL when the folder already has one with blocks, LF_USAGE when another process writes it
   */
  static create(folder: string): Journal {
    const path = join(folder, journalFileName);
    const file = openToAppend(path);
    try {
      if (journalHoldsBlocks(folder)) throw new Error('it already has blocks');
      ftruncateSync(file);
      removeUnfinishedFiles(folder);
      syncFolder(folder);
      return new Journal(path, file);
    } catch (cause) {
      closeSync(file);
      throw failed(path, cause);
    }
  }

  /**
   * Goes on with a journal; a torn last line, left by a crash, is cut off.
   * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL, LF_USAGE when another process writes it
   */
  static async resume(folder: string): Promise<{ journal: Journal; records: JournalRecord[] }> {
    const path = join(folder, journalFileName);
    await readJournalFile(path);
    const file = openToAppend(path);
    try {
      const { records, wholeBytes } = await readJournalFile(path);
      ftruncateSync(file, wholeBytes);
      removeUnfinishedFiles(folder);
      return { journal: new Journal(path, file), records };
    } catch (cause) {
      closeSync(file);
      throw cause instanceof LittlefirstError ? cause : failed(path, cause);
    }
  }

  /** Appends a record; it survives a crash of this process. @throws LF_JOURNAL */
  write(record: NewRecord): void {
    const { kind, ...rest } = record;
    const line = Buffer.from(`${JSON.stringify({ kind, t: new Date().toISOString(), ...rest })}\n`);
    const file = this.descriptor();
    const { size } = fstatSync(file);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(file, line, done);
    } catch (cause) {
      cutTo(file, size);
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
 * Reads the journal of a run folder. A last line without its line feed is what a crash left of a record and is ignored; so is a last line
 * that repeats the one before byte for byte, time included, as a file system that replays its own log may leave it.
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
  const wholeBytes = lengthWithoutRepeat(content, content.lastIndexOf(0x0a) + 1);
  const records: JournalRecord[] = [];
  for (let start = 0; start < wholeBytes; ) {
    const end = content.indexOf(0x0a, start);
    records.push(parseRecord(content.toString('utf8', start, end), records.length + 1, path));
    start = end + 1;
  }
  return { records, wholeBytes };
}

/** Bytes of the whole lines without the last one if it equals the one before. */
function lengthWithoutRepeat(content: Buffer, wholeBytes: number): number {
  if (wholeBytes < 2) return wholeBytes;
  const last = content.lastIndexOf(0x0a, wholeBytes - 2) + 1;
  const before = last < 2 ? 0 : content.lastIndexOf(0x0a, last - 2) + 1;
  return content.subarray(last, wholeBytes).equals(content.subarray(before, last)) ? last : wholeBytes;
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
