import type { Command } from 'commander';
import { exitCodeOfOutcome, replay } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { budgetOption } from './options.js';
import { printSummary } from './run/summary.js';

/** `littlefirst replay`: evaluates a run again from its recordings, as a run of its own. */
export function addReplay(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option('--out <dir>', "folder that receives the replayed run's files itself (default: reports/<run-id>)")
    .addOption(budgetOption())
    .action(async (path: string, { out, budget }: { out?: string; budget?: boolean }) => {
      const run = await replay(path, { out, cwd: context.cwd });
      const { replayed, kept, largestDifference } = run.replayed;
      const same =
        largestDifference === 0
          ? 'with the same energies to the last bit'
          : `with energies that differ by up to ${(largestDifference * 100).toPrecision(2)} %`;
      printLine(context.out, `${replayed} blocks replayed ${same}, ${kept} kept without a measurement`);
      printSummary(context.out, run, { budget });
      finish(exitCodeOfOutcome(run.suite.outcome));
    });
}
