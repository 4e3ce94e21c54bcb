import type { Target } from '../../record/targets.js';
import { loadMlperfFolder } from '../../wire/dut/mlperf/folder.js';
import type { Duration } from '../forecast/duration.js';
import { fewestWindows } from '../forecast/forecast.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import { headroom } from './energy/stamped.js';
import { dutBaudRate } from './open.js';
import { type ModePlan, planOf, ruleIterations } from './rules.js';

/** What one mode of an MLPerf Tiny DUT is going to do. */
export interface ModeForecast extends ModePlan {
  /** Inputs that are sent; null where a script of the stock runner tells by the model that the DUT names. */
  inputs: number | null;
  /** Least seconds: the inputs on the line, and the windows between two time stamps. */
  leastSeconds: number;
}

/** What a bench for an MLPerf Tiny DUT is going to do, known before the DUT is asked. */
export interface MlperfForecast {
  protocol: 'mlperf-tiny';
  bench: string;
  board: string;
  /** Inputs of the data folder that may be used. */
  inputs: number;
  modes: ModeForecast[];
  /** The least time; how long an inference takes only the DUT knows. */
  duration: Duration;
  targets: { name: string; fewestWindows: number | null }[];
}

/** Characters on the line for each byte of an input: two hex digits (`db` commands), ten bits each. */
const lineBitsPerByte = 2 * 10;

function leastSeconds(
  choice: MlperfModeChoice,
  plan: ModePlan,
  { minimumSeconds, inputs, bytes }: { minimumSeconds: number; inputs: number; bytes: number },
): number {
  const line = (inputs * bytes * lineBitsPerByte) / dutBaudRate(choice);
  if (plan.mode === 'accuracy') return line;
  return line + (plan.iterations === 'auto' ? inputs * minimumSeconds * headroom : 0);
}

const fewest = (targets: readonly Target[]): MlperfForecast['targets'] =>
  targets.map(target => ({ name: target.name, fewestWindows: fewestWindows(target) }));

/** Reads the data folder and says what each mode will do. @throws LF_DATA_*, LF_CONFIG_INVALID */
export async function mlperfForecast(bench: MlperfBench): Promise<MlperfForecast> {
  const { data, minimumSeconds } = bench;
  const limit = typeof data.windows === 'number' ? data.windows : undefined;
  const folder = await loadMlperfFolder(data.folder, { truthFile: data.truthFile, limit });
  const { samples } = folder;
  const bytes =
    samples.reduce((sum, { parts }) => sum + parts.reduce((all, part) => all + part.length, 0), 0) /
    Math.max(1, samples.length);
  const modes = await Promise.all(
    bench.modes.map(async (choice): Promise<ModeForecast> => {
      if (choice.script !== undefined)
        return {
          mode: choice.mode,
          loops: 'all',
          iterations: 'auto',
          warmups: 0,
          inputs: null,
          leastSeconds: 0,
        };
      const plan = await planOf(choice, '', bench);
      const inputs = plan.loops === 'all' ? samples.length : Math.min(plan.loops, samples.length);
      return { ...plan, inputs, leastSeconds: leastSeconds(choice, plan, { minimumSeconds, inputs, bytes }) };
    }),
  );
  const seconds = modes.reduce((sum, mode) => sum + mode.leastSeconds, 0);
  return {
    protocol: 'mlperf-tiny',
    bench: bench.name,
    board: bench.board,
    inputs: samples.length,
    modes,
    duration: {
      seconds,
      low: seconds,
      high: Number.POSITIVE_INFINITY,
      base: `the inputs on the line at their rates, and windows of ${minimumSeconds} s with ${ruleIterations} inferences at least; how long an inference takes only the DUT knows`,
    },
    targets: fewest(bench.targets),
  };
}
