import { asLittlefirstError, type LittlefirstError } from '../errors.js';
import { traced } from '../host/trace.js';
import type { MeterIdentity } from '../measure/meter/meter.js';
import type { Journal } from '../record/journal/journal.js';
import type { BlockKey, ColdStart, Invalidity } from '../record/journal/records.js';
import type { DutIdentity } from '../wire/dut/replies.js';
import type { DutFault } from '../wire/dut/stream.js';
import type { FlashReport } from '../wire/flash/flasher.js';
import type { PreparedBench } from './bench/prepare.js';
import type { EnergySoFar } from './block-meter.js';
import { KnownLoadSession } from './known-load-session.js';
import type { OpenDut, OpenDutOptions } from './open/dut.js';
import { expectedIdentity, identifies } from './open/identity.js';
import { openDut } from './open/open.js';
import { blockKey, type PlannedBlock } from './plan.js';
import { type RecoveryBudgets, recoverDut } from './recovery.js';
import { type BlockStage, runBlock } from './run-block.js';
import { type Undervolted, undervolted } from './undervolted.js';

export type Fault = DutFault;

/** Whose answer it is that was told, and whether it is the true label, where there is one. */
export interface Answered {
  /** The block's place in the queue, from 0. */
  position: number;
  isCorrect?: boolean;
}

/** What is told while blocks are measured. */
export interface StationEvents {
  onFlash?: (bundle: string, report: FlashReport) => void;
  onBlockStart?: (key: BlockKey, position: number, attempt: number) => void;
  onWindows?: (count: number, answered: Answered) => void;
  /** The meter has seen another window of a block under way. */
  onEnergy?: (soFar: EnergySoFar, position: number) => void;
  onBlockEnd?: (key: BlockKey, valid: true | string, position: number) => void;
  onFault?: (fault: Fault) => void;
  /** A step of a recovery was given more time, milliseconds: the host had no processor for it. */
  onExtended?: (step: string, milliseconds: number) => void;
}

export interface StationOptions extends StationEvents, Omit<OpenDutOptions, 'onFault'> {
  journal: Journal;
  /** Ends what is under way; its reason is what `run` then throws. */
  signal: AbortSignal;
  /** Budgets of the steps of a recovery, where the usual ones do not suit. */
  recovery?: Partial<RecoveryBudgets>;
}

/** A planned block, its place among those still to be measured, and the number of its first attempt. */
export interface QueuedBlock {
  block: PlannedBlock;
  position: number;
  firstAttempt: number;
}

/** How an attempt at a block ended. */
type BlockOutcome = { valid: true; invalidity?: undefined } | { valid: string; invalidity: Invalidity };

const maxAttempts = 2;
/** Errors that neither a recovery nor a repetition can mend: the bench itself must be put right first. */
const fatal: ReadonlySet<string> = new Set([
  'LF_LINK_OPEN',
  'LF_LINK_BUSY',
  'LF_EMULATOR_FAILED',
  'LF_FLASH_FAILED',
  'LF_FLASH_VERIFY',
  'LF_JOURNAL',
  'LF_INTERNAL',
]);

/** A block that bench, DUT or meter broke. */
const broken = ({ code, message }: LittlefirstError, phase: string): BlockOutcome => ({
  valid: `${code} in "${phase}": ${message.split('\n')[0]}`,
  invalidity: 'broken',
});

/** One open DUT: flashes it, measures blocks on it, brings it back and repeats a block once, and writes down what went wrong. */
export class Station {
  private flashed: number | undefined;
  private current: number | undefined;
  private stage: BlockStage = 'set-up';
  /** By what the start of the DUT is known that the block began in. */
  private since: string | undefined;
  private isOpen = true;
  /** Set when nothing brought the DUT back. */
  private lost: LittlefirstError | undefined;
  private readonly knownLoad: KnownLoadSession;
  private readonly stop = (): void => this.dut.client.abort(asLittlefirstError(this.options.signal.reason));

  private constructor(
    readonly prepared: PreparedBench,
    private dut: OpenDut,
    private readonly options: StationOptions,
  ) {
    this.knownLoad = new KnownLoadSession(prepared, dut, options);
    options.signal.addEventListener('abort', this.stop, { once: true });
  }

  /** Opens a DUT. @throws LF_LINK_*, LF_EMULATOR_FAILED, LF_METER_OPEN, LF_TOOL_MISSING */
  static async open(prepared: PreparedBench, options: StationOptions): Promise<Station> {
    let station: Station | undefined;
    const onFault = (fault: Fault) => station?.fault(fault);
    const dut = await openDut(prepared, { ...options, onFault });
    station = new Station(prepared, dut, options);
    return station;
  }

