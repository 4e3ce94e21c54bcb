import { createHash, type Hash } from 'node:crypto';
import type { JournalRecord } from './records.js';

/**
 * Kinds whose lines carry the running SHA-256: over all bytes of the journal before the line, and the line's own up to the hash. What
 * no such line follows yet belongs to a block under way.
 */
export const chainedKinds: ReadonlySet<JournalRecord['kind']> = new Set<JournalRecord['kind']>([
  'campaign',
  'golden',
  'known-load',
  'block-end',
  'finish',
]);

const ending = /,"sha256":"([0-9a-f]{64})"\}$/;

/** The running SHA-256 over the lines of a journal. */
export class JournalChain {
  readonly #hash: Hash = createHash('sha256');

  /**
   * The line of a record behind those so far.
   * @param json the record as JSON, one line, not empty
   * @returns the line with its line feed, with the hash as its last member where the kind carries one
   */
  next(kind: JournalRecord['kind'], json: string): string {
    const open = json.slice(0, -1);
    return chainedKinds.has(kind)
      ? `${open},"sha256":"${this.#hash.copy().update(open).digest('hex')}"}\n`
      : `${json}\n`;
  }

  /** Goes on behind a line that was written. */
  push(line: string): void {
    this.#hash.update(line);
  }

  /**
   * Checks the hash of a line that carries one, and goes on behind it.
   * @param line as in the file, without its line feed
   * @returns false where the hash is missing, not the last member, or not that of the file up to it
   */
  verify(kind: JournalRecord['kind'], line: string): boolean {
    const match = ending.exec(line);
    const isRight =
      !chainedKinds.has(kind) ||
      (match !== null && this.#hash.copy().update(line.slice(0, match.index)).digest('hex') === match[1]);
    this.#hash.update(`${line}\n`);
    return isRight;
  }
}
