import type { MlperfFolder } from '../../wire/dut/mlperf/folder.js';
import { loadMlperfScript } from '../../wire/dut/mlperf/script.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';

/**
 * What the rules ask of a performance or energy run: five inputs, windows of 10 s (mlcommons/tiny, benchmark/runner/main.py,
 * print_energy_results and script.py; the older EnergyRunner accepts ten inferences instead of ten seconds).
 */
export const ruleLoops = 5;
export const ruleSeconds = 10;
export const ruleIterations = 10;
/** Warm-ups of the runner's own scripts (tests_performance.yaml, tests_energy.yaml). */
export const ruleWarmups = 10;

/** What a mode will do. */
export interface ModePlan {
  mode: MlperfModeChoice['mode'];
  loops: number | 'all';
  iterations: number | 'auto';
  warmups: number;
  /** Inputs that are run in turn. */
  loopOver?: number;
}

/** What a mode will do: its script's numbers, or the bench file's; no more inputs than the bench takes. */
export async function planOf(
  choice: MlperfModeChoice,
  model: string,
  { data }: MlperfBench,
): Promise<ModePlan> {
  const plan = await fullPlanOf(choice, model);
  if (plan.loops === 'all' || typeof data.windows !== 'number') return plan;
  return { ...plan, loops: Math.min(plan.loops, data.windows) };
}

async function fullPlanOf(choice: MlperfModeChoice, model: string): Promise<ModePlan> {
  const { mode, script } = choice;
  const usual = mode === 'accuracy' ? 'all' : ruleLoops;
  if (script !== undefined) {
    const { loops, iterations, warmups } = await loadMlperfScript(script, model);
    return { mode, loops: loops ?? 'all', iterations, warmups };
  }
  return {
    mode,
    loops: choice.loops ?? usual,
    loopOver: choice.loopOver,
    iterations: mode === 'accuracy' ? 1 : choice.iterations,
    warmups: choice.warmups ?? (mode === 'accuracy' ? 0 : ruleWarmups),
  };
}

/** In which ways this bench asks for less than the rules do; empty when it does not. */
export function shortcomings(bench: MlperfBench, plans: readonly ModePlan[], folder: MlperfFolder): string[] {
  const timed = plans.filter(plan => plan.mode !== 'accuracy');
  return [
    ...(timed.length > 0 && bench.minimumSeconds < ruleSeconds
      ? [`windows of ${bench.minimumSeconds} s instead of ${ruleSeconds} s`]
      : []),
    ...timed
      .filter(plan => plan.loops !== ruleLoops)
      .map(plan => `${plan.mode}: ${plan.loops} inputs instead of ${ruleLoops}`),
    ...plans.flatMap(({ mode, loopOver }) =>
      loopOver === undefined ? [] : [`${mode}: ${loopOver} inputs in turn instead of one repeated`],
    ),
    ...plans
      .filter(({ mode }) => mode === 'accuracy')
      .map(({ loops }) => (loops === 'all' ? folder.samples.length : loops))
      .filter(inputs => inputs < folder.inputs)
      .map(inputs => `accuracy over ${inputs} inputs instead of all ${folder.inputs}`),
  ];
}

/** The report's banner. A run of this program is never an MLPerf result: those are made with the official runner and reviewed. */
export function cautionOf(bench: MlperfBench, plans: readonly ModePlan[], folder: MlperfFolder): string {
  const less = shortcomings(bench, plans, folder);
  return [
    'Not an MLPerf result: measured with the MLPerf Tiny protocol, unreviewed.',
    ...(less.length === 0 ? [] : [`Less than its rules ask: ${less.join('; ')}.`]),
  ].join(' ');
}
