import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadTargets } from '../campaign/bench/load.js';
import { openRun } from '../report/write.js';
import { runSuite } from '../verdict/suite/suite.js';
import type { CliContext, Finish } from './context.js';
import { exitCodeOfOutcome } from './run/finish.js';
import { printSummary } from './run/summary.js';

/** `littlefirst check`: asserts on an old run again, without a board. Writes nothing but `junit.xml`. */
export function addCheck(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('check')
    .description('assert on an old run again, on request against other targets')
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option('--targets <file>', "YAML list of targets instead of the run's own")
    .action(async (run: string, options: { targets?: string }) => {
      const folder = resolve(context.cwd, run);
      const targets = options.targets === undefined ? undefined : await loadTargets(options.targets);
      const { record } = await openRun(folder, { targets });
      const suite = await runSuite(folder, record);
      printSummary(context.out, record, suite, folder);
      finish(exitCodeOfOutcome(suite.outcome));
    });
}
