import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { findDataRoot } from '../data/locate.js';
import { exitCodes, LittlefirstError } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { wholeNumber } from './options.js';

/** `littlefirst train`: trains a bundle on the training people of UCI HAR. */
export function addTrain(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('train')
    .description('train the networks of a shipped bundle on the training people of UCI HAR')
    .argument('<bundle>', 'name of the bundle, e.g. paper')
    .requiredOption('--out <dir>', 'folder that receives the bundle')
    .addOption(new Option('--seed <number>', 'seed').default(1).argParser(wholeNumber))
    .addOption(
      new Option('--folds <number>', 'folds of the cross-validation by person; 0 = none')
        .default(3)
        .argParser(wholeNumber),
    )
    .action(async (bundle: string, options: { out: string; seed: number; folds: number }) => {
      const root = findDataRoot();
      if (root === undefined)
        throw new LittlefirstError('LF_DATA_MISSING', 'Training needs UCI HAR', {
          expected: 'LITTLEFIRST_DATA to name a data folder',
          received: 'it is not set',
          hint: '`littlefirst data fetch --out data`, then export LITTLEFIRST_DATA=data',
        });
      const { trainBundle } = await import('../train/train.js');
      const out = resolve(context.cwd, options.out);
      await trainBundle(bundle, {
        root,
        out,
        seed: options.seed,
        folds: options.folds,
        onProgress: message => printLine(context.err, message),
      });
      printLine(context.out, out);
      finish(exitCodes.pass);
    });
}
