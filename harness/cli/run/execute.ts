import { resolve } from 'node:path';
import {
  bundleFolder,
  exitCodeOfOutcome,
  type FinishedRun,
  holdOnHost,
  LittlefirstError,
  type OpenBenchOptions,
  type RunEvents,
  resumeCampaign,
  runBench,
  withTracing,
} from '../../library/index.js';
import { publish } from '../ci/publish.js';
import { type CliContext, printLine } from '../context.js';
import { dataOf } from '../data/data-of.js';
import type { Judging } from '../options.js';
import { createProgress } from './create-progress.js';
import { printPlan } from './plan.js';
import type { Progress } from './progress.js';
import { cautionLines, openReport, printSummary, type SummaryChoice } from './summary.js';

export interface RunCommandOptions
  extends Omit<OpenBenchOptions, 'levels' | 'strategies'>,
    Judging,
    SummaryChoice {
  level?: 'all' | string[];
  strategy?: 'all' | string[];
  out?: string;
  resume?: string;
  folderMode?: number;
  allowCommands?: boolean;
  open?: boolean;
  plan?: boolean;
  whileStdin?: boolean;
  startAnew?: boolean;
  lease?: { fence: number; attempt: string };
  hold?: string;
}

/** The campaign's events as progress in the terminal. */
function shown(context: CliContext, progress: Progress): RunEvents {
  return {
    onCaution: caution => {
      for (const line of cautionLines(context, context.err, caution)) progress.banner(line);
    },
    onPlan: (blocks, windows, queue) => progress.start(blocks, windows, queue),
    onBlockStart: (key, position) => progress.block(key, position),
    onWindows: (count, answered) => progress.advance(count, answered),
    onEnergy: (soFar, position) => progress.energy(soFar, position),
    onBlockEnd: (key, _valid, position) => progress.blockEnd(key, position),
    onFigures: (key, figures, energy) => progress.figures(key, figures, energy),
    onFault: fault => progress.note(`${fault.code}: ${fault.message.split('\n')[0]} (${fault.action})`),
    onNote: text => progress.note(text),
    onSearch: blocks =>
      progress.note(
        `levels: auto: ${blocks} schedules are measured first, to find the one of least average power`,
      ),
    onUnfinished: (folder, reason) => {
      progress.stop();
      printLine(
        context.err,
        reason === undefined
          ? `unfinished run: ${folder}`
          : `no reports of the unfinished run ${folder}: ${reason}`,
      );
    },
  };
}

/** What of the options chooses what is run, rather than how it is shown or judged. */
function openOptions(context: CliContext, options: RunCommandOptions): OpenBenchOptions {
  const { board, chip, level, strategy, data, order, windows, bundle, models, firmware } = options;
  return {
    board,
    chip,
    levels: level,
    strategies: strategy,
    data: data === undefined ? undefined : dataOf(context, data),
    order,
    windows,
    bundle: bundle === undefined ? undefined : bundleFolder(bundle, context.cwd),
    models,
    firmware: firmware === undefined ? undefined : resolve(context.cwd, firmware),
  };
}

function collect(
  context: CliContext,
  file: string | undefined,
  commandOptions: RunCommandOptions,
): Promise<FinishedRun> {
  const { out, resume, allow, folderMode, allowCommands, quiet, json, lease, startAnew } = commandOptions;
  const progress = createProgress(context, quiet);
  const events = shown(context, progress);
  const isWatched = quiet !== true && json !== true;
  const options = {
    ...events,
    onFigures: isWatched ? events.onFigures : undefined,
    signal: context.signal,
    cwd: context.cwd,
    allow,
    trace: process.env.TRACEPARENT,
  };
  const run =
    resume === undefined
      ? runBench(
          { ...options, out, folderMode, lease, isStartedAnew: startAnew },
          file,
          openOptions(context, commandOptions),
        )
      : resumeCampaign(resume, { ...options, allowCommands });
  return run.finally(() => progress.stop());
}

const besideResume: ReadonlySet<string> = new Set([
  'resume',
  'allow',
  'failOn',
  'allowCommands',
  'budget',
  'open',
  'json',
  'quiet',
] satisfies (keyof RunCommandOptions)[]);

/** Ends the command in good order when whoever started it is gone, however that one ended. */
function whileStdinIsOpen(context: CliContext): CliContext {
  const gone = new AbortController();
  const end = () =>
    gone.abort(new LittlefirstError('LF_INTERRUPTED', 'The program that started this run has ended'));
  context.in.once('end', end).once('close', end).once('error', end).resume();
  /* A run that has ended does not wait for it. */
  (context.in as { unref?: () => void }).unref?.();
  return { ...context, signal: AbortSignal.any([context.signal, gone.signal]) };
}

/** @returns the exit code */
export async function run(
  context: CliContext,
  file: string | undefined,
  options: RunCommandOptions,
): Promise<number> {
  const isAsBegun = file === undefined && Object.keys(options).every(name => besideResume.has(name));
  if (options.resume !== undefined && !isAsBegun)
    throw new LittlefirstError('LF_USAGE', '--resume goes on with a run as it was begun', {
      expected:
        'no bench file and beside --resume only --allow, --fail-on, --allow-commands, --budget, --open, --json, --quiet',
    });
  if (options.plan === true) return printPlan(context, file, openOptions(context, options), options.json);
  const watched = options.whileStdin === true ? whileStdinIsOpen(context) : context;
  const held = options.hold === undefined ? undefined : await holdOnHost(options.hold, watched.signal);
  const finished = await withTracing(
    () => collect(watched, file, options),
    text => printLine(context.err, text),
  ).finally(() => held?.release());
  printSummary(context, finished, options);
  await publish(context, finished, options.failOn);
  if (options.open === true) await openReport(context, finished);
  return exitCodeOfOutcome(finished.suite.judged, options.failOn);
}
