import { LittlefirstError } from '../../errors.js';
import type { Deadline } from './budgets.js';
import { diagnoseFrame } from './eaten-bytes.js';
import { endOfStream, FrameEncoder, resynchronise } from './frames.js';
import type { LineChannel } from './line-channel.js';
import { checkedText, parseWindowLine, replyError, type WindowResult } from './replies.js';

/** Windows to stream, already in the DUT's input format. */
export interface WindowSource {
  count: number;
  /** Bytes of one window. */
  windowBytes: number;
  /** Bytes of window `index`; the buffer may be reused by the next call. */
  payload(index: number): Uint8Array;
  /** Set where windows continue the one before them. */
  tail?: WindowTail;
}

/** Windows that begin with the end of the window before them: only what is new need cross the line. */
export interface WindowTail {
  /** New bytes of such a window: fewer than a window, more than 0. */
  bytes: number;
  /** The last `bytes` of window `index`, 1 or more, if the rest of it ends window `index - 1`; else undefined. */
  of(index: number): Uint8Array | undefined;
}

export interface StreamCounts {
  windows: number;
  /** Frames that were sent more than once. */
  resentFrames: number;
  naks: number;
  timeouts: number;
  /**
   * Times that frames were sent again although the DUT may have had them all and been computing, so that bytes may have moved inside
   * a quiet window: after a silence, or when the same frame was asked for twice, which leaves two copies of all later ones on their
   * way. A nak further on leaves the line quiet: the earlier copy has passed, and nothing is computed before the last frame of the new one.
   */
  unquiet: number;
}

/** Something that went wrong on the line and was put right. */
export interface DutFault {
  code: string;
  message: string;
  action: string;
  /** Not worth a line on a terminal or in a journal: one of many, which are summed up. */
  isDetail?: boolean;
}

export interface StreamSettings {
  quiet: boolean;
  credits: number;
  /** Begins the wait for an answer, after which frames are sent again, or for the end of the mode. */
  deadline: (phase: 'stream' | 'stream-end') => Deadline;
  onResult: (result: WindowResult) => void;
  onFault: (fault: DutFault) => void;
}

/** Silences in a row before the DUT counts as hung. */
const maxSilences = 3;
/** Lines in a row that are no answer before the DUT counts as babbling: it may log while it computes. */
const maxStrayLines = 256;
/** Times in a row that one frame is asked for again before the line counts as unusable. */
const maxGoBacks = 16;
/** Windows that came through and are compared with one that does not. */
const remembered = 64;

/**
 * The host's side of the streaming mode: keeps the DUT's credits used, goes back on a nak or a silence (go-back-N), and
 * accepts each answer once, in order, with a right CRC, or not at all.
 */
export class StreamSession {
  /** First window without an answer, and first window not yet sent. */
  private base = 0;
  private next = 0;
  /** First window never sent. */
  private fresh = 0;
  /** First window that the DUT has no place for: in quiet mode the end of its batch. */
  private end = 0;
  private flushed = false;
  /** Lines that were no answer: since the last answer, and in all. */
  private strayRun = 0;
  private strayLines = 0;
  /** Ends the wait for an answer; what is no answer does not prolong it. */
  private waiting: Deadline | undefined;
  private silences = 0;
  private goBacks = 0;
  /** Where the last nak led; its echoes for frames already on their way are skipped. */
  private wentBackTo = -1;
  private lastAnswer = '';
  private readonly counts: StreamCounts = {
    windows: 0,
    resentFrames: 0,
    naks: 0,
    timeouts: 0,
    unquiet: 0,
  };
  private readonly encoder: FrameEncoder;
  private readonly buffers: Uint8Array[];

  constructor(
    private readonly channel: LineChannel,
    private readonly source: WindowSource,
    private readonly settings: StreamSettings,
  ) {
    this.encoder = new FrameEncoder(source.windowBytes);
    this.buffers = Array.from({ length: settings.credits }, () => new Uint8Array(this.encoder.frameBytes));
  }

