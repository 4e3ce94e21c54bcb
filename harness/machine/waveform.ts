import type { Marker } from './machine.js';

/** A stretch of constant current at the chip's supply pin, in virtual time. */
export interface WaveformSegment {
  startNs: number;
  endNs: number;
  amps: number;
  /** Marker lines, bit 0 and 1. */
  logic: Marker;
}

/** What an emulated meter listens to: the exact current waveform, in order and without gaps. */
export interface WaveformSource {
  /** End of the last segment that was sent, nanoseconds of virtual time. */
  readonly nowNs: number;
  /** Registers a receiver of segments; returns the unsubscribe function. */
  onSegments(listener: (segments: readonly WaveformSegment[]) => void): () => void;
}

/** One piece of a scripted waveform. */
export interface WaveformPiece {
  amps: number;
  marker: Marker;
  seconds: number;
}

/** A waveform that is told what to do: the load of an instrument that is emulated alone, or a resistor for its check. */
export class ScriptedSource implements WaveformSource {
  readonly #listeners = new Set<(segments: readonly WaveformSegment[]) => void>();
  #nowNs = 0;

  get nowNs(): number {
    return this.#nowNs;
  }

  onSegments(listener: (segments: readonly WaveformSegment[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Plays pieces one after another, from now on. */
  play(pieces: readonly WaveformPiece[]): void {
    const segments = pieces.map(({ amps, marker, seconds }) => {
      const startNs = this.#nowNs;
      this.#nowNs += seconds * 1e9;
      return { startNs, endNs: this.#nowNs, amps, logic: marker };
    });
    for (const listener of this.#listeners) listener(segments);
  }
}
