import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import type { MeterIdentity } from '../../measure/meter/meter.js';
import { statedConditions } from '../../record/conditions.js';
import type { Journal } from '../../record/journal/journal.js';
import type { BlockKey, CampaignRecord, GoldenRecord, JournalRecord } from '../../record/journal/records.js';
import type { MlperfIdentity } from '../../wire/dut/mlperf/client.js';
import { loadMlperfFolder, type MlperfFolder } from '../../wire/dut/mlperf/folder.js';
import type { DutFault } from '../../wire/dut/stream.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import { energyKind, expiredCalibration } from '../energy-kind.js';
import { harnessProvenance, hostProvenance } from '../provenance.js';
import { literalSecret, withoutSecrets } from '../secrets.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import { energyTerms } from './energy-terms.js';
import { StrangerGolden } from './golden.js';
import { greet, runMode } from './modes.js';
import { StrangerLines } from './open.js';
import { planOf } from './plan.js';
import { ResumeState } from './resume.js';
import { cautionOf, type ModePlan, ruleSeconds } from './rules.js';
import type { InputResult, LoopFigures } from './stamped.js';
import type { OpenStranger } from './stranger.js';

export interface MlperfEvents {
  onPlan?: (blocks: number, inputs: number) => void;
  onBlockStart?: (key: BlockKey) => void;
  onInputs?: (count: number) => void;
  onBlockEnd?: (key: BlockKey, valid: true | string) => void;
  onFault?: (fault: DutFault) => void;
}

export interface MlperfCampaignOptions extends MlperfEvents {
  id: string;
  journal: Journal;
  /** Records of the run that is being resumed. */
  earlier?: readonly JournalRecord[];
  signal?: AbortSignal;
  /** Opens serial ports instead of the system's own binding. */
  serialBinding?: BindingInterface;
  /** Opens the DUT otherwise than the bench file says. */
  open?: (bench: MlperfBench, choice: MlperfModeChoice) => Promise<OpenStranger>;
}

/** Share of a window's time that may be lost (EEMBC's emon-drop-thresh-pct is 0.1). */
const maxLostShare = 1e-3;
const unscored = 255;

interface StrangerBlock {
  index: number;
  attempt: number;
  choice: MlperfModeChoice;
  folder: MlperfFolder;
  dut: OpenStranger;
  known: MlperfIdentity;
  golden?: StrangerGolden;
}

/** Runs every mode of a bench into a journal; evaluates nothing. */
export class MlperfCampaign {
  private readonly lines: StrangerLines;

  constructor(
    private readonly bench: MlperfBench,
    private readonly options: MlperfCampaignOptions,
  ) {
    this.lines = new StrangerLines(bench, { id: options.id, serialBinding: options.serialBinding });
  }

  /** @throws errors that end the campaign; the journal then says `aborted` */
  async run(): Promise<void> {
    const { journal } = this.options;
    let outcome: 'complete' | 'aborted' = 'aborted';
    try {
      await this.collect();
      outcome = 'complete';
    } catch (error) {
      const { code, message } = asLittlefirstError(error);
      const fault = { code, message, action: 'the campaign ended' };
      journal.write({ kind: 'fault', ...fault });
      this.options.onFault?.(fault);
      throw asLittlefirstError(error);
    } finally {
      await this.lines.close();
      journal.write({ kind: 'finish', outcome });
      journal.sync();
    }
  }

  /** Writes down what went wrong on the line and was put right. */
  private readonly note = (fault: DutFault): void => {
    const { isDetail, ...written } = fault;
    if (isDetail !== true) this.options.journal.write({ kind: 'fault', ...written });
    this.options.onFault?.(fault);
  };

  private open(choice: MlperfModeChoice): Promise<OpenStranger> {
    return this.options.open === undefined ? this.lines.open(choice) : this.options.open(this.bench, choice);
  }

