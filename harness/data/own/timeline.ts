import type { RawRow, Timing } from './layouts/layout.js';
import { badInput } from './source-files.js';

/** A sample on the data set's own grid of times. */
export interface GridRow {
  /** Number of the class of the recording's last sample at or before it. */
  label: number;
  values: Float64Array;
}

/** What had to be done to the times of the recordings. */
export interface Treatment {
  /** Samples left out: a value missing, or a time that was there already. */
  missing: number;
  duplicates: number;
  /** Where recordings were cut: a gap, or a time before the one before. */
  gaps: number;
  backwards: number;
}

export interface TimelineOptions {
  /** Names of the values of a row. */
  channels: readonly string[];
  /** Samples a second that leave. */
  rateHz: number;
  /** Rate of recordings without times. */
  sourceRateHz?: number;
  timing: Timing;
  /** Longest time between two samples that is interpolated over, seconds. */
  maxGapSeconds: number;
  onRow(row: GridRow): void;
  /** A recording ended; what follows is not continuous with it. */
  onCut(): void;
}

/** How far one interval may be from the period where times are not interpolated, and how far their mean, as shares. Assumed. */
const jitterShare = 0.5;
const rateShare = 0.02;
/** Samples whose median interval tells a recording's rate before any of them is used. */
const looked = 256;
/** Recordings so much faster than the grid are averaged over its period, so that what the grid cannot hold does not fold into it. Assumed. */
const averagedAbove = 1.2;

