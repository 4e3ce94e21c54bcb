import { markers } from '../../machine/machine.js';
import { closingEdge, type EdgeSamples, openingEdge } from './edge-offset.js';
import type { SettledStretch } from './idle-profile.js';
import type { Stretch } from './stretch.js';

/** Energy and time of one part of a window. */
export interface Part {
  joules: number;
  seconds: number;
}

/** One window: everything between two idle stretches that holds a gate or Big stretch. */
export interface WindowEnergy {
  gate: Part;
  big: Part;
  /** Marker state transfer inside the window: computing that is neither. */
  other: Part;
  /** Meter time of the opening edge. */
  startNs: number;
  /** Variance that the two outer edges bring to energy (J^2) and duration (s^2) where they stand, and each of them. */
  energyVariance: number;
  timeVariance: number;
  variances: Record<'opening' | 'closing', { energyVariance: number; timeVariance: number }>;
  bridgedSeconds: number;
  /** Energy by the instrument's range, joules, and changes of range; absent where it tells none. */
  rangeJoules?: Map<number, number>;
  rangeSwitches: number;
  /** Its outer edges as the current shows them, where it does. */
  opening?: EdgeSamples;
  closing?: EdgeSamples;
}

export type ActiveState = 'gate' | 'big' | 'other';
/** Part of a window that a marker state belongs to. */
export const activeStates: Readonly<Record<number, ActiveState>> = {
  [markers.gate]: 'gate',
  [markers.big]: 'big',
  [markers.transfer]: 'other',
};

/** Samples that an idle stretch needs to be settled. */
const settledSamples = 16;

/** A stretch this many times longer than the idle that was asked for holds more than idle. */
const mixedLength = 1.02;

/** A settled idle stretch, where it lies, and the energy of a window beside it. */
export interface SeenIdle extends SettledStretch {
  /** Windows complete before it. */
  index: number;
  /** Energy of the window that ends at its opening edge, and of the one that begins at its closing edge, joules. */
  windowBefore?: number;
  windowAfter?: number;
}

const wholeJoules = ({ watts, seconds, headSeconds, tailSeconds, headJoules, tailJoules }: SettledStretch) =>
  watts * (seconds + headSeconds + tailSeconds) + headJoules + tailJoules;

const noIdle = () => ({ joules: 0, seconds: 0 });

interface Run {
  /** The idle stretch before. */
  before: Stretch;
  stretches: Stretch[];
  startNs: number;
  opening: { energyVariance: number; timeVariance: number };
}

/** Joins stretches into windows and idle power; knows the markers' grammar, not samples. */
export class WindowAssembler {
  readonly #minimumIdle: number;
  readonly #idleSeconds: number | undefined;
  readonly #onWindow: (window: WindowEnergy, index: number) => void;
  #run: Run | undefined;
  /** The last idle stretch. Until the first the stream may have begun inside a window, which is then not counted. */
  #lastIdle: Stretch | undefined;
  #before = noIdle();
  #between = noIdle();
  #after = noIdle();
  count = 0;
  glitches = 0;
  bridgedInWindows = 0;
  readonly settled: SeenIdle[] = [];
  #windowJustClosed: number | undefined;
  #lastSettled: SeenIdle | undefined;

  constructor(
    minimumIdleSeconds: number,
    onWindow: (window: WindowEnergy, index: number) => void,
    idleSeconds?: number,
  ) {
    this.#minimumIdle = minimumIdleSeconds;
    this.#idleSeconds = idleSeconds;
    this.#onWindow = onWindow;
  }

  /** Takes a finished stretch. */
  stretch(stretch: Stretch): void {
    if (stretch.state === markers.idle) {
      if (this.#run !== undefined && stretch.seconds < this.#minimumIdle) {
        this.glitches += 1;
        this.#addToRun({ ...stretch, state: this.#run.stretches.at(-1)?.state ?? stretch.state });
        return;
      }
      this.#closeRun(stretch);
      this.#idle(stretch);
      return;
    }
    if (this.#lastIdle === undefined) return;
    if (this.#run === undefined) {
      this.#run = {
        before: this.#lastIdle,
        stretches: [],
        startNs: stretch.startNs,
        opening: { energyVariance: stretch.openEnergyVariance, timeVariance: stretch.openTimeVariance },
      };
    }
    this.#addToRun(stretch);
  }

  /** Takes the stretch that was open when the stream ended. */
  end(stretch: Stretch): void {
    if (stretch.state !== markers.idle) return;
    this.#closeRun(stretch);
    this.#idle(stretch);
  }

