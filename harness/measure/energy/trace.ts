import type { SampleChunk } from '../meter/meter.js';

/** A picture of the current, ready for the journal. */
export interface Trace {
  /** Seconds from the first point. */
  seconds: number[];
  amperes: number[];
  marker: number[];
  /** Supply, volts: the mean while windows ran where the meter measures it, else what the bench is set to. */
  volts: number;
}

/** Points kept from before the first window. */
const leadPoints = 24;
/** Currents closer than this, relative, count as unchanged. */
const sameRelative = 1e-6;

interface Point {
  ns: number;
  amps: number;
  marker: number;
}

/**
 * Keeps the current of the first few windows. Runs of equal current and marker are kept as their two ends; when there are
 * more points than the limit, every second one between marker edges is put together with the one before it: a point's current holds until the next
 * point, so that the charge of the picture stays.
 */
export class TraceRecorder {
  readonly #maxPoints: number;
  #points: Point[] = [];
  #active = false;
  #closed = false;

  constructor(maxPoints = 4000) {
    this.#maxPoints = maxPoints;
  }

  /** Adds a chunk unless the recorder is closed. */
  push(chunk: SampleChunk): void {
    if (this.#closed) return;
    for (let i = 0; i < chunk.current.length; i += 1) {
      const marker = chunk.logic[i] & 3;
      if (marker === 1 || marker === 2) this.#active = true;
      this.#add(chunk.startNs + i * chunk.periodNs, chunk.current[i], marker);
    }
  }

  /** No more points: enough windows have passed. */
  close(): void {
    this.#closed = true;
  }

  /** @param volts supply of the block */
  result(volts: number): Trace {
    const points = this.#points;
    const origin = points[0]?.ns ?? 0;
    return {
      seconds: points.map(point => (point.ns - origin) * 1e-9),
      amperes: points.map(point => point.amps),
      marker: points.map(point => point.marker),
      volts,
    };
  }

  #add(ns: number, amps: number, marker: number): void {
    const points = this.#points;
    const last = points.at(-1);
    const beforeLast = points.at(-2);
    const isSame = (other: { amps: number; marker: number } | undefined) =>
      other !== undefined &&
      other.marker === marker &&
      Math.abs(other.amps - amps) <= sameRelative * Math.abs(amps);
    if (isSame(last) && isSame(beforeLast) && last !== undefined) {
      last.ns = ns;
      return;
    }
    if (Number.isNaN(amps)) return;
    points.push({ ns, amps, marker });
    if (!this.#active && points.length > leadPoints) points.shift();
    if (points.length > this.#maxPoints) this.#thin();
  }

  #thin(): void {
    const points = this.#points;
    const thinned: Point[] = [];
    for (const [i, point] of points.entries()) {
      const before = thinned.at(-1);
      const next = points[i + 1];
      const isKept =
        i % 2 === 0 ||
        before === undefined ||
        next === undefined ||
        point.marker !== points[i - 1].marker ||
        point.marker !== next.marker;
      if (isKept) thinned.push({ ...point });
      else
        before.amps =
          (before.amps * (point.ns - before.ns) + point.amps * (next.ns - point.ns)) / (next.ns - before.ns);
    }
    this.#points = thinned;
  }
}
