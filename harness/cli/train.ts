import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { wholeNumber } from './options.js';

interface Options {
  out: string;
  data?: string;
  seed: number;
  folds: number;
}

/** `littlefirst train`: trains a bundle on the training people of UCI HAR or of imported data. */
export function addTrain(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('<bundle>', 'paper, little-first-a, little-first-b; or cascade, for imported data')
    .option('--data <dir>', 'imported data set instead of UCI HAR')
    .requiredOption('--out <dir>', 'folder that receives the bundle')
    .addOption(new Option('--seed <number>', 'seed').default(1).argParser(wholeNumber))
    .addOption(
      new Option('--folds <number>', 'folds of the cross-validation by person; 0 = none')
        .default(3)
        .argParser(wholeNumber),
    )
    .action(async (bundle: string, { out, data, ...options }: Options) => {
      const [{ train }, { dataOf }] = await Promise.all([
        import('../library/index.js'),
        import('./data/data-of.js'),
      ]);
      const folder = await train(bundle, {
        ...options,
        data: data === undefined ? undefined : dataOf(context, data),
        out: resolve(context.cwd, out),
        onProgress: message => printLine(context.err, message),
      });
      printLine(context.out, folder);
      finish(exitCodes.pass);
    });
}
