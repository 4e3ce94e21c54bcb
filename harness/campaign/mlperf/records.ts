import { LittlefirstError } from '../../errors.js';
import type { Meter, MeterIdentity } from '../../measure/meter/meter.js';
import { statedConditions } from '../../record/conditions.js';
import type {
  BlockEnergyRecord,
  BlockKey,
  CampaignRecord,
  EnergyRecord,
  GoldenRecord,
  WindowsRecord,
} from '../../record/journal/records.js';
import type { MlperfIdentity } from '../../wire/dut/mlperf/client.js';
import type { MlperfFolder } from '../../wire/dut/mlperf/folder.js';
import { energyKind, expiredCalibration } from '../energy-kind.js';
import { harnessProvenance, hostProvenance } from '../provenance.js';
import { withoutSecrets } from '../secrets.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import type { InputResult, LoopFigures } from './energy/stamped.js';
import { energyTerms } from './energy/terms.js';
import type { StrangerGolden } from './golden.js';
import { cautionOf, type ModePlan, ruleSeconds } from './rules.js';

const unscored = 255;

const chipOf = ({ board, emulated }: MlperfBench): string =>
  emulated === undefined ? 'unknown' : (emulated.chip ?? board);

/** The class with the largest output; 255 where the DUT gives one score. */
function labelOf(outputs: readonly number[]): number {
  return outputs.length < 2 ? unscored : outputs.indexOf(Math.max(...outputs));
}

/** What a mode's block is called. @param model as the DUT names it */
export function strangerKey(bench: MlperfBench, { mode }: MlperfModeChoice, model: string): BlockKey {
  const { board, emulated, supplyMillivolts } = bench;
  return {
    board,
    chip: chipOf(bench),
    level: { name: emulated?.level ?? 'as built', mV: supplyMillivolts, Hz: 0 },
    bundle: model,
    strategy: mode,
  };
}

/** The first record of a journal: everything that evaluation needs besides the blocks. */
export async function strangerRecord(
  bench: MlperfBench,
  id: string,
  folder: MlperfFolder,
  plans: readonly ModePlan[],
  identity: MlperfIdentity,
  golden: StrangerGolden | undefined,
  meter: MeterIdentity = { driver: 'none', model: 'no meter', emulated: false },
): Promise<Omit<CampaignRecord, 't'>> {
  const { board, data, emulated } = bench;
  const truth = folder.samples.map(sample => sample.truth);
  const isScore = folder.classes <= 1;
  const waived = [
    ...(meter.driver !== 'none' && bench.minimumSeconds < ruleSeconds
      ? [
          `windows may be as short as ${bench.minimumSeconds} s (minimumSeconds), where MLPerf Tiny asks for ${ruleSeconds} s`,
        ]
      : []),
    ...(meter.driver === 'none' || meter.emulated || emulated !== undefined
      ? []
      : expiredCalibration(bench.meter)),
  ];
  const labels = data.labels ?? Array.from({ length: Math.max(2, folder.classes) }, (_, i) => `class ${i}`);
  return {
    kind: 'campaign',
    schema: 'littlefirst.journal/2',
    id,
    bench: withoutSecrets(bench).bench,
    targets: bench.targets,
    waived: waived.length > 0 ? waived : undefined,
    conditions: statedConditions(bench),
    provenance: {
      energy: energyKind(emulated === undefined, meter, waived),
      harness: await harnessProvenance(),
      firmware: [{ sha256: '-', board, compiler: 'not known' }],
      models:
        golden === undefined
          ? []
          : [
              {
                bundle: identity.model,
                name: golden.name,
                sha256: golden.sha256,
                macs: golden.macs,
                bytes: golden.bytes.length,
              },
            ],
      dataset: {
        name: `MLPerf Tiny folder for ${identity.model}`,
        split: 'test',
        order: 'published',
        windows: truth.length,
        sha256: folder.sha256,
        caution: cautionOf(bench, plans, folder),
      },
      meter,
      chip: [{ name: chipOf(bench), sha256: '-' }],
      host: hostProvenance(),
    },
    labels,
    truth: isScore ? truth.map(() => unscored) : truth,
    subjects: truth.map(() => 0),
    resets: [],
    plan: bench.modes.map(mode => strangerKey(bench, mode, identity.model)),
    periodSeconds: 0,
    thirdParty: { protocol: 'mlperf-tiny', ...identity, truth, inputs: folder.inputs },
  };
}

