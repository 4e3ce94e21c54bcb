import { randomBytes } from 'node:crypto';
import { LittlefirstError } from '../../errors.js';
import type { BoardClock } from '../../host/budget.js';
import { type Link, unopenedLink } from '../link/open.js';
import { type Budgets, Deadline, defaultBudgets, type Phase } from './budgets.js';
import { FrameEncoder } from './frames.js';
import { LineChannel } from './line-channel.js';
import {
  checkedText,
  type DutIdentity,
  type DutLevel,
  type LevelReadback,
  type LfReply,
  numberField,
  parseIdentity,
  parseLevel,
  parseLevelReadback,
  parseLfReply,
  parseStages,
  replyError,
  type StagesReport,
  textField,
  type WindowResult,
} from './replies.js';
import { type DutFault, type StreamCounts, StreamSession, type WindowSource } from './stream.js';

export interface DutClientOptions {
  budgets?: Partial<Budgets>;
  /** Clock that the budgets count by, for an emulated board; default: the host's. */
  boardClock?: BoardClock;
  /** Makes the nonces, 16 hexadecimal digits each; default: random ones. */
  nonce?: () => string;
  /** Told of everything that went wrong and was put right. */
  onFault?: (fault: DutFault) => void;
}

/** Result of `lf loop`: energy mode without UART traffic. */
export interface LoopResult {
  windows: number;
  /** CRC-32 (IEEE) of the label bytes, 8 hex digits. */
  labelsCrc32: string;
  cycles: number | null;
  gateRuns: number;
  bigRuns: number;
  /** From before the first window to behind the last one, by the DUT's clock, guard times included; null from older firmware. */
  microseconds: number | null;
}

export interface StreamOptions {
  quiet?: boolean;
  /** Awaited when the DUT is in streaming mode, before the first frame: the time to start a meter. */
  onReady?: () => Promise<void>;
  onResult: (result: WindowResult) => void;
}

/** Times a command is tried when its reply is damaged; every command may be repeated. */
const attempts = 3;
/** Leaves binary mode whatever state its parser is in, and ends whatever command is half typed. */
const flush = '\0\0\0%';
const firstSyncMilliseconds = 500;

/**
 * Typed client of `firmware/PROTOCOL.md`. Nothing is believed without its CRC, no wait is without a budget, and a reply
 * that does not echo its command is not its reply. Errors: LF_DUT_TIMEOUT (names the phase), LF_DUT_REPLY (damaged or
 * contradictory), LF_DUT_ERROR (the DUT refuses), LF_LINK_LOST.
 */
export class DutClient {
  private readonly channel: LineChannel;
  private readonly budgets: Budgets;
  private readonly boardClock: BoardClock | undefined;
  private readonly onFault: (fault: DutFault) => void;
  /** A fresh nonce for `id`. */
  readonly nonce: () => string;

  constructor(link: Link, options: DutClientOptions = {}) {
    this.channel = new LineChannel(link);
    this.budgets = { ...defaultBudgets, ...options.budgets };
    this.boardClock = options.boardClock;
    this.nonce = options.nonce ?? (() => randomBytes(8).toString('hex'));
    this.onFault = options.onFault ?? (() => {});
  }

  /** The line itself, for whoever tries what this client never sends; `sync` brings both sides back. */
  get line(): Pick<LineChannel, 'send' | 'next'> {
    return this.channel;
  }

  /**
   * Brings both sides to "the DUT waits for a command", whatever was going on, by asking for its identity with fresh
   * nonces until one comes back; older output is skipped by that, not by waiting.
   * @param signal ends it; nothing is sent or read afterwards
   */
  async sync(signal?: AbortSignal): Promise<DutIdentity> {
    const deadline = this.deadline('sync');
    for (let patience = firstSyncMilliseconds; ; patience *= 2) {
      const nonce = this.nonce();
      const left = deadline.left();
      signal?.throwIfAborted();
      this.channel.send(`${flush}lf id ${nonce}%`);
      const identity = await this.awaitNonce(nonce, this.patient(Math.min(patience, left), left), signal);
      if (identity !== undefined) return identity;
      /* An emulated board that hears but is not heard gets on with every question: the budget must not begin anew each time. */
      if (patience >= left || deadline.left() === 0)
        throw this.channel.explain(deadline.error(this.channel.lastLine));
    }
  }

