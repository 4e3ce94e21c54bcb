import { markers } from '../../machine/machine.js';
import type { WaveformSegment, WaveformSource } from '../../machine/waveform.js';

/** Switches an emulated meter from the board to a resistor and back. Time passes on the resistor without the board, and with it where the board runs on. */
export class LoadSwitch implements WaveformSource {
  readonly #listeners = new Set<(segments: readonly WaveformSegment[]) => void>();
  #nowNs: number;
  /** Time that was spent on the resistor. */
  #shiftNs = 0;
  #resistorAmps: number | undefined;
  #isPowered = true;

  constructor(board: WaveformSource) {
    this.#nowNs = board.nowNs;
    board.onSegments(segments => {
      const shift = this.#shiftNs;
      this.#send(
        segments.map(part => ({
          ...part,
          startNs: part.startNs + shift,
          endNs: part.endNs + shift,
          ...(this.isOnResistor ? { amps: this.#amps, logic: markers.idle } : {}),
        })),
      );
    });
  }

  /** What the resistor draws now. */
  get #amps(): number {
    return this.#isPowered ? (this.#resistorAmps ?? 0) : 0;
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  /** Whether the resistor is on the meter. */
  get isOnResistor(): boolean {
    return this.#resistorAmps !== undefined;
  }

  onSegments(listener: (segments: readonly WaveformSegment[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts the resistor on, which draws this current while the meter feeds it; undefined: the board again. */
  connect(amps: number | undefined): void {
    this.#resistorAmps = amps;
  }

  /** What the meter's output does, whatever hangs on it: one that cannot switch leaves it on. */
  power(on: boolean): void {
    this.#isPowered = on;
  }

  /** Lets time pass on the resistor. */
  pass(seconds: number): void {
    const startNs = this.#nowNs;
    const endNs = startNs + seconds * 1e9;
    this.#shiftNs += endNs - startNs;
    this.#send([{ startNs, endNs, amps: this.#amps, logic: markers.idle }]);
  }

  #send(segments: readonly WaveformSegment[]): void {
    this.#nowNs = segments.at(-1)?.endNs ?? this.#nowNs;
    for (const listener of this.#listeners) listener(segments);
  }
}
