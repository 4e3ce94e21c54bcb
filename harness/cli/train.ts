import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes, train } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { wholeNumber } from './options.js';

/** `littlefirst train`: trains a bundle on the training people of UCI HAR. */
export function addTrain(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<bundle>', 'name of the bundle, e.g. paper')
    .requiredOption('--out <dir>', 'folder that receives the bundle')
    .addOption(new Option('--seed <number>', 'seed').default(1).argParser(wholeNumber))
    .addOption(
      new Option('--folds <number>', 'folds of the cross-validation by person; 0 = none')
        .default(3)
        .argParser(wholeNumber),
    )
    .action(async (bundle: string, { out, ...options }: { out: string; seed: number; folds: number }) => {
      const folder = await train(bundle, {
        ...options,
        out: resolve(context.cwd, out),
        onProgress: message => printLine(context.err, message),
      });
      printLine(context.out, folder);
      finish(exitCodes.pass);
    });
}
