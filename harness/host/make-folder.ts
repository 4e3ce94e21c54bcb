import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never returns where a file system says ENOENT for a
 * folder whose parent is there, as Linux's `/proc` does.
 * @param mode permissions of those that are made
 * @throws the system's error: ENOENT, EACCES, ENOTDIR, EROFS, ENOSPC, ...
 */
export function makeFolder(path: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isFolder(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      /* Somebody else may have made it meanwhile. */
      if (codeOf(error) !== 'EEXIST' || !isFolder(folder)) throw error;
    }
  }
}
