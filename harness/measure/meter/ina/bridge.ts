import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import { LineParser } from '../../../wire/link/line-parser.js';
import { parseInaLine } from './protocol.js';

interface Waiting {
  name: string;
  resolve: (text: string) => void;
  reject: (error: Error) => void;
}

/** Told of what no command waits for. */
export interface InaBridgeListener {
  /** A line whose checksum does not fit. */
  corrupt(): void;
  boot(): void;
  /** @returns whether it was a record of a measurement */
  record(text: string): boolean;
  error(text: string): void;
}

/** Commands to the bridge of firmware/bridge and their answers, one at a time. */
export class InaBridge {
  readonly timeoutMs: number;
  readonly #port: Duplex;
  readonly #listener: InaBridgeListener;
  #waiting: Waiting | undefined;
  #lost: string | undefined;

  /** @param port the bridge's serial line */
  constructor(port: Duplex, listener: InaBridgeListener, replyTimeoutMs = 3000) {
    this.#port = port;
    this.#listener = listener;
    this.timeoutMs = replyTimeoutMs;
    const parser = new LineParser();
    parser.on('data', (line: string) => this.#line(line));
    port.on('data', (bytes: Buffer) => parser.write(bytes));
    port.on('error', error => this.#lose(`the port failed: ${error.message}`));
    port.on('close', () => this.#lose('the port closed (unplugged?)'));
    port.on('end', () => this.#lose('the port ended (unplugged?)'));
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  close(): void {
    this.#lose('the meter was closed');
    this.#port.destroy();
  }

  /** Sends a command; the answer that begins with its first word. @throws LF_METER_OPEN, LF_METER_REPLY */
  async ask(command: string): Promise<string> {
    if (this.#lost !== undefined) throw this.#lostError();
    let cancel = () => {};
    try {
      const text = await new Promise<string>((resolve, reject) => {
        cancel = afterAttended(
          () => reject(unexpectedOfIna(`an answer to "${command}" within ${this.timeoutMs} ms`, 'none')),
          this.timeoutMs,
        );
        this.#waiting = { name: command.split(' ')[0], resolve, reject };
        this.#port.write(`${command}\n`);
      });
      if (text.startsWith('error')) throw unexpectedOfIna(`an answer to "${command}"`, text);
      return text;
    } finally {
      cancel();
      this.#waiting = undefined;
    }
  }

  #line(line: string): void {
    const text = parseInaLine(line);
    if (text === undefined) this.#listener.corrupt();
    else if (text === 'boot') this.#listener.boot();
    else if (!this.#listener.record(text)) this.#answer(text);
  }

  #answer(text: string): void {
    const name = text.split(' ')[0];
    if (this.#waiting !== undefined && (name === this.#waiting.name || name === 'error'))
      this.#waiting.resolve(text);
    else if (name === 'error') this.#listener.error(text);
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#waiting?.reject(this.#lostError());
  }

  #lostError(): LittlefirstError {
    return new LittlefirstError('LF_METER_OPEN', `the INA bridge is gone: ${this.#lost}`, {
      hint: 'plug it in again and restart the block',
    });
  }
}

export function unexpectedOfIna(expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_METER_REPLY', 'the INA bridge did not answer as it should', {
    expected,
    received,
    hint: 'check the wiring, and that the bridge runs firmware/bridge',
  });
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
