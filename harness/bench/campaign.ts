import { asLittlefirstError, type LittlefirstError } from '../errors.js';
import type { FlashReport } from '../flash/flasher.js';
import { campaignRecord } from './campaign-record.js';
import { goldenAnswers } from './golden-answers.js';
import type { Journal, NewRecord } from './journal.js';
import type { BlockKey, JournalRecord } from './journal-records.js';
import { type OpenDut, type OpenDutOptions, openDut } from './open-dut.js';
import { type PlannedBlock, planBlocks } from './plan.js';
import type { PreparedBench } from './prepare.js';
import { runBlock } from './run-block.js';

/** What a campaign tells while it runs. */
export interface CampaignEvents {
  onPlan?: (blocks: number, windows: number) => void;
  onFlash?: (bundle: string, report: FlashReport) => void;
  onBlockStart?: (key: BlockKey, position: number, attempt: number) => void;
  onWindows?: (count: number) => void;
  onBlockEnd?: (key: BlockKey, valid: true | string) => void;
  onFault?: (fault: { code: string; message: string; action: string }) => void;
}

export interface CampaignOptions extends CampaignEvents, Omit<OpenDutOptions, 'onFault'> {
  id: string;
  journal: Journal;
  /** Records of the run that is being resumed. */
  earlier?: readonly JournalRecord[];
  signal?: AbortSignal;
}

const maxAttempts = 2;
/** Errors that repeating a block cannot mend: the bench itself must be put right first. */
const fatal: ReadonlySet<string> = new Set([
  'LF_DUT_IDENTITY',
  'LF_LINK_LOST',
  'LF_LINK_OPEN',
  'LF_LINK_BUSY',
  'LF_EMULATOR_FAILED',
  'LF_FLASH_FAILED',
  'LF_FLASH_VERIFY',
  'LF_JOURNAL',
  'LF_INTERNAL',
]);

/** Collects all blocks of a prepared bench into a journal; evaluates nothing. */
export class Campaign {
  private readonly plan: PlannedBlock[];
  private readonly done = new Set<number>();
  private readonly attempts = new Map<number, number>();
  private readonly goldenDone = new Set<string>();
  private dut: OpenDut | undefined;
  private current: number | undefined;

  constructor(
    private readonly prepared: PreparedBench,
    private readonly options: CampaignOptions,
  ) {
    const strategies = prepared.bundles.map(bundle => bundle.strategies);
    const all = planBlocks({ strategies, levels: prepared.levels.length }, prepared.bench.seed);
    this.plan = all.map(block => ({ ...block, level: prepared.levels[block.level] }));
    for (const record of options.earlier ?? []) this.remember(record);
  }

  /**
   * Runs what is not yet in the journal.
   * @throws errors that end the campaign; the journal then says `aborted` and can be resumed
   */
  async run(): Promise<void> {
    const { journal, signal } = this.options;
    const golden = new AbortController();
    const stop = () => this.dut?.client.abort(asLittlefirstError(signal?.reason));
    signal?.addEventListener('abort', stop, { once: true });
    let outcome: 'complete' | 'aborted' = 'aborted';
    try {
      const { budgets, createMachine } = this.options;
      this.dut = await openDut(this.prepared, {
        budgets,
        createMachine,
        onFault: fault => this.fault(fault),
      });
      if (this.options.earlier === undefined) await this.begin();
      const answers = this.computeGolden(golden.signal);
      answers.catch(() => {});
      await this.runBlocks();
      await answers;
      outcome = 'complete';
    } catch (error) {
      const known = asLittlefirstError(error);
      this.fault({
        code: known.code,
        message: known.message,
        action: 'the campaign ended; it can be resumed',
      });
      throw known;
    } finally {
      golden.abort();
      signal?.removeEventListener('abort', stop);
      await this.dut?.close();
      journal.write({ kind: 'finish', outcome });
      journal.sync();
    }
  }

  private remember(record: JournalRecord): void {
    if (record.kind === 'golden') this.goldenDone.add(`${record.bundle}/${record.strategy}`);
    if (record.kind === 'block-start') {
      this.attempts.set(record.block, record.attempt);
      this.done.delete(record.block);
    }
    if (record.kind === 'block-end' && record.valid === true) this.done.add(record.block);
  }

