import { basename } from 'node:path';
import { connectedBenches, initBench } from '../../library/index.js';
import { type CliContext, printLine } from '../context.js';
import type { InitCommandOptions } from './options.js';
import { askForBench, tellConnected } from './questions.js';

/** Asks for what no flag says where somebody can answer, writes the files, and says what to do next. */
export async function init(context: CliContext, file: string, given: InitCommandOptions): Promise<void> {
  const isAsked = context.in.isTTY === true && given.yes !== true && given.from === undefined;
  const connected = given.from === undefined ? await connectedBenches(context.devices) : undefined;
  if (connected !== undefined) tellConnected(context, connected);
  const options = isAsked && connected !== undefined ? await askForBench(context, given, connected) : given;
  const { board = 'rp2040', meter = 'ppk2', data = 'synthetic', bundle = 'littlefirst:paper' } = options;
  const { from, windows, ci } = options;
  const name = basename(file).replace(/\.ya?ml$/, '');
  const wanted = { name, board, meter, data, bundle, windows, from, ci };
  const written = await initBench(file, wanted, context.cwd, context.devices);
  for (const path of written.files) printLine(context.out, `wrote ${path}`);
  for (const { placeholder, serialNumber, reason } of written.filledIn)
    printLine(
      context.out,
      serialNumber === undefined ? `${placeholder} stays: ${reason}` : `${placeholder} is ${serialNumber}`,
    );
  printLine(context.out, `next: littlefirst run ${file} --plan, then littlefirst run ${file}`);
}