  private async collect(): Promise<void> {
    const { bench, options } = this;
    const { truthFile, windows } = bench.data;
    const limit = typeof windows === 'number' ? windows : undefined;
    const folder = await loadMlperfFolder(bench.data.folder, { truthFile, limit });
    const golden = bench.golden && (await StrangerGolden.load(bench.golden));
    const resume = new ResumeState(options.earlier ?? []);
    resume.check(folder, golden);
    const left = [...bench.modes.entries()].filter(([index]) => !resume.isDone(index));
    let known = resume.identity;
    if (known !== undefined) this.announce(left, folder, await this.plans(known));
    for (const [index, choice] of left) {
      options.signal?.throwIfAborted();
      const dut = await this.open(choice);
      try {
        if (known === undefined) {
          const { client, identity } = await greet({ bench, choice, folder, dut, onFault: this.note });
          client.detach();
          known = identity;
          const plans = await this.plans(known);
          const meter = await dut.meter?.identify();
          options.journal.write(await this.record(folder, plans, known, golden, meter));
          for (const place of withoutSecrets(bench).places) {
            const fault = literalSecret(place);
            options.journal.write({ kind: 'fault', ...fault });
            options.onFault?.(fault);
          }
          this.announce(left, folder, plans);
        }
        const attempt = resume.nextAttempt(index);
        await this.block({ index, attempt, choice, folder, dut, known, golden });
      } finally {
        await dut.close();
      }
    }
  }

  private plans({ model }: MlperfIdentity): Promise<ModePlan[]> {
    return Promise.all(this.bench.modes.map(mode => planOf(mode, model, this.bench)));
  }

  private announce(
    left: readonly [number, MlperfModeChoice][],
    { samples }: MlperfFolder,
    plans: readonly ModePlan[],
  ): void {
    const inputs = left.map(([at]) => plans[at].loops).map(n => (n === 'all' ? samples.length : n));
    this.options.onPlan?.(
      left.length,
      inputs.reduce((a, b) => a + b, 0),
    );
  }

  private async block(block: StrangerBlock): Promise<void> {
    const { index, attempt, choice, folder, dut, known, golden } = block;
    const { bench, options } = this;
    const { journal } = options;
    const { model } = known;
    const key = this.keyOf(choice, model);
    journal.write({ kind: 'block-start', block: index, attempt, key });
    options.onBlockStart?.(key);
    const results: InputResult[] = [];
    const { identity, iterations, loop } = await runMode({
      bench,
      choice,
      plan: await planOf(choice, model, bench),
      folder,
      dut,
      signal: options.signal,
      onFault: this.note,
      onInput: (_, result) => {
        results.push(result);
        options.onInputs?.(1);
      },
    });
    if (identity.model !== model)
      throw new LittlefirstError('LF_DUT_IDENTITY', 'The DUT names another model than before', {
        expected: model,
        received: identity.model,
        hint: 'firmware of both regimes must hold the same model',
      });
    if (golden !== undefined && loop === undefined)
      journal.write(await goldenRecord(golden, key, folder, results));
    this.write(index, results, iterations, loop);
    this.writeEnergy(index, results, dut);
    const valid = validity(results, choice, iterations, bench.minimumSeconds);
    journal.write({
      kind: 'block-end',
      block: index,
      valid,
      invalidity: valid === true ? undefined : 'method',
    });
    journal.sync();
    options.onBlockEnd?.(key, valid);
  }

  private write(
    block: number,
    results: readonly InputResult[],
    iterations: number,
    loop: LoopFigures | undefined,
  ): void {
    const none = results.map(() => null);
    this.options.journal.write({
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
    });
  }

  private writeEnergy(block: number, results: readonly InputResult[], dut: OpenStranger): void {
    const { journal } = this.options;
    const measured = results.flatMap(({ energy }) => (energy === undefined ? [] : [energy]));
    if (measured.length === 0 || dut.meter === undefined) return;
    const windows = measured.map(({ window }) => window);
    const zeros = windows.map(() => 0);
    journal.write({
      kind: 'energy',
      block,
      from: 0,
      gateMicrojoules: zeros,
      bigMicrojoules: zeros,
      otherMicrojoules: windows.map(({ joules, inferences }) => (joules / inferences) * 1e6),
      gateSeconds: zeros,
      bigSeconds: zeros,
      otherSeconds: windows.map(({ seconds, inferences }) => seconds / inferences),
    });
    const status = measured.map(one => one.status);
    const sum = (of: (s: (typeof status)[number]) => number) => status.reduce((total, s) => total + of(s), 0);
    journal.write({
      kind: 'block-energy',
      block,
      idleMicrowatts: 0,
      uncertainty: energyTerms(windows, dut.meter.accuracy(), status, this.bench.supplyMillivolts * 1e-3),
      samples: sum(s => s.samples),
      lostSamples: sum(s => s.lostSamples),
      ...(sum(s => s.unwatchedSamples ?? 0) === 0
        ? {}
        : { unwatchedSamples: sum(s => s.unwatchedSamples ?? 0) }),
      saturatedSamples: sum(s => s.saturatedSamples),
      problems: status.flatMap(s => s.problems),
    });
  }

