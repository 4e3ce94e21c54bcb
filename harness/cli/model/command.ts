import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { loadBoard } from '../../campaign/bench/boards.js';
import { packForBoard } from '../../campaign/bench/prepare.js';
import { loadFirmware } from '../../emulator/manifest.js';
import { exitCodes, LittlefirstError } from '../../errors.js';
import { levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import { describeBundle, describeNetwork } from '../../model/bundle/inspect.js';
import { loadBundle } from '../../model/load.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { countOrAll, dataOption, listOrAll, orderOption } from '../options.js';
import { runNetworkOnData } from './bare.js';
import { openModel } from './inputs.js';
import { type BundleRunOptions, runBundle, runNetwork } from './run.js';

const modelsHelp = 'where .tflite files are found that a bundle names but does not hold';

function addInspect(model: Command, context: CliContext, finish: Finish): void {
  model
    .command('inspect')
    .description('say what a .tflite file or a bundle holds')
    .argument('<path>', 'FILE.tflite or the folder of a bundle')
    .option('--models <dir>', modelsHelp)
    .option('--json', 'as JSON')
    .action(async (path: string, options: { models?: string; json?: boolean }) => {
      const input = await openModel(path, options.models);
      const summary = input.kind === 'bundle' ? describeBundle(input.bundle) : describeNetwork(input.network);
      printLine(context.out, options.json ? JSON.stringify(summary, null, 2) : stringify(summary).trimEnd());
      finish(exitCodes.pass);
    });
}

interface PackCommandOptions {
  board: string;
  chip?: string;
  out: string;
  models?: string;
}

function addPack(model: Command, context: CliContext, finish: Finish): void {
  model
    .command('pack')
    .description("pack a bundle into a board's flash blob")
    .argument('<bundle>', 'folder of the bundle')
    .requiredOption('--board <name>', 'board that will read it')
    .requiredOption('--out <file>', 'file that receives the blob')
    .option('--chip <name>', "chip profile whose levels go in (default: the board's)")
    .option('--models <dir>', modelsHelp)
    .action(async (folder: string, options: PackCommandOptions) => {
      const board = await loadBoard(options.board);
      const levels = levelsForBoard(await loadChip(options.chip ?? board.defaultChip), board.name);
      const bundle = await loadBundle(folder, { models: options.models });
      const firmware = loadFirmware(board.name);
      const packed = packForBoard(bundle, board, firmware, levels);
      const out = resolve(context.cwd, options.out);
      await writeFile(out, packed.blob).catch((cause: unknown) => {
        throw new LittlefirstError('LF_USAGE', `${out} cannot be written`, { cause });
      });
      for (const { name, bytes, arenaBytes, macs } of packed.perNetwork)
        printLine(context.out, `${name}: ${bytes} bytes, ${arenaBytes} bytes of RAM, ${macs} MACs`);
      const address = firmware.entry.blobAddress.toString(16);
      printLine(
        context.out,
        `${out}: ${packed.blob.length} bytes, for address 0x${address} of ${board.name}`,
      );
      finish(exitCodes.pass);
    });
}

function addRun(model: Command, context: CliContext, finish: Finish): void {
  model
    .command('run')
    .description(
      'run a bundle or a .tflite file on a data set, or the file on one input, in the golden interpreter',
    )
    .argument('<path>', 'FILE.tflite or the folder of a bundle')
    .addOption(dataOption().default('synthetic'))
    .addOption(orderOption().default('published'))
    .option('--windows <count>', 'number of windows, or "all"', countOrAll, 'all')
    .option('--strategy <names>', 'strategies joined by ",", or "all"', listOrAll)
    .option('--models <dir>', modelsHelp)
    .option(
      '--input <file>',
      'instead of --data, for FILE.tflite: bytes of its input tensors, one after another',
    )
    .action(async (path: string, options: BundleRunOptions & { input?: string }) => {
      const input = await openModel(path, options.models);
      if (input.kind === 'bundle') await runBundle(context, input.bundle, options);
      else if (options.input !== undefined) await runNetwork(context, input.network, options.input);
      else await runNetworkOnData(context, input.network, options);
      finish(exitCodes.pass);
    });
}

/** `littlefirst model inspect|pack|run`. */
export function addModel(program: Command, context: CliContext, finish: Finish): void {
  const model = program.command('model').description('.tflite files and bundles');
  addInspect(model, context, finish);
  addPack(model, context, finish);
  addRun(model, context, finish);
}
