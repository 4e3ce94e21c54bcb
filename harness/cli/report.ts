import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { budgetOption, jsonOption, quietOption } from './options.js';
import type { SummaryChoice } from './run/summary.js';

/** `littlefirst report`: writes the reports of a run again. */
export function addReport(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option(
      '--markdown',
      'print the summary as Markdown instead, e.g. for a pull request, and assert nothing',
    )
    .addOption(budgetOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .option('--open', 'open the report in the browser')
    .action(async (path: string, options: SummaryChoice & { markdown?: boolean; open?: boolean }) => {
      const { exitCodeOfOutcome, finishRun, summaryMarkdown, writeReports } = await import(
        '../library/index.js'
      );
      const { openReport, printSummary } = await import('./run/summary.js');
      const { markdown, open } = options;
      const folder = resolve(context.cwd, path);
      if (markdown === true) {
        printLine(context.out, summaryMarkdown((await writeReports(folder)).record));
        return finish(exitCodes.pass);
      }
      const run = await finishRun(folder);
      printSummary(context, run, options);
      if (open === true) await openReport(context, run);
      finish(exitCodeOfOutcome(run.suite.outcome));
    });
}
