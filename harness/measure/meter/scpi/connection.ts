import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import { ByteQueue } from '../../../host/byte-queue.js';

/** Numbers as they come in a reply: comma-separated text, or a block after IEEE 488.2. */
export type ScpiFormat = 'ascii' | 'float32-big' | 'float64-little';

/** SCPI-99, 7.2.1.4 and 7.2.1.5: 9.9E37 stands for infinity, 9.91E37 for "not a number". */
const infinity = 9.9e37;
const notANumber = 9.91e37;

/** What a number means: a reading beyond the range, none at all, or itself. */
export function classifyScpiNumber(value: number): 'overflow' | 'nan' | 'number' {
  const size = Math.abs(value);
  if (Number.isNaN(value) || size > (infinity + notANumber) / 2) return 'nan';
  return size >= 0.999 * infinity ? 'overflow' : 'number';
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const lineEnd = Buffer.of(lineFeed);
const blockMark = 0x23;
/** No reply is longer: 64 MB are 4 million readings with their times. */
const replyLimit = 64 * 1024 * 1024;
const errorQueueLimit = 64;

interface ScpiReply {
  content: Buffer;
  isBlock: boolean;
}

/**
 * Takes the reply that stands first; undefined while it is incomplete. Keithley's touchscreen instruments send blocks without a
 * length: `#0`, the numbers, a line feed (DMM6500-901-01, 13-44; 2461-901-01, 6-46), and among the numbers may be line feeds.
 * @param blockBytes what a block without a length holds
 */
function takeReply(received: ByteQueue, blockBytes?: number): ScpiReply | undefined {
  const bytes = received.view();
  if (bytes[0] !== blockMark) {
    const end = received.indexOf(lineEnd);
    return end < 0 ? undefined : { content: received.take(end + 1).subarray(0, end), isBlock: false };
  }
  if (bytes.length < 2) return undefined;
  const digits = bytes[1] - 0x30;
  if (digits === 0 && blockBytes !== undefined) return takeEndlessBlock(received, blockBytes);
  const isCount = digits >= 1 && digits <= 9;
  if (isCount && bytes.length < 2 + digits) return undefined;
  const length = Number(bytes.toString('latin1', 2, 2 + digits));
  if (!isCount || !Number.isInteger(length)) {
    throw new LittlefirstError('LF_METER_REPLY', 'the instrument sent a broken data block', {
      expected: 'an IEEE 488.2 definite-length block: #, a digit 1 to 9, that many digits, the bytes',
      received: JSON.stringify(bytes.toString('latin1', 0, 12)),
    });
  }
  const start = 2 + digits;
  const end = lineEndAfter(bytes, start + length);
  if (end === undefined) return undefined;
  /* Some send none: what follows is then the next reply. */
  const taken = received.take(end === 0 ? start + length : end);
  return { content: taken.subarray(start, start + length), isBlock: true };
}

/** Where the line end at `at` is over: LF, or CR LF as some write it; 0: there is none, undefined: it is not there yet. */
function lineEndAfter(bytes: Buffer, at: number): number | undefined {
  if (bytes.length <= at) return undefined;
  if (bytes[at] === lineFeed) return at + 1;
  if (bytes[at] !== carriageReturn) return 0;
  if (bytes.length <= at + 1) return undefined;
  return bytes[at + 1] === lineFeed ? at + 2 : 0;
}

function takeEndlessBlock(received: ByteQueue, blockBytes: number): ScpiReply | undefined {
  const bytes = received.view();
  const over = 2 + blockBytes;
  const end = lineEndAfter(bytes, over);
  if (end === undefined) return undefined;
  if (end === 0) {
    throw new LittlefirstError('LF_METER_REPLY', 'the instrument sent a block of another length', {
      expected: `#0, ${blockBytes} bytes and a line feed`,
      received: `byte ${bytes[over]} in place of the line feed`,
    });
  }
  return { content: received.take(end).subarray(2, over), isBlock: true };
}

interface Waiting {
  resolve: (reply: ScpiReply) => void;
  reject: (error: Error) => void;
  blockBytes?: number;
}

/**
 * SCPI on a byte stream (TCP port 5025 or a serial port): commands and replies end with a line feed, one request at a time. An instrument that does not
 * answer in time is lost: a late reply would be taken for the next one.
 */
export class ScpiConnection {
  readonly #port: Duplex;
  readonly #timeoutMs: number;
  readonly #received = new ByteQueue();
  #waiting: Waiting | undefined;
  #lost: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(port: Duplex, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    port.on('data', (bytes: Buffer) => this.#receive(bytes));
    port.on('error', error => this.lose(`the connection failed: ${error.message}`));
    port.on('close', () => this.lose('the connection closed (unplugged?)'));
    port.on('end', () => this.lose('the connection ended (unplugged?)'));
  }

  /** Why the instrument is gone; undefined while it is there. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Sends a command that has no reply. */
  write(command: string): Promise<void> {
    return this.#inTurn(async () => this.#send(command));
  }

  /** Sends a query; its reply as text. */
  async query(command: string): Promise<string> {
    const { content } = await this.#inTurn(async () => this.#ask(command, command));
    return content.toString('latin1').trim();
  }

  /** A query that this instrument may not know: without a reply, the answer of the `*OPC?` behind it comes first. */
  queryOptional(command: string): Promise<string | undefined> {
    return this.#inTurn(async () => {
      const first = (await this.#ask(`${command}\n*OPC?`, command)).content.toString('latin1').trim();
      if (first === '1') return undefined;
      await this.#reply('*OPC?');
      return first;
    });
  }

  /**
   * Sends a query; its reply as numbers. Throws LF_METER_REPLY for anything else.
   * @param count how many numbers the reply holds, where that is known: a block may come without its length
   */
  async numbers(command: string, format: ScpiFormat, count?: number): Promise<Float64Array> {
    const size = format === 'float32-big' ? 4 : 8;
    const { content, isBlock } = await this.#inTurn(async () =>
      this.#ask(command, command, count === undefined ? undefined : count * size),
    );
    const bad = (received: string) =>
      new LittlefirstError('LF_METER_REPLY', 'the instrument sent no numbers', {
        expected: `${format} numbers in answer to ${command}`,
        received,
      });
    if (format === 'ascii') {
      const text = content.toString('latin1').trim();
      if (isBlock) throw bad('a block of bytes');
      const list = text === '' ? [] : text.split(',').map(Number);
      if (list.some(Number.isNaN)) throw bad(JSON.stringify(text.slice(0, 80)));
      return Float64Array.from(list);
    }
    if (!isBlock || content.length % size !== 0) {
      throw bad(isBlock ? `${content.length} bytes` : JSON.stringify(content.toString('latin1', 0, 80)));
    }
    const values = new Float64Array(content.length / size);
    for (let i = 0; i < values.length; i += 1) {
      values[i] = size === 4 ? content.readFloatBE(i * 4) : content.readDoubleLE(i * 8);
    }
    return values;
  }

  /** Empties the error queue (SCPI-99, 21.8); the errors that were in it. */
  async drainErrors(): Promise<string[]> {
    const errors: string[] = [];
    while (errors.length < errorQueueLimit) {
      const answer = await this.query('SYST:ERR?');
      if (/^\+?0\b/.test(answer)) break;
      errors.push(answer);
    }
    return errors;
  }

  /** Ends the connection; whoever still waits is told. */
  lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#waiting?.reject(this.lostError());
  }

  destroy(): void {
    this.lose('the meter was closed');
    this.#port.destroy();
  }

  lostError(): LittlefirstError {
    return new LittlefirstError('LF_METER_OPEN', `the instrument is gone: ${this.#lost}`, {
      hint: 'check cable and network, and restart the block',
    });
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => {});
    return result;
  }

  #ask(bytes: string, command: string, blockBytes?: number): Promise<ScpiReply> {
    this.#send(bytes);
    return this.#reply(command, blockBytes);
  }

  async #reply(command: string, blockBytes?: number): Promise<ScpiReply> {
    if (this.#lost !== undefined) throw this.lostError();
    let cancel = () => {};
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject, blockBytes };
        cancel = afterAttended(() => {
          reject(
            new LittlefirstError('LF_METER_REPLY', 'the instrument does not answer', {
              expected: `an answer to ${command} within ${this.#timeoutMs} ms`,
              received: 'none',
              hint: 'check that the port is its SCPI port (5025) and that no other program holds it',
            }),
          );
          this.lose(`no answer to ${command}`);
        }, this.#timeoutMs);
        this.#deliver();
      });
    } finally {
      cancel();
      this.#waiting = undefined;
    }
  }

  /** Does not wait for the bytes to be gone: a port that takes none shows in the missing answer. */
  #send(command: string): void {
    if (this.#lost !== undefined) throw this.lostError();
    this.#port.write(`${command}\n`);
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes);
    if (this.#received.length > replyLimit) this.lose('it sends without end');
    this.#deliver();
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#received.length === 0) return;
    try {
      const reply = takeReply(this.#received, waiting.blockBytes);
      if (reply === undefined) return;
      this.#waiting = undefined;
      waiting.resolve(reply);
    } catch (error) {
      waiting.reject(error instanceof Error ? error : new Error(String(error)));
      this.lose('it sent a broken data block');
    }
  }
}
