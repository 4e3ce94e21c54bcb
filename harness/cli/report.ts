import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext, Finish } from './context.js';
import { finishRun } from './finish-run.js';

/** `littlefirst report`: writes the reports of a run again. */
export function addReport(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('report')
    .description('write the reports of a run again, from its journal')
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .action(async (run: string) => finish(await finishRun(context, resolve(context.cwd, run))));
}
