import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import type { Journal } from '../../record/journal/journal.js';
import type { BlockKey, JournalRecord } from '../../record/journal/records.js';
import { otherRateFault } from '../../record/meter-text.js';
import type { MlperfIdentity } from '../../wire/dut/mlperf/client.js';
import { loadMlperfFolder, type MlperfFolder } from '../../wire/dut/mlperf/folder.js';
import type { DutFault } from '../../wire/dut/stream.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import { literalSecret, withoutSecrets } from '../secrets.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import type { InputResult } from './energy/stamped.js';
import { StrangerGolden } from './golden.js';
import { greet, runMode } from './modes.js';
import { StrangerLines } from './open.js';
import { energyRecords, goldenRecord, strangerKey, strangerRecord, windowsRecord } from './records.js';
import { ResumeState } from './resume.js';
import { type ModePlan, planOf } from './rules.js';
import type { OpenStranger } from './stranger.js';
import { validity } from './validity.js';

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
          options.journal.write(await strangerRecord(bench, options.id, folder, plans, known, golden, meter));
          const rateFault = meter && otherRateFault(meter);
          const secretFaults = withoutSecrets(bench).places.map(literalSecret);
          for (const fault of [...(rateFault ? [rateFault] : []), ...secretFaults]) {
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
    const key = strangerKey(bench, choice, model);
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
    journal.write(windowsRecord(index, results, iterations, loop));
    if (dut.meter !== undefined) {
      const volts = bench.supplyMillivolts * 1e-3;
      for (const record of energyRecords(index, results, dut.meter, volts)) journal.write(record);
    }
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
}
