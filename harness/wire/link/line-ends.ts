const [nul, lineFeed, carriageReturn, xon, xoff] = [0x00, 0x0a, 0x0d, 0x11, 0x13];
/** Longest beginning of a line that is looked at to tell whether it is whole. */
const shownBytes = 160;
/** A line of the protocol that nothing can follow: `m-ready`, `...]`, a CRC, a number behind a dash. */
const whole = /^(?:\[dut\]: )?(?:m-ready|[me]-.*\]|.*\*[0-9A-F]{4}|m-[a-z-]+-\d+|m-[a-z]+-done)$/;
/** First characters of such a line. */
const beginnings = new Set(['m', 'e', '['].map(char => char.charCodeAt(0)));

interface Output {
  bytes: Buffer;
  length: number;
}

/**
 * Makes one kind of line end of those that boards, adapters and terminal servers make: CR LF, LF, CR CR LF, LF CR, and CR alone. NUL is
 * dropped anywhere, and so are XON and XOFF, which a server with flow control puts between. Once a line feed has come, CR alone ends a line
 * no more and is dropped, as by the stock MLPerf Tiny runner (mlcommons/tiny, benchmark/runner/serial_device.py), unless a
 * whole line of the protocol stands before it and the beginning of one behind it.
 */
export class LineEnds {
  /** XON and XOFF that were dropped. */
  flowControlBytes = 0;
  private hasLineFeeds = false;
  private text = '';
  private afterReturn = false;

  /** Only line feeds end a line in what comes back. */
  normalise(chunk: Buffer): Buffer {
    /* A line end may come in the place of a CR that an earlier chunk ended with. */
    const out = { bytes: Buffer.allocUnsafe(chunk.length + 1), length: 0 };
    for (const byte of chunk) this.accept(byte, out);
    return out.bytes.subarray(0, out.length);
  }

  private accept(byte: number, out: Output): void {
    if (byte === nul) return;
    if (byte === xon || byte === xoff) {
      this.flowControlBytes += 1;
      return;
    }
    if (byte === lineFeed) {
      this.hasLineFeeds = true;
      this.end(out);
      return;
    }
    if (byte === carriageReturn) {
      if (this.hasLineFeeds) this.afterReturn = true;
      else this.end(out);
      return;
    }
    if (this.afterReturn && beginnings.has(byte) && whole.test(this.text)) {
      this.hasLineFeeds = false;
      this.end(out);
    }
    this.afterReturn = false;
    if (this.text.length < shownBytes) this.text += String.fromCharCode(byte);
    out.bytes[out.length++] = byte;
  }

  private end(out: Output): void {
    this.text = '';
    this.afterReturn = false;
    out.bytes[out.length++] = lineFeed;
  }
}
