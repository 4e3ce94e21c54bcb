import type { WaveformSegment, WaveformSource } from '../supply.js';

/** What a converter saw over one interval. */
export interface Cell {
  /** Exact mean current, amperes. */
  amps: number;
  /** Exact mean of each marker line, 0 to 1. */
  lines: readonly [number, number];
  /** Lines at the end of the interval. */
  logic: number;
}

/**
 * Cuts a waveform into intervals of equal length, from now on, and hands each on as soon as it is complete: what the converters of emulated instruments average over.
 */
export class CellSampler {
  readonly #onCell: (cell: Cell) => void;
  readonly #periodNs: number;
  readonly #unsubscribe: () => void;
  readonly #originNs: number;
  #position: number;
  #cell = 1;
  #charge = 0;
  #high: [number, number] = [0, 0];

  constructor(source: WaveformSource, periodNs: number, onCell: (cell: Cell) => void) {
    this.#onCell = onCell;
    this.#periodNs = periodNs;
    this.#originNs = source.nowNs;
    this.#position = source.nowNs;
    this.#unsubscribe = source.onSegments(segments => {
      for (const segment of segments) this.#take(segment);
    });
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#position - this.#originNs) * 1e-9;
  }

  close(): void {
    this.#unsubscribe();
  }

  #take({ endNs, amps, logic }: WaveformSegment): void {
    while (this.#position < endNs) {
      const cellEnd = this.#originNs + this.#cell * this.#periodNs;
      const until = Math.min(cellEnd, endNs);
      const part = until - this.#position;
      this.#charge += amps * part;
      if (logic & 1) this.#high[0] += part;
      if (logic & 2) this.#high[1] += part;
      this.#position = until;
      if (until < cellEnd) return;
      const [low, high] = this.#high;
      const lines = [low / this.#periodNs, high / this.#periodNs] as const;
      const mean = this.#charge / this.#periodNs;
      this.#charge = 0;
      this.#high = [0, 0];
      this.#cell += 1;
      this.#onCell({ amps: mean, lines, logic });
    }
  }
}
