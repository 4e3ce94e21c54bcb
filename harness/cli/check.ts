import { resolve } from 'node:path';
import type { Command } from 'commander';
import { checkRun, exitCodeOfOutcome, loadTargets } from '../library/index.js';
import type { CliContext, Finish } from './context.js';
import { printSummary } from './run/summary.js';

/** `littlefirst check`: asserts on an old run again, without a board. Writes nothing but `junit.xml`. */
export function addCheck(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option('--targets <file>', "YAML list of targets instead of the run's own")
    .action(async (folder: string, options: { targets?: string }) => {
      const targets = options.targets === undefined ? undefined : await loadTargets(options.targets);
      const run = await checkRun(resolve(context.cwd, folder), { targets });
      printSummary(context.out, run);
      finish(exitCodeOfOutcome(run.suite.outcome));
    });
}
