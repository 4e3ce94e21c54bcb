import type { Readable } from 'node:stream';

/** Where artefacts lie, each under the SHA-256 of its content, 64 hexadecimal digits. */
export interface ArtefactFiles {
  /** A folder of this machine for what is still to be checked. */
  readonly incoming: string;
  /**
   * Takes a file that was checked; afterwards it is whole under its name, or not there at all.
   * @param file below `incoming`; it may be moved away
   */
  keep(sha256: string, file: string, bytes: number): Promise<void>;
  has(sha256: string): Promise<boolean>;
  /** Content and its length, bytes; undefined where it is not there. */
  open(sha256: string): Promise<{ content: Readable; bytes: number } | undefined>;
}
