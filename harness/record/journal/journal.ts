import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { lockFile, lockOwner } from '../../host/file-lock.js';
import { visible } from '../../visible.js';
import { removeUnfinishedFiles, syncFolder } from '../atomic-file.js';
import { journalFileName, refuseSealed, refuseStrange } from '../run-folder.js';
import { JournalChain } from './chain.js';
import { JournalCheck } from './check.js';
import type { JournalRecord } from './records.js';
import { isKind, journalSchemas } from './schema.js';

export { journalFileName };

type Unwritten<T> = T extends unknown ? Omit<T, 't' | 'sha256'> : never;
/** A record as its writer gives it; the journal adds the time, and the running hash to the kinds that carry it. */
export type NewRecord = Unwritten<JournalRecord>;

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
  refuseStrange(join(folder, journalFileName));
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
  refuseStrange(path);
  let file: number;
  try {
    file = openSync(path, 'a', 0o600);
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

/** A record as a line of JSON, without characters that act on a terminal which shows the file (JSON reads their escapes back). */
export const jsonLine = (record: object): string => visible(JSON.stringify(record));

/** The append-only log of a campaign: one JSON object a line, handed to the operating system record by record. */
export class Journal {
  /** Told of each record that was written. */
  onRecord?: (record: NewRecord) => void;

  private constructor(
    readonly path: string,
    private file: number | undefined,
    private readonly chain: JournalChain,
    /** Faults from before the campaign was known: its record is the first line. Undefined once anything else was written. */
    private early: string[] | undefined,
  ) {}

  /**
   * Starts a journal in a run folder; one without any block is begun again.
   * @throws LF_JOURNAL when the folder already has one with blocks, LF_USAGE when another process writes it or the run is sealed
   */
  static create(folder: string): Journal {
    refuseSealed(folder);
    const path = join(folder, journalFileName);
    const file = openToAppend(path);
    try {
      if (journalHoldsBlocks(folder)) throw new Error('it already has blocks');
      ftruncateSync(file);
      removeUnfinishedFiles(folder);
      syncFolder(folder);
      return new Journal(path, file, new JournalChain(), []);
    } catch (cause) {
      closeSync(file);
      throw failed(path, cause);
    }
  }

  /**
   * Goes on with a journal; a torn last line, left by a crash, is cut off.
   * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL; LF_USAGE when another process writes it or the run is sealed; LF_CONFIG_INVALID for a journal
   *   without running hash, of an earlier version
   */
  static async resume(folder: string): Promise<{ journal: Journal; records: JournalRecord[] }> {
    refuseSealed(folder);
    const path = join(folder, journalFileName);
    const [campaign] = (await readJournalFile(path)).records;
    if (campaign?.kind === 'campaign' && campaign.schema === 'littlefirst.journal/1')
      throw new LittlefirstError('LF_CONFIG_INVALID', 'This run was begun by an earlier version', {
        expected: 'a journal with a running hash (littlefirst.journal/2)',
        received: campaign.schema,
        hint: 'start a new run; the old one can still be checked and reported',
      });
    const file = openToAppend(path);
    try {
      const { records, wholeBytes, chain } = await readJournalFile(path);
      ftruncateSync(file, wholeBytes);
      removeUnfinishedFiles(folder);
      return { journal: new Journal(path, file, chain, undefined), records };
    } catch (cause) {
      closeSync(file);
      throw cause instanceof LittlefirstError ? cause : failed(path, cause);
    }
  }

  /** Appends a record; it survives a crash of this process. A fault before the first other record waits for that. @throws LF_JOURNAL */
  write(record: NewRecord): void {
    const { kind, ...rest } = record;
    const json = jsonLine({ kind, t: new Date().toISOString(), ...rest });
    if (kind === 'fault' && this.early !== undefined) this.early.push(json);
    else this.append(kind, json);
    this.onRecord?.(record);
  }

  private append(kind: NewRecord['kind'], json: string): void {
    const early = this.early ?? [];
    this.early = undefined;
    if (kind === 'campaign') this.appendLine(kind, json);
    for (const fault of early) this.appendLine('fault', fault);
    if (kind !== 'campaign') this.appendLine(kind, json);
  }

  private appendLine(kind: NewRecord['kind'], json: string): void {
    const text = this.chain.next(kind, json);
    const line = Buffer.from(text);
    const file = this.descriptor();
    const { size } = fstatSync(file);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(file, line, done);
    } catch (cause) {
      cutTo(file, size);
      throw failed(this.path, cause);
    }
    this.chain.push(text);
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
 * Reads the journal of a run folder and checks it: every record by its schema, all together (`check.ts`), and the running hash. A
 * last line without its line feed is what a crash left of a record and is ignored; so is a last line that repeats the one before byte for byte, time
 * included, as a file system that replays its own log may leave it.
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT naming line and field
 */
export async function readJournal(folder: string): Promise<JournalRecord[]> {
  return (await readJournalFile(join(folder, journalFileName))).records;
}

interface JournalFile {
  records: JournalRecord[];
  wholeBytes: number;
  /** The running hash at the end of the whole lines. */
  chain: JournalChain;
}

/** {@link readJournal} of a file's content. @param path what messages call it */
export function parseJournal(content: Buffer, path: string): JournalRecord[] {
  return journalOf(content, path).records;
}

async function readJournalFile(path: string): Promise<JournalFile> {
  refuseStrange(path);
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
  return journalOf(content, path);
}

function journalOf(content: Buffer, path: string): JournalFile {
  const wholeBytes = lengthWithoutRepeat(content, content.lastIndexOf(0x0a) + 1);
  const reader = new JournalReader(path);
  for (let start = 0; start < wholeBytes; ) {
    const end = content.indexOf(0x0a, start);
    reader.add(content.toString('utf8', start, end));
    start = end + 1;
  }
  const { records, chain } = reader;
  return { records, wholeBytes, chain };
}

/** Bytes of the whole lines without the last one if it equals the one before. */
function lengthWithoutRepeat(content: Buffer, wholeBytes: number): number {
  if (wholeBytes < 2) return wholeBytes;
  const last = content.lastIndexOf(0x0a, wholeBytes - 2) + 1;
  const before = last < 2 ? 0 : content.lastIndexOf(0x0a, last - 2) + 1;
  return content.subarray(last, wholeBytes).equals(content.subarray(before, last)) ? last : wholeBytes;
}

/** Checks a journal line by line. */
class JournalReader {
  readonly records: JournalRecord[] = [];
  readonly chain = new JournalChain();
  readonly #check = new JournalCheck();
  #isChained = true;

  constructor(private readonly path: string) {}

  /** @throws LF_RUN_CORRUPT */
  add(line: string): void {
    const record = this.#parse(line);
    if (this.records.length === 0 && record.kind === 'campaign')
      this.#isChained = record.schema !== 'littlefirst.journal/1';
    if (!this.chain.verify(record.kind, line) && this.#isChained)
      throw this.#corrupt('sha256', 'the SHA-256 of the file up to here', 'another one, or none', line);
    if (!this.#isChained && 'sha256' in record)
      throw this.#corrupt('schema', 'littlefirst.journal/2 for a journal with a running hash', '1', line);
    const misfit = this.#check.add(record);
    if (misfit !== undefined) throw this.#corrupt(misfit.field, misfit.expected, misfit.received, line);
    this.records.push(record);
  }

  #parse(line: string): JournalRecord {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw this.#corrupt('', 'a JSON object', JSON.stringify(line.slice(0, 80)), line, cause);
    }
    if (typeof value !== 'object' || value === null || !('kind' in value) || !isKind(value.kind))
      throw this.#corrupt(
        'kind',
        'a JSON object with a known "kind"',
        JSON.stringify(line.slice(0, 80)),
        line,
      );
    const schema: z.ZodType<unknown> = journalSchemas[value.kind];
    const result = schema.safeParse(value);
    if (result.success) return value as unknown as JournalRecord;
    const [issue] = result.error.issues;
    throw this.#corrupt(fieldOf(issue), `${value.kind} as journals have it`, issue.message, line);
  }

  #corrupt(
    field: string,
    expected: string,
    received: string,
    text: string,
    cause?: unknown,
  ): LittlefirstError {
    const line = this.records.length + 1;
    const where = field === '' ? '' : `, field "${field}",`;
    return new LittlefirstError('LF_RUN_CORRUPT', `Line ${line} of ${this.path}${where} cannot be as it is`, {
      expected,
      received,
      hint: 'the file was edited or damaged; run the campaign again',
      fields: { file: this.path, line, field, text: text.slice(0, 80) },
      cause,
    });
  }
}

/** `level.mV` or `labels[3]` of what a schema complains of. */
function fieldOf(issue: z.core.$ZodIssue): string {
  const keys = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return keys
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
