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
  /** Integral non-linearity: the gain is off by `share` times the sine of the current's decades, at a phase in radians. */
  nonLinearity?: { share: number; phase: number };
  /** Relative gain and offset that grow with time, per second. */
  gainPerSecond?: number;
  offsetAmpsPerSecond?: number;
  /** The instrument samples the instant and does not average: the current at the beginning of each period of this length holds for all of it. */
  holdSeconds?: number;
  /** After each rise from idle the instrument still shows the current before it, for this long: a range that changes late. */
  lagSeconds?: number;
  /** Relative error of the instrument's clock. */
  clockRelative?: number;
  /** Supply voltage for `sagOhms`, volts. */
  volts?: number;
  seed?: number;
}

/** Longest stretch that is taken as one where a disturbance varies, nanoseconds. */
const stepNs = 4000;
const humRadiansPerNs = 2 * Math.PI * 50e-9;
/** Cycles of the non-linearity in a decade of current. */
const wavesPerDecade = 1.5;

/** A waveform as it reaches the meter over a bench with faults. */
export class DisturbedSource implements WaveformSource {
  readonly #listeners = new Set<(segments: readonly WaveformSegment[]) => void>();
  readonly #disturbance: Disturbance;
  readonly #normal: () => number;
  /** Longest stretch without a change, nanoseconds. */
  readonly #longest: number;
  /** Marker states that are still on their way: from when each holds. */
  readonly #logic: { fromNs: number; logic: WaveformSegment['logic'] }[] = [];
  /** A resistor hangs on the meter instead of the board: it is no converter, and nothing else feeds it. */
  isOnResistor = false;
  #nowNs = 0;
  #behind = Number.NaN;
  #noise = 0;
  #lastLogic = -1;
  #lastAmps = 0;
  #inrushUntilNs = 0;
  #lagUntilNs = 0;
  #lagAmps = 0;
  #held = { cell: -1, amps: 0 };

  constructor(source: WaveformSource, disturbance: Disturbance) {
    this.#disturbance = disturbance;
    this.#normal = normalSource(disturbance.seed ?? 1);
    const { rcSeconds, humAmps, slowNoise } = disturbance;
    const varies = rcSeconds !== undefined || humAmps !== undefined || slowNoise !== undefined;
    this.#longest = varies ? stepNs : Number.POSITIVE_INFINITY;
    source.onSegments(segments => {
      const disturbed = segments.flatMap(segment => [...this.#pieces(segment)]);
      for (const listener of this.#listeners) listener(disturbed);
    });
  }

  get nowNs(): number {
    return this.#nowNs * this.#pace;
  }

  onSegments(listener: (segments: readonly WaveformSegment[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Time by the instrument's clock over true time. */
  get #pace(): number {
    return 1 + (this.#disturbance.clockRelative ?? 0);
  }

  *#pieces({ startNs, endNs, amps, logic }: WaveformSegment): Iterable<WaveformSegment> {
    const { latencySeconds = 0, inrush, lagSeconds, holdSeconds } = this.#disturbance;
    if (logic !== this.#lastLogic) {
      this.#logic.push({ fromNs: startNs + latencySeconds * 1e9, logic });
      if (this.#lastLogic === 0 && inrush !== undefined) this.#inrushUntilNs = startNs + inrush.seconds * 1e9;
      this.#lastLogic = logic;
    }
    if (lagSeconds !== undefined && amps > this.#lastAmps) {
      this.#lagUntilNs = startNs + lagSeconds * 1e9;
      this.#lagAmps = this.#lastAmps;
    }
    this.#lastAmps = amps;
    const holdNs = holdSeconds === undefined ? Number.POSITIVE_INFINITY : holdSeconds * 1e9;
    for (let from = startNs; from < endNs; ) {
      while (this.#logic.length > 1 && this.#logic[1].fromNs <= from) this.#logic.shift();
      const cell = holdSeconds === undefined ? 0 : Math.floor(from / holdNs);
      const ends = [this.#logic[1]?.fromNs, this.#inrushUntilNs, this.#lagUntilNs, (cell + 1) * holdNs];
      const to = Math.min(
        endNs,
        from + this.#longest,
        ...ends.filter(end => end !== undefined && end > from),
      );
      let seen = this.#current(amps, from, to);
      if (holdSeconds !== undefined) {
        if (cell !== this.#held.cell) this.#held = { cell, amps: seen };
        seen = this.#held.amps;
      }
      yield {
        startNs: from * this.#pace,
        endNs: to * this.#pace,
        amps: seen,
        logic: this.#logic[0].logic,
      };
      this.#nowNs = to;
      from = to;
    }
  }

  #current(truth: number, from: number, to: number): number {
    const { rcSeconds, sagOhms, volts, backPowerAmps, inrush, humAmps, slowNoise } = this.#disturbance;
    let amps = truth;
    if (inrush !== undefined && from < this.#inrushUntilNs) amps += inrush.amps;
    // A converter takes constant power, i = p / (v - i r); a resistor takes less.
    if (sagOhms !== undefined && volts !== undefined && this.isOnResistor)
      amps = (amps * volts) / (volts + amps * sagOhms);
    else if (sagOhms !== undefined && volts !== undefined)
      amps = (volts - Math.sqrt(Math.max(0, volts * volts - 4 * sagOhms * amps * volts))) / (2 * sagOhms);
    if (rcSeconds !== undefined) amps = this.#filtered(amps, (to - from) * 1e-9, rcSeconds);
    if (backPowerAmps !== undefined && !this.isOnResistor) amps = Math.max(0, amps - backPowerAmps);
    if (humAmps !== undefined) amps += humAmps * Math.sin((humRadiansPerNs * (from + to)) / 2);
    if (slowNoise !== undefined) amps += this.#wander((to - from) * 1e-9, slowNoise);
    return this.#read(from < this.#lagUntilNs ? this.#lagAmps : amps, from);
  }

  /** What the instrument makes of a current at a time. */
  #read(amps: number, atNs: number): number {
    const { nonLinearity, gainPerSecond = 0, offsetAmpsPerSecond = 0 } = this.#disturbance;
    const seconds = atNs * 1e-9;
    let gain = gainPerSecond * seconds;
    if (nonLinearity !== undefined && amps > 0) {
      const { share, phase } = nonLinearity;
      gain += share * Math.sin(2 * Math.PI * wavesPerDecade * Math.log10(amps) + phase);
    }
    return amps * (1 + gain) + offsetAmpsPerSecond * seconds;
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
