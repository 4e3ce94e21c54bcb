import type { SampleChunk } from '../meter.js';
import {
  badMessage,
  decodeJoulescope,
  type JoulescopeMessage,
  type JoulescopeSignal,
  joulescopeSignals,
} from './protocol.js';

/** One signal's samples that wait for the others. */
class Track {
  values: number[] | Float64Array = [];
  start = -1;

  get end(): number {
    return this.start + this.values.length;
  }

  /** Drops what lies before an index. */
  forget(index: number): void {
    const drop = Math.min(this.values.length, Math.max(0, index - this.start));
    this.values = this.values.slice(drop);
    this.start += drop;
  }
}

/**
 * Most samples of a signal that wait for another one, or are missing between two blocks; 8 s at the highest rate, a thousand blocks. Assumed:
 * without a limit one number in one header would ask for all memory.
 */
const mostWaiting = 2 ** 23;

/** Signals come in blocks of their own; joins them by their sample index. */
export class JoulescopeSamples {
  readonly #periodNs: number;
  readonly #onChunk: (chunk: SampleChunk) => void;
  readonly #tracks = new Map<JoulescopeSignal, Track>();
  #first: number | undefined;
  #next = 0;
  #range = -1;
  samples = 0;
  lostSamples = 0;
  badSamples = 0;
  rangeSwitches = 0;
  overlaps = 0;

  constructor(rateHz: number, onChunk: (chunk: SampleChunk) => void) {
    this.#periodNs = 1e9 / rateHz;
    this.#onChunk = onChunk;
    for (const signal of Object.keys(joulescopeSignals))
      this.#tracks.set(signal as JoulescopeSignal, new Track());
  }

  /** Signals without which nothing could be delivered; empty when all came, or none. */
  get missing(): string[] {
    const absent = [...this.#tracks].filter(([, track]) => track.start < 0).map(([signal]) => signal);
    return absent.length === this.#tracks.size ? [] : absent;
  }

  /** Takes a block; one of a signal that is not looked at is ignored. */
  add(message: JoulescopeMessage, payload: Buffer): void {
    const signal = message.signal as JoulescopeSignal;
    const track = this.#tracks.get(signal);
    if (track === undefined) return;
    const { index = 0, count = 0 } = message;
    const values = decodeJoulescope(signal, payload, count);
    if (track.start < 0) track.start = index;
    const gap = index - track.end;
    if (gap < 0) {
      this.overlaps += 1;
      return;
    }
    if (gap + track.values.length + count > mostWaiting)
      throw badMessage(
        `samples of "${signal}" up to ${track.start + mostWaiting}`,
        `${index} to ${index + count}`,
      );
    if (gap > 0) {
      if (signal === 'i') this.lostSamples += gap;
      const filler =
        signal === 'i' || signal === 'v' ? Number.NaN : (track.values[track.values.length - 1] ?? 0);
      track.values = join(track.values, new Float64Array(gap).fill(filler));
    }
    track.values = join(track.values, values);
    this.#deliver();
  }

  #deliver(): void {
    const tracks = [...this.#tracks.values()];
    if (tracks.some(track => track.start < 0)) return;
    if (this.#first === undefined) {
      this.#first = Math.max(...tracks.map(track => track.start));
      this.#next = this.#first;
    }
    for (const track of tracks) track.forget(this.#next);
    const count = Math.min(...tracks.map(track => track.end)) - this.#next;
    if (count <= 0) return;
    const take = (signal: JoulescopeSignal) => this.#tracks.get(signal)?.values.slice(0, count) ?? [];
    const current = Float64Array.from(take('i'), amps => (Number.isFinite(amps) ? amps : Number.NaN));
    const [low, high, ranges] = [take('0'), take('1'), Uint8Array.from(take('r'))];
    for (let i = 0; i < count; i += 1) {
      if (Number.isNaN(current[i])) this.badSamples += 1;
      if (this.#range >= 0 && ranges[i] !== this.#range) this.rangeSwitches += 1;
      this.#range = ranges[i];
    }
    this.#onChunk({
      startNs: (this.#next - this.#first) * this.#periodNs,
      periodNs: this.#periodNs,
      current,
      voltage: Float64Array.from(take('v')),
      logic: Uint8Array.from(current, (_, i) => low[i] | (high[i] << 1)),
      range: ranges,
    });
    this.samples += count;
    this.#next += count;
    for (const track of tracks) track.forget(this.#next);
  }
}

function join(a: ArrayLike<number>, b: Float64Array): Float64Array {
  if (a.length === 0) return b;
  const joined = new Float64Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
