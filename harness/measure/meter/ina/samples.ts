import type { SampleChunk } from '../meter.js';
import { type InaChip, type InaEdgeLine, type InaRange, type InaSampleLine, inaNumber } from './protocol.js';

export interface InaSamplesOptions {
  chip: InaChip;
  range: InaRange;
  shuntOhms: number;
  /** Nominal time of a conversion, microseconds; the times of the lines tell the real one. */
  periodMicros: number;
  /** Supply voltage as measured before, volts. */
  volts: number;
  onChunk: (chunk: SampleChunk) => void;
}

const wrap = 2 ** 32;
const chunkSamples = 64;
/** Conversions this many times further apart than usual have lost ones between them. */
const gapFactor = 1.5;
/** A marker state that lasts no longer is one on the way between two others. */
const glitchMicros = 5;

/** Places conversions in time by the bridge's clock, and counts what is lost, saturated, or too short to be seen. */
export class InaSamples {
  readonly #options: InaSamplesOptions;
  /** Bridge's time of the last line, and the same without wraps since one period before the first line. */
  #lastMicros: number | undefined;
  #total = 0;
  #sequence = 0;
  /** End of the last delivered sample and of the last taken one, microseconds since the start. */
  #deliveredTo = 0;
  #end = 0;
  #period: number;
  #current: number[] = [];
  #logic: number[] = [];
  #before = 0;
  #edges: { micros: number; markers: number }[] = [];
  #peak = 0;
  coulombs = 0;
  samples = 0;
  lostSamples = 0;
  saturatedSamples = 0;
  /** Lines that the bridge made and that did not arrive. */
  lostLines = 0;
  /** Marker states that no conversion shows. */
  missedStates = 0;
  isOverflown = false;
  isMemoryBad = false;

  constructor(options: InaSamplesOptions) {
    this.#options = options;
    this.#period = options.periodMicros;
  }

  /** Largest current, amperes. */
  get peakAmps(): number {
    return this.#peak;
  }

  edge(line: InaEdgeLine): void {
    this.#edges.push({ micros: this.#place(line), markers: line.markers });
  }

  sample(line: InaSampleLine): void {
    const { chip, range, shuntOhms } = this.#options;
    const end = this.#place(line);
    const code = inaNumber(line.data, true) >> chip.shift;
    const isSaturated = code <= range.lowest || code >= range.highest;
    const amps = isSaturated ? Number.NaN : (code * range.voltsPerStep) / shuntOhms;
    if ((line.status & chip.statusBits.overflow) !== 0) this.isOverflown = true;
    if (chip.statusBits.memoryGood !== undefined && (line.status & chip.statusBits.memoryGood) === 0)
      this.isMemoryBad = true;
    if (isSaturated) this.saturatedSamples += 1;
    else this.#peak = Math.max(this.#peak, Math.abs(amps));
    this.#skipGap(end);
    if (!isSaturated) this.coulombs += amps * (end - this.#end) * 1e-6;
    this.#end = end;
    this.#current.push(amps);
    this.#logic.push(line.markers);
    this.#checkEdges(line.markers, end);
    this.samples += 1;
    if (this.#current.length >= chunkSamples) this.flush();
  }

  flush(): void {
    const count = this.#current.length;
    if (count === 0) return;
    const chunk = {
      startNs: this.#deliveredTo * 1e3,
      periodNs: ((this.#end - this.#deliveredTo) / count) * 1e3,
      current: Float64Array.from(this.#current),
      voltage: new Float64Array(count).fill(this.#options.volts),
      logic: Uint8Array.from(this.#logic),
    };
    this.#period = (this.#end - this.#deliveredTo) / count;
    this.#current = [];
    this.#logic = [];
    this.#deliveredTo = this.#end;
    this.#options.onChunk(chunk);
  }

  /** Time of a line since one period before the first conversion; sequence gaps are counted. */
  #place(line: InaSampleLine | InaEdgeLine): number {
    this.lostLines += (line.sequence - this.#sequence + 256) % 256;
    this.#sequence = (line.sequence + 1) % 256;
    const passed =
      this.#lastMicros === undefined ? this.#period : (line.micros - this.#lastMicros + wrap) % wrap;
    this.#lastMicros = line.micros;
    this.#total += passed;
    return this.#total;
  }

  /** Starts a new chunk behind a gap. */
  #skipGap(end: number): void {
    const missing = Math.round((end - this.#end) / this.#period) - 1;
    if (end - this.#end <= gapFactor * this.#period) return;
    this.flush();
    if (this.samples > 0) this.lostSamples += missing;
    this.#end = end - this.#period;
    this.#deliveredTo = this.#end;
  }

  /** States between two conversions that neither of them shows. */
  #checkEdges(markers: number, end: number): void {
    for (const [i, edge] of this.#edges.entries()) {
      const until = this.#edges[i + 1]?.micros ?? end;
      const isShown = edge.markers === markers || edge.markers === this.#before;
      if (!isShown && until - edge.micros > glitchMicros) this.missedStates += 1;
    }
    this.#before = markers;
    this.#edges = [];
  }
}
