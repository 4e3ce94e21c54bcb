import { createReadStream, existsSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../host/make-folder.js';
import type { ArtefactFiles } from './files.js';

/** Artefacts in a folder of this machine, or one that it mounts. */
export function folderFiles(folder: string): ArtefactFiles {
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  return {
    incoming: join(folder, 'incoming'),
    keep: async (sha256, file) => {
      makeFolder(dirname(pathOf(sha256)), 0o700);
      await rename(file, pathOf(sha256));
    },
    has: async sha256 => existsSync(pathOf(sha256)),
    open: async sha256 => {
      const found = await stat(pathOf(sha256)).catch(() => undefined);
      return found && { content: createReadStream(pathOf(sha256)), bytes: found.size };
    },
  };
}
