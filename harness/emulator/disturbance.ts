import type { WaveformSegment, WaveformSource } from '../machine/waveform.js';
import { normalSource } from './instruments/noise.js';

/** What a real bench does to the current and the lines between the chip's pin and the meter. All absent: nothing. */
export interface Disturbance {
  /** Capacitors behind the meter against its source: time constant, seconds. Moves charge in time, creates none. */
  rcSeconds?: number;
  /** The marker lines reach the meter this much after the current, seconds. */
  latencySeconds?: number;
  /** Resistance in the supply: a converter draws more current at the lower voltage. With `volts`. */
  sagOhms?: number;
  /** Current that comes in by the line or the debug probe and is missed, amperes. */
  backPowerAmps?: number;
  /** A current after each rise from idle, amperes and seconds. */
  inrush?: { amps: number; seconds: number };
  /** Mains hum, amplitude in amperes, 50 Hz. */
  humAmps?: number;
  /** Noise with a memory: standard deviation in amperes and time constant in seconds. */
  slowNoise?: { amps: number; seconds: number };
  /** Supply voltage for `sagOhms`, volts. */
  volts?: number;
  seed?: number;
}

/** Longest stretch that is taken as one where a disturbance varies, nanoseconds. */
const stepNs = 4000;
const humRadiansPerNs = 2 * Math.PI * 50e-9;

/** A waveform as it reaches the meter over a bench with faults. */
export class DisturbedSource implements WaveformSource {
  readonly #listeners = new Set<(segments: readonly WaveformSegment[]) => void>();
  readonly #disturbance: Disturbance;
  readonly #normal: () => number;
  /** Marker states that are still on their way: from when each holds. */
  readonly #logic: { fromNs: number; logic: WaveformSegment['logic'] }[] = [];
  #nowNs = 0;
  #behind = Number.NaN;
  #noise = 0;
  #lastLogic = -1;
  #inrushUntilNs = 0;

  constructor(source: WaveformSource, disturbance: Disturbance) {
    this.#disturbance = disturbance;
    this.#normal = normalSource(disturbance.seed ?? 1);
    source.onSegments(segments => {
      const disturbed = segments.flatMap(segment => [...this.#pieces(segment)]);
      for (const listener of this.#listeners) listener(disturbed);
    });
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  onSegments(listener: (segments: readonly WaveformSegment[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  *#pieces({ startNs, endNs, amps, logic }: WaveformSegment): Iterable<WaveformSegment> {
    const { latencySeconds = 0, inrush } = this.#disturbance;
    if (logic !== this.#lastLogic) {
      this.#logic.push({ fromNs: startNs + latencySeconds * 1e9, logic });
      if (this.#lastLogic === 0 && inrush !== undefined) this.#inrushUntilNs = startNs + inrush.seconds * 1e9;
      this.#lastLogic = logic;
    }
    for (let from = startNs; from < endNs; ) {
      while (this.#logic.length > 1 && this.#logic[1].fromNs <= from) this.#logic.shift();
      const next = this.#logic[1]?.fromNs ?? Number.POSITIVE_INFINITY;
      const to = Math.min(
        endNs,
        from + stepNs,
        next,
        this.#inrushUntilNs > from ? this.#inrushUntilNs : endNs,
      );
      yield { startNs: from, endNs: to, amps: this.#current(amps, from, to), logic: this.#logic[0].logic };
      this.#nowNs = to;
      from = to;
    }
  }

  #current(truth: number, from: number, to: number): number {
    const { rcSeconds, sagOhms, volts, backPowerAmps, inrush, humAmps, slowNoise } = this.#disturbance;
    let amps = truth;
    if (inrush !== undefined && from < this.#inrushUntilNs) amps += inrush.amps;
    // A converter takes constant power: i = p / (v - i r), to first order.
    if (sagOhms !== undefined && volts !== undefined) amps *= 1 + (amps * sagOhms) / volts;
    if (rcSeconds !== undefined) amps = this.#filtered(amps, (to - from) * 1e-9, rcSeconds);
    if (backPowerAmps !== undefined) amps = Math.max(0, amps - backPowerAmps);
    if (humAmps !== undefined) amps += humAmps * Math.sin((humRadiansPerNs * (from + to)) / 2);
    if (slowNoise !== undefined) amps += this.#wander((to - from) * 1e-9, slowNoise);
    return amps;
  }

  /** Mean over a stretch of what a first-order low pass makes of a constant current. */
  #filtered(amps: number, seconds: number, tau: number): number {
    const before = Number.isNaN(this.#behind) ? amps : this.#behind;
    const left = Math.exp(-seconds / tau);
    this.#behind = amps + (before - amps) * left;
    return amps + (before - amps) * (tau / seconds) * (1 - left);
  }

  #wander(seconds: number, { amps, seconds: tau }: { amps: number; seconds: number }): number {
    const kept = Math.exp(-seconds / tau);
    this.#noise = kept * this.#noise + Math.sqrt(1 - kept ** 2) * amps * this.#normal();
    return this.#noise;
  }
}
