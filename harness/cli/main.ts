import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asLittlefirstError, exitCodeOf, exitCodes, LittlefirstError } from '../errors.js';
import { packagePath } from '../package-root.js';
import { visible } from '../visible.js';
import { annotateError } from './ci/github.js';
import { type CliContext, type Finish, printColoured, printLine } from './context.js';
import { coloursOf } from './terminal/stream.js';

type AddCommand = (program: Command, context: CliContext, finish: Finish) => void;

/**
 * The commands in the order of the help, each with what its one line says. A command's code, and with it the library, is
 * read only when that command was asked for.
 */
const commands: readonly [name: string, description: string, load: () => Promise<AddCommand>][] = [
  [
    'run',
    'run a bench: flash, stream, measure, assert, report',
    async () => (await import('./run/command.js')).addRun,
  ],
  [
    'init',
    'write a bench file to begin with, and recipes for continuous integration',
    async () => (await import('./init.js')).addInit,
  ],
  [
    'check',
    'assert on an old run again, on request against other targets',
    async () => (await import('./check.js')).addCheck,
  ],
  [
    'compare',
    'say what became better or worse from one run to another, window by window',
    async () => (await import('./compare.js')).addCompare,
  ],
  [
    'ab',
    'say whether an image or a bundle needs more than another: A B B A on one bench',
    async () => (await import('./ab.js')).addAb,
  ],
  ['history', 'show the runs of a folder as series', async () => (await import('./history.js')).addHistory],
  [
    'flash',
    'write the image and the first bundle of a bench, verify, and identify the board',
    async () => (await import('./flash.js')).addFlash,
  ],
  [
    'board',
    'new boards of your own, their conformance run, and emulated boards for other programs',
    async () => (await import('./board/command.js')).addBoard,
  ],
  [
    'boards',
    'list the boards, how each is emulated, and the levels of its default chip',
    async () => (await import('./board/boards.js')).addBoards,
  ],
  [
    'doctor',
    'say what is connected, what is missing, which benches would work here, and how to mend the rest',
    async () => (await import('./doctor.js')).addDoctor,
  ],
  [
    'report',
    'write the reports of a run again, from its journal',
    async () => (await import('./report.js')).addReport,
  ],
  [
    'label',
    'write the energy label of a run, one page as SVG and PDF',
    async () => (await import('./label.js')).addLabel,
  ],
  [
    'replay',
    'evaluate a run again from its recorded samples (meter: { record: true } in the bench file)',
    async () => (await import('./replay.js')).addReplay,
  ],
  [
    'seal',
    'sign a finished run, so that a published report can be proven unchanged',
    async () => (await import('./seal.js')).addSeal,
  ],
  [
    'meter',
    'check current meters, and emulate them',
    async () => (await import('./meter/command.js')).addMeter,
  ],
  [
    'farm',
    'many benches, one queue and one ledger: start, work for, fill and keep a device farm',
    async () => (await import('./farm/command.js')).addFarm,
  ],
  ['model', '.tflite files and bundles', async () => (await import('./model/command.js')).addModel],
  ['data', 'data sets', async () => (await import('./data/data.js')).addData],
  [
    'completion',
    'print a script that completes commands, options and names in a shell',
    async () => (await import('./completion/command.js')).addCompletion,
  ],
  [
    'train',
    'train the networks of a shipped bundle on the training people of UCI HAR, or a cascade on imported data',
    async () => (await import('./train.js')).addTrain,
  ],
];

/** The command that the arguments name, also as `help NAME`. */
function namedCommand(argv: readonly string[]): string | undefined {
  const [first, second] = argv.slice(2).filter(word => !word.startsWith('-'));
  return first === 'help' ? second : first;
}

const exitCodesHelp = `
Exit codes: 0 pass; 1 a target is missed; 2 inconclusive; 3 bench, DUT or meter error, also where no campaign could begin;
            4 usage or configuration error.`;

async function createProgram(argv: readonly string[], context: CliContext, finish: Finish): Promise<Command> {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  const program = new Command('littlefirst')
    .description('Hardware-in-the-loop harness for edge-AI energy')
    .version(version)
    .option('--verbose', 'print the stack of an error')
    .option('--no-color', 'print without colours, as with NO_COLOR set')
    .addHelpText('afterAll', exitCodesHelp)
    .configureOutput({
      writeOut: text => context.out.write(text),
      writeErr: text => context.err.write(text),
    })
    .exitOverride()
    .showHelpAfterError('(add --help for the options)');
  const named = namedCommand(argv);
  for (const [name, description, load] of commands) {
    if (name === named || named === 'completion')
      (await load())(program.command(name).description(description), context, finish);
    else program.command(name).description(description);
  }
  return program;
}

function printError(context: CliContext, error: unknown, verbose: boolean): void {
  const known = asLittlefirstError(error);
  const colours = coloursOf(context.err, context.isColoured, context.env);
  printColoured(context.err, `${colours.red(known.code)}  ${visible(known.message)}`);
  annotateError(context, known);
  if (!verbose) return;
  for (let at: unknown = known; at instanceof Error; at = at.cause)
    printLine(context.err, at.stack ?? at.message);
}

/** Commander's help and version come as errors too; everything else it raises is a mistake in the usage. */
function usageCode(error: CommanderError): number {
  return error.exitCode === 0 ? exitCodes.pass : exitCodes.usage;
}

/** What asks the program to end: Ctrl-C, a supervisor, a terminal or an SSH session that closes. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that each of {@link endings} aborts once; a second one of its kind ends the process as usual. A command that has not asked for the
 * signal would go on: the first one ends it, and what it left in temporary folders goes with it. What is written to a terminal that is
 * gone is lost, and is no reason to lose the run.
 */
function interruptible(): { takeSignal: () => AbortSignal; release: () => void } {
  const controller = new AbortController();
  let isTaken = false;
  const stop = () => {
    const reason = new LittlefirstError('LF_INTERRUPTED', 'The command was interrupted', {
      hint: 'a run goes on with `littlefirst run --resume <run folder>`',
    });
    controller.abort(reason);
    if (isTaken) return;
    process.stderr.write(`${reason.code}  ${reason.message}\n`);
    process.exit(exitCodeOf(reason));
  };
  for (const ending of endings) process.once(ending, stop);
  const ignore = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  };
  const streams = [process.stdout, process.stderr];
  for (const stream of streams) stream.on('error', ignore);
  const release = () => {
    for (const ending of endings) process.off(ending, stop);
    for (const stream of streams) stream.off('error', ignore);
  };
  const takeSignal = () => {
    isTaken = true;
    return controller.signal;
  };
  return { takeSignal, release };
}

/**
 * The program.
 * @param argv as `process.argv`
 * @param world streams and folder; default: the process's own
 * @returns the exit code: 0 pass, 1 a target is missed, 2 inconclusive, 3 bench, DUT or meter error, 4 usage
 */
export async function main(argv: readonly string[], world: Partial<CliContext> = {}): Promise<number> {
  const { takeSignal, release } = interruptible();
  const context: CliContext = {
    in: process.stdin,
    out: process.stdout,
    err: process.stderr,
    cwd: process.cwd(),
    get signal() {
      return takeSignal();
    },
    env: process.env,
    isColoured: !argv.includes('--no-color'),
    ...world,
  };
  let exitCode: number = exitCodes.usage;
  try {
    const program = await createProgram(argv, context, code => {
      exitCode = code;
    });
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
