import { relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../../errors.js';
import type { CoreName } from '../../library/index.js';
import { packagePath } from '../../package-root.js';
import { coreNames } from '../choices.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { positiveCount } from '../options.js';

interface NewOptions {
  core: CoreName;
  into: string;
  flash?: number;
  flashKb?: number;
  ram?: number;
  ramKb?: number;
  imageKb?: number;
}

function address(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw new InvalidArgumentError('an address such as 0x08000000 is expected');
}

/** `littlefirst board new` and `board firmware`: a board of the user's own, and where its Makefile is. */
export function addNewBoard(board: Command, context: CliContext, finish: Finish): void {
  board
    .command('new')
    .description(
      'write a board of your own: port, board file, chip profile and bench file, from the template',
    )
    .argument('<name>', 'its name: small letters, digits and "-"')
    .addOption(new Option('--core <core>', 'its core').choices(coreNames).makeOptionMandatory())
    .option('--into <dir>', 'folder that its own folder comes into', 'boards')
    .option('--flash <address>', 'where its flash begins (default: 0)', address)
    .option('--flash-kb <n>', 'flash, in 1,024 bytes (default: 256)', positiveCount)
    .option('--ram <address>', 'where its RAM begins (default: 0x20000000)', address)
    .option('--ram-kb <n>', 'RAM, in 1,024 bytes (default: 64)', positiveCount)
    .option('--image-kb <n>', 'flash kept for the image, before the bundle (default: 96)', positiveCount)
    .action(async (name: string, options: NewOptions) => {
      const { newBoard, usualMemory } = await import('../../library/index.js');
      const {
        into,
        core,
        flash: flashAddress = usualMemory.flashAddress,
        ram: ramAddress = usualMemory.ramAddress,
        flashKb = usualMemory.flashKb,
        ramKb = usualMemory.ramKb,
        imageKb = usualMemory.imageKb,
      } = options;
      const { folder, files } = await newBoard(
        { name, core, flashAddress, flashKb, ramAddress, ramKb, imageKb },
        resolve(context.cwd, into),
      );
      for (const file of files) printLine(context.out, `wrote ${relative(context.cwd, file)}`);
      const here = relative(context.cwd, folder);
      printLine(context.out, `next: fill in ${here}/board.c, then`);
      printLine(context.out, `  make -C "$(littlefirst board firmware)" BOARD=${here}`);
      printLine(context.out, `  littlefirst board check ${here}/bench.yaml`);
      finish(exitCodes.pass);
    });
  board
    .command('firmware')
    .description("print the folder of the package's firmware, for make -C")
    .action(() => {
      printLine(context.out, packagePath('firmware'));
      finish(exitCodes.pass);
    });
}
