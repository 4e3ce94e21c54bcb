import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseYamlText } from '../../host/yaml-text.js';
import { stationFields } from '../../record/conditions.js';
import { checkTargets } from '../../record/target-check.js';
import { targetSchema } from '../../record/targets.js';
import { deviceSchema } from '../../wire/devices/schema.js';
import { meterSchema } from '../bench/meter-schema.js';
import { bundleFolder } from '../bench/names.js';
import { readYaml } from '../bench/yaml-file.js';

export const mlperfModes = ['accuracy', 'performance', 'energy'] as const;
export type MlperfMode = (typeof mlperfModes)[number];

/** Where a mode finds the DUT; what is absent is the bench's. */
const lineFields = {
  /** As in other benches; `emulated:` is one of our emulated boards with our firmware, spoken to as a stranger. */
  link: z.string().min(1).optional(),
  device: deviceSchema.optional(),
};

const modeFields = z.strictObject({
  mode: z.enum(mlperfModes),
  ...lineFields,
  /** Rate of the DUT's line, bits per second; default 9600 for energy and 115200 else, as the stock runner has it. */
  baudRate: z.number().int().positive().optional(),
  /** The link leads to an interface board (115200 bits per second), which passes commands on at `baudRate`. */
  interfaceBoard: z.boolean().default(false),
  /** Commands sent first, e.g. to a firmware that holds both regimes. */
  before: z.array(z.string().min(1)).default([]),
  /** A `tests*.yaml` of the stock runner: its loops, iterations and warm-ups replace those below. */
  script: z.string().min(1).optional(),
  /** Inputs: all for accuracy, five for the others. */
  loops: z.union([z.literal('all'), z.number().int().positive()]).optional(),
  /** Inferences of one input between two time stamps; `auto`: as many as fill `minimumSeconds`, at least 10. Accuracy: 1. */
  iterations: z.union([z.literal('auto'), z.number().int().positive()]).default('auto'),
  warmups: z.number().int().min(0).optional(),
  /**
   * Our own firmware only: this many of the first inputs are put into the DUT's memory and run in turn, over and over, instead of one input again and again.
   * `loops` is then how often that is measured (from a cascade that was reset), `iterations` how many times all of them are run between the time stamps.
   */
  loopOver: z.number().int().min(2).optional(),
});

const modeSchema = modeFields.superRefine(({ mode, interfaceBoard, loopOver, script, warmups }, context) => {
  if (loopOver === undefined) return;
  const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['loopOver'], message });
  if (mode !== 'energy')
    refuse('only mode energy runs inputs in turn: the others tell one input from the next');
  if (interfaceBoard) refuse('an interface board passes no windows on: connect the DUT directly');
  if (script !== undefined) refuse('a script of the stock runner repeats one input: leave script out');
  if (warmups !== undefined) refuse('the cascade is reset instead of warmed up: leave warmups out');
});
export type MlperfModeChoice = z.infer<typeof modeSchema>;

/** The model that the DUT is said to run: its answers are compared with the golden interpreter's. */
const goldenSchema = z.strictObject({
  /** A fully quantised .tflite file with one input and one output. */
  model: z.string().min(1),
  /**
   * What the bytes of an input file are to the model: its own counts; unsigned bytes that the firmware lowers by 128 (the reference firmware
   * for image_classification and person_detection); or little-endian floats that it quantises.
   */
  input: z.enum(['counts', 'minus-128', 'float32']).default('counts'),
  /** All outputs as numbers, or only which is the largest (for a firmware that prints something else of them). */
  compare: z.enum(['outputs', 'label']).default('outputs'),
  /** How far an output may be off: half of the last digit that the reference firmware prints. */
  tolerance: z.number().min(0).default(0.0005),
});
export type MlperfGolden = z.infer<typeof goldenSchema>;

/** Schema of a bench file for any MLPerf Tiny DUT. Paths in it are relative to the file. */
export const mlperfBenchSchema = z.strictObject({
  schema: z.literal('littlefirst.bench/1'),
  protocol: z.literal('mlperf-tiny'),
  name: z.string().min(1),
  description: z.string().optional(),
  /** What the DUT is called in reports; for `emulated:` one of our boards. */
  board: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  ...lineFields,
  /** Our firmware in the emulator: chip, level and the bundle to be flashed. */
  emulated: z
    .strictObject({ chip: z.string().optional(), level: z.string().optional(), bundle: z.string() })
    .optional(),
  data: z.strictObject({
    set: z.literal('mlperf-folder'),
    /** A folder with the truth file and the .bin files. */
    folder: z.string().min(1),
    truthFile: z.string().default('y_labels.csv'),
    /** Names of the classes, in order; default: their numbers. */
    labels: z.array(z.string().min(1)).optional(),
    /** Only the first inputs; no mode then takes more. */
    windows: z.union([z.literal('all'), z.number().int().positive()]).optional(),
  }),
  golden: goldenSchema.optional(),
  modes: z.array(modeSchema).min(1),
  /** Shortest time between the two time stamps, seconds. The rules say 10. */
  minimumSeconds: z.number().positive().default(10),
  /** Needed for mode energy; `pins` say which logic inputs become lines 0 and 1 below. */
  meter: meterSchema.default({ driver: 'none', pins: [0, 1] }),
  /** Supply of the DUT, millivolts: what the meter sources or expects. */
  supplyMillivolts: z.number().positive().default(3300),
  /** Logic input of the meter that the DUT's time-stamp pin is wired to (0 or 1), and the edge that counts. */
  timestamp: z
    .strictObject({
      line: z.union([z.literal(0), z.literal(1)]).default(0),
      edge: z.enum(['falling', 'rising']).default('falling'),
    })
    .default({ line: 0, edge: 'falling' }),
  ...stationFields,
  targets: z.array(targetSchema).default([]),
});

/** A bench file with absolute paths. */
export interface MlperfBench extends z.infer<typeof mlperfBenchSchema> {
  file: string;
}

/** Whether a bench file says `protocol: mlperf-tiny`; a file that cannot be read or parsed says nothing. */
export async function isMlperfBench(path: string): Promise<boolean> {
  try {
    return (
      (parseYamlText(await readFile(path, 'utf8')) as { protocol?: unknown } | null)?.protocol ===
      'mlperf-tiny'
    );
  } catch {
    return false;
  }
}

/** @throws LF_CONFIG_INVALID, LF_UNKNOWN_TARGET */
export async function loadMlperfBench(path: string): Promise<MlperfBench> {
  const file = resolve(path);
  const bench = await readYaml(file, mlperfBenchSchema);
  const at = (text: string) => resolve(dirname(file), text);
  checkTargets(bench.targets, {
    blocks: bench.modes.map(({ mode }) => ({ strategy: mode })),
    hasMeter: bench.meter.driver !== 'none',
    isThirdParty: true,
  });
  return {
    ...bench,
    file,
    data: { ...bench.data, folder: at(bench.data.folder) },
    golden: bench.golden && { ...bench.golden, model: at(bench.golden.model) },
    emulated: bench.emulated && {
      ...bench.emulated,
      bundle: bundleFolder(bench.emulated.bundle, dirname(file)),
    },
    modes: bench.modes.map(mode => ({
      ...mode,
      script: mode.script === undefined ? undefined : at(mode.script),
    })),
  };
}
