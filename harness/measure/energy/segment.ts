import { LittlefirstError } from '../../errors.js';
import type { SampleChunk } from '../meter/meter.js';
import {
  addRange,
  addSample,
  closingLevel,
  levelSamples,
  newStretch,
  type Stretch,
  splitEdge,
} from './stretch.js';
import { type SeenIdle, WindowAssembler, type WindowEnergy } from './windows.js';

export interface SegmenterOptions {
  /** Volts used where the meter does not measure them. */
  supplyVolts: number;
  /** Called with every window as soon as it is complete, in order. */
  onWindow?: (window: WindowEnergy, index: number) => void;
  /**
   * Idle shorter than this between two parts of one window is a glitch of the marker lines, not the end of the window.
   * The firmware's guard keeps real idle far longer (100 us by default).
   */
  minimumIdleSeconds?: number;
  /** Idle that a baseline keeps on either side of its window, seconds: no more of a longer stretch is taken as settled. */
  idleSeconds?: number;
}

export interface IdlePower {
  watts: number;
  seconds: number;
}

export interface Segmentation {
  windows: number;
  /** Mean power in marker state idle, away from edges: before the first window, between windows, after the last. */
  idleBefore: IdlePower;
  idleBetween: IdlePower;
  idleAfter: IdlePower;
  /** Idle stretches of enough samples, in order, once settled. */
  settled: SeenIdle[];
  samples: number;
  badSamples: number;
  /** Lost or bad time that was bridged with the neighbouring power, seconds; and the part inside windows. */
  bridgedSeconds: number;
  bridgedInWindows: number;
  totalSeconds: number;
  firstNs: number;
  lastNs: number;
  /** Standard deviation of one sample's power, watts, from successive differences. */
  noiseWatts: number;
  /** The same for samples in idle only, and for samples inside windows and transfers only. */
  idleNoiseWatts: number;
  activeNoiseWatts: number;
  glitches: number;
  /** Share of the samples in idle that are exactly 0. */
  idleNothingShare?: number;
  /** Samples ended at every edge. */
  exactEdges: boolean;
}

const bipowerFactor = (4 / Math.PI) * (Math.sqrt(3) / 2 + Math.PI / 12);
/** Samples within this many standard deviations of each other are one level. */
const sameLevel = 4;

/** A sample this many times longer than the shortest one is a constant stretch that the meter joined. */
const longFactor = 16;

interface PendingEdge {
  previous: Stretch;
  joules: number;
  seconds: number;
  /** First, sum and number of the clean samples after the edge. */
  afterFirst: number;
  afterWatts: number;
  afterCount: number;
}

/**
 * Noise of one sample, watts, from products of successive absolute differences: a single step between levels does not count.
 * For white noise E|d1 d2| = (4 sigma^2 / pi) (sqrt(3)/2 + pi/12), the differences being correlated by -1/2.
 */
class NoiseEstimate {
  #products = 0;
  #count = 0;

  add(difference: number, previous: number): void {
    this.#products += difference * previous;
    this.#count += 1;
  }

  get value(): number {
    return this.with(undefined);
  }

  /** Pooled with another estimate. */
  with(other: NoiseEstimate | undefined): number {
    const count = this.#count + (other === undefined ? 0 : other.#count);
    const products = this.#products + (other === undefined ? 0 : other.#products);
    return count === 0 ? 0 : Math.sqrt(products / count / bipowerFactor);
  }
}

/**
 * Cuts a stream of samples into windows by the two marker lines. Streaming: keeps the open window, at most one unresolved
 * edge, and running sums. Edges are placed inside a sample where the current step allows (see `splitEdge`), or taken as they
 * are where the meter's samples end at them.
 */