/** What the golden interpreter says of the inputs of a block. */
export async function goldenRecord(
  golden: StrangerGolden,
  { bundle, strategy }: BlockKey,
  { samples }: MlperfFolder,
  results: readonly InputResult[],
): Promise<Omit<GoldenRecord, 't'>> {
  const outputs: number[][] = [];
  for (const i of results.keys())
    outputs.push(await golden.outputs(samples[i % samples.length], strategy === 'accuracy'));
  const width = results[0]?.outputs.length;
  if (outputs.length > 0 && width !== outputs[0].length)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'The DUT does not print the outputs of golden.model', {
      expected: `${outputs[0].length} numbers`,
      received: `${width}`,
      hint: 'a score that firmware computes from the outputs cannot be compared; leave golden out',
    });
  const zeros = outputs.map(() => 0);
  return {
    kind: 'golden',
    bundle,
    strategy,
    labels: outputs.map(labelOf),
    nets: zeros,
    macs: outputs.map(() => golden.macs),
    big: zeros,
    ...(golden.options.compare === 'label' ? {} : { outputs, tolerance: golden.options.tolerance }),
  };
}

/** What the DUT answered, input by input. */
export function windowsRecord(
  block: number,
  results: readonly InputResult[],
  iterations: number,
  loop: LoopFigures | undefined,
): Omit<WindowsRecord, 't'> {
  const none = results.map(() => null);
  return {
    kind: 'windows',
    block,
    from: 0,
    labels: results.map(({ outputs }) => labelOf(outputs)),
    path: 'g'.repeat(results.length),
    nets: results.map(() => 0),
    gateCycles: none,
    bigCycles: none,
    otherCycles: none,
    outputs: results.map(({ outputs }) => outputs),
    seconds: results.map(({ seconds }) => seconds),
    iterations,
    loop,
  };
}

/** What the meter told of a block; nothing where nothing was measured. @param volts of the supply */
export function energyRecords(
  block: number,
  results: readonly InputResult[],
  meter: Meter,
  volts: number,
): (Omit<EnergyRecord, 't'> | Omit<BlockEnergyRecord, 't'>)[] {
  const measured = results.flatMap(({ energy }) => (energy === undefined ? [] : [energy]));
  if (measured.length === 0) return [];
  const windows = measured.map(({ window }) => window);
  const zeros = windows.map(() => 0);
  const status = measured.map(one => one.status);
  const sum = (of: (s: (typeof status)[number]) => number) => status.reduce((total, s) => total + of(s), 0);
  return [
    {
      kind: 'energy',
      block,
      from: 0,
      gateMicrojoules: zeros,
      bigMicrojoules: zeros,
      otherMicrojoules: windows.map(({ joules, inferences }) => (joules / inferences) * 1e6),
      gateSeconds: zeros,
      bigSeconds: zeros,
      otherSeconds: windows.map(({ seconds, inferences }) => seconds / inferences),
    },
    {
      kind: 'block-energy',
      block,
      idleMicrowatts: 0,
      uncertainty: energyTerms(windows, meter.accuracy(), status, volts),
      samples: sum(s => s.samples),
      lostSamples: sum(s => s.lostSamples),
      ...(sum(s => s.unwatchedSamples ?? 0) === 0
        ? {}
        : { unwatchedSamples: sum(s => s.unwatchedSamples ?? 0) }),
      saturatedSamples: sum(s => s.saturatedSamples),
      problems: status.flatMap(s => s.problems),
    },
  ];
}
