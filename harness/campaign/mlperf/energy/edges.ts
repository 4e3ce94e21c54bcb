import { LittlefirstError } from '../../../errors.js';
import type { SampleChunk } from '../../../measure/meter/meter.js';

export interface EdgeOptions {
  /** Logic input that the time-stamp pin is wired to. */
  line: 0 | 1;
  edge: 'falling' | 'rising';
  /** Volts used where the meter does not measure them. */
  supplyVolts: number;
}

/** What lies between the last two edges. */
export interface StampedWindow {
  joules: number;
  seconds: number;
  /** Standard uncertainty of the energy from where the two edges lie within their samples, joules. */
  edgeJoulesSigma: number;
  /** Lost or bad time that was bridged with the neighbouring power, seconds. */
  bridgedSeconds: number;
  /** Of the whole recording, and of it what came after the second edge, seconds. */
  recordedSeconds: number;
  tailSeconds: number;
}

interface Edge {
  seconds: number;
  joules: number;
  /** Energy of the sample that the edge lies in, where its place in it is unknown. */
  unsureJoules: number;
  bridged: number;
}

/**
 * Energy between pulses of the DUT's time-stamp pin, all in the meter's own stream. The last two edges count, as in the stock
 * runner: a board that starts may pulse before. Streaming: keeps two edges and running sums.
 */
export class EdgeIntegrator {
  private seconds = 0;
  private joules = 0;
  private bridged = 0;
  private watts = 0;
  private expectedNs = Number.NaN;
  private level: number | undefined;
  private readonly last: Edge[] = [];
  /** Edges seen. */
  edges = 0;

  constructor(private readonly options: EdgeOptions) {}

  push(chunk: SampleChunk): void {
    const { current, voltage, logic } = chunk;
    if (current.length === 0) return;
    this.bridgeTo(chunk);
    const seconds = chunk.periodNs * 1e-9;
    for (let i = 0; i < current.length; i += 1) {
      const measured = current[i] * (voltage?.[i] ?? this.options.supplyVolts);
      if (Number.isNaN(measured)) this.bridged += seconds;
      else this.watts = measured;
      this.look((logic[i] >> this.options.line) & 1, chunk.exactEdges === true, seconds);
      this.joules += this.watts * seconds;
      this.seconds += seconds;
    }
    this.expectedNs = chunk.startNs + current.length * chunk.periodNs;
  }

  /** @throws LF_SEGMENTATION when there were fewer than two edges */
  window(): StampedWindow {
    const [from, to] = this.last;
    if (from === undefined || to === undefined)
      throw new LittlefirstError('LF_SEGMENTATION', 'The meter did not see both time stamps of the DUT', {
        expected: `two ${this.options.edge} edges on logic input ${this.options.line}`,
        received: `${this.edges} in ${this.seconds.toFixed(3)} s`,
        hint: 'wire the time-stamp pin to that input, run the firmware of the energy regime, and check the sample rate',
        fields: { edges: this.edges },
      });
    const uniform = 1 / Math.sqrt(12);
    return {
      joules: to.joules - from.joules,
      seconds: to.seconds - from.seconds,
      edgeJoulesSigma: uniform * Math.hypot(from.unsureJoules, to.unsureJoules),
      bridgedSeconds: to.bridged - from.bridged,
      recordedSeconds: this.seconds,
      tailSeconds: this.seconds - to.seconds,
    };
  }

  /** Samples tell the line at their end: the edge is taken to lie in the middle, or before a sample that begins at it. */
  private look(level: number, exact: boolean, seconds: number): void {
    const before = this.level;
    this.level = level;
    if (before === undefined || before === level || (level === 0) !== (this.options.edge === 'falling'))
      return;
    this.edges += 1;
    const share = exact ? 0 : 0.5;
    this.last.push({
      seconds: this.seconds + share * seconds,
      joules: this.joules + share * seconds * this.watts,
      unsureJoules: exact ? 0 : this.watts * seconds,
      bridged: this.bridged,
    });
    if (this.last.length > 2) this.last.shift();
  }

  private bridgeTo({ startNs, periodNs }: SampleChunk): void {
    const gapNs = startNs - this.expectedNs;
    if (Number.isNaN(gapNs) || gapNs <= periodNs / 2) return;
    const seconds = gapNs * 1e-9;
    this.bridged += seconds;
    this.joules += this.watts * seconds;
    this.seconds += seconds;
  }
}
