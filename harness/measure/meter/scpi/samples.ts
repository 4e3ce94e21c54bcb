import type { SampleChunk } from '../meter.js';
import { classifyScpiNumber } from './connection.js';

export interface ScpiSamplesOptions {
  periodSeconds: number;
  /** Voltage between two neighbouring marker states, where a voltmeter reads them. */
  markerStepVolts?: number;
  /** Marker state of readings with times; default idle. */
  timedLogic?: number;
  onChunk: (chunk: SampleChunk) => void;
}

/** Readings this many times further apart than usual have lost ones between them. */
const gapFactor = 1.5;

/** Places readings in time, counts what is lost or beyond the range, and delivers them. */
export class ScpiSamples {
  readonly #onChunk: (chunk: SampleChunk) => void;
  readonly #markerStep: number;
  readonly #timedLogic: number;
  #period: number;
  /** The last record with marker voltage: what it means depends on the one after it. */
  #held: { amps: number; level: number; volts?: number } | undefined;
  #before = 0;
  #end = 0;
  #offset: number | undefined;
  samples = 0;
  lostSamples = 0;
  saturatedSamples = 0;

  constructor(options: ScpiSamplesOptions) {
    this.#period = options.periodSeconds;
    this.#onChunk = options.onChunk;
    this.#markerStep = options.markerStepVolts ?? 1.1;
    this.#timedLogic = options.timedLogic ?? 0;
  }

  /** Seconds from the start to the end of the last reading, by the instrument. */
  get seconds(): number {
    return this.#end;
  }

  /** Readings without times, one a period. */
  add(current: Float64Array, logic: Uint8Array, voltage?: Float64Array): void {
    if (current.length === 0) return;
    this.#deliver(this.#end, this.#period, this.#checked(current), logic, voltage);
    this.#end += current.length * this.#period;
  }

  /** Readings with the mean voltage of the marker node over the same time, one a period. All but the last are delivered. */
  addMarked(current: Float64Array, levels: Float64Array, voltage?: Float64Array): void {
    const held = this.#held;
    const count = current.length + (held === undefined ? 0 : 1);
    if (count === 0) return;
    const all = {
      amps: held === undefined ? current : Float64Array.of(held.amps, ...current),
      levels: held === undefined ? levels : Float64Array.of(held.level, ...levels),
      volts: held?.volts === undefined ? voltage : Float64Array.of(held.volts, ...(voltage ?? [])),
    };
    const last = count - 1;
    this.#held = { amps: all.amps[last], level: all.levels[last], volts: all.volts?.[last] };
    this.add(all.amps.slice(0, last), this.#states(all.levels), all.volts?.slice(0, last));
  }

  /** Delivers what is held back. */
  finish(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const logic = Uint8Array.of(this.#nearest(held.level));
    this.add(
      Float64Array.of(held.amps),
      logic,
      held.volts === undefined ? undefined : Float64Array.of(held.volts),
    );
  }

  #nearest(volts: number): number {
    return Math.min(3, Math.max(0, Math.round(volts / this.#markerStep)));
  }

  /** States of all readings but the last. A reading between those before and after it has an edge in it, and the state after the edge. */
  #states(levels: Float64Array): Uint8Array {
    const states = new Uint8Array(levels.length - 1);
    for (let i = 0; i < states.length; i += 1) {
      const [before, here, after] = [this.#before, levels[i], levels[i + 1]];
      const isBetween =
        (here - before) * (after - here) > 0 && Math.abs(after - before) > 0.5 * this.#markerStep;
      states[i] = this.#nearest(isBetween ? after : here);
      this.#before = here;
    }
    return states;
  }

  /** Readings with their times (of their ends), seconds since the first one. */
  addTimed(current: Float64Array, times: Float64Array): void {
    if (current.length === 0) return;
    const checked = this.#checked(current);
    this.#offset ??= this.#period - times[0];
    let start = 0;
    for (let i = 0; i < times.length; i += 1) {
      const before = i === 0 ? this.#end : times[i - 1] + this.#offset;
      const missing = Math.round((times[i] + this.#offset - before) / this.#period) - 1;
      if (times[i] + this.#offset - before <= gapFactor * this.#period) continue;
      this.#stretch(checked, times, start, i);
      this.lostSamples += missing;
      this.#end = times[i] + this.#offset - this.#period;
      start = i;
    }
    this.#stretch(checked, times, start, times.length);
  }

  #stretch(current: Float64Array, times: Float64Array, from: number, to: number): void {
    if (to <= from) return;
    const end = times[to - 1] + (this.#offset ?? 0);
    this.#period = (end - this.#end) / (to - from);
    this.#deliver(
      this.#end,
      this.#period,
      current.slice(from, to),
      new Uint8Array(to - from).fill(this.#timedLogic),
    );
    this.#end = end;
  }

  #deliver(start: number, period: number, current: Float64Array, logic: Uint8Array, voltage?: Float64Array) {
    this.samples += current.length;
    this.#onChunk({ startNs: start * 1e9, periodNs: period * 1e9, current, logic, voltage });
  }

  #checked(current: Float64Array): Float64Array {
    for (let i = 0; i < current.length; i += 1) {
      const kind = classifyScpiNumber(current[i]);
      if (kind === 'number') continue;
      if (kind === 'overflow') this.saturatedSamples += 1;
      current[i] = Number.NaN;
    }
    return current;
  }
}
