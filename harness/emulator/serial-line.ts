import type { WaveformSource } from '../machine/waveform.js';

/** Start bit, eight data bits, stop bit. */
const bitsPerByte = 10;

/**
 * One direction of a serial line: a byte arrives when its stop bit is over, in a bench's own time. Whoever hears a byte can be sure that the
 * instruments of that bench have told all that was before it.
 */
export class SerialLine {
  #pending: { bytes: Buffer; fromNs: number; byteNs: number }[] = [];
  /** When the last byte is over. */
  #freeNs = Number.NEGATIVE_INFINITY;
  #unwatch: (() => void) | undefined;

  /**
   * @param time tells how far the bench's time came; without it a byte takes none
   * @param baudRate bits a second of what is sent from now on
   * @param deliver takes bytes that have arrived
   */
  constructor(
    private readonly time: WaveformSource | undefined,
    public baudRate: number,
    private readonly deliver: (bytes: Buffer) => void,
  ) {}

  send(bytes: Buffer): void {
    if (this.time === undefined) {
      this.deliver(bytes);
      return;
    }
    const byteNs = (bitsPerByte * 1e9) / this.baudRate;
    const fromNs = Math.max(this.time.nowNs, this.#freeNs);
    this.#pending.push({ bytes, fromNs, byteNs });
    this.#freeNs = fromNs + bytes.length * byteNs;
    /* A microtask: every instrument has heard the same piece of the waveform by then. */
    this.#unwatch ??= this.time.onSegments(() => queueMicrotask(() => this.#arrive(this.time!.nowNs)));
  }

  /** Forgets what has not arrived. */
  clear(): void {
    this.#pending = [];
    this.#freeNs = Number.NEGATIVE_INFINITY;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  #arrive(nowNs: number): void {
    const arrived: Buffer[] = [];
    while (this.#pending.length > 0) {
      const [first] = this.#pending;
      const whole = Math.floor((nowNs - first.fromNs) / first.byteNs);
      if (whole >= first.bytes.length) {
        arrived.push(first.bytes);
        this.#pending.shift();
        continue;
      }
      if (whole > 0) {
        arrived.push(first.bytes.subarray(0, whole));
        first.bytes = first.bytes.subarray(whole);
        first.fromNs += whole * first.byteNs;
      }
      break;
    }
    if (this.#pending.length === 0) {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
    if (arrived.length > 0) this.deliver(Buffer.concat(arrived));
  }
}
