import { parse } from 'csv-parse/sync';
import { LittlefirstError } from '../../errors.js';
import { type Marker, markers } from '../../machine/machine.js';
import type { WaveformSegment, WaveformSource } from '../../machine/waveform.js';

/** Longest stretch without a segment while somebody measures, milliseconds. */
const tickMilliseconds = 20;

/** What hangs on an instrument that is served alone; plays again from the beginning when it ends. */
export interface LoadPiece {
  amps: number;
  seconds: number;
  marker: Marker;
}

/** A load on an instrument's output, in real time or by another clock. Draws nothing while the supply is off. */
export class Load implements WaveformSource {
  nowNs: number;
  readonly #listeners = new Set<(segments: readonly WaveformSegment[]) => void>();
  readonly #timer: NodeJS.Timeout;
  #piece = 0;
  #leftNs: number;
  #on = false;

  /** @param clock nanoseconds; default: the host's monotonic clock */
  constructor(
    private readonly pieces: readonly LoadPiece[],
    private readonly clock: () => number = () => performance.now() * 1e6,
  ) {
    this.nowNs = clock();
    this.#leftNs = pieces[0].seconds * 1e9;
    this.#timer = setInterval(() => this.advance(), tickMilliseconds);
  }

  /** Sends the current up to now. */
  advance(): void {
    const endNs = this.clock();
    const segments: WaveformSegment[] = [];
    while (this.nowNs < endNs) {
      const { amps, marker } = this.pieces[this.#piece];
      const lengthNs = Math.min(endNs - this.nowNs, this.#leftNs);
      const startNs = this.nowNs;
      this.nowNs = lengthNs === this.#leftNs ? startNs + lengthNs : endNs;
      segments.push({ startNs, endNs: this.nowNs, amps: this.#on ? amps : 0, logic: this.#on ? marker : 0 });
      this.#leftNs -= lengthNs;
      if (this.#leftNs > 0) continue;
      this.#piece = (this.#piece + 1) % this.pieces.length;
      this.#leftNs = this.pieces[this.#piece].seconds * 1e9;
    }
    if (segments.length > 0) for (const listener of this.#listeners) listener(segments);
  }

  /** Switches the supply. */
  power(on: boolean): void {
    this.advance();
    this.#on = on;
  }

  onSegments(listener: (segments: readonly WaveformSegment[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** A current that never changes. */
export function constantLoad(amps: number): LoadPiece[] {
  return [{ amps, seconds: 3600, marker: markers.idle }];
}

/**
 * Reads a waveform: CSV with the columns `seconds`, `amps` and, where the markers move, `marker` (0 to 3).
 * @throws LF_USAGE naming the row that is not one
 */
export function parseWaveform(text: string, name: string): LoadPiece[] {
  const refuse = (received: string): LittlefirstError =>
    new LittlefirstError('LF_USAGE', `${name} is no waveform`, {
      expected: 'CSV with a header: seconds,amps[,marker]; seconds above 0, marker 0 to 3',
      received,
    });
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (rows.length === 0) throw refuse('no rows');
  return rows.map((row, i) => {
    const [seconds, amps, marker] = [Number(row.seconds), Number(row.amps), Number(row.marker ?? 0)];
    if (!(seconds > 0) || !Number.isFinite(amps) || ![0, 1, 2, 3].includes(marker))
      throw refuse(`row ${i + 1}: ${JSON.stringify(row)}`);
    return { seconds, amps, marker: marker as Marker };
  });
}
