import { lstat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { LittlefirstError } from './errors.js';
import { makeFolder } from './host/make-folder.js';

/** `XDG_CACHE_HOME` as the XDG base directory specification has it: a relative path there is to be ignored. */
function cacheHome(environment: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME: named } = environment;
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), '.cache');
}

/** Makes a folder that only this user may use. What another user made or may write to is not trusted with programs. */
async function makePrivate(folder: string): Promise<void> {
  makeFolder(folder, 0o700);
  const found = await lstat(folder);
  const isOwn = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isOwn || (found.mode & 0o022) !== 0)
    throw new Error(`${folder} is no folder of this user alone`);
}

/**
 * A folder below the user's own cache for what the program builds at run time: never the installed package, which may be
 * read-only and shared. Where the cache cannot be written (a read-only home), one below the system's temporary folder.
 * @param parts sub-folders, e.g. a name and a hash of what is built
 * @throws LF_TOOL_MISSING when neither can be made
 */
export async function cacheFolder(...parts: string[]): Promise<string> {
  const user = process.getuid?.() ?? userInfo().username;
  const places = [join(cacheHome(process.env), 'littlefirst'), join(tmpdir(), `littlefirst-${user}`)];
  const refusals: string[] = [];
  for (const place of places) {
    try {
      await makePrivate(place);
      const folder = join(place, ...parts);
      makeFolder(folder, 0o700);
      return folder;
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new LittlefirstError('LF_TOOL_MISSING', 'There is no folder for what is built at run time', {
    expected: `a folder of this user's own: ${places.join(' or ')}`,
    received: refusals.join('; '),
    hint: 'name one that may be written to in XDG_CACHE_HOME',
  });
}
