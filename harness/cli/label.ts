import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';

/** `littlefirst label`: one page about one block, for papers and READMEs. */
export function addLabel(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<run>', 'folder of the run, e.g. reports/latest')
    .option(
      '--block <name>',
      "board/chip/level/bundle/strategy, as the report has it (default: the cascade's block that saves least)",
    )
    .option('--out <dir>', "folder for label.svg and label.pdf (default: the run's)")
    .action(async (run: string, { block, out }: { block?: string; out?: string }) => {
      const folder = resolve(context.cwd, run);
      const { writeLabel } = await import('../library/index.js');
      const label = await writeLabel(folder, {
        block,
        out: out === undefined ? folder : resolve(context.cwd, out),
      });
      printLine(context.out, `label of ${label.block}`);
      printLine(context.out, label.svg);
      printLine(context.out, label.pdf);
      finish(exitCodes.pass);
    });
}
