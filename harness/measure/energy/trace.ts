import type { SampleChunk } from '../meter/meter.js';

/** A picture of the current, ready for the journal. */
export interface Trace {
  /** Seconds from the first point. */
  seconds: number[];
  amperes: number[];
  marker: number[];
}

/** Points kept from before the first window. */
const leadPoints = 24;
/** Currents closer than this, relative, count as unchanged. */
const sameRelative = 1e-6;

/**
 * Keeps the current of the first few windows. Runs of equal current and marker are kept as their two ends; when there are
 * more points than the limit, every second one between marker edges is dropped.
 */
export class TraceRecorder {
  readonly #maxPoints: number;
  #points: { ns: number; amps: number; marker: number }[] = [];
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

  result(): Trace {
    const points = this.#points;
    const origin = points[0]?.ns ?? 0;
    return {
      seconds: points.map(point => (point.ns - origin) * 1e-9),
      amperes: points.map(point => point.amps),
      marker: points.map(point => point.marker),
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
    this.#points = points.filter(
      (point, i) =>
        i % 2 === 0 ||
        i === points.length - 1 ||
        point.marker !== points[i - 1].marker ||
        point.marker !== points[i + 1].marker,
    );
  }
}