  /** Starts the board anew, by its power where the bench switches that. @throws LF_POWER_FAILED and what brings the line back */
  async startAnew(): Promise<ColdStart> {
    const { power, restart = this.dut.reconnect } = this.dut;
    const { signal } = this.options;
    if (this.prepared.bench.link === 'emulated:') return 'new';
    if (power === undefined && restart === undefined) return 'none';
    try {
      await (power === undefined ? restart?.call(this.dut, signal) : power.cycle(signal));
    } catch (error) {
      /* An empty board has no port of its own until it is flashed. */
      const { code } = asLittlefirstError(error);
      if (this.dut.flash === undefined || code !== 'LF_DEVICE_MISSING') throw error;
    }
    return power === undefined ? 'restart' : 'power';
  }

  async meterIdentity(): Promise<MeterIdentity | undefined> {
    return this.dut.meter?.identify();
  }

  /** Measures a block, a second time if the first fails in a way that may pass. @throws errors that end the campaign */
  async run(queued: QueuedBlock): Promise<void> {
    if (queued.block.bundle !== this.flashed) await this.flash(queued.block.bundle);
    const { board, chip, level, bundle, strategy } = blockKey(this.prepared, queued.block);
    const attributes = {
      ...{ 'littlefirst.board': board, 'littlefirst.chip': chip, 'littlefirst.level': level.name },
      ...{ 'littlefirst.bundle': bundle, 'littlefirst.strategy': strategy },
    };
    return traced('block', { parent: this.options.trace, attributes }, () => this.measure(queued));
  }

  private async measure({ block, position, firstAttempt }: QueuedBlock): Promise<void> {
    const { journal, onBlockStart, onBlockEnd } = this.options;
    const key = blockKey(this.prepared, block);
    const fault = undervolted(this.prepared, block);
    for (let attempt = firstAttempt; ; attempt += 1) {
      journal.write({ kind: 'block-start', block: block.index, attempt, pass: block.pass, key });
      this.current = block.index;
      onBlockStart?.(key, position, attempt);
      if (fault !== undefined && attempt === firstAttempt) this.fault(fault.fault);
      const last = attempt - firstAttempt + 1 === maxAttempts;
      const loadVerdict = await this.knownLoad.begin();
      const { valid, invalidity } =
        loadVerdict === true
          ? await this.tryBlock({ block, position }, attempt, last, fault)
          : this.refuse(loadVerdict, position);
      this.current = undefined;
      if (loadVerdict === true) this.knownLoad.add(block.index);
      if (loadVerdict === true && valid !== true && !last && this.lost === undefined) continue;
      journal.write({ kind: 'block-end', block: block.index, pass: block.pass, valid, invalidity });
      journal.sync();
      onBlockEnd?.(key, valid, position);
      if (this.lost !== undefined) throw this.lost;
      return;
    }
  }

  /** Ends the session of a meter whose blocks are all measured: checks the known load once more. */
  async finish(): Promise<void> {
    const valid = await this.knownLoad.finish();
    if (valid !== true)
      this.fault({ code: 'LF_METER_CHECK', message: valid, action: 'all blocks of this session invalid' });
  }

  /** A block that is not even measured. */
  private refuse(reason: string, position: number): BlockOutcome {
    this.fault({ code: 'LF_METER_CHECK', message: reason, action: 'block not measured' });
    this.options.onWindows?.(this.prepared.windows.starts.length, { position });
    return { valid: reason, invalidity: 'broken' };
  }

  async close(): Promise<void> {
    this.options.signal.removeEventListener('abort', this.stop);
    if (this.isOpen) await this.dut.close();
  }

  private async flash(index: number): Promise<void> {
    const bundle = this.prepared.bundles[index];
    const span = { parent: this.options.trace, attributes: { 'littlefirst.bundle': bundle.name } };
    const report = this.dut.flash && (await traced('flash', span, async () => this.dut.flash?.(bundle.blob)));
    if (report !== undefined) this.options.onFlash?.(bundle.name, report);
    this.flashed = index;
  }

