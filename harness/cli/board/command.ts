import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { exitCodes, LittlefirstError } from '../../errors.js';
import type { EmulateBenchOptions, MeterDriverName } from '../../library/index.js';
import { meterNames } from '../choices.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { addBoardCheck } from './check.js';
import { addNewBoard } from './new.js';

interface Options extends Omit<EmulateBenchOptions, 'board' | 'meter' | 'folder'> {
  meter?: MeterDriverName;
  meterLink?: string;
}

async function emulate(context: CliContext, board: string, options: Options): Promise<void> {
  const { meter, meterLink, ...rest } = options;
  if ((meter === undefined) !== (meterLink === undefined))
    throw new LittlefirstError('LF_USAGE', 'A meter needs a kind and a place', {
      expected: '--meter and --meter-link together',
      received: meter === undefined ? '--meter-link alone' : '--meter alone',
    });
  const { bundleFolder, emulateBench } = await import('../../library/index.js');
  const bench = await emulateBench({
    ...rest,
    board,
    bundle: bundleFolder(options.bundle, context.cwd),
    meter: meter === undefined || meterLink === undefined ? undefined : { driver: meter, link: meterLink },
    folder: context.cwd,
  });
  try {
    for (const { what, address } of bench.plugs) printLine(context.out, `emulated ${what} at ${address}`);
    if (bench.caution !== undefined) printLine(context.err, `${board}: ${bench.caution}`);
    printLine(context.out, 'Ctrl-C ends it');
    const end = AbortSignal.any([context.signal, bench.failed]);
    if (!end.aborted) await once(end, 'abort');
    if (bench.failed.aborted && !context.signal.aborted) throw bench.failed.reason;
  } finally {
    await bench.close();
  }
}

/** `littlefirst board`: new boards, their conformance run, and emulated boards for other programs. */
export function addBoard(board: Command, context: CliContext, finish: Finish): void {
  addNewBoard(board, context, finish);
  addBoardCheck(board, context, finish);
  board
    .command('emulate')
    .description('serve an emulated board, its supply and an interface board in real time until Ctrl-C')
    .argument('<board>', 'the board, e.g. rp2040')
    .requiredOption('--bundle <dir>', 'bundle that the board holds: a folder, or a shipped one by name')
    .option('--models <dir>', 'where .tflite files are found that the bundle does not hold')
    .option('--link <link>', "the board's line: a path, which becomes a serial port, or tcp:PORT (0: any)")
    .option('--interface-board <link>', 'an MLPerf Tiny interface board on that line, likewise')
    .addOption(new Option('--meter <driver>', "an instrument in the board's supply").choices(meterNames))
    .option('--meter-link <link>', 'where the instrument is served')
    .option('--chip <chip>', "electrical model (default: the board's own chip)")
    .option('--level <level>', "level at the start (default: the board's first)")
    .option('--strategy <name>', "strategy at the start (default: the bundle's first)")
    .addOption(
      new Option('--regime <regime>', "MLPerf Tiny's regime at the start")
        .choices(['performance', 'energy'])
        .default('performance'),
    )
    .addOption(
      new Option('--logic <lines>', "what the meter's logic inputs are wired to")
        .choices(['timestamp', 'markers'])
        .default('timestamp'),
    )
    .action(async (name: string, options: Options) => {
      await emulate(context, name, options);
      finish(exitCodes.pass);
    });
}
