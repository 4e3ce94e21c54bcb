import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LittlefirstError } from '../errors.js';

/** Names of a run's journal and of its seal in its folder. */
export const journalFileName = 'journal.ndjson';
export const sealFileName = 'seal.json';

/**
 * Lets pass what is absent or a regular file: a stranger's run folder may hold pipes that nobody writes into, or links to devices without end.
 * @param mostBytes largest file
 * @throws LF_RUN_CORRUPT
 */
export function refuseStrange(path: string, mostBytes = Number.POSITIVE_INFINITY): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.isFile() && stats.size <= mostBytes)) return;
  throw new LittlefirstError('LF_RUN_CORRUPT', `${path} is nothing that a run leaves`, {
    expected: mostBytes < Number.POSITIVE_INFINITY ? `a file of at most ${mostBytes} bytes` : 'a file',
    received: stats.isFile() ? `${stats.size} bytes` : 'a pipe, a folder, a socket or a device',
    hint: 'ask whoever gave you the run for the original',
    fields: { file: path },
  });
}

/** @throws LF_USAGE where the folder is sealed: what writes into it would break the seal */
export function refuseSealed(folder: string): void {
  if (!existsSync(join(folder, sealFileName))) return;
  throw new LittlefirstError('LF_USAGE', `${folder} is sealed`, {
    expected: 'a run that may still be written',
    hint: `copy the folder without ${sealFileName}, or check the sealed run with littlefirst check`,
  });
}
