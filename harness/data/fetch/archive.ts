import { unzipSync } from 'fflate';
import { LittlefirstError } from '../../errors.js';

/** Largest file that is unpacked; those of the published archives are smaller by half and more. */
const maxFileBytes = 1 << 28;
/** Archives within archives: UCI's have one such level, and an archive may be made to hold itself. */
const maxDepth = 2;
/** Archives within one; UCI's have one or none. */
const maxInner = 8;

/** Text files of a zip archive, also of zip archives within it. */
export class Archive {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  #inner: Archive[] | undefined;

  /**
   * @param file name for messages
   * @param bytes the archive's content
   * @param depth archives around it
   */
  constructor(
    file: string,
    bytes: Uint8Array,
    private readonly depth = 0,
  ) {
    this.#file = file;
    this.#bytes = bytes;
  }

  #unzip(wanted: (name: string) => boolean): Record<string, Uint8Array> {
    try {
      let left = maxFileBytes;
      return unzipSync(this.#bytes, {
        filter: ({ name, originalSize }) => {
          if (name.startsWith('__MACOSX/') || !wanted(name)) return false;
          left -= originalSize;
          if (left >= 0) return true;
          throw new Error(`up to ${name} it would unpack to ${maxFileBytes - left} bytes`);
        },
      });
    } catch (error) {
      throw this.#unfit('a zip archive', (error as Error).message, error);
    }
  }

  #unfit(expected: string, received: string, cause?: unknown): LittlefirstError {
    return new LittlefirstError('LF_DATA_CORRUPT', `Archive ${this.#file} cannot be unpacked`, {
      ...{ expected, received, cause },
      hint: 'delete it and fetch again',
      fields: { file: this.#file },
    });
  }

  #nested(): Archive[] {
    if (this.#inner !== undefined) return this.#inner;
    const inner = Object.entries(this.#unzip(name => name.endsWith('.zip')));
    if (inner.length > maxInner || (inner.length > 0 && this.depth >= maxDepth))
      throw this.#unfit(
        `at most ${maxInner} archives within one, ${maxDepth} deep`,
        `${inner.length} at depth ${this.depth + 1}`,
      );
    this.#inner = inner.map(([name, bytes]) => new Archive(`${this.#file}:${name}`, bytes, this.depth + 1));
    return this.#inner;
  }

  /** Names of all files, those of nested archives too. */
  names(): string[] {
    const own: string[] = [];
    this.#unzip(name => {
      if (!name.endsWith('/')) own.push(name);
      return false;
    });
    return [...own, ...this.#nested().flatMap(archive => archive.names())];
  }

  #find(path: string): Uint8Array | undefined {
    let isFound = false;
    const isFirst = (name: string): boolean => {
      if (isFound || !(name === path || name.endsWith(`/${path}`))) return false;
      isFound = true;
      return true;
    };
    const own = Object.values(this.#unzip(isFirst))[0];
    if (own !== undefined) return own;
    for (const archive of this.#nested()) {
      const found = archive.#find(path);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * Whitespace-separated numbers of a text file.
   * @param path end of the file's path, e.g. `test/y_test.txt`
   * @throws LF_DATA_CORRUPT when the file is missing, holds something else than numbers, or is no multiple of `columns`
   */
  numbers(path: string, columns: number): Float64Array {
    const bytes = this.#find(path);
    const fail = (expected: string, received: string): LittlefirstError =>
      new LittlefirstError('LF_DATA_CORRUPT', `Archive ${this.#file}, file ${path}, is not as published`, {
        expected,
        received,
        fields: { file: this.#file, path },
      });
    if (bytes === undefined) throw fail('the file', 'no such file');
    const words = new TextDecoder().decode(bytes).trim().split(/\s+/);
    const values = Float64Array.from(words, Number);
    const bad = values.findIndex(value => !Number.isFinite(value));
    if (bad >= 0 || words[0] === '') throw fail('numbers', `"${words[Math.max(bad, 0)]}"`);
    if (values.length % columns !== 0) throw fail(`${columns} numbers a row`, `${values.length} numbers`);
    return values;
  }
}
