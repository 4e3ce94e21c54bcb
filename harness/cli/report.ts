import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../errors.js';
import { summaryMarkdown, writeReports } from '../report/write.js';
import type { CliContext, Finish } from './context.js';
import { printLine } from './context.js';
import { finishRun } from './run/finish.js';

/** `littlefirst report`: writes the reports of a run again. */
export function addReport(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('report')
    .description('write the reports of a run again, from its journal')
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option(
      '--markdown',
      'print the summary as Markdown instead, e.g. for a pull request, and assert nothing',
    )
    .action(async (run: string, { markdown }: { markdown?: boolean }) => {
      const folder = resolve(context.cwd, run);
      if (markdown !== true) return finish(await finishRun(context, folder));
      printLine(context.out, summaryMarkdown(await writeReports(folder)));
      finish(exitCodes.pass);
    });
}
