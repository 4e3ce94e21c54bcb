import type { TransformCallback } from 'node:stream';
import { ReadlineParser } from '@serialport/parser-readline';
import { LineEnds } from './line-ends.js';

/** Longest line that is kept; every line of the protocol is far shorter. */
export const maxLineBytes = 1024;

const newline = 0x0a;

/**
 * Lines of a DUT, bounded in length. A longer line is dropped whole, emits `overflow`, and costs no more memory than the
 * bound. What stands unterminated when the stream ends is no line and is dropped. Lines are Latin-1 text, one byte a
 * character, without their ends, of which all kinds are known (`LineEnds`).
 */
export class LineParser extends ReadlineParser {
  /** Knows line ends, and counts what was dropped with them. */
  readonly ends = new LineEnds();
  private pending = 0;
  private dropping = false;

  constructor(private readonly limit = maxLineBytes) {
    super({ delimiter: '\n', encoding: 'latin1', readableObjectMode: true });
  }

  override _transform(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    this.emit('received', chunk);
    super._transform(this.bound(this.ends.normalise(chunk)), encoding, done);
  }

  override _flush(done: TransformCallback): void {
    done();
  }

  private bound(chunk: Buffer): Buffer {
    const kept: Buffer[] = [];
    let start = 0;
    while (start < chunk.length) {
      const end = chunk.indexOf(newline, start);
      const stop = end < 0 ? chunk.length : end + 1;
      if (!this.dropping && this.pending + stop - start > this.limit) {
        this.dropping = true;
        if (start === 0) this.buffer = Buffer.alloc(0);
        this.emit('overflow', this.limit);
      }
      if (!this.dropping) kept.push(chunk.subarray(start, stop));
      if (end >= 0) this.pending = 0;
      else if (!this.dropping) this.pending += stop - start;
      if (end >= 0) this.dropping = false;
      start = stop;
    }
    return kept.length === 1 ? kept[0] : Buffer.concat(kept);
  }
}