export class Segmenter {
  readonly #volts: number;
  readonly #assembler: WindowAssembler;
  #open: Stretch | undefined;
  #edge: PendingEdge | undefined;
  #expectedNs = Number.NaN;
  #firstNs = 0;
  #samples = 0;
  #badSamples = 0;
  #bridged = 0;
  #lastWatts = 0;
  #lastDifference = 0;
  readonly #idleNoise = new NoiseEstimate();
  readonly #activeNoise = new NoiseEstimate();
  #finished = false;
  #shortest = Number.POSITIVE_INFINITY;
  #range = -1;
  #exactEdges = false;
  #idleSamples = 0;
  #idleNothing = 0;

  constructor(options: SegmenterOptions) {
    this.#volts = options.supplyVolts;
    this.#assembler = new WindowAssembler(
      options.minimumIdleSeconds ?? 20e-6,
      options.onWindow ?? (() => {}),
      options.idleSeconds,
    );
  }

  /** Windows completed so far. */
  get windows(): number {
    return this.#assembler.count;
  }

  /** Takes the next chunk. Throws LF_SEGMENTATION when time runs backwards or after `finish`. */
  push(chunk: SampleChunk): void {
    const count = chunk.current.length;
    if (count === 0) return;
    this.#accept(chunk);
    const { current, voltage, logic, range } = chunk;
    const seconds = chunk.periodNs * 1e-9;
    this.#shortest = Math.min(this.#shortest, (chunk.nominalNs ?? chunk.periodNs) * 1e-9);
    const long = seconds > longFactor * this.#shortest;
    for (let i = 0; i < count; i += 1) {
      let watts = current[i] * (voltage === undefined ? this.#volts : voltage[i]);
      const bad = Number.isNaN(watts);
      if (bad) {
        watts = this.#lastWatts;
        this.#badSamples += 1;
        this.#bridge(seconds);
      }
      const state = logic[i] & 3;
      if (state === 0) {
        this.#idleSamples += 1;
        if (watts === 0) this.#idleNothing += 1;
      }
      if (this.#open === undefined || this.#open.state !== state) {
        const startNs = chunk.startNs + i * chunk.periodNs;
        this.#exactEdges = chunk.exactEdges ?? false;
        if (chunk.exactEdges) this.#exactTransition(state, watts, seconds, startNs, long);
        else this.#transition(state, watts, seconds, startNs, long);
      } else {
        if (!bad && this.#open.clean > 0) {
          const difference = Math.abs(watts - this.#lastWatts);
          const noise = state === 0 ? this.#idleNoise : this.#activeNoise;
          noise.add(difference, this.#lastDifference);
          this.#lastDifference = difference;
        } else this.#lastDifference = 0;
        addSample(this.#open, watts, seconds, long);
        if (this.#edge !== undefined) this.#gather(watts);
      }
      if (range !== undefined) this.#inRange(range[i], watts * seconds);
      this.#lastWatts = watts;
    }
    this.#samples += count;
    this.#expectedNs = chunk.startNs + count * chunk.periodNs;
  }

  /** Ends the stream: an open window is not counted, since its end was not seen. */
  finish(): Segmentation {
    this.#finished = true;
    this.#resolve();
    if (this.#open !== undefined) this.#assembler.end(this.#open);
    const idle = this.#assembler.idle();
    return {
      windows: this.#assembler.count,
      ...idle,
      settled: this.#assembler.settled,
      samples: this.#samples,
      badSamples: this.#badSamples,
      bridgedSeconds: this.#bridged,
      bridgedInWindows: this.#assembler.bridgedInWindows,
      totalSeconds: Number.isNaN(this.#expectedNs) ? 0 : (this.#expectedNs - this.#firstNs) * 1e-9,
      firstNs: this.#firstNs,
      lastNs: Number.isNaN(this.#expectedNs) ? 0 : this.#expectedNs,
      noiseWatts: this.#idleNoise.with(this.#activeNoise),
      idleNoiseWatts: this.#idleNoise.value,
      activeNoiseWatts: this.#activeNoise.value,
      glitches: this.#assembler.glitches,
      idleNothingShare: this.#idleSamples === 0 ? 0 : this.#idleNothing / this.#idleSamples,
      exactEdges: this.#exactEdges,
    };
  }

  #accept(chunk: SampleChunk): void {
    if (this.#finished)
      throw new LittlefirstError('LF_SEGMENTATION', 'samples arrived after the end of the block');
    if (Number.isNaN(this.#expectedNs)) {
      this.#firstNs = chunk.startNs;
      return;
    }
    const gapNs = chunk.startNs - this.#expectedNs;
    const tolerance = chunk.periodNs * 0.5;
    if (gapNs < -tolerance) {
      throw new LittlefirstError('LF_SEGMENTATION', "the meter's time runs backwards", {
        expected: `a chunk from ${this.#expectedNs} ns`,
        received: `${chunk.startNs} ns`,
      });
    }
    if (gapNs <= tolerance || this.#open === undefined) return;
    const seconds = gapNs * 1e-9;
    this.#open.joules += this.#lastWatts * seconds;
    this.#open.seconds += seconds;
    this.#bridge(seconds);
  }

  /** A change of range is counted where it happens, in the stretch whose sample is the first in the new range. */
  #inRange(range: number, joules: number): void {
    if (this.#open === undefined) return;
    addRange(this.#open, range, joules);
    if (this.#range >= 0 && range !== this.#range) this.#open.rangeSwitches += 1;
    this.#range = range;
  }

  #bridge(seconds: number): void {
    this.#bridged += seconds;
    if (this.#open !== undefined) this.#open.bridgedSeconds += seconds;
  }

  #transition(state: number, watts: number, seconds: number, startNs: number, long: boolean): void {
    this.#resolve();
    const opened = newStretch(state, startNs);
    if (this.#open === undefined) addSample(opened, watts, seconds, long);
    else
      this.#edge = {
        previous: this.#open,
        joules: watts * seconds,
        seconds,
        afterFirst: 0,
        afterWatts: 0,
        afterCount: 0,
      };
    this.#open = opened;
  }

  /** The sample begins at the edge: there is nothing to share out, and nothing uncertain. */
  #exactTransition(state: number, watts: number, seconds: number, startNs: number, long: boolean): void {
    const closed = this.#open;
    this.#open = newStretch(state, startNs);
    addSample(this.#open, watts, seconds, long);
    if (closed !== undefined) this.#assembler.stretch(closed);
  }

  #gather(watts: number): void {
    const edge = this.#edge;
    if (edge === undefined) return;
    if (edge.afterCount === 0) edge.afterFirst = watts;
    else if (Math.abs(watts - edge.afterFirst) > sameLevel * this.#idleNoise.with(this.#activeNoise)) {
      this.#resolve();
      return;
    }
    edge.afterWatts += watts;
    edge.afterCount += 1;
    if (edge.afterCount === levelSamples) this.#resolve();
  }

  /** Shares the pending edge's sample between its two stretches and hands the finished one on. */
  #resolve(): void {
    const edge = this.#edge;
    const open = this.#open;
    if (edge === undefined || open === undefined) return;
    this.#edge = undefined;
    const noiseWatts = this.#idleNoise.with(this.#activeNoise);
    const split = splitEdge({
      joules: edge.joules,
      seconds: edge.seconds,
      before: closingLevel(edge.previous, sameLevel * noiseWatts),
      after: edge.afterWatts / edge.afterCount,
      noiseWatts,
    });
    edge.previous.joules += split.joulesBefore;
    edge.previous.seconds += split.secondsBefore;
    open.joules += edge.joules - split.joulesBefore;
    open.seconds += edge.seconds - split.secondsBefore;
    open.startNs += split.secondsBefore * 1e9;
    open.opening = { joules: edge.joules, seconds: edge.seconds, ...split };
    open.openEnergyVariance = split.energySigma ** 2;
    open.openTimeVariance = split.timeSigma ** 2;
    this.#assembler.stretch(edge.previous);
  }
}