  private async tryBlock(
    { block, position }: Pick<QueuedBlock, 'block' | 'position'>,
    attempt: number,
    last: boolean,
    fault: Undervolted | undefined,
  ): Promise<BlockOutcome> {
    const { journal, onWindows, onEnergy, signal } = this.options;
    let answered = 0;
    try {
      const valid = await runBlock({
        prepared: this.prepared,
        dut: this.dut,
        journal,
        block,
        attempt,
        signal,
        onStage: stage => {
          this.stage = stage;
        },
        onStart: since => {
          this.since = since;
        },
        fault,
        onWindows: (count, isCorrect) => {
          answered += count;
          onWindows?.(count, { position, isCorrect });
        },
        onEnergy: onEnergy && (soFar => onEnergy(soFar, position)),
      });
      if (valid !== true)
        this.fault({
          code: 'LF_METER_CHECK',
          message: valid,
          action: last ? 'block invalid' : 'block repeated',
        });
      if (valid !== true && !last) onWindows?.(-answered, { position });
      return valid === true ? { valid } : { valid, invalidity: 'method' };
    } catch (error) {
      signal.throwIfAborted();
      const known = await this.reasonOf(error);
      const phase = String(known.detail.fields?.phase ?? this.stage);
      if (known.code === 'LF_EMULATOR_FAILED' && !last && this.canReplaceMachine()) {
        await this.replaceMachine(phase, known, block);
        onWindows?.(-answered, { position });
        return broken(known, phase);
      }
      if (this.isFatal(known)) throw known;
      this.fault({
        code: known.code,
        message: known.message,
        action: `failed in "${phase}": recovery, then ${last ? 'the block is invalid' : 'the block again'}`,
      });
      this.lost = await this.recover(phase, known, block);
      signal.throwIfAborted();
      const ends = last || this.lost !== undefined;
      onWindows?.(ends ? this.prepared.windows.starts.length - answered : -answered, { position });
      return broken(known, phase);
    }
  }

  /** A new machine brings a new meter: blocks that one known-load session holds together cannot be shared between two. */
  private canReplaceMachine(): boolean {
    const { link, meter } = this.prepared.bench;
    return link === 'emulated:' && meter.knownLoad === undefined;
  }

  /** An emulator that ended: another one, flashed, as a real board's power would be cycled. @throws when there is none to be had */
  private async replaceMachine(phase: string, cause: LittlefirstError, block: PlannedBlock): Promise<void> {
    const { code, message } = cause;
    this.fault({ code, message, action: `failed in "${phase}": a new machine, then the block again` });
    this.isOpen = false;
    await this.dut.close().catch(() => undefined);
    this.dut = await openDut(this.prepared, { ...this.options, onFault: fault => this.fault(fault) });
    this.isOpen = true;
    this.options.signal.throwIfAborted();
    await this.flash(block.bundle);
    this.since = undefined;
    this.fault({ code, message, action: `recovery after "${phase}": new machine done` });
  }

  /** A board that lost its line or its image can be helped where the bench can open or flash it again. */
  private isFatal({ code, actor }: LittlefirstError): boolean {
    if (code === 'LF_LINK_LOST') return this.dut.reconnect === undefined;
    if (code === 'LF_DUT_IDENTITY') return this.dut.flash === undefined;
    return fatal.has(code) || actor === 'user';
  }

  /** Brings the DUT back after a failure. @returns why it could not be */
  private async recover(
    phase: string,
    cause: LittlefirstError,
    block: PlannedBlock,
  ): Promise<LittlefirstError | undefined> {
    const { dut } = this;
    const { power, flash, restart = dut.reconnect } = dut;
    const bundle = this.prepared.bundles[block.bundle];
    try {
      await recoverDut(phase, cause, {
        identify: async signal => {
          const identity = await dut.client.sync(signal);
          this.noteRestart(identity, phase, cause);
          return identifies(identity, expectedIdentity(this.prepared, bundle));
        },
        powerCycle: power && (signal => power.cycle(signal)),
        restart: restart && (signal => restart.call(dut, signal)),
        flash: flash && (async signal => void (await flash.call(dut, bundle.blob, signal))),
        onFault: fault => this.fault(fault),
        onExtended: this.options.onExtended,
        budgets: this.options.recovery,
        boardClock: dut.boardClock,
        signal: this.options.signal,
      });
      return undefined;
    } catch (error) {
      return asLittlefirstError(error);
    }
  }

  /** A board that started anew by itself says why: the cause of what failed. After a recovery's own step nothing is to be noted. */
  private noteRestart({ since, resetReason }: DutIdentity, phase: string, cause: LittlefirstError): void {
    const before = this.since;
    this.since = since;
    if (resetReason === undefined || before === undefined || since === before) return;
    this.fault({
      code: cause.code,
      message: `The DUT restarted by itself since the block began: ${resetReason}`,
      action: `cause of the failure in "${phase}"`,
    });
  }

  /** An emulator that died shows as a broken line first; its own words say more. */
  private async reasonOf(error: unknown): Promise<LittlefirstError> {
    const known = asLittlefirstError(error);
    if (known.code !== 'LF_LINK_LOST') return known;
    return (await this.dut.settle().catch(asLittlefirstError)) ?? known;
  }

  private fault(fault: Fault): void {
    const { isDetail, ...written } = fault;
    if (isDetail !== true) this.options.journal.write({ kind: 'fault', block: this.current, ...written });
    this.options.onFault?.(fault);
  }
}