  idle(): Record<'idleBefore' | 'idleBetween' | 'idleAfter', { watts: number; seconds: number }> {
    const power = (part: ReturnType<typeof noIdle>) => ({
      watts: part.joules / part.seconds,
      seconds: part.seconds,
    });
    return {
      idleBefore: power(this.#before),
      idleBetween: power(this.#between),
      idleAfter: power(this.#after),
    };
  }

  #addToRun(stretch: Stretch): void {
    this.#run?.stretches.push(stretch);
  }

  /** What lies after the last window so far is "after" until another window follows; then it becomes "between". */
  #idle(stretch: Stretch): void {
    this.#lastIdle = stretch;
    const part = this.count === 0 ? this.#before : this.#after;
    part.joules += stretch.innerJoules;
    part.seconds += stretch.innerSeconds;
    this.#settle(stretch);
  }

  #settle(stretch: Stretch): void {
    const windowBefore = this.#windowJustClosed;
    this.#windowJustClosed = undefined;
    this.#lastSettled = undefined;
    const { profile } = stretch;
    stretch.profile = undefined;
    const isLong = stretch.clean >= settledSamples || stretch.hasLong;
    if (profile === undefined || !isLong || stretch.bridgedSeconds > 0) return;
    const seconds = this.#idleSeconds ?? Number.POSITIVE_INFINITY;
    if (profile.seconds < mixedLength * seconds) {
      const settled = profile.settle();
      if (settled !== undefined) this.#keep({ ...settled, index: this.count, windowBefore }, true);
      return;
    }
    // A meter of one line cannot tell idle from transfer: of a stretch longer than any idle only the quieter end is sure to be idle.
    const [start, end] = [profile.settle({ seconds, at: 'start' }), profile.settle({ seconds, at: 'end' })];
    if (start === undefined || end === undefined) return;
    // Compared as a whole: what is no idle may lie in the part that a stretch is given to settle.
    if (wholeJoules(start) < wholeJoules(end))
      this.#keep({ ...start, index: this.count, windowBefore }, false);
    else this.#keep({ ...end, index: this.count }, true);
  }

  /** @param isBeside whether it reaches to the next window, if one follows */
  #keep(settled: SeenIdle, isBeside: boolean): void {
    this.settled.push(settled);
    if (isBeside) this.#lastSettled = settled;
  }

  #closeRun(idle: Stretch): void {
    const run = this.#run;
    this.#run = undefined;
    this.#windowJustClosed = undefined;
    if (run === undefined) return;
    const stretches = this.#withoutGlitches(run.stretches);
    if (!stretches.some(part => part.state === markers.gate || part.state === markers.big)) return;
    const window: WindowEnergy = {
      gate: { joules: 0, seconds: 0 },
      big: { joules: 0, seconds: 0 },
      other: { joules: 0, seconds: 0 },
      startNs: run.startNs,
      energyVariance: run.opening.energyVariance + idle.openEnergyVariance,
      timeVariance: run.opening.timeVariance + idle.openTimeVariance,
      variances: {
        opening: run.opening,
        closing: { energyVariance: idle.openEnergyVariance, timeVariance: idle.openTimeVariance },
      },
      bridgedSeconds: 0,
      rangeSwitches: 0,
      opening: openingEdge(run.before, stretches[0]),
      closing: closingEdge(stretches[stretches.length - 1], idle),
    };
    for (const part of stretches) {
      const sum = window[activeStates[part.state]];
      sum.joules += part.joules;
      sum.seconds += part.seconds;
      window.bridgedSeconds += part.bridgedSeconds;
      window.rangeSwitches += part.rangeSwitches;
      part.rangeJoules?.forEach((joules, range) => {
        window.rangeJoules ??= new Map();
        window.rangeJoules.set(range, (window.rangeJoules.get(range) ?? 0) + joules);
      });
    }
    const joules = window.gate.joules + window.big.joules + window.other.joules;
    if (this.#lastSettled !== undefined) this.#lastSettled.windowAfter = joules;
    this.#windowJustClosed = joules;
    this.bridgedInWindows += window.bridgedSeconds;
    this.#between.joules += this.#after.joules;
    this.#between.seconds += this.#after.seconds;
    this.#after = noIdle();
    this.#onWindow(window, this.count);
    this.count += 1;
  }

  /**
   * The lines switch one at a time, so a gate or Big of less than one clean sample beside a transfer stretch is a glitch on
   * the way to or from it: it takes its neighbour's state.
   */
  #withoutGlitches(stretches: Stretch[]): Stretch[] {
    return stretches.map((part, i) => {
      const isShort = part.clean === 0 && part.state !== markers.transfer;
      const beside = [stretches[i - 1], stretches[i + 1]].some(other => other?.state === markers.transfer);
      if (!isShort || !beside) return part;
      this.glitches += 1;
      return { ...part, state: markers.transfer };
    });
  }
}
