import { LittlefirstError } from '../../../errors.js';
import { ByteQueue } from '../../../host/byte-queue.js';

/** Qoitech Otii's TCP interface (127.0.0.1:1905): UTF-8 JSON objects, each ended by CR LF. */
export type OtiiData = Record<string, unknown>;

export interface OtiiRequest {
  type: 'request';
  cmd: string;
  trans_id: string;
  data?: OtiiData;
}

/** `information` on connection, `response` or `error` to a request, `progress` in between. */
export interface OtiiMessage {
  type: 'information' | 'response' | 'progress' | 'error';
  cmd?: string;
  trans_id?: string;
  errorcode?: string;
  info?: string;
  data?: OtiiData;
}

export const otiiChannels = { current: 'mc', marker0: 'i1', marker1: 'i2' } as const;
export const otiiMillivoltRange = [500, 5000] as const;

const messageEnd = Buffer.from('\r\n');
/** No message is longer, bytes: 40,000 samples of about 25 characters each. */
const messageLimit = 4_000_000;

/** Splits a byte stream into messages. */
export class OtiiFramer {
  readonly #bytes = new ByteQueue();

  /** @throws LF_METER_REPLY for anything that is not a message */
  push(bytes: Buffer): OtiiMessage[] {
    this.#bytes.push(bytes);
    const messages: OtiiMessage[] = [];
    for (;;) {
      const end = this.#bytes.indexOf(messageEnd);
      if (end < 0) break;
      messages.push(parseMessage(this.#bytes.take(end + messageEnd.length).toString('utf8', 0, end)));
    }
    if (this.#bytes.length > messageLimit) throw badMessage(this.#bytes.view().toString('utf8', 0, 200));
    return messages;
  }
}

function parseMessage(text: string): OtiiMessage {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'type' in value) return value as OtiiMessage;
  } catch {
    throw badMessage(text);
  }
  throw badMessage(text);
}

function badMessage(text: string): LittlefirstError {
  return new LittlefirstError('LF_METER_REPLY', 'the Otii server sent something that is no message', {
    expected: 'JSON objects ended by CR LF',
    received: JSON.stringify(text.slice(0, 120)),
    hint: 'check that the port is that of the Otii server (1905)',
  });
}
