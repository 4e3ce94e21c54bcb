import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodeOfOutcome, exitCodes, finishRun, summaryMarkdown, writeReports } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { budgetOption } from './options.js';
import { openReport, printSummary } from './run/summary.js';

/** `littlefirst report`: writes the reports of a run again. */
export function addReport(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option(
      '--markdown',
      'print the summary as Markdown instead, e.g. for a pull request, and assert nothing',
    )
    .addOption(budgetOption())
    .option('--open', 'open the report in the browser')
    .action(async (path: string, options: { markdown?: boolean; budget?: boolean; open?: boolean }) => {
      const { markdown, budget, open } = options;
      const folder = resolve(context.cwd, path);
      if (markdown === true) {
        printLine(context.out, summaryMarkdown((await writeReports(folder)).record));
        return finish(exitCodes.pass);
      }
      const run = await finishRun(folder);
      printSummary(context.out, run, { budget });
      if (open === true) await openReport(context, run);
      finish(exitCodeOfOutcome(run.suite.outcome));
    });
}
