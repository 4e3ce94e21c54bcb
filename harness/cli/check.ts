import { parse, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkRun, checkSeal, exitCodeOfOutcome, loadTargets } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { allowOption, budgetOption, failOnOption, type Judging } from './options.js';
import { printSummary } from './run/summary.js';

interface CheckOptions extends Judging {
  targets?: string;
  publicKey?: string;
  budget?: boolean;
}

/** `littlefirst check`: asserts on an old run again, without a board. Other targets get files of their own, `check-<name>.*`. */
export function addCheck(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option(
      '--targets <file>',
      "YAML list of targets instead of the run's own; writes check-<file's name>.json, .html, .md and .xml",
    )
    .option('--public-key <file>', 'the run must be sealed by this Ed25519 key (PEM) and unchanged since')
    .addOption(allowOption())
    .addOption(failOnOption())
    .addOption(budgetOption())
    .action(async (run: string, { publicKey, allow, failOn, budget, ...options }: CheckOptions) => {
      const folder = resolve(context.cwd, run);
      const targets = options.targets === undefined ? undefined : await loadTargets(options.targets);
      const seal = await checkSeal(folder, publicKey);
      const name = options.targets === undefined ? undefined : parse(options.targets).name;
      const checked = await checkRun(folder, { targets, allow, name });
      printSummary(context.out, checked, { budget });
      if (checked.suite.unwritten !== undefined) printLine(context.err, checked.suite.unwritten);
      if (seal !== undefined)
        printLine(
          context.out,
          `sealed ${seal.sealedAt} by key ${seal.fingerprint}, unchanged since${seal.isTrusted ? '' : '; whose key that is was not checked (--public-key)'}`,
        );
      printSummary(context.out, checked);
      finish(exitCodeOfOutcome(checked.suite.judged, failOn));
    });
}
