import type { SampleChunk } from '../meter.js';
import { alignmentBytes, counterAt, findAlignment } from './alignment.js';
import type { Ppk2RangeCalibration } from './metadata.js';
import { ppk2AdcMax, ppk2CounterMask, ppk2Ranges, ppk2SampleRateHz, ppk2VoltsPerStep } from './protocol.js';
import { SpikeFilter } from './spike-filter.js';

const periodNs = 1e9 / ppk2SampleRateHz;
const wordBytes = 4;
/** Where no counter counts, words that pass before it is looked for again: 80 us of the stream. */
const garbageWords = 8;

export interface Ppk2DecoderOptions {
  ranges: readonly Ppk2RangeCalibration[];
  supplyMillivolts: number;
  /** Apply Nordic's spike filter. It hides switching spikes but lags behind real steps, so energy of short bursts comes out low. */
  spikeFilter: boolean;
  onChunk: (chunk: SampleChunk) => void;
}

/**
 * Decodes the sample stream. The 6-bit counter shows gaps of up to 63 samples (whole multiples of 64 vanish; the driver bounds
 * those by elapsed time): after a gap the next chunk starts later. Where bytes are missing or too many, the counter shows where samples
 * begin again. A sample is delivered once the next one's counter has confirmed it, the last one by `finish`.
 */
export class Ppk2Decoder {
  readonly #options: Ppk2DecoderOptions;
  readonly #c0 = new Float64Array(ppk2Ranges);
  readonly #c1 = new Float64Array(ppk2Ranges);
  readonly #c2 = new Float64Array(ppk2Ranges);
  readonly #filter: SpikeFilter | undefined;
  /** Bytes that wait for those behind them. */
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;
  #fill = 0;
  #current = new Float64Array(0);
  #logic = new Uint8Array(0);
  #ranges = new Uint8Array(0);
  #lastRange = -1;
  samples = 0;
  lostSamples = 0;
  saturatedSamples = 0;
  rangeSwitches = 0;
  badRanges = 0;
  /** How often bytes were missing or too many. */
  realignments = 0;

  constructor(options: Ppk2DecoderOptions) {
    this.#options = options;
    this.#filter = options.spikeFilter ? new SpikeFilter() : undefined;
    options.ranges.forEach((range, r) => {
      // I = UG (GS x^2 + GI x + S Vdd + I0) with x = slope * adc + base
      const slope = (4 * ppk2VoltsPerStep) / range.R;
      const base = (-range.O * ppk2VoltsPerStep) / range.R;
      const fixed = (range.S * options.supplyMillivolts) / 1000 + range.I;
      this.#c0[r] = range.UG * (range.GS * base * base + range.GI * base + fixed);
      this.#c1[r] = range.UG * slope * (2 * range.GS * base + range.GI);
      this.#c2[r] = range.UG * range.GS * slope * slope;
    });
  }

  /** Samples and gaps since the start, in sample periods. */
  get position(): number {
    return this.#position;
  }

  push(bytes: Uint8Array): void {
    this.#take(bytes, false);
  }

  /** Decodes what waits for more. Bytes of an unfinished sample are dropped. */
  finish(): void {
    this.#take(new Uint8Array(0), true);
    this.#rest = new Uint8Array(0);
  }

  #take(more: Uint8Array, isLast: boolean): void {
    const bytes = this.#rest.length === 0 ? more : joined(this.#rest, more);
    let at = 0;
    let from = 0;
    let known = 0;
    this.#makeRoom(bytes.length / wordBytes);
    /** Decodes the words from `from` to `to`, which follow each other without a gap. */
    const flush = (to: number): void => {
      if (to > from) this.#decode(bytes, from, (to - from) / wordBytes);
    };
    while (at + wordBytes <= bytes.length) {
      const next = at + wordBytes;
      if (next + wordBytes > bytes.length) {
        if (!isLast) break;
        at = next;
        continue;
      }
      const step = (counterAt(bytes, next) - counterAt(bytes, at)) & ppk2CounterMask;
      if (step === 1) {
        at = next;
        continue;
      }
      const isKnown = at < known;
      if (!isKnown && bytes.length - at < alignmentBytes && !isLast) break;
      const found = isKnown ? 'garbage' : findAlignment(bytes, at);
      if (typeof found === 'string') {
        if (found === 'garbage' && !isKnown) known = at + garbageWords * wordBytes;
        flush(next);
        this.#skip((step - 1) & ppk2CounterMask);
        at = next;
      } else {
        /* Before the first sample nothing can be lost: it is the end of something else. */
        const isFirst = this.#position === 0 && from === at;
        flush(found.isBroken || isFirst ? at : next);
        this.realignments += 1;
        if (!isFirst) this.#skip(found.lost);
        at = found.next;
      }
      from = at;
    }
    flush(at);
    this.#rest = bytes.slice(at);
  }

  #skip(samples: number): void {
    this.lostSamples += samples;
    this.#position += samples;
  }

  /** Chunks of one piece of the stream share their memory: a gap after every sample costs no more than none. */
  #makeRoom(samples: number): void {
    this.#fill = 0;
    this.#current = new Float64Array(samples);
    this.#logic = new Uint8Array(samples);
    this.#ranges = new Uint8Array(samples);
  }

  #decode(bytes: Uint8Array, from: number, count: number): void {
    const first = this.#fill;
    this.#fill += count;
    const current = this.#current.subarray(first, this.#fill);
    const logic = this.#logic.subarray(first, this.#fill);
    const ranges = this.#ranges.subarray(first, this.#fill);
    for (let i = 0; i < count; i += 1) {
      const at = from + wordBytes * i;
      const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
      const adc = word & ppk2AdcMax;
      const range = (word >>> 14) & 7;
      let amps: number;
      if (range >= ppk2Ranges) {
        amps = Number.NaN;
        this.badRanges += 1;
      } else {
        amps = this.#c0[range] + adc * (this.#c1[range] + adc * this.#c2[range]);
        if (adc === ppk2AdcMax) this.saturatedSamples += 1;
        if (range !== this.#lastRange && this.#lastRange >= 0) this.rangeSwitches += 1;
        if (this.#filter !== undefined) amps = this.#filter.next(amps, range);
        this.#lastRange = range;
      }
      current[i] = amps;
      logic[i] = bytes[at + 3];
      ranges[i] = range;
    }
    const startNs = this.#position * periodNs;
    this.#position += count;
    this.samples += count;
    this.#options.onChunk({ startNs, periodNs, current, logic, range: ranges });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