  /** The DUT's name line (`m-name-dut-[...]`), without its brackets. */
  async name(): Promise<string> {
    return this.retry('name', async () => {
      const lines = await this.exchange('name', 'name');
      const match = lines.map(line => /^m-name-dut-\[(.*)\]$/.exec(line)).find(found => found !== null);
      if (!match) throw replyError('The DUT did not tell its name', 'm-name-dut-[...]', lines.join(' | '));
      return match[1];
    });
  }

  /** The lines of `profile%`, as they are. */
  async profile(): Promise<string[]> {
    return this.exchange('profile', 'name');
  }

  /** @param nonce 1 to 16 hex digits */
  async id(nonce: string): Promise<DutIdentity> {
    return this.command('identity', `lf id ${nonce}`, 'id', reply => {
      echoed(reply, 'nonce', nonce);
      return parseIdentity(reply);
    });
  }

  async levels(): Promise<DutLevel[]> {
    return this.command('levels', 'lf levels', 'levels', (reply, all) => {
      const levels = all.filter(other => other.verb === 'leveldef').map(parseLevel);
      if (levels.length !== numberField(reply, 'count') || levels.some((level, i) => level.index !== i))
        throw replyError(
          'The table of levels is incomplete',
          `levels 0 to ${reply.values.get('count')}`,
          reply.line,
        );
      return levels;
    });
  }

  /** Sets a level and reports what the registers say afterwards. */
  async level(index: number): Promise<LevelReadback> {
    return this.command('level', `lf level ${index}`, 'level', reply => {
      echoed(reply, 'n', String(index));
      return parseLevelReadback(reply);
    });
  }

  /**
   * Gives each stage its level from now on, and counts its changes anew; `level` ends it.
   * @throws LF_DUT_ERROR where a level does not come, or the firmware is older than protocol 2
   */
  async stages(gate: number, big: number): Promise<StagesReport> {
    return this.command('level', `lf stages ${gate} ${big}`, 'stages', reply => {
      echoed(reply, 'gate', String(gate));
      echoed(reply, 'big', String(big));
      return parseStages(reply);
    });
  }

  /** What changing between the stages' levels took since they were set. */
  async stagesSoFar(): Promise<StagesReport> {
    return this.command('level', 'lf stages', 'stages', parseStages);
  }

  /** Selects a strategy and forgets the cascade's state. */
  async strategy(name: string, parameter?: number): Promise<{ name: string; parameter: string }> {
    const tail = parameter === undefined ? '' : ` ${parameter}`;
    return this.command('strategy', `lf strategy ${name}${tail}`, 'strategy', reply => {
      echoed(reply, 'name', name);
      if (parameter !== undefined) echoed(reply, 'parameter', String(parameter));
      return { name, parameter: textField(reply, 'parameter') };
    });
  }

  /** Forgets the cascade's state. */
  async reset(): Promise<void> {
    await this.command('reset', 'lf reset', 'reset', () => undefined);
  }

  /** Idle time kept around every window in quiet mode and loop, microseconds. */
  async guard(microseconds: number): Promise<void> {
    await this.command('guard', `lf guard ${microseconds}`, 'guard', reply =>
      echoed(reply, 'us', String(microseconds)),
    );
  }

  /**
   * Streams windows and reports each answer in order.
   * @throws LF_DUT_REPLY when an answer is missing: the DUT keeps no copy, so the caller starts again from a reset
   */
  async streamWindows(source: WindowSource, options: StreamOptions): Promise<StreamCounts> {
    const quiet = options.quiet ?? false;
    const tail = source.tail?.bytes;
    const command = `lf stream${quiet ? ' quiet' : ''}${tail === undefined ? '' : ` tail ${tail}`}`;
    const start = await this.retry('stream-start', () => this.enter('stream-start', command, 'stream'));
    if (tail !== undefined) echoed(start, 'tail', String(tail));
    const windowBytes = numberField(start, 'bytes');
    if (windowBytes !== source.windowBytes)
      throw replyError('The DUT expects other windows', `bytes=${source.windowBytes}`, start.line);
    const credits = numberField(start, 'credits');
    if (credits < 1) throw replyError('The DUT gives no credits', 'credits=1 or more', start.line);
    await options.onReady?.();
    const session = new StreamSession(this.channel, source, {
      quiet,
      credits,
      deadline: phase => this.deadline(phase),
      onResult: options.onResult,
      onFault: this.onFault,
    });
    const counts = await session.run().catch((error: unknown) => {
      throw error instanceof LittlefirstError ? this.channel.explain(error) : error;
    });
    try {
      await session.leave();
    } catch (error) {
      if (!(error instanceof LittlefirstError) || error.code !== 'LF_DUT_TIMEOUT') throw error;
      this.onFault({
        code: error.code,
        message: error.message,
        action: 're-synchronised; every answer had come',
      });
      await this.sync();
    }
    return counts;
  }

