import {
  type Duration,
  exitCodes,
  type Forecast,
  type MlperfForecast,
  type OpenBenchOptions,
  planBench,
} from '../../library/index.js';
import { type CliContext, printLine } from '../context.js';
import { fold } from '../terminal/fold.js';
import { columnsOf } from '../terminal/stream.js';
import { durationText } from './time-left.js';

function tooFewText(targets: Forecast['targets'], windows: number): string[] {
  if (targets.length === 0) return ['no targets: the run can only pass'];
  return targets.flatMap(({ name, fewestWindows }) =>
    fewestWindows === null || fewestWindows <= windows
      ? []
      : [
          `TOO FEW WINDOWS for the target "${name}": at least ${fewestWindows}, or it stays open even if every answer is right`,
        ],
  );
}

function durationLine({ seconds, low, high, base }: Duration): string {
  const text = durationText(seconds);
  if (!Number.isFinite(high)) return `takes at least ${text}: ${base}`;
  const [from, to] = [durationText(low), durationText(high)];
  return `takes about ${text}${from === to ? '' : ` (${from} to ${to})`}, by ${base}`;
}

/** Minimum windows of each target that has one. */
const minimaText = (targets: Forecast['targets']): string[] =>
  targets.flatMap(({ name, fewestWindows }) =>
    fewestWindows === null ? [] : [`target "${name}" needs ${fewestWindows} windows or more`],
  );

function searchText({ blocks, windows, split, chosen, duration }: NonNullable<Forecast['search']>): string[] {
  return [
    `first ${blocks} blocks to find the levels that are left open, each ${windows} windows (${split}), for ${chosen} blocks at those found; ${durationLine(duration)}`,
  ];
}

function planText(plan: Forecast): string[] {
  const { bench, blocks, passes, windows, streamed, lineSeconds, targets, duration, search } = plan;
  return [
    ...(search === undefined ? [] : searchText(search)),
    `bench ${bench}: ${blocks.length} blocks, each ${passes} x ${windows} windows`,
    ...blocks.map(
      ({ board, chip, level, bundle, strategy }) =>
        `  ${board}  ${chip}  ${level.name}  ${bundle}  ${strategy}`,
    ),
    `${streamed} windows are streamed, which takes the line of a real board at least ${durationText(lineSeconds)}`,
    durationLine(duration),
    ...minimaText(targets),
    ...tooFewText(targets, windows),
  ];
}

function mlperfText({ bench, board, inputs, modes, targets, duration }: MlperfForecast): string[] {
  return [
    `bench ${bench}: ${modes.length} modes of the MLPerf Tiny DUT ${board}, ${inputs} inputs`,
    ...modes.map(({ mode, inputs: sent, iterations, warmups, loopOver }) => {
      const count = sent === null ? 'inputs as the script says of the model' : `${sent} inputs`;
      const each =
        iterations === 'auto'
          ? 'as many inferences each as fill the window'
          : `${iterations} inferences each`;
      const turn = loopOver === undefined ? '' : `, ${loopOver} inputs in turn`;
      return `  ${mode}  ${count}, ${each}, ${warmups} warm-ups${turn}`;
    }),
    durationLine(duration),
    ...minimaText(targets),
    ...tooFewText(targets, inputs),
  ];
}

/** `run --plan`: what a campaign would do; nothing is touched. */
export async function printPlan(
  { out, cwd }: CliContext,
  file: string | undefined,
  options: OpenBenchOptions,
  isJson = false,
): Promise<number> {
  const plan = await planBench(file, options, cwd);
  const text = 'protocol' in plan ? mlperfText(plan) : planText(plan);
  if (isJson) printLine(out, JSON.stringify(plan, null, 2));
  else for (const line of text.flatMap(one => fold(one, columnsOf(out)))) printLine(out, line);
  return exitCodes.pass;
}
