import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import type { Database } from '../store/database.js';
import type { ArtefactFiles } from './files.js';

/** @throws LF_FARM_REFUSED */
function checkName(sha256: string): void {
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new LittlefirstError('LF_FARM_REFUSED', 'An artefact is named by its SHA-256', {
      expected: '64 hexadecimal digits',
    });
}

/** Files by the SHA-256 of their content. What is there is whole. */
export class Artefacts {
  constructor(
    private readonly database: Database,
    private readonly files: ArtefactFiles,
  ) {}

  /**
   * Stores what a stream brings.
   * @param mostBytes larger ones are refused
   * @throws LF_FARM_REFUSED when the content is not what its name says, or too large; nothing is kept of it
   */
  async put(sha256: string, content: Readable, mostBytes: number): Promise<void> {
    checkName(sha256);
    const { incoming } = this.files;
    makeFolder(incoming, 0o700);
    const fresh = join(incoming, randomUUID());
    const hash = createHash('sha256');
    let bytes = 0;
    const counted = new Transform({
      transform: (chunk: Buffer, _, done) => {
        bytes += chunk.length;
        hash.update(chunk);
        done(
          bytes > mostBytes
            ? new LittlefirstError('LF_FARM_REFUSED', 'The artefact is too large', {
                expected: `${mostBytes} bytes at most`,
              })
            : null,
          chunk,
        );
      },
    });
    try {
      await pipeline(content, counted, createWriteStream(fresh, { mode: 0o600, flush: true }));
      const found = hash.digest('hex');
      if (found !== sha256)
        throw new LittlefirstError('LF_FARM_REFUSED', 'The artefact is not what its name says', {
          expected: sha256,
          received: found,
        });
      await this.files.keep(sha256, fresh, bytes);
    } finally {
      await rm(fresh, { force: true });
    }
    await this.database.transaction(({ query }) =>
      query(
        'insert into farm.artefacts (sha256, bytes, stored_at) values ($1, $2, farm.now()) on conflict do nothing',
        [sha256, bytes],
      ),
    );
  }

  /** Which of some artefacts are not here. */
  async missing(hashes: readonly string[]): Promise<string[]> {
    const known = await this.database.transaction(({ query }) =>
      query<{ sha256: string }>('select sha256 from farm.artefacts where sha256 = any($1)', [hashes]),
    );
    const there = new Set<string>();
    for (const { sha256 } of known) if (await this.files.has(sha256)) there.add(sha256);
    return [...new Set(hashes)].filter(one => !there.has(one));
  }

  /** An artefact's content and size; undefined where it is not here. */
  async open(sha256: string): Promise<{ content: Readable; bytes: number } | undefined> {
    checkName(sha256);
    return this.files.open(sha256);
  }
}
