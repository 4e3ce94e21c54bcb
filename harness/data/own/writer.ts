import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { lockFile } from '../../host/file-lock.js';
import { makeFolder } from '../../host/make-folder.js';
import type { Split } from '../types.js';
import { unscored } from '../window-set.js';
import { type Manifest, manifestFileName, mostSampleBytes } from './manifest.js';

export const samplesFileName = (split: Split): string => `${split}.samples.f32`;
export const labelsFileName = (split: Split): string => `${split}.labels.u8`;

const rowsAtOnce = 4096;

/** Writes one split's rows, recording by recording. Of a recording that is shorter than a window nothing is written. */
class SplitWriter {
  readonly recordings: { person: number; rows: number }[] = [];
  rows = 0;
  tooShort = 0;
  readonly #files: number[];
  readonly #samples: Float32Array;
  readonly #labels: Uint8Array;
  #held = 0;
  #rowsOfRecording = 0;
  #person = -1;

  constructor(
    folder: string,
    private readonly split: Split,
    private readonly width: number,
    private readonly shortest: number,
  ) {
    this.#files = [samplesFileName(split), labelsFileName(split)].map(name =>
      openSync(join(folder, name), 'wx'),
    );
    const rows = Math.max(rowsAtOnce, shortest);
    this.#samples = new Float32Array(rows * width);
    this.#labels = new Uint8Array(rows);
  }

  push(person: number, label: number, values: ArrayLike<number>): void {
    if (this.#held === this.#labels.length) this.#flush();
    this.#samples.set(values, this.#held * this.width);
    this.#labels[this.#held] = label;
    this.#held += 1;
    this.#rowsOfRecording += 1;
    this.#person = person;
  }

  /** Ends a recording. */
  cut(): void {
    if (this.#rowsOfRecording === 0) return;
    if (this.#rowsOfRecording < this.shortest) {
      this.tooShort += 1;
      this.#held -= this.#rowsOfRecording;
    } else {
      this.recordings.push({ person: this.#person, rows: this.#rowsOfRecording });
      this.#flush();
    }
    this.#rowsOfRecording = 0;
  }

  #flush(): void {
    this.rows += this.#held;
    const bytes = this.rows * this.width * 4;
    if (bytes > mostSampleBytes)
      throw new LittlefirstError('LF_USAGE', `The ${this.split} split does not fit into one data set`, {
        expected: `at most ${mostSampleBytes / 2 ** 20} MB of samples`,
        received: 'more',
        hint: 'fewer channels, a lower --rate, or fewer people',
      });
    const { buffer } = this.#samples;
    writeAll(this.#files[0], new Uint8Array(buffer, 0, this.#held * this.width * 4));
    writeAll(this.#files[1], this.#labels.subarray(0, this.#held));
    this.#held = 0;
  }

  /** May be called again. */
  close(): void {
    for (const file of this.#files.splice(0)) closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

class Taken extends Error {}

const dataFileNames = (['train', 'test'] as const).flatMap(split => [
  samplesFileName(split),
  labelsFileName(split),
]);

/**
 * Makes a folder this import's own, by the lock of the folder itself, and empties it of what an earlier one left that was killed.
 * @returns the function that gives it up
 * @throws Taken when a data set is there, or another import is at it, or may be where the system cannot tell
 */
function claim(folder: string): () => void {
  let lock: number | undefined;
  try {
    lock = openSync(folder, 'r');
  } catch {
    /* Windows opens no folders. */
  }
  const release = () => {
    if (lock !== undefined) closeSync(lock);
    lock = undefined;
  };
  const begun = [...dataFileNames, `${manifestFileName}.part`].filter(name => existsSync(join(folder, name)));
  const isOurs = lock === undefined ? undefined : lockFile(lock);
  const isWhole = existsSync(join(folder, manifestFileName));
  if (isWhole || isOurs === false || (isOurs === undefined && begun.length > 0)) {
    release();
    throw new Taken(isWhole ? 'one with a data set' : 'one that another import has begun to write');
  }
  for (const name of begun) rmSync(join(folder, name));
  return release;
}

/** The folder that an import writes: data files first, the manifest last, so that a folder with a manifest is whole. */
export class DataWriter {
  private constructor(
    private readonly folder: string,
    readonly splits: Record<Split, SplitWriter>,
    private readonly release: () => void,
  ) {}

  /**
   * What an import left that was killed goes away.
   * @param width channels
   * @param shortest rows of a window
   * @throws LF_USAGE when the folder holds a data set, is being written by another import, or cannot be written
   */
  static open(folder: string, width: number, shortest: number): DataWriter {
    let release = () => {};
    try {
      makeFolder(folder);
      release = claim(folder);
      const split = (name: Split) => new SplitWriter(folder, name, width, shortest);
      return new DataWriter(folder, { train: split('train'), test: split('test') }, release);
    } catch (cause) {
      release();
      const { code } = cause as NodeJS.ErrnoException;
      throw new LittlefirstError('LF_USAGE', `${folder} cannot receive the data set`, {
        expected: 'a new folder that can be written',
        received: cause instanceof Taken ? cause.message : (code ?? String(cause)),
        hint: 'another --out',
        cause,
      });
    }
  }

  cut(): void {
    this.splits.train.cut();
    this.splits.test.cut();
  }

  close(): void {
    this.splits.train.close();
    this.splits.test.close();
  }

  /** Paths of a split's files, once closed. */
  filesOf(split: Split): { samples: string; labels: string } {
    return {
      samples: join(this.folder, samplesFileName(split)),
      labels: join(this.folder, labelsFileName(split)),
    };
  }

  /** Gives the classes their final numbers. @param places by provisional number */
  async renumber(places: Uint8Array): Promise<void> {
    for (const split of ['train', 'test'] as const) {
      const file = await open(join(this.folder, labelsFileName(split)), 'r+');
      try {
        const buffer = Buffer.alloc(1 << 16);
        for (let at = 0; ; ) {
          const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
          if (bytesRead === 0) break;
          for (let i = 0; i < bytesRead; i++) if (buffer[i] !== unscored) buffer[i] = places[buffer[i]];
          await file.write(buffer, 0, bytesRead, at);
          at += bytesRead;
        }
      } finally {
        await file.close();
      }
    }
  }

  /** Writes the manifest beside the files. */
  finish(manifest: Manifest): void {
    const path = join(this.folder, manifestFileName);
    writeFileSync(`${path}.part`, `${JSON.stringify(manifest)}\n`, { flag: 'wx' });
    renameSync(`${path}.part`, path);
    this.release();
  }

  /** Removes what an import that failed has written. */
  discard(): void {
    for (const name of dataFileNames) rmSync(join(this.folder, name), { force: true });
    this.release();
  }
}

/** SHA-256 of a file, piece by piece. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
