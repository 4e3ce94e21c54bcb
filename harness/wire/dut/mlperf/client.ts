import { LittlefirstError } from '../../../errors.js';
import type { BoardClock } from '../../../host/budget.js';
import type { Link } from '../../link/open.js';
import { type Budgets, defaultBudgets, type Phase } from '../budgets.js';
import { replyError } from '../replies.js';
import type { DutFault } from '../stream.js';
import { bytesPerCommand, MlperfLine, type MlperfRoute } from './line.js';
import { awaitBoard, syncAttempts, synchronise } from './sync.js';
import { between, isSpoilt, laps, parseResults } from './values.js';

/** What an MLPerf Tiny DUT says of itself. */
export interface MlperfIdentity {
  name: string;
  profile: string;
  model: string;
}

/** Answer of `infer N W`. */
export interface MlperfInference {
  /** One number a class, or one score. */
  results: number[];
  /** Between the two time stamps, by the DUT's own clock, microseconds; null in the energy regime, which pulses a pin instead. */
  microseconds: number | null;
}

export interface MlperfClientOptions {
  /** Default: direct. */
  route?: MlperfRoute;
  budgets?: Partial<Budgets>;
  boardClock?: BoardClock;
  /** Numbers that one inference gives, where it is known. */
  outputs?: number;
  /** Told of everything that went wrong and was put right. */
  onFault?: (fault: DutFault) => void;
  /** Largest buffer that `sync` asks for, bytes: no more than the DUT's input. Default 64. */
  syncBytes?: number;
}

/** Times that a command is tried which something else on the line has spoilt. */
const attempts = 3;

/**
 * Client of any DUT with the MLPerf Tiny API (mlcommons/tiny, benchmark/api/internally_implemented.cpp), ours or not: the
 * commands and checks of the stock runner, and more: errors of the DUT (`e-[...]`) are errors here, a load that does not end
 * in `m-load-done` is one, and so is a reply that does not echo its numbers. A DUT of this kind has no nonce and no checksum:
 * `sync` uses the echo of `db load` as one. CR, LF or a bare `%` are never sent: the reference firmware takes them into the
 * next command, or crashes. Errors: LF_DUT_TIMEOUT, LF_DUT_REPLY, LF_DUT_ERROR, LF_LINK_LOST.
 */
export class MlperfClient {
  private readonly line: MlperfLine;
  private readonly budgets: Budgets;
  private readonly syncBytes: number;
  private readonly outputs: number | undefined;
  private readonly onFault: (fault: DutFault) => void;
  /** What was loaded last. */
  private input: Uint8Array | undefined;

  constructor(link: Link, options: MlperfClientOptions = {}) {
    this.line = new MlperfLine(link, options.route ?? 'direct', options.boardClock);
    this.budgets = { ...defaultBudgets, ...options.budgets };
    this.syncBytes = options.syncBytes ?? 64;
    this.outputs = options.outputs;
    this.onFault = options.onFault ?? (() => {});
  }

  /** Brings both sides to "the DUT waits for a command". @throws LF_DUT_TIMEOUT, LF_DUT_REPLY, LF_LINK_LOST */
  async sync(): Promise<void> {
    const { syncBytes: mostBytes, onFault } = this;
    await synchronise(this.line, { milliseconds: this.budgets.sync, mostBytes, onFault });
  }

  /** `name` and `profile`. */
  async identify(): Promise<MlperfIdentity> {
    return this.retry(() => this.tryToIdentify(), { afterSilence: true });
  }

