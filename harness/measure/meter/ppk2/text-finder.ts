/** No metadata text is longer, bytes (a real one has some 600). */
const textLimit = 2048;
/** The text begins with one of these; which one differs between instruments and stand-ins. */
const firstKey = /(?:Calibrated|(?:R|GS|GI|O|S|I|UG)[0-4]|VDD|HW|mode|IA):\s/i;

export interface Ppk2Found {
  /** Bytes that are no part of a text, for the decoder. */
  samples: Buffer;
  /** The text, from its first key to "END". */
  text?: string;
  /** What follows the text. */
  rest?: Buffer;
}

/**
 * Finds the metadata text in a stream of samples. It keeps no more than the longest text, and looks at every byte a bounded number of times,
 * whatever the stream holds.
 */
export class Ppk2TextFinder {
  #tail: Buffer = Buffer.alloc(0);
  /** No text begins before this place of the tail: an "END" behind it had none. */
  #floor = 0;

  push(bytes: Buffer): Ppk2Found {
    const joined = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    let from = Math.max(0, this.#tail.length - 2);
    for (;;) {
      const end = joined.indexOf('END', from, 'latin1');
      if (end < 0) break;
      const start = startOfText(joined, end, this.#floor);
      if (start >= 0) {
        this.flush();
        const next = end + 3;
        return {
          samples: joined.subarray(0, start),
          text: joined.toString('latin1', start, next),
          rest: joined.subarray(next + lineEnd(joined, next)),
        };
      }
      from = end + 3;
      this.#floor = from;
    }
    const sent = Math.max(0, joined.length - textLimit);
    this.#tail = joined.subarray(sent);
    this.#floor = Math.max(0, this.#floor - sent);
    return { samples: joined.subarray(0, sent) };
  }

  /** What is held back, when no text comes any more. */
  flush(): Buffer {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    this.#floor = 0;
    return tail;
  }
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Where the text that ends at `end` begins; -1: what is there is none. */
function startOfText(bytes: Buffer, end: number, floor: number): number {
  let start = end;
  while (start > floor && end - start < textLimit && isText(bytes[start - 1])) start -= 1;
  const match = firstKey.exec(bytes.toString('latin1', start, end));
  return match === null ? -1 : start + match.index;
}

function lineEnd(bytes: Buffer, at: number): number {
  if (bytes[at] === 0x0a) return 1;
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? 2 : 0;
}
