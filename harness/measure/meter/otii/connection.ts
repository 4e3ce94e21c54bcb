import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import { type OtiiData, OtiiFramer, type OtiiMessage } from './protocol.js';

/** Requests to an Otii server and their answers. */
export class OtiiConnection {
  readonly #port: Duplex;
  readonly #timeoutMs: number;
  readonly #framer = new OtiiFramer();
  readonly #waiting = new Map<
    string,
    { resolve: (message: OtiiMessage) => void; fail: (error: Error) => void }
  >();
  #transaction = 0;
  #lost: string | undefined;
  /** What the server said of itself. */
  version = 'unknown';
  saysEmulated = false;

  /** @param port the open socket */
  constructor(port: Duplex, replyTimeoutMs = 5000) {
    this.#port = port;
    this.#timeoutMs = replyTimeoutMs;
    port.on('data', (bytes: Buffer) => this.#receive(bytes));
    port.on('error', error => this.#lose(`the connection failed: ${error.message}`));
    port.on('close', () => this.#lose('the connection closed'));
    port.on('end', () => this.#lose('the connection ended'));
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** @throws LF_METER_OPEN when the server is gone */
  check(): void {
    if (this.#lost !== undefined) throw this.#lostError();
  }

  close(): void {
    this.#lost ??= 'the meter was closed';
    this.#port.destroy();
  }

  /** An answer that an older server does not give: undefined. */
  async optional(request: Promise<OtiiData>): Promise<OtiiData | undefined> {
    try {
      return await request;
    } catch (error) {
      const code = error instanceof LittlefirstError ? error.detail.fields?.['errorcode'] : undefined;
      if (code === 'Invalid command') return undefined;
      throw error;
    }
  }

  /** @throws LF_METER_OPEN, LF_METER_REPLY */
  async request(cmd: string, data: OtiiData): Promise<OtiiData> {
    this.check();
    this.#transaction += 1;
    const id = String(this.#transaction);
    const timeoutMs = this.#timeoutMs;
    try {
      const reply = await new Promise<OtiiMessage>((resolve, reject) => {
        const cancel = afterAttended(() => {
          reject(
            new LittlefirstError('LF_METER_REPLY', 'the Otii server does not answer', {
              expected: `a response to ${cmd} within ${timeoutMs} ms`,
              received: 'none',
            }),
          );
        }, timeoutMs);
        const done = (action: () => void) => {
          cancel();
          action();
        };
        this.#waiting.set(id, {
          resolve: message => done(() => resolve(message)),
          fail: error => done(() => reject(error)),
        });
        this.#port.write(`${JSON.stringify({ type: 'request', cmd, trans_id: id, data })}\r\n`);
      });
      if (reply.type === 'error') {
        throw new LittlefirstError('LF_METER_REPLY', `the Otii server refused ${cmd}`, {
          received: `${reply.errorcode ?? 'error'} ${JSON.stringify(reply.data ?? {})}`,
          hint: 'the server needs a logged-in user with an Automation licence',
          fields: { errorcode: reply.errorcode ?? '' },
        });
      }
      return reply.data ?? {};
    } finally {
      this.#waiting.delete(id);
    }
  }

  #receive(bytes: Buffer): void {
    try {
      for (const message of this.#framer.push(bytes)) this.#dispatch(message);
    } catch (error) {
      this.#lose(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
  }

  #dispatch(message: OtiiMessage): void {
    if (message.type === 'information') {
      this.version = String(message.data?.['otii_version'] ?? 'unknown');
      this.saysEmulated = String(message.data?.['server']).includes('emulated');
    }
    if (message.type !== 'response' && message.type !== 'error') return;
    this.#waiting.get(message.trans_id ?? '')?.resolve(message);
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    for (const waiting of this.#waiting.values()) waiting.fail(this.#lostError());
  }

  #lostError(): LittlefirstError {
    return new LittlefirstError('LF_METER_OPEN', `the Otii server is gone: ${this.#lost}`, {
      hint: 'start the Otii server and restart the block',
    });
  }
}

/** @throws LF_METER_REPLY */
export function otiiNumber(data: OtiiData, key: string): number {
  const value = data[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badOtiiReply(`a number "${key}"`, data);
  return value;
}

export function badOtiiReply(expected: string, data: OtiiData): LittlefirstError {
  return new LittlefirstError('LF_METER_REPLY', "the Otii server's answer does not fit", {
    expected,
    received: JSON.stringify(data).slice(0, 120),
  });
}
