import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';

/** A folder of a bundle or of firmware images as one file, named by the SHA-256 of its content: equal folders have equal names. */

/** Most of such a folder: a bundle has some ten files, its largest network some megabytes. */
const mostFiles = 500;
const mostBytes = 256 * 2 ** 20;
const deepest = 4;
/** The time that every file of an archive has, so that its bytes follow from names and contents only; the format begins in 1980. */
const anyTime = new Date(1980, 0, 1, 12);

const namePattern = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/;

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function refused(summary: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_FARM_REFUSED', summary, { expected, received });
}

async function filesOf(folder: string, prefix = '', depth = 0): Promise<string[]> {
  if (depth > deepest) throw refused('The folder is too deep', `${deepest} levels at most`, prefix);
  const found: string[] = [];
  for (const name of (await readdir(join(folder, prefix))).sort()) {
    /* What editors and systems leave behind. */
    if (name.startsWith('.')) continue;
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const stats = await lstat(join(folder, path));
    if (stats.isDirectory()) found.push(...(await filesOf(folder, path, depth + 1)));
    else if (stats.isFile() && namePattern.test(path)) found.push(path);
    else throw refused('The folder holds what is not packed', 'files with plain names', path);
  }
  return found;
}

/**
 * Packs a folder. @throws LF_FARM_REFUSED for what is too much, a link, or a name that not every system takes
 * @param needed file without which it is no such folder, e.g. `bundle.yaml`
 */
export async function packFolder(
  folder: string,
  needed: string,
): Promise<{ sha256: string; bytes: Uint8Array }> {
  const names = await filesOf(folder).catch(cause => {
    if (cause instanceof LittlefirstError) throw cause;
    throw refused(`${folder} cannot be packed`, 'a folder', (cause as Error).message);
  });
  if (!names.includes(needed)) throw refused(`${folder} cannot be packed`, `a folder with ${needed}`, 'none');
  if (names.length > mostFiles)
    throw refused(`${folder} is too large`, `${mostFiles} files at most`, String(names.length));
  const files: Record<string, Uint8Array> = {};
  let total = 0;
  for (const name of names) {
    files[name] = await readFile(join(folder, name));
    total += files[name].length;
    if (total > mostBytes) throw refused(`${folder} is too large`, `${mostBytes} bytes at most`, 'more');
  }
  const bytes = zipSync(files, { mtime: anyTime, level: 6 });
  return { sha256: hashOf(bytes), bytes };
}

/**
 * Unpacks into a folder that is whole once it has its name.
 * @throws LF_FARM_REFUSED for bytes of another hash, paths that lead elsewhere, or too much
 */
export async function unpackFolder(bytes: Uint8Array, sha256: string, into: string): Promise<void> {
  if (hashOf(bytes) !== sha256)
    throw refused('The packed folder is not what its name says', sha256, hashOf(bytes));
  let [count, total] = [0, 0];
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        count += 1;
        total += originalSize;
        if (!namePattern.test(name)) throw refused('The packed folder has a bad name', 'plain names', name);
        if (count > mostFiles || total > mostBytes)
          throw refused('The packed folder is too large', `${mostFiles} files, ${mostBytes} bytes`, 'more');
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof LittlefirstError) throw cause;
    throw refused('This is no packed folder', 'a ZIP archive', (cause as Error).message);
  }
  const fresh = `${into}.${process.pid}.part`;
  await rm(fresh, { recursive: true, force: true });
  makeFolder(fresh, 0o700);
  for (const [name, content] of Object.entries(files)) {
    const parents = dirname(name).split('/');
    for (let depth = 1; name.includes('/') && depth <= parents.length; depth++)
      makeFolder(join(fresh, ...parents.slice(0, depth)), 0o700);
    await writeFile(join(fresh, name), content, { mode: 0o600 });
  }
  await rename(fresh, into).catch(async error => {
    await rm(fresh, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}
