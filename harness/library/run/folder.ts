import { randomBytes } from 'node:crypto';
import { lstat, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Logger, pino } from 'pino';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { journalHoldsBlocks } from '../../record/journal/journal.js';
import { visibleDeep } from '../../visible.js';

/** An identifier that sorts by time, e.g. `20261122-191500-default-1a2b`. */
export function newRunId(bench: string, now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const name = bench.replace(/[^A-Za-z0-9_.-]+/g, '-');
  return `${time}-${name}-${randomBytes(2).toString('hex')}`;
}

const privateMode = 0o700;

export const holdsRun = (folder: string): LittlefirstError =>
  new LittlefirstError('LF_USAGE', `${folder} already holds a run`, {
    expected: 'an empty or new folder',
    hint: 'name another folder, or go on with that run by --resume',
  });

/**
 * Makes the folder of a run, which only its owner may read unless another mode is asked for: journals tell of people and benches. A run that ended
 * before its first block left nothing worth keeping: its folder may be begun again.
 * @param out the folder itself (`--out`); default `reports/<id>` below `cwd`. One that is there keeps its mode
 * @param mode permissions of a new folder
 * @throws LF_USAGE when it already holds a run or cannot be made
 */
export function makeRunFolder(cwd: string, id: string, out?: string, mode = privateMode): string {
  const folder = out === undefined ? join(cwd, 'reports', id) : resolve(cwd, out);
  try {
    makeFolder(dirname(folder));
    makeFolder(folder, mode);
    if (journalHoldsBlocks(folder)) throw holdsRun(folder);
  } catch (cause) {
    if (cause instanceof LittlefirstError) throw cause;
    throw new LittlefirstError('LF_USAGE', `The run folder ${folder} cannot be made`, {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a folder that you may write to with --out',
      cause,
    });
  }
  return folder;
}

/** The run's log beside its journal: what others said stands in it as harmless text. */
export function openLog(folder: string): Logger {
  const destination = pino.destination({ dest: join(folder, 'run.log'), sync: true });
  /* A disk that is full ends the run by its journal; the log is then merely incomplete. */
  destination.on('error', () => undefined);
  return pino({ base: undefined, formatters: { log: visibleDeep } }, destination);
}

/**
 * Points the symbolic link `latest` beside the run's folder at it, in one step, so that of several runs that end together one wins.
 * Anything else of that name is left alone.
 * @returns why it could not be done; a run never fails for it
 */
export async function pointLatest(folder: string): Promise<string | undefined> {
  const parent = dirname(folder);
  const latest = join(parent, 'latest');
  const fresh = join(parent, `.latest-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    const there = await lstat(latest).catch(() => undefined);
    if (there !== undefined && !there.isSymbolicLink())
      return `${latest} is no symbolic link: it was left as it is`;
    /* A junction is what Windows lets everybody make; elsewhere the kind is ignored. */
    await symlink(process.platform === 'win32' ? resolve(folder) : basename(folder), fresh, 'junction');
    await rename(fresh, latest);
    return undefined;
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    return `${latest} does not point at this run: ${asLittlefirstError(error).message}`;
  }
}
