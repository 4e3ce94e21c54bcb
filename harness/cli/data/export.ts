import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes } from '../../errors.js';
import type { Order, Split } from '../../library/index.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { countOrAll, dataOption, orderOption, positiveCount } from '../options.js';

interface Options {
  mlperfTiny: string;
  bundle: string;
  models?: string;
  data: string;
  split: Split;
  order: Order;
  windows: 'all' | number;
  board?: string;
  level?: string;
  iterations?: number;
}

/** `littlefirst data export`: windows for other programs. */
export function addExport(data: Command, context: CliContext, finish: Finish): void {
  data
    .command('export')
    .description("write windows in a bundle's format for the stock MLPerf Tiny runner")
    .requiredOption(
      '--mlperf-tiny <dir>',
      'folder that receives <bundle name>/ with y_labels.csv, and the scripts',
    )
    .requiredOption(
      '--bundle <dir>',
      'bundle whose input format the windows get: a folder, or a shipped one by name',
    )
    .option('--models <dir>', 'where .tflite files are found that the bundle does not hold')
    .addOption(dataOption().default('synthetic'))
    .addOption(new Option('--split <split>', 'part of the data').choices(['train', 'test']).default('test'))
    .addOption(orderOption().default('published'))
    .addOption(new Option('--windows <count>', 'how many, or all').argParser(countOrAll).default('all'))
    .option('--board <board>', 'emulated board that tells how many inferences last 10 s, for the scripts')
    .option('--level <level>', "its level (default: the board's first)")
    .addOption(
      new Option('--iterations <count>', 'that number, for the scripts')
        .argParser(positiveCount)
        .conflicts('board'),
    )
    .action(async ({ mlperfTiny, windows, ...options }: Options) => {
      const [{ bundleFolder, exportMlperf }, { dataOf }] = await Promise.all([
        import('../../library/index.js'),
        import('./data-of.js'),
      ]);
      const done = await exportMlperf({
        ...options,
        data: dataOf(context, options.data),
        folder: resolve(context.cwd, mlperfTiny),
        bundle: bundleFolder(options.bundle, context.cwd),
        windows: windows === 'all' ? undefined : windows,
      });
      if (done.caution !== undefined) printLine(context.err, done.caution);
      if (done.missing.length > 0)
        printLine(
          context.err,
          `no window of ${done.missing.join(', ')}: the stock runner's AUC wants every class; take more windows`,
        );
      printLine(context.out, `${done.windows} windows for model ${done.model} in ${done.folder}`);
      if (done.iterations !== undefined)
        printLine(
          context.out,
          `tests_accuracy|performance|energy.yaml: ${done.iterations} inferences a window`,
        );
      finish(exitCodes.pass);
    });
}