  /** Puts a window into RAM slot `slot` for {@link loop}. */
  async loadSlot(slot: number, payload: Uint8Array): Promise<void> {
    await this.retry('load', async () => {
      const reply = await this.enter('load', `lf load ${slot}`, 'load');
      echoed(reply, 'slot', String(slot));
      const encoder = new FrameEncoder(payload.length);
      this.channel.send(encoder.encode(0, payload, new Uint8Array(encoder.frameBytes)));
      const replies = this.check(await this.untilReady('load'));
      echoed(only(replies, 'loaded', 'lf load'), 'slot', String(slot));
    });
  }

  /**
   * Runs windows from RAM without UART traffic.
   * @param windows how many
   * @param slots how many of the loaded slots to cycle over; default all
   * @param milliseconds how long it may take
   */
  async loop(windows: number, slots?: number, milliseconds?: number): Promise<LoopResult> {
    const tail = slots === undefined ? '' : ` ${slots}`;
    const read = (reply: LfReply): LoopResult => {
      echoed(reply, 'n', String(windows));
      const cycles = textField(reply, 'cycles');
      return {
        windows,
        labelsCrc32: textField(reply, 'labels').toLowerCase(),
        cycles: cycles === '-' ? null : numberField(reply, 'cycles'),
        gateRuns: numberField(reply, 'gateruns'),
        bigRuns: numberField(reply, 'bigruns'),
        microseconds: reply.values.has('us') ? numberField(reply, 'us') : null,
      };
    };
    return this.command('loop', `lf loop ${windows}${tail}`, 'loop', read, milliseconds);
  }

  /** Sends the board into its ROM boot loader, where it has one; it answers nothing more until it is flashed or reset. */
  async bootloader(signal?: AbortSignal): Promise<void> {
    await this.enter('reset', 'lf bootloader', 'bootloader', signal);
  }

  /** A client of a DUT that is not there: everything ends in this error. */
  static absent(reason: LittlefirstError): DutClient {
    const client = new DutClient(unopenedLink());
    client.abort(reason);
    return client;
  }

  /** Ends every wait with `reason`. */
  abort(reason: Error): void {
    this.channel.abort(reason);
  }

  /** Leaves the link open for others. */
  detach(): void {
    this.channel.detach();
  }

  private deadline(phase: Phase, milliseconds = this.budgets[phase]): Deadline {
    return new Deadline(phase, milliseconds, this.boardClock);
  }

  /**
   * The wait for the answer to one question of `sync`. A real board may have missed the question, and is asked again. An emulated one answers when
   * it has computed the answer, however fast the host computes that: it is asked again only when it rests and has not answered.
   */
  private patient(patience: number, left: number): Deadline {
    if (this.boardClock === undefined) return this.deadline('sync', patience);
    return new Deadline('sync', left, this.boardClock, undefined, patience);
  }

  private async command<T>(
    phase: Phase,
    text: string,
    verb: string,
    read: (reply: LfReply, all: LfReply[]) => T,
    milliseconds?: number,
  ): Promise<T> {
    return this.retry(phase, async () => {
      const replies = this.check(await this.exchange(text, phase, milliseconds));
      return read(only(replies, verb, text), replies);
    });
  }

