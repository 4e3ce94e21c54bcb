import type { Command } from 'commander';
import {
  type BlockKey,
  bundleFolder,
  exitCodeOfOutcome,
  type FinishedRun,
  LittlefirstError,
  type OpenBenchOptions,
  type RunEvents,
  resumeCampaign,
  runBench,
} from '../../library/index.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import {
  allowOption,
  budgetOption,
  countOrAll,
  dataOf,
  dataOption,
  failOnOption,
  folderModeOption,
  type Judging,
  listOrAll,
  orderOption,
} from '../options.js';
import { printPlan } from './plan.js';
import { createProgress, type Progress } from './progress.js';
import { cautionBanner, openReport, printJson, printSummary } from './summary.js';

interface RunCommandOptions extends Omit<OpenBenchOptions, 'levels' | 'strategies'>, Judging {
  level?: 'all' | string[];
  strategy?: 'all' | string[];
  out?: string;
  resume?: string;
  folderMode?: number;
  allowCommands?: boolean;
  budget?: boolean;
  open?: boolean;
  plan?: boolean;
  json?: boolean;
}

const blockText = ({ chip, level, bundle, strategy }: BlockKey): string =>
  `${chip} ${level.name} ${bundle} ${strategy}`;

/** The campaign's events as progress in the terminal. */
function shown(context: CliContext, progress: Progress): RunEvents {
  return {
    onCaution: caution => progress.banner(cautionBanner(caution)),
    onPlan: (_, windows) => progress.start(windows),
    onBlockStart: key => progress.block(blockText(key)),
    onWindows: count => progress.advance(count),
    onFault: fault => progress.note(`${fault.code}: ${fault.message.split('\n')[0]} (${fault.action})`),
    onNote: text => progress.note(text),
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
function openOptions(options: RunCommandOptions) {
  const {
    out: _o,
    resume: _r,
    allow: _a,
    failOn: _f,
    folderMode: _m,
    allowCommands: _c,
    open: _b,
    plan: _p,
    json: _j,
    ...chosen
  } = options;
  return chosen;
}

function collect(
  context: CliContext,
  file: string | undefined,
  commandOptions: RunCommandOptions,
): Promise<FinishedRun> {
  const { out, resume, allow, folderMode, allowCommands } = commandOptions;
  const { level, strategy, ...others } = openOptions(commandOptions);
  const progress = createProgress(context);
  const data = others.data === undefined ? undefined : dataOf(context, others.data);
  const options = { ...shown(context, progress), signal: context.signal, cwd: context.cwd, allow };
  const run =
    resume === undefined
      ? runBench({ ...options, out, folderMode }, file, {
          ...others,
          data,
          levels: level,
          strategies: strategy,
        })
      : resumeCampaign(resume, { ...options, allowCommands });
  return run.finally(() => progress.stop());
}

async function run(
  context: CliContext,
  file: string | undefined,
  options: RunCommandOptions,
): Promise<number> {
  const { allow: _, failOn, allowCommands: _allowCommands, budget, open, plan, json, ...asBegun } = options;
  if (options.resume !== undefined && (file !== undefined || Object.keys(asBegun).length > 1))
    throw new LittlefirstError('LF_USAGE', '--resume goes on with a run as it was begun', {
      expected:
        'no bench file and beside --resume only --allow, --fail-on, --allow-commands, --budget, --open, --json',
    });
  if (plan === true) {
    const { level, strategy, ...others } = openOptions(options);
    return printPlan(context, file, { ...others, levels: level, strategies: strategy }, json === true);
  }
  const finished = await collect(context, file, options);
  if (json === true) printJson(context.out, finished);
  else printSummary(context.out, finished, { budget });
  if (open === true) await openReport(context, finished);
  return exitCodeOfOutcome(finished.suite.judged, failOn);
}

/** `littlefirst run`: collects a campaign, evaluates it and asserts on it. */
export function addRun(command: Command, context: CliContext, finish: Finish): void {
  command
    .argument('[bench]', 'bench file, or the name of a shipped one, e.g. side-by-side (default: default)')
    .option('--board <name>', "board instead of the bench file's")
    .option('--chip <name>', 'chip profile (name or file)')
    .option('--level <names>', 'levels joined by ",", or "all"', listOrAll)
    .option('--strategy <names>', 'strategies joined by ",", or "all"', listOrAll)
    .addOption(dataOption())
    .addOption(orderOption())
    .option('--windows <count>', 'number of windows, or "all"', countOrAll)
    .option('--bundle <dir>', "bundle instead of the bench file's: a folder, or a shipped one by name")
    .option('--models <dir>', 'where .tflite files are found that a bundle names but does not hold')
    .option('--out <dir>', "folder that receives the run's files itself (default: reports/<run-id>)")
    .option('--resume <run>', 'go on with an unfinished run')
    .option('--allow-commands', 'let the journal of a resumed run name programs to be started')
    .option('--plan', 'say which blocks and how many windows would be run, and touch nothing')
    .option('--json', 'print JSON: the plan, or the run record and where its files lie')
    .option('--open', 'open the report in the browser')
    .addOption(folderModeOption())
    .addOption(allowOption())
    .addOption(failOnOption())
    .addOption(budgetOption())
    .action(async (file: string | undefined, options: RunCommandOptions) =>
      finish(await run(context, file, options)),
    );
}
