import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { exitCodes, LittlefirstError } from '../../errors.js';
import type { GoldenRunOptions, GoldenSummary } from '../../library/index.js';
import { packagePath } from '../../package-root.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { countOrAll, dataOption, listOrAll, orderOption } from '../options.js';

const bundleHelp = 'folder of a bundle, or the name of a shipped one, e.g. littlefirst:paper';
const modelsHelp = 'where .tflite files are found that a bundle names but does not hold';

function addInspect(model: Command, context: CliContext, finish: Finish): void {
  model
    .command('inspect')
    .description('say what a .tflite file or a bundle holds')
    .argument('<path>', `FILE.tflite; or ${bundleHelp}`)
    .option('--models <dir>', modelsHelp)
    .option('--json', 'as JSON')
    .action(async (path: string, options: { models?: string; json?: boolean }) => {
      const { describeBundle, describeNetwork, fitsOf, fitsOfNetwork, openModel } = await import(
        '../../library/index.js'
      );
      const input = await openModel(path, options.models);
      const { stringify } = await import('yaml');
      const summary =
        input.kind === 'bundle'
          ? { ...describeBundle(input.bundle), boards: await fitsOf(input.bundle) }
          : { ...describeNetwork(input.network), boards: await fitsOfNetwork(input.network) };
      printLine(context.out, options.json ? JSON.stringify(summary, null, 2) : stringify(summary).trimEnd());
      const nowhere = !summary.boards.some(({ runs }) => runs);
      if (nowhere)
        printLine(
          context.err,
          `It runs on no board: ${summary.boards[0].why}; \`boards\` above says why for each.`,
        );
      finish(nowhere ? exitCodes.usage : exitCodes.pass);
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
    .argument('<bundle>', bundleHelp)
    .requiredOption('--board <name>', 'board that will read it')
    .requiredOption('--out <file>', 'file that receives the blob')
    .option('--chip <name>', "chip profile whose levels go in (default: the board's)")
    .option('--models <dir>', modelsHelp)
    .action(async (folder: string, { out, ...options }: PackCommandOptions) => {
      const { packModel } = await import('../../library/index.js');
      const { packed, blobAddress, board } = await packModel(folder, options);
      const file = resolve(context.cwd, out);
      await writeFile(file, packed.blob).catch((cause: unknown) => {
        throw new LittlefirstError('LF_USAGE', `${file} cannot be written`, { cause });
      });
      for (const { name, bytes, arenaBytes, macs } of packed.perNetwork)
        printLine(context.out, `${name}: ${bytes} bytes, ${arenaBytes} bytes of RAM, ${macs} MACs`);
      printLine(
        context.out,
        `${file}: ${packed.blob.length} bytes, for address 0x${blobAddress.toString(16)} of ${board}`,
      );
      finish(exitCodes.pass);
    });
}

async function printAnswers(
  context: CliContext,
  { strategies, caution }: { strategies: readonly GoldenSummary[]; caution?: string },
): Promise<void> {
  const { printCaution } = await import('../run/summary.js');
  if (caution !== undefined) printCaution(context, context.err, caution);
  for (const { strategy, correct, scored, bigRuns, macsPerWindow } of strategies)
    printLine(
      context.out,
      `${strategy}: ${correct} of ${scored} correct (${((100 * correct) / scored).toFixed(2)} %), ${bigRuns} Big runs, ${macsPerWindow.toFixed(0)} MACs/window`,
    );
}

async function inputBytes(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new LittlefirstError('LF_USAGE', `${file} cannot be read`, { cause });
  });
}

function addRun(model: Command, context: CliContext, finish: Finish): void {
  model
    .command('run')
    .description(
      'run a bundle or a .tflite file on a data set, or the file on one input, in the golden interpreter',
    )
    .argument('<path>', `FILE.tflite; or ${bundleHelp}`)
    .addOption(dataOption().default('synthetic'))
    .addOption(orderOption().default('published'))
    .option('--windows <count>', 'number of windows, or "all"', countOrAll, 'all')
    .option('--strategy <names>', 'strategies joined by ",", or "all"', listOrAll)
    .option('--models <dir>', modelsHelp)
    .option(
      '--input <file>',
      'instead of --data, for FILE.tflite: bytes of its input tensors, one after another',
    )
    .action(async (path: string, { input, ...options }: GoldenRunOptions & { input?: string }) => {
      const [{ assumptionsOf, openModel, runBundle, runNetwork, runNetworkOnData }, { dataOf }] =
        await Promise.all([import('../../library/index.js'), import('../data/data-of.js')]);
      const model = await openModel(path, options.models);
      const request = { ...options, data: dataOf(context, options.data), signal: context.signal };
      if (model.kind === 'bundle') await printAnswers(context, await runBundle(model.bundle, request));
      else if (input === undefined) {
        printLine(context.err, assumptionsOf(model.network));
        await printAnswers(context, await runNetworkOnData(model.network, request));
      } else
        for (const output of runNetwork(model.network, await inputBytes(input)))
          printLine(context.out, [...output].join(' '));
      finish(exitCodes.pass);
    });
}

const templates = ['hold', 'minmax', 'filtered'];

function addTemplate(model: Command, context: CliContext, finish: Finish): void {
  model
    .command('template')
    .description('print a bundle.yaml to be filled in')
    .addArgument(new Argument('<name>', 'which').choices(templates))
    .action(async (name: string) => {
      const text = await readFile(packagePath('docs', 'bundle-template', name, 'bundle.yaml'), 'utf8');
      for (const line of text.trimEnd().split('\n')) printLine(context.out, line);
      finish(exitCodes.pass);
    });
}

/** `littlefirst model template|inspect|pack|run`. */
export function addModel(model: Command, context: CliContext, finish: Finish): void {
  addTemplate(model, context, finish);
  addInspect(model, context, finish);
  addPack(model, context, finish);
  addRun(model, context, finish);
}
