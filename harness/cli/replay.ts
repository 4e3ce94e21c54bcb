import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { journalFileName } from '../record/journal.js';
import { replayRun } from '../verdict/replay.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { finishRun } from './run/finish.js';
import { makeRunFolder, newRunId } from './run/folder.js';

/** Name of a replayed run: that of the run whose samples it plays. */
async function originOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, journalFileName), 'utf8').catch(() => '');
  const [, id] = /"id":"([^"]+)"/.exec(text.slice(0, 4096)) ?? [];
  return id ?? basename(folder);
}

/** `littlefirst replay`: evaluates a run again from its recordings, as a run of its own. */
export function addReplay(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('replay')
    .description('evaluate a run again from its recorded samples (meter: { record: true } in the bench file)')
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option('--out <dir>', "folder that receives the replayed run's files itself (default: reports/<run-id>)")
    .action(async (run: string, options: { out?: string }) => {
      const source = resolve(context.cwd, run);
      const id = newRunId(`replay-of-${await originOf(source)}`);
      const folder = await makeRunFolder(context.cwd, id, options.out);
      const { replayed, kept, largestDifference } = await replayRun(source, folder, id);
      const code = await finishRun(context, folder);
      const same =
        largestDifference === 0
          ? 'with the same energies to the last bit'
          : `with energies that differ by up to ${(largestDifference * 100).toPrecision(2)} %`;
      printLine(context.out, `${replayed} blocks replayed ${same}, ${kept} kept without a measurement`);
      finish(code);
    });
}