  /** Streams every window; the mode is still on afterwards. @throws LF_DUT_TIMEOUT, LF_DUT_REPLY, LF_LINK_LOST */
  async run(): Promise<StreamCounts> {
    this.fill();
    while (this.base < this.source.count) await this.step();
    this.counts.windows = this.base;
    return this.counts;
  }

  /** Leaves the mode and compares the DUT's count of windows. @throws LF_DUT_TIMEOUT, LF_DUT_REPLY, LF_LINK_LOST */
  async leave(): Promise<void> {
    this.channel.send(endOfStream);
    const deadline = this.settings.deadline('stream-end');
    let ended = false;
    for (;;) {
      const line = await this.channel.next(deadline);
      if (line === 'm-ready' && ended) {
        this.summariseStrays();
        return;
      }
      const text = checkedText(line);
      if (text?.startsWith('m-lf-streamed ')) {
        if (text !== `m-lf-streamed windows=${this.source.count}`)
          throw replyError('The DUT counted other windows', `windows=${this.source.count}`, line);
        ended = true;
      } else if (text?.startsWith('m-w ') && line !== this.lastAnswer)
        throw replyError('An answer came after the last window', 'm-lf-streamed', line);
      else this.onStray(line, text);
    }
  }

  /** One fault for all lines that were no answers. */
  private summariseStrays(): void {
    if (this.strayLines > 0)
      this.fault(
        'LF_DUT_REPLY',
        `${this.strayLines} lines of the stream were no answers`,
        'ignored; see run.log',
      );
  }

  private async step(): Promise<void> {
    this.waiting ??= this.settings.deadline('stream');
    let line: string;
    try {
      line = await this.channel.next(this.waiting);
    } catch (error) {
      this.waiting = undefined;
      this.onSilence(error);
      return;
    }
    this.accept(line);
    this.fill();
  }

  private onSilence(error: unknown): void {
    const code = (error as { code?: string }).code;
    this.silences += 1;
    if (code !== 'LF_DUT_TIMEOUT' || this.silences > maxSilences) throw error;
    this.counts.timeouts += 1;
    this.counts.unquiet += 1;
    this.fault('LF_DUT_TIMEOUT', `no answer for window ${this.base}`, `re-sent from window ${this.base}`);
    this.channel.send(resynchronise);
    this.goBackTo(this.base);
  }

  private accept(line: string): void {
    if (line.startsWith('m-init-done') || line.startsWith('m-timestamp-mode'))
      throw replyError(
        `The DUT restarted in the middle of the stream`,
        `the answer to window ${this.base}`,
        line,
      );
    const text = checkedText(line);
    if (text?.startsWith('m-w ')) this.onAnswer(line, text);
    else if (text?.startsWith('e-[nak,')) this.onNak(line, text);
    else this.onStray(line, text);
  }

  private onAnswer(line: string, text: string): void {
    const answer = parseWindowLine(text);
    if (answer === undefined) throw replyError('An answer of the stream has no known form', 'm-w ...', line);
    if (answer.sequence !== (this.base & 0xffff)) {
      if (line !== this.lastAnswer)
        throw replyError(
          `The answer to window ${this.base} is missing`,
          `sequence ${this.base & 0xffff}`,
          line,
        );
      this.fault('LF_DUT_REPLY', `answer ${answer.sequence} came twice`, 'the second was dropped');
      return;
    }
    if (this.base >= this.fresh)
      throw replyError(`An answer came for window ${this.base}, which was never sent`, 'silence', line);
    this.lastAnswer = line;
    this.strayRun = 0;
    this.waiting = undefined;
    this.settings.onResult({ index: this.base, ...answer.result });
    this.base += 1;
    this.next = Math.max(this.next, this.base);
    this.silences = 0;
    this.goBacks = 0;
    this.wentBackTo = -1;
  }