  private keyOf({ mode }: MlperfModeChoice, model: string): BlockKey {
    const { board, emulated, supplyMillivolts } = this.bench;
    return {
      board,
      chip: chipOf(this.bench),
      level: { name: emulated?.level ?? 'as built', mV: supplyMillivolts, Hz: 0 },
      bundle: model,
      strategy: mode,
    };
  }

  private async record(
    folder: MlperfFolder,
    plans: readonly ModePlan[],
    identity: MlperfIdentity,
    golden: StrangerGolden | undefined,
    meter: MeterIdentity = { driver: 'none', model: 'no meter', emulated: false },
  ): Promise<Omit<CampaignRecord, 't'>> {
    const { bench } = this;
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
      id: this.options.id,
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
      plan: bench.modes.map(mode => this.keyOf(mode, identity.model)),
      periodSeconds: 0,
      thirdParty: { protocol: 'mlperf-tiny', ...identity, truth, inputs: folder.inputs },
    };
  }
}

const chipOf = ({ board, emulated }: MlperfBench): string =>
  emulated === undefined ? 'unknown' : (emulated.chip ?? board);

/** What the golden interpreter says of the inputs of a block. */
async function goldenRecord(
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

/** The class with the largest output; 255 where the DUT gives one score. */
function labelOf(outputs: readonly number[]): number {
  return outputs.length < 2 ? unscored : outputs.indexOf(Math.max(...outputs));
}

function validity(
  results: readonly InputResult[],
  { mode }: MlperfModeChoice,
  iterations: number,
  minimumSeconds: number,
): true | string {
  if (mode === 'accuracy') return true;
  const windows = results.map(({ seconds }) => (seconds ?? 0) * iterations);
  const shortest = Math.min(...windows);
  if (shortest < minimumSeconds)
    return `a window of ${shortest.toFixed(3)} s is shorter than ${minimumSeconds} s: raise iterations`;
  const lossy = results.find(
    ({ energy }) =>
      energy !== undefined && energy.window.bridgedSeconds > maxLostShare * energy.window.seconds,
  );
  if (lossy?.energy !== undefined)
    return `the meter lost ${(lossy.energy.window.bridgedSeconds * 1e3).toFixed(1)} ms of a window`;
  return watched(results);
}

/**
 * The last samples of a recording may be such that their loss shows nowhere. Where windows hold them, only the windows themselves can tell: the DUT does the same work in
 * each, so that they last equally long unless some are missing.
 */
function watched(results: readonly InputResult[]): true | string {
  const windows = results.flatMap(({ energy }) => (energy === undefined ? [] : [energy]));
  const periods = windows.map(({ window, status }) => window.recordedSeconds / Math.max(1, status.samples));
  const unknown = windows.map(
    ({ window, status }, i) =>
      Math.max(0, (status.unwatchedSamples ?? 0) * periods[i] - window.tailSeconds) / window.seconds,
  );
  if (Math.max(0, ...unknown) <= maxLostShare) return true;
  const seconds = windows.map(({ window }) => window.seconds);
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  if (windows.length > 1 && most - least <= maxLostShare * most + 2 * Math.max(...periods)) return true;
  const share = `${(Math.max(...unknown) * 100).toPrecision(3)} % of a window`;
  return windows.length < 2
    ? `whether the meter lost samples is unknown for ${share}: measure more than one input`
    : `whether the meter lost samples is unknown for ${share}, and windows last ${least.toPrecision(5)} to ${most.toPrecision(5)} s: take a faster meter, or loopOver`;
}
