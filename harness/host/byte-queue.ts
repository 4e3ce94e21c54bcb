const smallest = 4096;
/** An empty queue does not keep more room than this. */
const keptBytes = 1 << 20;

/** Bytes that come and leave in pieces. Each is copied and looked at a bounded number of times, however small the pieces are. */
export class ByteQueue {
  #bytes = Buffer.allocUnsafeSlow(smallest);
  #start = 0;
  #end = 0;
  /** Bytes from the front that `indexOf` need not look at again. */
  #searched = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    const wanted = this.length + bytes.length;
    if (this.#end + bytes.length > this.#bytes.length) {
      const isHalfEmpty = wanted <= this.#bytes.length / 2;
      const room = isHalfEmpty
        ? this.#bytes
        : Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#bytes.length));
      this.#bytes.copy(room, 0, this.#start, this.#end);
      this.#end = this.length;
      this.#start = 0;
      this.#bytes = room;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** What is there, from the front; until the next `push`. */
  view(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Where `mark` begins, counted from the front; -1 while it is not there. Always the same mark until bytes were taken. */
  indexOf(mark: Buffer): number {
    const at = this.view().indexOf(mark, this.#searched);
    this.#searched = at < 0 ? Math.max(0, this.length - mark.length + 1) : at;
    return at;
  }

  /** Takes bytes off the front, as a copy. */
  take(count: number): Buffer {
    const taken = Buffer.from(this.view().subarray(0, count));
    this.#start += taken.length;
    this.#searched = 0;
    if (this.length === 0) {
      this.#start = 0;
      this.#end = 0;
      if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(smallest);
    }
    return taken;
  }
}
