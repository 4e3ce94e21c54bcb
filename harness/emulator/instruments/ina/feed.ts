import type { WaveformSource } from '../../../machine/waveform.js';
import { CellCutter } from '../cells.js';
import type { EmulatedIna } from './sensor.js';

export interface InaFeedOptions {
  source: WaveformSource;
  sensor: EmulatedIna;
  /** A marker line changed; times are the waveform's. */
  onEdge: (timeNs: number, markers: number) => void;
  /** A conversion of the shunt has ended. */
  onConversion: (timeNs: number, amps: number, markers: number) => void;
  /** All segments that came together have been taken. */
  onBatch?: () => void;
}

/** Lets a waveform flow through a sensor's shunt: conversions and marker edges in the order of their times. */
export class InaFeed {
  readonly #options: InaFeedOptions;
  readonly #unsubscribe: () => void;
  #cutter: CellCutter | undefined;
  #markers = 0;
  #nowNs = 0;

  constructor(options: InaFeedOptions) {
    this.#options = options;
    this.restart();
    this.#unsubscribe = options.source.onSegments(segments => {
      for (const segment of segments) {
        /* The time of the waveform began anew: the conversion under way has no end. */
        if (segment.startNs < this.#nowNs) this.restart(segment.startNs);
        this.#nowNs = segment.endNs;
        if (segment.logic !== this.#markers) {
          this.#markers = segment.logic;
          options.onEdge(segment.startNs, segment.logic);
        }
        this.#cutter?.take(segment);
      }
      options.onBatch?.();
    });
  }

  /** The sensor begins a new conversion, now unless told otherwise. */
  restart(startNs = this.#options.source.nowNs): void {
    const { sensor, onConversion } = this.#options;
    const { input, nanoseconds } = sensor.conversion;
    this.#nowNs = startNs;
    this.#cutter =
      input === 'shunt'
        ? new CellCutter(startNs, nanoseconds, cell => onConversion(cell.endNs, cell.amps, cell.logic))
        : undefined;
  }

  close(): void {
    this.#unsubscribe();
  }
}
