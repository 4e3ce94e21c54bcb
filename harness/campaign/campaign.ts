import { isDeepStrictEqual } from 'node:util';
import { asLittlefirstError, LittlefirstError } from '../errors.js';
import { campaignOf } from '../record/campaign-of.js';
import type { Journal } from '../record/journal/journal.js';
import type { BlockKey, JournalRecord, Lease } from '../record/journal/records.js';
import { otherRateFault } from '../record/meter-text.js';
import type { HeldPlace } from '../wire/labgrid/place.js';
import type { PreparedCampaign } from './bench/prepare.js';
import { campaignRecord, checkSameMeter } from './campaign-record.js';
import { goldenAnswers } from './golden-answers.js';
import { machinesFor } from './machines.js';
import type { OpenDutOptions } from './open/dut.js';
import { whileHeld } from './open/place.js';
import { blockKey, type PlannedBlock, planBlocks } from './plan.js';
import { literalSecret, withoutSecrets } from './secrets.js';
import { type QueuedBlock, Station, type StationEvents, type StationOptions } from './station.js';

/** What a campaign tells while it runs. */
export interface CampaignEvents extends StationEvents {
  /** @param queue the blocks that are still to be measured, each by its place */
  onPlan?: (blocks: number, windows: number, queue: readonly BlockKey[]) => void;
  /** Something beside the campaign, e.g. that a place of labgrid is waited for. */
  onNote?: (text: string) => void;
}

export interface CampaignOptions extends CampaignEvents, Omit<OpenDutOptions, 'onFault'> {
  id: string;
  journal: Journal;
  /** Records of the run that is being resumed. */
  earlier?: readonly JournalRecord[];
  signal?: AbortSignal;
  /** The lease of a device farm that the campaign is collected under. */
  lease?: Lease;
  /** Start each board anew before its first block: whoever had it before may have left it in any state. */
  isStartedAnew?: boolean;
  /** Budgets of the steps of a recovery, where the usual ones do not suit. */
  recovery?: StationOptions['recovery'];
  /** Most emulated machines at a time; default: one a core, four at most. */
  machines?: number;
}

/** Name of one measurement of a block. */
const measurement = (block: number, pass = 1): string => `${block}/${pass}`;

/** Collects all blocks of a prepared bench into a journal; evaluates nothing. */
export class Campaign {
  private readonly plan: PlannedBlock[];
  /** Measurements, by block and pass. */
  private readonly done = new Set<string>();
  private readonly attempts = new Map<string, number>();
  private readonly goldenDone = new Set<string>();
  /** The journal says what is being measured. */
  private begun: boolean;

  constructor(
    private readonly prepared: PreparedCampaign,
    private readonly options: CampaignOptions,
  ) {
    const counts = prepared.duts.map(({ bundles, levels, schedules }) => ({
      strategies: bundles.map(bundle => bundle.atAllLevels),
      levels: levels.length,
      schedules,
    }));
    this.plan = planBlocks(counts, prepared.bench.seed, prepared.bench.passes).map(block => ({
      ...block,
      level: block.isFixed ? block.level : prepared.duts[block.dut].levels[block.level],
    }));
    this.begun = options.earlier !== undefined;
    if (options.earlier !== undefined) this.checkPlan(options.earlier);
    for (const record of options.earlier ?? []) this.remember(record);
  }

  /** @throws LF_CONFIG_INVALID when the resumed journal planned other blocks */
  private checkPlan(earlier: readonly JournalRecord[]): void {
    const { plan, passes = 1 } = campaignOf(earlier);
    if (isDeepStrictEqual(plan, this.keys()) && passes === (this.prepared.bench.passes ?? 1)) return;
    throw new LittlefirstError('LF_CONFIG_INVALID', 'This run cannot be resumed: its plan has changed', {
      expected: `the ${plan?.length ?? 0} blocks of the journal's first line`,
      received: `${this.keys().length} blocks, or others`,
      hint: 'start a new run',
    });
  }

  /**
   * Runs what is not yet in the journal.
   * @throws LF_METER_OPEN where a resumed run finds another meter; errors that end the campaign; the journal then says `aborted` and can be resumed
   */
  async run(): Promise<void> {
    const { journal, signal: outer } = this.options;
    const halt = new AbortController();
    const pass = () => halt.abort(outer?.reason);
    if (outer?.aborted) pass();
    outer?.addEventListener('abort', pass, { once: true });
    let outcome: 'complete' | 'aborted' = 'aborted';
    try {
      await whileHeld(this.prepared.bench, this.options, (signal, place) => {
        signal?.addEventListener('abort', () => halt.abort(signal.reason), { once: true });
        return this.collect(halt, place);
      });
      outcome = 'complete';
    } catch (error) {
      const { code, message } = asLittlefirstError(error);
      const action = this.begun
        ? 'the campaign ended; it can be resumed'
        : 'the campaign did not begin; put this right and start a new run';
      const fault = { code, message, action };
      journal.write({ kind: 'fault', ...fault });
      this.options.onFault?.(fault);
      throw asLittlefirstError(error);
    } finally {
      outer?.removeEventListener('abort', pass);
      journal.write({ kind: 'finish', outcome });
      journal.sync();
    }
  }

