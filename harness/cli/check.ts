import { parse, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, type Finish, printLine } from './context.js';
import { allowOption, budgetOption, failOnOption, type Judging, jsonOption, quietOption } from './options.js';
import type { SummaryChoice } from './run/summary.js';

interface CheckOptions extends Judging, SummaryChoice {
  targets?: string;
  publicKey?: string;
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
    .addOption(jsonOption())
    .addOption(quietOption())
    .action(async (run: string, { publicKey, allow, failOn, ...options }: CheckOptions) => {
      const { checkRun, checkSeal, exitCodeOfOutcome, loadTargets } = await import('../library/index.js');
      const [{ publish }, { printSummary }] = await Promise.all([
        import('./ci/publish.js'),
        import('./run/summary.js'),
      ]);
      const folder = resolve(context.cwd, run);
      const targets = options.targets === undefined ? undefined : await loadTargets(options.targets);
      const seal = await checkSeal(folder, publicKey);
      const name = options.targets === undefined ? undefined : parse(options.targets).name;
      const checked = await checkRun(folder, { targets, allow, name });
      if (checked.suite.unwritten !== undefined) printLine(context.err, checked.suite.unwritten);
      if (seal !== undefined)
        printLine(
          options.json === true ? context.err : context.out,
          `sealed ${seal.sealedAt} by key ${seal.fingerprint}, unchanged since${seal.isTrusted ? '' : '; whose key that is was not checked (--public-key)'}`,
        );
      printSummary(context, checked, options);
      await publish(context, checked, failOn);
      finish(exitCodeOfOutcome(checked.suite.judged, failOn));
    });
}