interface Sample extends Pick<RawRow, 'line' | 'person' | 'seconds' | 'values'> {
  file: string;
  label: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/**
 * Makes samples at equal distances of the samples of recordings: as they are (`refuse`: every irregularity is an error), or interpolated
 * linearly between neighbours (`resample`), and then averaged over a period of the grid if the recording is faster than it. Keeps some hundred samples.
 */
export class Timeline {
  readonly treatment: Treatment = { missing: 0, duplicates: 0, gaps: 0, backwards: 0 };
  /** Least and largest rate of a recording by its own clock, Hz. */
  slowestHz = Number.POSITIVE_INFINITY;
  fastestHz = 0;
  readonly #options: TimelineOptions;
  #held: Sample[] = [];
  #last: Sample | undefined;
  /** Samples and start of the recording; `refuse` only. */
  #count = 0;
  #startSeconds = 0;
  #resampler: Resampler | undefined;
  /** Samples without times, since the recording's start. */
  #index = 0;

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** @throws LF_DATA_CORRUPT in mode `refuse` */
  push(file: string, row: RawRow, label: number): void {
    const last = this.#last;
    if (last !== undefined && (last.file !== file || last.person !== row.person)) this.cut();
    const { sourceRateHz } = this.#options;
    const seconds = Number.isNaN(row.seconds) ? this.#index++ / (sourceRateHz ?? 1) : row.seconds;
    const { line, person, values } = row;
    const sample = { file, line, person, label, seconds, values };
    const missing = values.findIndex(value => Number.isNaN(value));
    if (this.#options.timing === 'refuse') this.#check(sample, missing);
    else this.#interpolate(sample, missing);
  }

  /** Ends the recording. @throws LF_DATA_CORRUPT in mode `refuse` for another rate */
  cut(): void {
    if (this.#last === undefined) return;
    if (this.#options.timing === 'refuse') this.#checkRate();
    else this.#release();
    this.#held = [];
    this.#resampler = undefined;
    this.#last = undefined;
    this.#count = 0;
    this.#index = 0;
    this.#options.onCut();
  }

  #see(hertz: number): void {
    this.slowestHz = Math.min(this.slowestHz, hertz);
    this.fastestHz = Math.max(this.fastestHz, hertz);
  }

  #check(sample: Sample, missing: number): void {
    const { rateHz, channels } = this.#options;
    const { file, line, seconds, label, values } = sample;
    const hint = `--timing resample interpolates over what is short and cuts at what is long`;
    if (missing >= 0)
      throw badInput({ file, line }, `a value of every channel`, `none of ${channels[missing]}`, hint);
    const before = this.#last?.seconds;
    const interval = before === undefined ? 1 / rateHz : seconds - before;
    if (Math.abs(interval * rateHz - 1) > jitterShare) {
      const what =
        interval === 0
          ? 'the same time again'
          : interval < 0
            ? 'a time before the last one'
            : `${interval.toPrecision(4)} s`;
      throw badInput(
        { file, line },
        `a sample every ${1 / rateHz} s (${rateHz} Hz)`,
        `${what} after the sample before`,
        `another --rate, or ${hint}`,
      );
    }
    if (this.#count === 0) this.#startSeconds = seconds;
    this.#count += 1;
    this.#last = sample;
    this.#options.onRow({ label, values: Float64Array.from(values) });
  }

  #checkRate(): void {
    const { rateHz } = this.#options;
    const last = this.#last!;
    if (this.#count < 2) return;
    const hertz = (this.#count - 1) / (last.seconds - this.#startSeconds);
    this.#see(hertz);
    if (this.#count < looked || Math.abs(hertz / rateHz - 1) <= rateShare) return;
    throw badInput(
      { file: last.file, line: last.line },
      `recordings of ${rateHz} Hz, within ${100 * rateShare} %`,
      `${hertz.toPrecision(4)} Hz by its own times`,
      'another --rate, or --timing resample',
    );
  }

  #interpolate(sample: Sample, missing: number): void {
    if (missing >= 0) {
      this.treatment.missing += 1;
      return;
    }
    const before = this.#last?.seconds;
    if (before !== undefined) {
      const interval = sample.seconds - before;
      if (interval === 0) {
        this.treatment.duplicates += 1;
        return;
      }
      if (interval < 0) this.treatment.backwards += 1;
      else if (interval > this.#options.maxGapSeconds) this.treatment.gaps += 1;
      if (interval < 0 || interval > this.#options.maxGapSeconds) this.#cutBefore(sample);
    }
    this.#last = sample;
    if (this.#resampler !== undefined) {
      this.#resampler.push(sample);
      return;
    }
    this.#held.push(sample);
    if (this.#held.length === looked) this.#release();
  }

  /** A cut inside a file: samples without times go on counting. */
  #cutBefore(sample: Sample): void {
    const index = this.#index;
    this.cut();
    this.#index = index;
    this.#last = sample;
  }

  /** Looks at the rate of the samples held, and uses them. */
  #release(): void {
    if (this.#resampler !== undefined || this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    if (held.length > 1) {
      const hertz = 1 / median(held.slice(1).map((sample, i) => sample.seconds - held[i].seconds));
      if (held.length === looked) this.#see(hertz);
      this.#resampler = new Resampler(this.#options, hertz > averagedAbove * this.#options.rateHz, held[0]);
    } else this.#resampler = new Resampler(this.#options, false, held[0]);
    for (const sample of held) this.#resampler.push(sample);
  }
}

/**
 * The signal between samples is the straight line. Without averaging, a row is the line's value at its time; with it, the line's mean over
 * the period that ends there.
 */
class Resampler {
  readonly #options: TimelineOptions;
  readonly #isAveraged: boolean;
  readonly #start: number;
  /** Rows made; the next one is due at `#start + #rows / rate`, with averaging one period later. */
  #rows = 0;
  #before: Sample | undefined;
  /** Integral since the last row, value times seconds, and where it has got to. */
  readonly #sum: Float64Array;
  #at: number;

  constructor(options: TimelineOptions, isAveraged: boolean, first: Sample) {
    this.#options = options;
    this.#isAveraged = isAveraged;
    this.#start = first.seconds;
    this.#at = first.seconds;
    this.#sum = new Float64Array(first.values.length);
  }

  #due(): number {
    return this.#start + (this.#rows + (this.#isAveraged ? 1 : 0)) / this.#options.rateHz;
  }

  push(sample: Sample): void {
    const before = this.#before ?? sample;
    const span = sample.seconds - before.seconds;
    const valueAt = (c: number, seconds: number): number =>
      span === 0
        ? sample.values[c]
        : before.values[c] + ((sample.values[c] - before.values[c]) * (seconds - before.seconds)) / span;
    // A hundredth of a period is given: times are rounded, and a row that is due at a sample is not to fall behind it.
    const slack = 0.01 / this.#options.rateHz;
    for (let due = this.#due(); due <= sample.seconds + slack; due = this.#due()) {
      const values = new Float64Array(sample.values.length);
      const end = Math.min(due, sample.seconds);
      for (let c = 0; c < values.length; c++)
        values[c] = this.#isAveraged ? this.#mean(c, end, valueAt) : valueAt(c, end);
      if (this.#isAveraged) {
        this.#sum.fill(0);
        this.#at = end;
      }
      const isLater = due >= sample.seconds - slack;
      this.#options.onRow({ label: (isLater ? sample : before).label, values });
      this.#rows += 1;
    }
    if (this.#isAveraged) {
      for (let c = 0; c < this.#sum.length; c++) this.#sum[c] += this.#piece(c, sample.seconds, valueAt);
      this.#at = sample.seconds;
    }
    this.#before = sample;
  }

  #piece(c: number, end: number, valueAt: (c: number, seconds: number) => number): number {
    return ((valueAt(c, this.#at) + valueAt(c, end)) / 2) * (end - this.#at);
  }

  #mean(c: number, end: number, valueAt: (c: number, seconds: number) => number): number {
    return (this.#sum[c] + this.#piece(c, end, valueAt)) * this.#options.rateHz;
  }
}
