import type { Command } from 'commander';
import { type CliContext, type Finish, printLine } from './context.js';
import { budgetOption, jsonOption, quietOption } from './options.js';
import type { SummaryChoice } from './run/summary.js';

/** `littlefirst replay`: evaluates a run again from its recordings, as a run of its own. */
export function addReplay(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option('--out <dir>', "folder that receives the replayed run's files itself (default: reports/<run-id>)")
    .addOption(budgetOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .action(async (path: string, { out, ...choice }: SummaryChoice & { out?: string }) => {
      const { exitCodeOfOutcome, replay } = await import('../library/index.js');
      const { printSummary } = await import('./run/summary.js');
      const run = await replay(path, { out, cwd: context.cwd });
      const { replayed, kept, largestDifference } = run.replayed;
      const same =
        largestDifference === 0
          ? 'with the same energies to the last bit'
          : `with energies that differ by up to ${(largestDifference * 100).toPrecision(2)} %`;
      printLine(
        choice.json === true ? context.err : context.out,
        `${replayed} blocks replayed ${same}, ${kept} kept without a measurement`,
      );
      printSummary(context, run, choice);
      finish(exitCodeOfOutcome(run.suite.outcome));
    });
}