  /** The first station begins the journal; then all stations work off one queue, the golden interpreter beside them. */
  private async collect(halt: AbortController, place: HeldPlace | undefined): Promise<void> {
    const queue = this.queue();
    const options: StationOptions = { ...this.options, signal: halt.signal, place };
    const first = await Station.open(this.prepared.duts[queue[0]?.block.dut ?? 0], options);
    try {
      await this.begin(first);
    } catch (error) {
      await first.close();
      throw error;
    }
    this.options.onPlan?.(
      queue.length,
      queue.length * this.prepared.windows.starts.length,
      queue.map(({ block }) => blockKey(this.prepared.duts[block.dut], block)),
    );
    const others = Array.from(
      { length: machinesFor(this.prepared.bench, queue.length, this.options.machines) - 1 },
      () => this.serve(queue, options),
    );
    const tasks = [this.serve(queue, options, first), ...others, this.computeGolden(halt.signal)];
    try {
      await Promise.all(tasks);
    } catch (error) {
      halt.abort(asLittlefirstError(error));
      await Promise.allSettled(tasks);
      throw error;
    }
  }

  /** Takes blocks from the queue until it is empty, opening another DUT where the next block needs one. */
  private async serve(queue: QueuedBlock[], options: StationOptions, opened?: Station): Promise<void> {
    let station = opened;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const prepared = this.prepared.duts[next.block.dut];
        if (station?.prepared !== prepared) {
          await station?.finish();
          await station?.close();
          station = undefined;
          station = await Station.open(prepared, options);
          if (this.options.isStartedAnew) await station.startAnew();
        }
        options.signal.throwIfAborted();
        await station.run(next);
      }
      await station?.finish();
    } finally {
      await station?.close();
    }
  }

  private remember(record: JournalRecord): void {
    if (record.kind === 'golden') this.goldenDone.add(`${record.bundle}/${record.strategy}`);
    if (record.kind === 'block-start') {
      this.attempts.set(measurement(record.block, record.pass), record.attempt);
      this.done.delete(measurement(record.block, record.pass));
    }
    if (record.kind === 'block-end' && record.valid === true)
      this.done.add(measurement(record.block, record.pass));
    if (record.kind === 'known-load' && record.valid !== true)
      for (const { index, pass } of this.plan)
        if (record.blocks.includes(index)) this.done.delete(measurement(index, pass));
  }

  /** The blocks of the plan by their index. */
  private keys(): BlockKey[] {
    const keys: BlockKey[] = [];
    for (const block of this.plan) keys[block.index] = blockKey(this.prepared.duts[block.dut], block);
    return keys;
  }

  /** The blocks that the journal does not have yet, in the order of the plan. */
  private queue(): QueuedBlock[] {
    return this.plan
      .filter(({ index, pass }) => !this.done.has(measurement(index, pass)))
      .map((block, position) => ({
        block,
        position,
        firstAttempt: (this.attempts.get(measurement(block.index, block.pass)) ?? 0) + 1,
      }));
  }

  private async begin(station: Station): Promise<void> {
    const { lease, isStartedAnew } = this.options;
    const coldStart = isStartedAnew ? await station.startAnew() : undefined;
    const meter = await station.meterIdentity();
    if (this.options.earlier !== undefined) return checkSameMeter(this.options.earlier, meter);
    const origin = { ...(lease && { lease }), ...(coldStart && { coldStart }) };
    this.options.journal.write(
      await campaignRecord(this.prepared, this.options.id, this.keys(), meter, origin),
    );
    this.options.journal.sync();
    this.begun = true;
    const rateFault = meter && otherRateFault(meter);
    const secretFaults = withoutSecrets(this.prepared.bench).places.map(literalSecret);
    for (const fault of [...(rateFault ? [rateFault] : []), ...secretFaults]) {
      this.options.journal.write({ kind: 'fault', ...fault });
      this.options.onFault?.(fault);
    }
  }

  private async computeGolden(signal: AbortSignal): Promise<void> {
    const { duts, models, windows } = this.prepared;
    for (const bundle of duts[0].bundles) {
      const strategies = bundle.strategies.filter(name => !this.goldenDone.has(`${bundle.name}/${name}`));
      if (strategies.length === 0) continue;
      const answers = await goldenAnswers(
        {
          folder: bundle.bundle.folder,
          models,
          strategies,
          data: bundle.windows.data,
          starts: windows.starts,
          resets: [...windows.resets],
        },
        signal,
      );
      for (const answer of answers)
        this.options.journal.write({ kind: 'golden', bundle: bundle.name, ...answer });
    }
  }
}