  /** Repeats what a damaged or missing reply spoilt; a refusal with a right CRC stands. */
  private async retry<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LittlefirstError)) throw error;
        if (attempt === attempts || !repeatable(error)) throw this.channel.explain(error);
        this.onFault({
          code: error.code,
          message: `${phase}: ${error.message}`,
          action: 're-synchronised, tried again',
        });
        await this.sync();
      }
    }
  }

  /** Sends a command that leads into binary mode and returns its first reply. */
  private async enter(phase: Phase, text: string, verb: string, signal?: AbortSignal): Promise<LfReply> {
    signal?.throwIfAborted();
    this.channel.send(`${text}%`);
    const deadline = this.deadline(phase);
    for (;;) {
      const line = await this.channel.next(deadline, signal);
      const replies = this.check([line]);
      if (replies.length > 0) return only(replies, verb, text);
      if (line === 'm-ready') throw replyError(`"${text}" ended without its reply`, `m-lf-${verb}`, line);
    }
  }

  private async exchange(text: string, phase: Phase, milliseconds?: number): Promise<string[]> {
    this.channel.send(`${text}%`);
    return this.untilReady(phase, milliseconds);
  }

  private async untilReady(phase: Phase, milliseconds?: number): Promise<string[]> {
    const deadline = this.deadline(phase, milliseconds);
    const lines: string[] = [];
    for (;;) {
      const line = await this.channel.next(deadline);
      if (line === 'm-ready') return lines;
      lines.push(line);
    }
  }

  /** Checks the lines of a reply. @throws LF_DUT_ERROR, LF_DUT_REPLY */
  private check(lines: string[]): LfReply[] {
    const replies: LfReply[] = [];
    for (const line of lines) {
      if (line.startsWith('e-[')) throw refusal(line);
      if (line.startsWith('m-init-done')) throw restarted(line);
      const reply = parseLfReply(line);
      if (reply !== undefined) replies.push(reply);
      else if (line.startsWith('m-lf-'))
        throw replyError('A reply is damaged', 'a line with a right CRC', line);
      else
        this.onFault({
          code: 'LF_DUT_REPLY',
          message: `unexpected line ${JSON.stringify(line.slice(0, 80))}`,
          action: 'ignored',
          isDetail: true,
        });
    }
    return replies;
  }

  private async awaitNonce(
    nonce: string,
    deadline: Deadline,
    signal: AbortSignal | undefined,
  ): Promise<DutIdentity | undefined> {
    let identity: DutIdentity | undefined;
    try {
      for (;;) {
        const line = await this.channel.next(deadline, signal);
        if (line === 'm-ready' && identity !== undefined) return identity;
        const reply = line.includes(nonce) ? parseLfReply(line) : undefined;
        if (reply?.verb === 'id') identity = parseIdentity(reply);
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      if (error instanceof LittlefirstError && error.code === 'LF_DUT_TIMEOUT') return undefined;
      throw error;
    }
  }
}

function only(replies: LfReply[], verb: string, command: string): LfReply {
  const found = replies.filter(reply => reply.verb === verb);
  if (found.length !== 1)
    throw replyError(
      `"${command}" was answered ${found.length} times`,
      `one line m-lf-${verb}`,
      replies.map(reply => reply.line).join(' | '),
    );
  return found[0];
}

function echoed(reply: LfReply, key: string, value: string): void {
  if (textField(reply, key) !== value)
    throw replyError(`The reply belongs to another command`, `${key}=${value}`, reply.line);
}

/** `e-[...]` as an error; `fields.checked` tells whether its CRC proves it to be the DUT's own word. */
function refusal(line: string): LittlefirstError {
  const text = checkedText(line);
  const match = text === undefined ? null : /^e-\[lf,([a-z]+),(.*)\]$/.exec(text);
  return new LittlefirstError('LF_DUT_ERROR', 'The DUT refuses a command', {
    expected: 'the command to be carried out',
    received: text ?? line,
    fields: { checked: match !== null, dutCode: match?.[1] ?? null },
  });
}

function restarted(line: string): LittlefirstError {
  return new LittlefirstError('LF_DUT_REPLY', 'The DUT restarted by itself', {
    expected: 'the reply to a command',
    received: line,
    hint: 'check the supply at this level: a brown-out or a watchdog resets the board',
    fields: { restarted: true },
  });
}

function repeatable(error: LittlefirstError): boolean {
  if (error.code === 'LF_DUT_ERROR') return error.detail.fields?.checked !== true;
  if (error.code === 'LF_DUT_REPLY') return error.detail.fields?.restarted !== true;
  return error.code === 'LF_DUT_TIMEOUT';
}