  private onNak(line: string, text: string): void {
    const match = /^e-\[nak,(\d{1,5}),([a-z]+)\]$/.exec(text);
    const ahead = match === null ? Number.NaN : (Number(match[1]) - (this.base & 0xffff)) & 0xffff;
    const wanted = this.base + ahead;
    if (match === null || !(wanted <= this.fresh))
      throw replyError(
        'The DUT asks for a window that is not in flight',
        `nak of ${this.base & 0xffff} to ${this.fresh & 0xffff}`,
        line,
      );
    if (match[2] === 'sequence' && wanted === this.wentBackTo) return;
    if (wanted === this.wentBackTo) this.counts.unquiet += 1;
    this.wentBackTo = wanted;
    this.waiting = undefined;
    this.counts.naks += 1;
    this.goBacks += 1;
    this.silences = 0;
    if (this.goBacks > maxGoBacks) throw this.stuck(wanted, line);
    this.fault(
      'LF_DUT_REPLY',
      `frame of window ${wanted} refused: ${match[2]}`,
      `re-sent from window ${wanted}`,
    );
    this.goBackTo(wanted);
  }

  private stuck(window: number, line: string): LittlefirstError {
    const error = replyError(`Window ${window} does not get through`, `${maxGoBacks} attempts at most`, line);
    const encode = (i: number) =>
      this.encoder.encode(i & 0xffff, this.source.payload(i), new Uint8Array(this.encoder.frameBytes));
    const passed = Array.from({ length: Math.min(window, remembered) }, (_, i) => encode(window - 1 - i));
    const diagnosis = window < this.source.count ? diagnoseFrame(encode(window), passed) : undefined;
    if (diagnosis === undefined) return error;
    const { received } = error.detail;
    return new LittlefirstError('LF_DUT_REPLY', error.message.split('\n')[0], {
      ...error.detail,
      received: `${received}; ${diagnosis.seen}`,
      hint: diagnosis.hint,
      fields: { seen: diagnosis.seen, lineBytes: null },
    });
  }

  private onStray(line: string, text: string | undefined): void {
    this.strayLines += 1;
    this.strayRun += 1;
    const what = text === undefined ? 'a line without a valid CRC' : 'a line that is no answer';
    if (this.strayRun > maxStrayLines)
      throw replyError('The DUT babbles', `answers, and at most ${maxStrayLines} other lines`, line);
    this.settings.onFault({
      code: 'LF_DUT_REPLY',
      message: `${what}: ${JSON.stringify(line.slice(0, 80))}`,
      action: 'ignored',
      isDetail: true,
    });
  }

  private goBackTo(window: number): void {
    this.next = window;
    this.flushed = false;
    this.fill();
  }

  /**
   * Sends what the credits allow and, in quiet mode, the flush of a last batch that does not fill the buffer. There a batch is sent when all
   * answers to the one before have come: the DUT computes nothing sooner, and what it is sent at a time does not depend on how the host's
   * reads cut its answers, which the time of an emulated board would show.
   */
  private fill(): void {
    const { source, settings, channel } = this;
    if (!settings.quiet || this.base === this.end) this.end = this.base + settings.credits;
    while (this.next < source.count && this.next < this.end) {
      const buffer = this.buffers[this.next % settings.credits];
      const tail = this.next > 0 ? source.tail?.of(this.next) : undefined;
      channel.send(this.encoder.encode(this.next & 0xffff, tail ?? source.payload(this.next), buffer));
      if (this.next < this.fresh) this.counts.resentFrames += 1;
      this.next += 1;
      this.fresh = Math.max(this.fresh, this.next);
    }
    const lastBatch = source.count - (source.count % settings.credits);
    if (!settings.quiet || this.flushed || this.next < source.count || this.base < lastBatch) return;
    if (lastBatch === source.count) return;
    channel.send(
      this.encoder.encode(this.next & 0xffff, new Uint8Array(0), new Uint8Array(this.encoder.frameBytes)),
    );
    this.flushed = true;
  }

  private fault(code: string, message: string, action: string): void {
    this.settings.onFault({ code, message, action });
  }
}
