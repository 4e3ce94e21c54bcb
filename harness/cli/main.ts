import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import colours from 'picocolors';
import { asLittlefirstError, exitCodeOf, exitCodes, LittlefirstError } from '../errors.js';
import { packagePath } from '../package-root.js';
import { addBoards } from './boards.js';
import { addCheck } from './check.js';
import { type CliContext, printLine } from './context.js';
import { addData } from './data.js';
import { addDoctor } from './doctor.js';
import { addFlash } from './flash.js';
import { addMeter } from './meter/command.js';
import { addModel } from './model/command.js';
import { addReplay } from './replay.js';
import { addReport } from './report.js';
import { addRun } from './run/command.js';
import { addTrain } from './train.js';

const commands = [
  addRun,
  addCheck,
  addFlash,
  addBoards,
  addDoctor,
  addReport,
  addReplay,
  addMeter,
  addModel,
  addData,
  addTrain,
];

function createProgram(context: CliContext, finish: (exitCode: number) => void): Command {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  const program = new Command('littlefirst')
    .description('Hardware-in-the-loop harness for edge-AI energy')
    .version(version)
    .option('--verbose', 'print the stack of an error')
    .configureOutput({
      writeOut: text => context.out.write(text),
      writeErr: text => context.err.write(text),
    })
    .exitOverride()
    .showHelpAfterError('(add --help for the options)');
  for (const add of commands) add(program, context, finish);
  return program;
}

function printError(context: CliContext, error: unknown, verbose: boolean): void {
  const known = asLittlefirstError(error);
  printLine(context.err, `${colours.red(known.code)}  ${known.message}`);
  if (!verbose) return;
  for (let at: unknown = known; at instanceof Error; at = at.cause)
    printLine(context.err, at.stack ?? at.message);
}

/** Commander's help and version come as errors too; everything else it raises is a mistake in the usage. */
function usageCode(error: CommanderError): number {
  return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage;
}

/** A signal that Ctrl-C and SIGTERM abort once; a second one ends the process as usual. */
function interruptible(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () =>
    controller.abort(
      new LittlefirstError('LF_INTERRUPTED', 'The command was interrupted', {
        hint: 'a run goes on with `littlefirst run --resume <run folder>`',
      }),
    );
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const release = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  return { signal: controller.signal, release };
}

/**
 * The program.
 * @param argv as `process.argv`
 * @param world streams and folder; default: the process's own
 * @returns the exit code: 0 pass, 1 a target is missed, 2 inconclusive, 3 bench, DUT or meter error, 4 usage
 */
export async function main(argv: readonly string[], world: Partial<CliContext> = {}): Promise<number> {
  const { signal, release } = interruptible();
  const context: CliContext = {
    out: process.stdout,
    err: process.stderr,
    cwd: process.cwd(),
    signal,
    ...world,
  };
  let exitCode: number = exitCodes.usage;
  const program = createProgram(context, code => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageCode(error);
    printError(context, error, argv.includes('--verbose'));
    return exitCodeOf(error);
  } finally {
    release();
  }
}
