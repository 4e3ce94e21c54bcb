import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { journalFileName, refuseStrange } from '../../record/run-folder.js';
import { type ReplayedRun, replayRun } from '../../verdict/replay.js';
import { type FinishedRun, finishRun } from './evaluate.js';
import { makeRunFolder, newRunId } from './folder.js';

/** Name of a replayed run: that of the run whose samples it plays. */
async function originOf(folder: string): Promise<string> {
  refuseStrange(join(folder, journalFileName));
  const text = await readFile(join(folder, journalFileName), 'utf8').catch(() => '');
  const [, id] = /"id":"([^"]+)"/.exec(text.slice(0, 4096)) ?? [];
  return id ?? basename(folder);
}

/**
 * Evaluates a run again from its recorded samples, as a run of its own.
 * @param options.out as in `runCampaign`
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_USAGE, LF_JOURNAL
 */
export async function replay(
  run: string,
  options: { out?: string; cwd?: string } = {},
): Promise<FinishedRun & { replayed: ReplayedRun }> {
  const cwd = options.cwd ?? process.cwd();
  const source = resolve(cwd, run);
  const id = newRunId(`replay-of-${await originOf(source)}`);
  const folder = makeRunFolder(cwd, id, options.out);
  const replayed = await replayRun(source, folder, id);
  return { ...(await finishRun(folder)), replayed };
}
