import { ppk2Ranges } from './protocol.js';

/** Nordic's filter: exponential averages that replace the first samples after a range change. */
const spikeAlpha = 0.18;
const spikeAlphaTop = 0.06;
const spikeSamples = 3;

/** The spike filter of Nordic's Power Profiler (its class SerialDevice). */
export class SpikeFilter {
  #lastRange = -1;
  #average = Number.NaN;
  #averageTop = Number.NaN;
  #left = 0;
  #sinceSwitch = 0;

  /** The sample as the filter shows it. */
  next(amps: number, range: number): number {
    const average = this.#average;
    const averageTop = this.#averageTop;
    this.#average = Number.isNaN(average) ? amps : spikeAlpha * amps + (1 - spikeAlpha) * average;
    this.#averageTop = Number.isNaN(averageTop)
      ? amps
      : spikeAlphaTop * amps + (1 - spikeAlphaTop) * averageTop;
    const isSwitch = this.#lastRange >= 0 && range !== this.#lastRange;
    this.#lastRange = range;
    if (!isSwitch && this.#left <= 0) return amps;
    if (isSwitch) {
      this.#sinceSwitch = 0;
      this.#left = spikeSamples;
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
    this.#left -= 1;
    return filtered;
  }
}
