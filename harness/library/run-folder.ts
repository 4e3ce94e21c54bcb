import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LittlefirstError } from '../errors.js';
import { journalFileName } from '../record/journal.js';

/** An identifier that sorts by time, e.g. `20261122-191500-default-1a2b`. */
export function newRunId(bench: string, now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const name = bench.replace(/[^A-Za-z0-9_.-]+/g, '-');
  return `${time}-${name}-${randomBytes(2).toString('hex')}`;
}

/**
 * Makes the folder of a run.
 * @param out the folder itself (`--out`); default `reports/<id>` below `cwd`
 * @throws LF_USAGE when it already holds a run or cannot be made
 */
export async function makeRunFolder(cwd: string, id: string, out?: string): Promise<string> {
  const folder = out === undefined ? join(cwd, 'reports', id) : resolve(cwd, out);
  if (existsSync(join(folder, journalFileName)))
    throw new LittlefirstError('LF_USAGE', `${folder} already holds a run`, {
      expected: 'an empty or new folder',
      hint: 'name another folder, or go on with that run by --resume',
    });
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new LittlefirstError('LF_USAGE', `The run folder ${folder} cannot be made`, {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a folder that you may write to with --out',
      cause,
    });
  }
  return folder;
}

/** Points `latest` beside the run's folder at it: a symbolic link, or a copy where links cannot be made. */
export async function pointLatest(folder: string): Promise<void> {
  const latest = join(dirname(folder), 'latest');
  await rm(latest, { recursive: true, force: true });
  try {
    await symlink(basename(folder), latest, 'dir');
  } catch {
    await cp(folder, latest, { recursive: true });
  }
}
