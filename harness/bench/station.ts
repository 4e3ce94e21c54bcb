import { asLittlefirstError, type LittlefirstError } from '../errors.js';
import type { FlashReport } from '../flash/flasher.js';
import type { MeterIdentity } from '../meter/meter.js';
import type { Journal } from './journal.js';
import type { BlockKey } from './journal-records.js';
import { type OpenDut, type OpenDutOptions, openDut } from './open-dut.js';
import type { PlannedBlock } from './plan.js';
import type { PreparedBench } from './prepare.js';
import { runBlock } from './run-block.js';
import { type Undervolted, undervolted } from './undervolted.js';

export interface Fault {
  code: string;
  message: string;
  action: string;
}

/** What is told while blocks are measured. */
export interface StationEvents {
  onFlash?: (bundle: string, report: FlashReport) => void;
  onBlockStart?: (key: BlockKey, position: number, attempt: number) => void;
  onWindows?: (count: number) => void;
  onBlockEnd?: (key: BlockKey, valid: true | string) => void;
  onFault?: (fault: Fault) => void;
}

export interface StationOptions extends StationEvents, Omit<OpenDutOptions, 'onFault'> {
  journal: Journal;
  /** Ends what is under way; its reason is what `run` then throws. */
  signal: AbortSignal;
}

/** A planned block, its place among those still to be measured, and the number of its first attempt. */
export interface QueuedBlock {
  block: PlannedBlock;
  position: number;
  firstAttempt: number;
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

/** One open DUT: flashes it, measures blocks on it, repeats a block once, and writes down what went wrong. */
export class Station {
  private flashed: number | undefined;
  private current: number | undefined;
  private readonly stop = (): void => this.dut.client.abort(asLittlefirstError(this.options.signal.reason));

  private constructor(
    readonly prepared: PreparedBench,
    private readonly dut: OpenDut,
    private readonly options: StationOptions,
  ) {
    options.signal.addEventListener('abort', this.stop, { once: true });
  }

  /** Opens a DUT. @throws LF_LINK_*, LF_EMULATOR_FAILED, LF_METER_OPEN, LF_TOOL_MISSING */
  static async open(prepared: PreparedBench, options: StationOptions): Promise<Station> {
    const { budgets, createMachine } = options;
    let station: Station | undefined;
    const onFault = (fault: Fault) => station?.fault(fault);
    const dut = await openDut(prepared, { budgets, createMachine, onFault });
    station = new Station(prepared, dut, options);
    return station;
  }

  async meterIdentity(): Promise<MeterIdentity | undefined> {
    return this.dut.meter?.identify();
  }

  /** Measures a block, a second time if the first fails in a way that may pass. @throws errors that end the campaign */
  async run({ block, position, firstAttempt }: QueuedBlock): Promise<void> {
    const { journal, onBlockStart, onBlockEnd } = this.options;
    if (block.bundle !== this.flashed) await this.flash(block.bundle);
    const key = this.keyOf(block);
    const fault = undervolted(this.prepared, block);
    for (let attempt = firstAttempt; ; attempt += 1) {
      journal.write({ kind: 'block-start', block: block.index, attempt, key });
      this.current = block.index;
      onBlockStart?.(key, position, attempt);
      if (fault !== undefined && attempt === firstAttempt) this.fault(fault.fault);
      const last = attempt - firstAttempt + 1 === maxAttempts;
      const valid = await this.tryBlock(block, last, fault);
      this.current = undefined;
      if (valid !== true && !last) continue;
      journal.write({ kind: 'block-end', block: block.index, valid });
      journal.sync();
      onBlockEnd?.(key, valid);
      return;
    }
  }

  async close(): Promise<void> {
    this.options.signal.removeEventListener('abort', this.stop);
    await this.dut.close();
  }

  private async flash(index: number): Promise<void> {
    const bundle = this.prepared.bundles[index];
    const report = await this.dut.flash?.(bundle.blob);
    if (report !== undefined) this.options.onFlash?.(bundle.name, report);
    this.flashed = index;
  }

  private async tryBlock(
    block: PlannedBlock,
    last: boolean,
    fault: Undervolted | undefined,
  ): Promise<true | string> {
    const { journal, onWindows, signal } = this.options;
    let answered = 0;
    try {
      const valid = await runBlock({
        prepared: this.prepared,
        dut: this.dut,
        journal,
        block,
        signal,
        fault,
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
      signal.throwIfAborted();
      const known = await this.reasonOf(error);
      if (fatal.has(known.code) || known.actor === 'user') throw known;
      this.fault({
        code: known.code,
        message: known.message,
        action: last ? 'block invalid' : 'board restarted, block repeated',
      });
      onWindows?.(last ? this.prepared.windows.starts.length - answered : -answered);
      if (!last) await this.dut.restart?.();
      return `${known.code}: ${known.message.split('\n')[0]}`;
    }
  }

  /** An emulator that died shows as a broken line first; its own words say more. */
  private async reasonOf(error: unknown): Promise<LittlefirstError> {
    const known = asLittlefirstError(error);
    if (known.code !== 'LF_LINK_LOST') return known;
    return (await this.dut.settle().catch(asLittlefirstError)) ?? known;
  }

  private fault(fault: Fault): void {
    this.options.journal.write({ kind: 'fault', block: this.current, ...fault });
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
