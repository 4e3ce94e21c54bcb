/**
 * Framing of the GDB remote serial protocol ("Overview", GDB manual appendix E): `$payload#checksum`, binary bytes
 * escaped by `}`, runs shortened by `*`. Payloads are byte strings, one character (0..255) a byte.
 */

const escaped = /[#$}*]/g;

/** Sum of the bytes modulo 256, two lower-case hex digits. */
export function gdbChecksum(payload: string): string {
  let sum = 0;
  for (let index = 0; index < payload.length; index++) sum = (sum + payload.charCodeAt(index)) & 0xff;
  return sum.toString(16).padStart(2, '0');
}

/** A whole packet around a payload whose binary bytes are escaped already. */
export function gdbPacket(payload: string): Buffer {
  return Buffer.from(`$${payload}#${gdbChecksum(payload)}`, 'latin1');
}

/** Escapes binary data for a payload. */
export function gdbEscape(data: Uint8Array): string {
  return Buffer.from(data)
    .toString('latin1')
    .replace(escaped, character => `}${String.fromCharCode(character.charCodeAt(0) ^ 0x20)}`);
}

/** Undoes escapes and run lengths of a received payload. */
export function gdbUnescape(payload: string): string {
  let out = '';
  for (let index = 0; index < payload.length; index++) {
    const character = payload[index];
    if (character === '}') {
      out += String.fromCharCode(payload.charCodeAt(++index) ^ 0x20);
    } else if (character === '*') {
      out += out.slice(-1).repeat(payload.charCodeAt(++index) - 29);
    } else {
      out += character;
    }
  }
  return out;
}

/** What the other side sent: an acknowledgement, a request to repeat, a packet, or a packet with a wrong checksum. */
export type GdbToken =
  | { kind: 'ack' }
  | { kind: 'nack' }
  | { kind: 'packet'; payload: string }
  | { kind: 'damaged' };

/** Longest packet that is collected; anything longer is noise. */
const maximumLength = 1 << 20;

/** Splits a byte stream into tokens; noise between packets is dropped. */
export class GdbDecoder {
  private pending = '';

  push(chunk: Uint8Array): GdbToken[] {
    this.pending += Buffer.from(chunk).toString('latin1');
    const tokens: GdbToken[] = [];
    for (;;) {
      const token = this.next();
      if (token === undefined) break;
      tokens.push(token);
    }
    return tokens;
  }

  private next(): GdbToken | undefined {
    const start = this.pending.search(/[+\-$]/);
    if (start < 0) {
      this.pending = '';
      return undefined;
    }
    const first = this.pending[start];
    if (first !== '$') {
      this.pending = this.pending.slice(start + 1);
      return { kind: first === '+' ? 'ack' : 'nack' };
    }
    this.pending = this.pending.slice(start);
    const hash = this.pending.indexOf('#');
    if (hash < 0 || hash + 3 > this.pending.length) {
      if (this.pending.length > maximumLength) this.pending = '';
      return undefined;
    }
    const payload = this.pending.slice(1, hash);
    const checksum = this.pending.slice(hash + 1, hash + 3).toLowerCase();
    this.pending = this.pending.slice(hash + 3);
    if (checksum !== gdbChecksum(payload)) return { kind: 'damaged' };
    return { kind: 'packet', payload: gdbUnescape(payload) };
  }
}
