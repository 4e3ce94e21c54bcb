import { type Command, Option } from 'commander';
import { exitCodes } from '../errors.js';
import type { CiName } from '../library/index.js';
import type { CliContext, Finish } from './context.js';
import type { InitCommandOptions } from './init/options.js';
import { dataOption, positiveCount } from './options.js';

/** Systems of continuous integration that recipes are written for. */
const ciNames: readonly CiName[] = ['github', 'gitlab', 'jenkins'];

/** `littlefirst init`: a bench file to begin with. */
export function addInit(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('[file]', 'bench file to be written', 'bench.yaml')
    .option('--board <name>', 'emulated board (default: rp2040)')
    .option(
      '--meter <driver>',
      'meter, emulated with the board; none: accuracy and cycles only (default: ppk2)',
    )
    .addOption(dataOption())
    .option('--bundle <dir>', 'bundle folder, or a shipped one by name (default: littlefirst:paper)')
    .option('--windows <count>', 'number of windows', positiveCount, 360)
    .option(
      '--from <bench>',
      'begin with a shipped bench, e.g. pico-ppk2 for real hardware; serial numbers of what is connected are put in',
    )
    .addOption(
      new Option('--ci <systems...>', 'write recipes for continuous integration too').choices([...ciNames]),
    )
    .option('--yes', 'take the defaults instead of asking')
    .action(async (file: string, given: InitCommandOptions) => {
      const { init } = await import('./init/execute.js');
      await init(context, file, given);
      finish(exitCodes.pass);
    });
}