  private async begin(): Promise<void> {
    const meter = await this.dut?.meter?.identify();
    this.options.journal.write(await campaignRecord(this.prepared, this.options.id, meter));
  }

  private async computeGolden(signal: AbortSignal): Promise<void> {
    const { bundles, models, windows } = this.prepared;
    for (const bundle of bundles) {
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

  private async runBlocks(): Promise<void> {
    const missing = this.plan.filter(block => !this.done.has(block.index));
    this.options.onPlan?.(missing.length, missing.length * this.prepared.windows.starts.length);
    let flashed: number | undefined;
    for (const [position, block] of missing.entries()) {
      this.options.signal?.throwIfAborted();
      if (block.bundle !== flashed) await this.flash(block.bundle);
      flashed = block.bundle;
      await this.attempt(block, position);
    }
  }

  private async flash(index: number): Promise<void> {
    const bundle = this.prepared.bundles[index];
    const report = await this.dut?.flash?.(bundle.blob);
    if (report !== undefined) this.options.onFlash?.(bundle.name, report);
  }

  /** Runs one block, a second time if the first fails in a way that may pass. */
  private async attempt(block: PlannedBlock, position: number): Promise<void> {
    const { journal, onBlockStart, onBlockEnd } = this.options;
    const key = this.keyOf(block);
    const first = (this.attempts.get(block.index) ?? 0) + 1;
    for (let attempt = first; ; attempt += 1) {
      journal.write({ kind: 'block-start', block: block.index, attempt, key });
      this.current = block.index;
      onBlockStart?.(key, position, attempt);
      const last = attempt - first + 1 === maxAttempts;
      const valid = await this.tryBlock(block, last);
      this.current = undefined;
      if (valid !== true && !last) continue;
      journal.write({ kind: 'block-end', block: block.index, valid });
      journal.sync();
      onBlockEnd?.(key, valid);
      return;
    }
  }

  private async tryBlock(block: PlannedBlock, last: boolean): Promise<true | string> {
    const { journal, onWindows, signal } = this.options;
    let answered = 0;
    try {
      const valid = await runBlock({
        prepared: this.prepared,
        dut: this.dut!,
        journal,
        block,
        signal,
        onWindows: count => {
          answered += count;
          onWindows?.(count);
        },
      });
      if (valid !== true)
        this.fault({
          code: 'LF_METER_CHECK',
          message: valid,
          action: last ? 'block invalid' : 'block repeated',
        });
      if (valid !== true && !last) onWindows?.(-answered);
      return valid;
    } catch (error) {
      signal?.throwIfAborted();
      const known = await this.reasonOf(error);
      if (fatal.has(known.code) || known.actor === 'user') throw known;
      this.fault({
        code: known.code,
        message: known.message,
        action: last ? 'block invalid' : 'board restarted, block repeated',
      });
      onWindows?.(last ? this.prepared.windows.starts.length - answered : -answered);
      if (!last) await this.dut?.restart?.();
      return `${known.code}: ${known.message.split('\n')[0]}`;
    }
  }

  /** An emulator that died shows as a broken line first; its own words say more. */
  private async reasonOf(error: unknown): Promise<LittlefirstError> {
    const known = asLittlefirstError(error);
    if (known.code !== 'LF_LINK_LOST') return known;
    return (await this.dut?.settle().catch(asLittlefirstError)) ?? known;
  }

  private fault(fault: { code: string; message: string; action: string }): void {
    const record: NewRecord = { kind: 'fault', block: this.current, ...fault };
    this.options.journal.write(record);
    this.options.onFault?.(fault);
  }

  private keyOf(block: PlannedBlock): BlockKey {
    const { board, chip, boardLevels, bundles } = this.prepared;
    const level = boardLevels[block.level];
    return {
      board: board.name,
      chip: chip.name,
      level: { name: level.name, mV: level.millivolts.value, Hz: level.hertz.value },
      bundle: bundles[block.bundle].name,
      strategy: block.strategy,
    };
  }
}
