/** What docs/joulescope-bridge.py speaks: JSON objects, one a line; an object with `bytes` is followed by that many bytes. */
import { LittlefirstError } from '../../../errors.js';
import { ByteQueue } from '../../../host/byte-queue.js';

export interface JoulescopeMessage {
  event: 'ready' | 'opened' | 'supply' | 'started' | 'stopped' | 'data' | 'error';
  code?: string;
  message?: string;
  device?: string;
  model?: string;
  rate?: number;
  /** Said by an emulated instrument. */
  isEmulated?: boolean;
  signal?: string;
  index?: number;
  count?: number;
  bytes?: number;
}

/** Bits of one sample of each signal; lowest bits first, floats little endian. */
export const joulescopeSignals = { i: 32, v: 32, '0': 1, '1': 1, r: 4 } as const;
export type JoulescopeSignal = keyof typeof joulescopeSignals;

/** Rates that a JS220 gives by `h/fs`; a JS110 is sampled down by the vendor's driver. */
export const joulescopeRates = [
  1_000_000, 500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5000, 2000, 1000,
];

const lineFeed = Buffer.from('\n');
const headerLimit = 4096;
const payloadLimit = 64 * 1024 * 1024;

/** Values of a payload. Throws LF_METER_REPLY when it does not hold `count` samples. */
export function decodeJoulescope(signal: JoulescopeSignal, payload: Buffer, count: number): Float64Array {
  const bits = joulescopeSignals[signal];
  if (payload.length * 8 < count * bits)
    throw badMessage(`${count} samples of "${signal}"`, `${payload.length} bytes`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    if (bits === 32) values[i] = payload.readFloatLE(4 * i);
    else values[i] = (payload[(i * bits) >> 3] >> ((i * bits) & 7)) & ((1 << bits) - 1);
  }
  return values;
}

/** The inverse of `decodeJoulescope`. */
export function encodeJoulescope(signal: JoulescopeSignal, values: ArrayLike<number>): Buffer {
  const bits = joulescopeSignals[signal];
  const payload = Buffer.alloc(Math.ceil((values.length * bits) / 8));
  for (let i = 0; i < values.length; i += 1) {
    if (bits === 32) payload.writeFloatLE(values[i], 4 * i);
    else payload[(i * bits) >> 3] |= values[i] << ((i * bits) & 7);
  }
  return payload;
}

/** Splits a byte stream into messages with their payloads. */
export class JoulescopeFramer {
  readonly #bytes = new ByteQueue();
  #header: JoulescopeMessage | undefined;

  /** Throws LF_METER_REPLY for anything that is not a message. */
  push(bytes: Buffer, onMessage: (message: JoulescopeMessage, payload: Buffer) => void): void {
    this.#bytes.push(bytes);
    for (;;) {
      if (this.#header === undefined) {
        const end = this.#bytes.indexOf(lineFeed);
        if (end < 0) {
          if (this.#bytes.length > headerLimit)
            throw badMessage('lines of JSON', `${this.#bytes.length} bytes without an end`);
          return;
        }
        this.#header = parseHeader(this.#bytes.take(end + 1).toString('utf8', 0, end));
      }
      const { bytes: length = 0 } = this.#header;
      if (this.#bytes.length < length) return;
      const header = this.#header;
      const payload = this.#bytes.take(length);
      this.#header = undefined;
      onMessage(header, payload);
    }
  }
}

function parseHeader(text: string): JoulescopeMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badMessage('a line of JSON', JSON.stringify(text.slice(0, 120)));
  }
  const message = value as JoulescopeMessage;
  if (typeof message?.event !== 'string' || !hasFields(message))
    throw badMessage('an object with "event" and fields of their kinds', JSON.stringify(text.slice(0, 120)));
  return message;
}

const isAbsentOr = (value: unknown, kind: 'string' | 'number' | 'boolean'): boolean =>
  value === undefined || typeof value === kind;
/** A number of things: whole, none or more. */
const isCount = (value: number | undefined, most = Number.MAX_SAFE_INTEGER): boolean =>
  value === undefined || (Number.isInteger(value) && value >= 0 && value <= most);

function hasFields({
  code,
  message,
  device,
  model,
  signal,
  rate,
  isEmulated,
  ...counts
}: JoulescopeMessage): boolean {
  return (
    [code, message, device, model, signal].every(text => isAbsentOr(text, 'string')) &&
    isAbsentOr(rate, 'number') &&
    isAbsentOr(isEmulated, 'boolean') &&
    isCount(counts.index) &&
    isCount(counts.count, 8 * payloadLimit) &&
    isCount(counts.bytes, payloadLimit)
  );
}

/** What the bridge says cannot be. */
export function badMessage(expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_METER_REPLY', 'the Joulescope bridge sent something that is no message', {
    expected,
    received,
    hint: 'check that the bridge is docs/joulescope-bridge.py of this version',
  });
}
