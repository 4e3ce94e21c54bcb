import { loadMlperfScript } from '../../wire/dut/mlperf/script.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import { type ModePlan, ruleLoops, ruleWarmups } from './rules.js';

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
