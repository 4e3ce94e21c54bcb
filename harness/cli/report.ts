import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodeOfOutcome, exitCodes, finishRun, summaryMarkdown, writeReports } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { budgetOption } from './options.js';
import { printSummary } from './run/summary.js';

/** `littlefirst report`: writes the reports of a run again. */
export function addReport(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option(
      '--markdown',
      'print the summary as Markdown instead, e.g. for a pull request, and assert nothing',
    )
    .addOption(budgetOption())
    .action(async (path: string, { markdown, budget }: { markdown?: boolean; budget?: boolean }) => {
      const folder = resolve(context.cwd, path);
      if (markdown === true) {
        printLine(context.out, summaryMarkdown((await writeReports(folder)).record));
        return finish(exitCodes.pass);
      }
      const run = await finishRun(folder);
      printSummary(context.out, run, { budget });
      finish(exitCodeOfOutcome(run.suite.outcome));
    });
}
