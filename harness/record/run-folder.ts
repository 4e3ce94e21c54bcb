import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LittlefirstError } from '../errors.js';

/** Names of a run's journal and of its seal in its folder. */
export const journalFileName = 'journal.ndjson';
export const sealFileName = 'seal.json';

/** @throws LF_USAGE where the folder is sealed: what writes into it would break the seal */
export function refuseSealed(folder: string): void {
  if (!existsSync(join(folder, sealFileName))) return;
  throw new LittlefirstError('LF_USAGE', `${folder} is sealed`, {
    expected: 'a run that may still be written',
    hint: `copy the folder without ${sealFileName}, or check the sealed run with littlefirst check`,
  });
}
