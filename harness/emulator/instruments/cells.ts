import type { WaveformSegment, WaveformSource } from '../../machine/waveform.js';

/** What a converter saw over one interval. */
export interface Cell {
  /** Exact mean current, amperes; and the least and the most that flowed. */
  amps: number;
  least: number;
  most: number;
  /** Exact mean of each marker line, 0 to 1. */
  lines: readonly [number, number];
  /** Lines at the end of the interval. */
  logic: number;
  /** Its end, nanoseconds of the waveform's time. */
  endNs: number;
}

/** Cuts a waveform into intervals of equal length and hands each on as soon as it is complete: what a converter averages over. */
export class CellCutter {
  readonly #originNs: number;
  readonly #periodNs: number;
  readonly #onCell: (cell: Cell) => void;
  #position: number;
  #cell = 1;
  #charge = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #high: [number, number] = [0, 0];

  constructor(originNs: number, periodNs: number, onCell: (cell: Cell) => void) {
    this.#originNs = originNs;
    this.#periodNs = periodNs;
    this.#onCell = onCell;
    this.#position = originNs;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#position - this.#originNs) * 1e-9;
  }

  /** Takes the next segment; they come in order and without gaps. */
  take({ endNs, amps, logic }: WaveformSegment): void {
    while (this.#position < endNs) {
      const cellEnd = this.#originNs + this.#cell * this.#periodNs;
      const until = Math.min(cellEnd, endNs);
      const part = until - this.#position;
      this.#charge += amps * part;
      if (amps < this.#least) this.#least = amps;
      if (amps > this.#most) this.#most = amps;
      if (logic & 1) this.#high[0] += part;
      if (logic & 2) this.#high[1] += part;
      this.#position = until;
      if (until < cellEnd) return;
      const [low, high] = this.#high;
      const lines = [low / this.#periodNs, high / this.#periodNs] as const;
      const mean = this.#charge / this.#periodNs;
      const [least, most] = [this.#least, this.#most];
      this.#charge = 0;
      this.#least = Number.POSITIVE_INFINITY;
      this.#most = Number.NEGATIVE_INFINITY;
      this.#high = [0, 0];
      this.#cell += 1;
      this.#onCell({ amps: mean, least, most, lines, logic, endNs: cellEnd });
    }
  }
}

/** A `CellCutter` on a source, from now on. */
export class CellSampler {
  readonly #cutter: CellCutter;
  readonly #unsubscribe: () => void;

  constructor(source: WaveformSource, periodNs: number, onCell: (cell: Cell) => void) {
    this.#cutter = new CellCutter(source.nowNs, periodNs, onCell);
    this.#unsubscribe = source.onSegments(segments => {
      for (const segment of segments) this.#cutter.take(segment);
    });
  }

  /** Seconds since the start. */
  get seconds(): number {
    return this.#cutter.seconds;
  }

  close(): void {
    this.#unsubscribe();
  }
}
