import type { SampleChunk } from '../meter.js';
import {
  type Ppk2RangeCalibration,
  ppk2AdcMax,
  ppk2Ranges,
  ppk2SampleRateHz,
  ppk2VoltsPerStep,
} from './protocol.js';

const periodNs = 1e9 / ppk2SampleRateHz;
/** Nordic's filter: exponential averages that replace the first samples after a range change. */
const spikeAlpha = 0.18;
const spikeAlphaTop = 0.06;
const spikeSamples = 3;

export interface Ppk2DecoderOptions {
  ranges: readonly Ppk2RangeCalibration[];
  supplyMillivolts: number;
  /** Apply Nordic's spike filter. It hides switching spikes but lags behind real steps, so energy of short bursts comes out low. */
  spikeFilter: boolean;
  onChunk: (chunk: SampleChunk) => void;
}

/**
 * Decodes the sample stream. The 6-bit counter shows gaps of up to 63 samples (whole multiples of 64 vanish; the driver bounds
 * those by elapsed time): after a gap the next chunk starts later.
 */
export class Ppk2Decoder {
  readonly #options: Ppk2DecoderOptions;
  readonly #c0 = new Float64Array(ppk2Ranges);
  readonly #c1 = new Float64Array(ppk2Ranges);
  readonly #c2 = new Float64Array(ppk2Ranges);
  readonly #rest = new Uint8Array(4);
  #restLength = 0;
  #expected = -1;
  #position = 0;
  #lastRange = -1;
  #average = Number.NaN;
  #averageTop = Number.NaN;
  #spikeLeft = 0;
  #sinceSwitch = 0;
  samples = 0;
  lostSamples = 0;
  saturatedSamples = 0;
  rangeSwitches = 0;
  badRanges = 0;

  constructor(options: Ppk2DecoderOptions) {
    this.#options = options;
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
    let offset = 0;
    if (this.#restLength > 0) {
      while (this.#restLength < 4 && offset < bytes.length) {
        this.#rest[this.#restLength] = bytes[offset];
        this.#restLength += 1;
        offset += 1;
      }
      if (this.#restLength < 4) return;
      this.#restLength = 0;
      this.#decode(this.#rest, 0, 1);
    }
    const count = (bytes.length - offset) >> 2;
    if (count > 0) this.#decode(bytes, offset, count);
    for (let i = offset + 4 * count; i < bytes.length; i += 1) {
      this.#rest[this.#restLength] = bytes[i];
      this.#restLength += 1;
    }
  }

  #decode(bytes: Uint8Array, offset: number, count: number): void {
    let current = new Float64Array(count);
    let logic = new Uint8Array(count);
    let ranges = new Uint8Array(count);
    let fill = 0;
    let startNs = this.#position * periodNs;
    const flush = () => {
      if (fill === 0) return;
      this.#options.onChunk({
        startNs,
        periodNs,
        current: current.subarray(0, fill),
        logic: logic.subarray(0, fill),
        range: ranges.subarray(0, fill),
      });
      current = new Float64Array(count);
      logic = new Uint8Array(count);
      ranges = new Uint8Array(count);
      fill = 0;
    };
    for (let i = 0; i < count; i += 1) {
      const at = offset + 4 * i;
      const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      const counter = (word >>> 18) & 63;
      if (this.#expected >= 0 && counter !== this.#expected) {
        const gap = (counter - this.#expected) & 63;
        flush();
        this.lostSamples += gap;
        this.#position += gap;
        startNs = this.#position * periodNs;
      }
      this.#expected = (counter + 1) & 63;
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
        if (this.#options.spikeFilter) amps = this.#filter(amps, range);
        this.#lastRange = range;
      }
      current[fill] = amps;
      logic[fill] = word >>> 24;
      ranges[fill] = range;
      fill += 1;
      this.#position += 1;
    }
    this.samples += count;
    flush();
  }

  #filter(amps: number, range: number): number {
    const average = this.#average;
    const averageTop = this.#averageTop;
    this.#average = Number.isNaN(average) ? amps : spikeAlpha * amps + (1 - spikeAlpha) * average;
    this.#averageTop = Number.isNaN(averageTop)
      ? amps
      : spikeAlphaTop * amps + (1 - spikeAlphaTop) * averageTop;
    const isSwitch = this.#lastRange >= 0 && range !== this.#lastRange;
    if (!isSwitch && this.#spikeLeft <= 0) return amps;
    if (isSwitch) {
      this.#sinceSwitch = 0;
      this.#spikeLeft = spikeSamples;
    } else {
      this.#sinceSwitch += 1;
    }
    let filtered = this.#average;
    if (range === ppk2Ranges - 1) {
      if (this.#sinceSwitch < 2) {
        this.#average = average;
        this.#averageTop = averageTop;
      }
      filtered = this.#averageTop;
    }
    this.#spikeLeft -= 1;
    return filtered;
  }
}
