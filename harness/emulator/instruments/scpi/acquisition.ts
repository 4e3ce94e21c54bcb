import type { WaveformSource } from '../../../machine/waveform.js';
import { type Cell, CellCutter, CellSampler } from '../cells.js';
import { normalSource } from '../noise.js';

/** Errors of the emulated instrument; all absent: an exact one, apart from its resolution. */
export interface ScpiErrors {
  gain?: number;
  offsetAmps?: number;
  /** Of one reading. */
  noiseAmps?: number;
  /** What the FIFO of a mainframe holds, seconds; default: no end, because the host's time is not the emulated time. */
  fifoSeconds?: number;
  /** Readings that are lost: `count` of them from reading `at` on; time goes on. */
  gaps?: readonly { at: number; count: number }[];
  /** This reading is "not a number". */
  nanAt?: number;
  /** Lines in the error queue from the start. */
  errorQueue?: readonly string[];
  seed?: number;
}

/** SCPI-99, 7.2.1.4 and 7.2.1.5. */
const overflow = 9.9e37;
const notANumber = 9.91e37;
/** A converter reads a little beyond the end of its range. */
const overrange = 1.05;

export interface Reading {
  amps: number;
  /** Least and most of the reading's time. */
  least: number;
  most: number;
  /** Mean voltage of the node that both marker lines pull at through two resistors, as a share of their high level. */
  level: number;
  /** Since the start. */
  seconds: number;
}

/** What the converter is set to while it runs. */
export interface Converter {
  periodSeconds: number;
  rangeAmps: number;
  stepAmps: number;
  limitAmps: number;
  /** Ends by itself after so many readings. */
  count: number;
  /** The readings that are kept; older ones are gone. */
  capacity: number;
  isOn: () => boolean;
}

/** Readings of one acquisition, and the present current. */
export class ScpiAcquisition {
  readonly #source: WaveformSource;
  readonly #errors: ScpiErrors;
  #normal: () => number;
  #sampler: CellSampler | undefined;
  #unarm: (() => void) | undefined;
  #converter: Converter | undefined;
  #nowAmps = 0;
  #total = 0;
  #lost = 0;
  #gap = 0;
  /** Readings since the start, and those that are gone from `readings`. */
  count = 0;
  dropped = 0;
  readings: Reading[] = [];
  isTripped = false;
  /** The limit of the output that feeds the DUT acted since this was last set to false, measuring or not. */
  wasLimited = false;
  /** That limit, amperes. */
  limit: () => number = () => Number.POSITIVE_INFINITY;

  constructor(source: WaveformSource, errors: ScpiErrors) {
    this.#source = source;
    this.#errors = errors;
    this.#normal = normalSource(errors.seed ?? 1);
    source.onSegments(segments => {
      this.#nowAmps = segments.at(-1)?.amps ?? this.#nowAmps;
      const limit = this.limit();
      if (segments.some(({ amps }) => amps > limit)) this.wasLimited = true;
    });
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#normal = normalSource(seed);
  }

  get isLimited(): boolean {
    return this.#nowAmps > this.limit();
  }

  /** Seconds of measuring since it was made, lost readings included. */
  get seconds(): number {
    return this.#total + (this.#sampler?.seconds ?? 0);
  }

  get isRunning(): boolean {
    return this.#sampler !== undefined || this.#unarm !== undefined;
  }

  /** Starts at once, or with the next edge of marker line 0, to end with the one after it. */
  start(converter: Converter, isTriggered: boolean): void {
    this.#converter = converter;
    this.clear();
    if (isTriggered) this.#arm(converter);
    else
      this.#sampler = new CellSampler(this.#source, converter.periodSeconds * 1e9, cell =>
        this.#convert(cell),
      );
  }

  clear(): void {
    this.count = 0;
    this.#gap = 0;
    this.#lost = 0;
    this.readings = [];
    this.dropped = 0;
    this.isTripped = false;
  }

  stop(): void {
    this.#unarm?.();
    this.#unarm = undefined;
    if (this.#sampler === undefined) return;
    this.#total += this.#sampler.seconds;
    this.#sampler.close();
    this.#sampler = undefined;
  }

  /** One reading of the present current, amperes. */
  single(converter: Converter): number {
    return this.#reading(converter.isOn() ? this.#nowAmps : 0, converter);
  }

  #arm(converter: Converter): void {
    let line: number | undefined;
    let cutter: CellCutter | undefined;
    let isOver = false;
    this.#unarm = this.#source.onSegments(segments => {
      for (const segment of segments) {
        const isEdge = line !== undefined && (segment.logic & 1) !== line;
        line = segment.logic & 1;
        if (isEdge && cutter !== undefined) isOver = true;
        else if (isEdge && !isOver)
          cutter = new CellCutter(segment.startNs, converter.periodSeconds * 1e9, cell =>
            this.#convert(cell),
          );
        if (!isOver) cutter?.take(segment);
      }
    });
  }

  #reading(drawn: number, { rangeAmps, stepAmps }: Converter): number {
    const { gain = 0, offsetAmps = 0, noiseAmps = 0 } = this.#errors;
    const seen = drawn * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0);
    return Math.abs(seen) > overrange * rangeAmps ? overflow : Math.round(seen / stepAmps) * stepAmps;
  }

  #convert(cell: Cell): void {
    const converter = this.#converter;
    if (converter === undefined || this.count >= converter.count) return;
    const { gaps = [], nanAt, fifoSeconds } = this.#errors;
    const at = this.count + this.#lost;
    const gap = gaps[this.#gap];
    if (gap !== undefined && at >= gap.at) {
      this.#lost += 1;
      if (at === gap.at + gap.count - 1) this.#gap += 1;
      return;
    }
    const drawn = converter.isOn() ? cell.amps : 0;
    if (drawn > converter.limitAmps) this.isTripped = true;
    const amps = at === nanAt ? notANumber : this.#reading(drawn, converter);
    const [least, most] = converter.isOn() ? [cell.least, cell.most] : [0, 0];
    const level = (cell.lines[0] + 2 * cell.lines[1]) / 3;
    this.readings.push({ amps, least, most, level, seconds: at * converter.periodSeconds });
    this.count += 1;
    const capacity = fifoSeconds === undefined ? converter.capacity : fifoSeconds / converter.periodSeconds;
    if (this.readings.length > capacity) {
      this.readings.shift();
      this.dropped += 1;
    }
  }
}
