import { existsSync } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../host/make-folder.js';
import { unpackFolder } from '../jobs/packed-folder.js';
import type { FarmClient } from './client.js';

/** Folders that are kept for the next job that names them. */
const mostKept = 32;

/** Bundles and firmware that jobs name by their hashes, fetched once each and checked. */
export class Inputs {
  constructor(
    private readonly folder: string,
    private readonly client: FarmClient,
  ) {
    makeFolder(folder, 0o700);
  }

  /** The folder of what a hash names. @throws LF_FARM_REFUSED, LF_FARM_UNREACHABLE */
  async folderOf(sha256: string, signal?: AbortSignal): Promise<string> {
    const folder = join(this.folder, sha256);
    if (!existsSync(folder)) await unpackFolder(await this.client.download(sha256, signal), sha256, folder);
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }

  /** Removes those that were not asked for the longest, and what a killed process left. Nothing may be in use. */
  async prune(): Promise<void> {
    const found = await Promise.all(
      (await readdir(this.folder)).map(async name => ({
        name,
        at: /^[0-9a-f]{64}$/.test(name) ? (await stat(join(this.folder, name))).mtimeMs : 0,
      })),
    );
    const old = found.sort((a, b) => b.at - a.at).filter(({ at }, place) => at === 0 || place >= mostKept);
    for (const { name } of old) await rm(join(this.folder, name), { recursive: true, force: true });
  }
}