  private async tryToIdentify(): Promise<MlperfIdentity> {
    const name = this.field(
      await this.command('name', 'name'),
      /^m-name-dut-\[([^\]]+)\]$/,
      'm-name-dut-[...]',
    );
    const lines = await this.command('profile', 'name');
    return {
      name,
      profile: this.field(lines, /^m-profile-\[([^\]]+)\]$/, 'm-profile-[...]'),
      model: this.field(lines, /^m-model-\[([^\]]+)\]$/, 'm-model-[...]'),
    };
  }

  /** Any other command. @returns its reply lines before `m-ready`, which may be errors */
  async raw(command: string): Promise<string[]> {
    return this.line.exchange(command, 'name', this.budgets.name);
  }

  /** Fills the DUT's input buffer; from its beginning again where something spoilt a command of it. */
  async load(bytes: Uint8Array): Promise<void> {
    this.input = bytes;
    await this.retry(() => this.tryToLoad(bytes), { afterSilence: true });
  }

  private async tryToLoad(bytes: Uint8Array): Promise<void> {
    const expecting = `m-[Expecting ${bytes.length} bytes]`;
    const first = await this.command(`db load ${bytes.length}`, 'load');
    if (!first.includes(expecting))
      throw replyError('The DUT expects other input', expecting, first.join(' | ') || 'nothing');
    const step = bytesPerCommand[this.line.route];
    for (let from = 0; from < bytes.length; from += step) {
      const part = bytes.subarray(from, from + step);
      const lines = await this.command(`db ${Buffer.from(part).toString('hex')}`, 'load');
      const done = lines.includes('m-load-done');
      if (done !== from + step >= bytes.length)
        throw replyError(
          `The DUT ${done ? 'has its input too soon' : 'lost a part of its input'}`,
          'm-load-done after the last part',
          `${lines.join(' | ') || 'nothing'} after byte ${from + part.length}`,
        );
    }
  }

  /** A time stamp: microseconds of the DUT's clock, or null when it pulses a pin. */
  async timestamp(): Promise<number | null> {
    return laps(await this.command('timestamp', 'name')).at(0) ?? null;
  }

  /**
   * Runs inferences on the loaded input.
   * @param count how many between the time stamps
   * @param warmups how many before; always sent, because firmware and its help disagree about the default
   * @param milliseconds how long all of it may take
   */
  async infer(count: number, warmups: number, milliseconds = this.budgets.infer): Promise<MlperfInference> {
    return this.retry(() => this.tryToInfer(count, warmups, milliseconds), { reloads: true });
  }

  private async tryToInfer(count: number, warmups: number, milliseconds: number): Promise<MlperfInference> {
    const lines = await this.command(`infer ${count} ${warmups}`, 'infer', milliseconds);
    for (const expected of [
      `m-warmup-start-${warmups}`,
      'm-warmup-done',
      `m-infer-start-${count}`,
      'm-infer-done',
    ])
      if (!lines.includes(expected))
        throw replyError('The reply of "infer" is incomplete', expected, lines.join(' | '));
    const results = parseResults(
      this.field(lines, /^m-results-\[([^\]]+)\]$/, 'm-results-[...]'),
      this.outputs,
    );
    const stamps = laps(lines);
    if (stamps.length !== 0 && stamps.length !== 2)
      throw replyError(
        '"infer" gave a wrong number of time stamps',
        'two, or none in the energy regime',
        lines.join(' | '),
      );
    return { results, microseconds: stamps.length === 0 ? null : between(stamps[0], stamps[1]) };
  }

  /**
   * Sets the rate between interface board and DUT (`setbaud`, which restarts the board). Only with that route.
   * @param baudRate bits per second; nothing happens when `checkbaud` says it already
   */
  async setInterfaceBaud(baudRate: number): Promise<void> {
    const said = (await this.line.boardCommand('checkbaud', this.budgets.name)).join(' ');
    if (said.includes(`baud is: ${baudRate}`)) return;
    await this.line.boardCommand(`setbaud ${baudRate}`, this.budgets.name);
    await awaitBoard(this.line, this.budgets.sync / syncAttempts);
  }

  /** Ends every wait with `reason`. */
  abort(reason: Error): void {
    this.line.abort(reason);
  }

  /** Leaves the link open for others. */
  detach(): void {
    this.line.detach();
  }

  private async command(text: string, phase: Phase, milliseconds = this.budgets[phase]): Promise<string[]> {
    const lines = await this.line.exchange(text, phase, milliseconds);
    if (lines.some(line => line.startsWith('m-init-done')))
      throw new LittlefirstError('LF_DUT_REPLY', 'The DUT restarted by itself', {
        expected: `the reply to "${text.slice(0, 40)}"`,
        received: lines.join(' | '),
        hint: 'check the supply, and that nothing toggles its reset line',
        fields: { restarted: true },
      });
    const refusal = lines.find(line => line.startsWith('e-[') || line.startsWith('Supplied buffer size'));
    if (refusal === undefined) return lines;
    throw new LittlefirstError('LF_DUT_ERROR', `The DUT refuses "${text.slice(0, 40)}"`, {
      expected: 'the command to be carried out',
      received: refusal,
      hint: 'does the data folder fit the model that the DUT names?',
      fields: { spoilt: isSpoilt(text, refusal) },
    });
  }

  /**
   * Tries again what bytes of somebody else spoilt: the DUT then refuses another command than it was sent, or gives a reply that lacks
   * something. Every command may be repeated.
   * @param options.afterSilence also where no answer came: a lost `%` ends no command
   * @param options.reloads the work needs the input, which a sync takes away
   */
  private async retry<T>(
    work: () => Promise<T>,
    options: { afterSilence?: boolean; reloads?: boolean },
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LittlefirstError)) throw error;
        const { spoilt, restarted } = error.detail.fields ?? {};
        const isPassing =
          spoilt === true ||
          (error.code === 'LF_DUT_REPLY' && restarted !== true) ||
          (error.code === 'LF_DUT_TIMEOUT' && options.afterSilence === true);
        if (!isPassing || attempt === attempts) throw this.line.explain(error);
        this.onFault({ code: error.code, message: error.message, action: 're-synchronised, tried again' });
        await this.sync();
        if (options.reloads && this.input !== undefined) await this.tryToLoad(this.input);
      }
    }
  }

  private field(lines: string[], pattern: RegExp, expected: string): string {
    for (const line of lines) {
      const match = pattern.exec(line);
      if (match !== null) return match[1];
    }
    throw replyError('A line of the reply is missing', expected, lines.join(' | ') || 'nothing');
  }
}
