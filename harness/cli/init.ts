import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { bundleNames, type CiName, ciNames, exitCodes, initBench, listBoards } from '../library/index.js';
import { type CliContext, type Finish, printLine } from './context.js';
import { dataOption, positiveCount } from './options.js';

interface InitCommandOptions {
  board?: string;
  meter?: string;
  data?: 'synthetic' | 'uci-har' | 'hapt';
  bundle?: string;
  from?: string;
  windows: number;
  ci?: CiName[];
  yes?: boolean;
}

/** Asks for what no flag says; Enter takes the default. */
async function ask(options: InitCommandOptions): Promise<InitCommandOptions> {
  const boards = (await listBoards()).flatMap(({ name, emulator }) => (emulator === undefined ? [] : [name]));
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const question = async (
    text: string,
    choices: readonly string[],
    given: string | undefined,
    fallback: string,
  ) =>
    given ?? ((await lines.question(`${text} (${choices.join(', ')}) [${fallback}]: `)).trim() || fallback);
  try {
    const board = await question('Board, emulated', boards, options.board, 'rp2040');
    const meter = await question('Meter', ['ppk2', 'direct', 'none', '...'], options.meter, 'ppk2');
    const data = await question('Data', ['synthetic', 'uci-har', 'hapt'], options.data, 'synthetic');
    const shipped = bundleNames().map(name => `littlefirst:${name}`);
    const bundle = await question('Bundle', [...shipped, 'a folder'], options.bundle, 'littlefirst:paper');
    return { ...options, board, meter, data: data as InitCommandOptions['data'], bundle };
  } finally {
    lines.close();
  }
}

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
      const isAsked = process.stdin.isTTY === true && given.yes !== true && given.from === undefined;
      const options = isAsked ? await ask(given) : given;
      const { board = 'rp2040', meter = 'ppk2', data = 'synthetic', bundle = 'littlefirst:paper' } = options;
      const name = basename(file).replace(/\.ya?ml$/, '');
      const { from, windows, ci } = options;
      const written = await initBench(
        file,
        { name, board, meter, data, bundle, windows, from, ci },
        context.cwd,
      );
      for (const path of written.files) printLine(context.out, `wrote ${path}`);
      for (const { placeholder, serialNumber, reason } of written.filledIn)
        printLine(
          context.out,
          serialNumber === undefined
            ? `${placeholder} stays: ${reason}`
            : `${placeholder} is ${serialNumber}`,
        );
      printLine(context.out, `next: littlefirst run ${file} --plan, then littlefirst run ${file}`);
      finish(exitCodes.pass);
    });
}
