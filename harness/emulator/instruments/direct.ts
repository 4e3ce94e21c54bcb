import { LittlefirstError } from '../../errors.js';
import type { WaveformSegment } from '../../machine/waveform.js';
import type {
  Meter,
  MeterAccuracy,
  MeterConfig,
  MeterIdentity,
  MeterStatus,
  SampleChunk,
} from '../../measure/meter/meter.js';
import type { InstrumentWiring } from './wiring.js';

/** Stretches of at least this many equal samples become one sample with a longer period. */
const longRunSamples = 64;
/** Samples gathered before a chunk is delivered. */
const chunkSamples = 4096;

export interface DirectMeterOptions extends InstrumentWiring {
  /** False: one sample for every interval, however long nothing changes (emulated instruments sample like that). */
  joinRuns?: boolean;
  /** A sample ends at every change of the logic lines, and the next one begins there: edges are known, not sampled. Default: false. */
  exactEdges?: boolean;
}

/**
 * The ideal meter of an emulated bench: each sample is the exact mean of the modelled current over its interval, the
 * logic lines are those at its end. Long constant stretches come as one sample with a long period, so that hours of
 * idle line cost nothing. With `exactEdges` its sampling adds no error at all; without, it is the sampler inside emulated instruments.
 */
export class DirectMeter implements Meter {
  readonly #options: DirectMeterOptions;
  readonly #joinRuns: boolean;
  readonly #exactEdges: boolean;
  #periodNs = 1000;
  #onChunk: ((chunk: SampleChunk) => void) | undefined;
  #unsubscribe: (() => void) | undefined;
  #samples = 0;
  #originNs = 0;
  #cell = 0;
  #charge = 0;
  #position = 0;
  #lastLogic = -1;
  #segmentLogic = -1;
  #fill = 0;
  #fillStart = 0;
  #current = new Float64Array(chunkSamples);
  #logic = new Uint8Array(chunkSamples);

  constructor(options: DirectMeterOptions) {
    this.#options = options;
    this.#joinRuns = options.joinRuns ?? true;
    this.#exactEdges = options.exactEdges ?? false;
  }

  get canSwitchSupply(): boolean {
    return this.#options.power !== undefined;
  }

  async identify(): Promise<MeterIdentity> {
    return {
      driver: 'direct',
      model: 'ideal meter of the modelled supply',
      emulated: true,
      calibration: 'exact',
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    const rate = config.sampleRateHz ?? 1e6;
    if (!(rate > 0 && rate <= 1e8)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the direct meter cannot sample at this rate', {
        expected: 'above 0 and at most 1e8 samples per second',
        received: String(rate),
      });
    }
    if (!(config.supplyMillivolts > 0)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the direct meter needs a supply voltage', {
        expected: 'above 0 mV',
        received: String(config.supplyMillivolts),
      });
    }
    this.#periodNs = 1e9 / rate;
    return { sampleRateHz: rate, supplyMillivolts: config.supplyMillivolts };
  }

  accuracy(): MeterAccuracy {
    return {
      gainRelative: 0,
      offsetAmps: 0,
      resolutionAmps: 0,
      edgeNs: 0,
      voltageRelative: 0,
      clockRelative: 0,
      source: 'the modelled waveform itself: no instrument error',
    };
  }

  async supply(on: boolean): Promise<void> {
    if (this.#options.power === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'this bench gives the direct meter no supply to switch');
    }
    await this.#options.power(on);
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#onChunk !== undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the direct meter is already running', {
        hint: 'stop it first',
      });
    }
    await this.#options.settle();
    this.#onChunk = onChunk;
    this.#originNs = this.#options.source.nowNs;
    this.#position = this.#originNs;
    this.#cell = 0;
    this.#charge = 0;
    this.#fill = 0;
    this.#samples = 0;
    this.#lastLogic = -1;
    this.#segmentLogic = -1;
    this.#unsubscribe = this.#options.source.onSegments(segments => {
      for (const segment of segments) this.#take(segment);
    });
  }

  async stop(): Promise<MeterStatus> {
    if (this.#onChunk === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the direct meter is not running', {
        hint: 'start it first',
      });
    }
    await this.#options.settle();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#deliver();
    this.#onChunk = undefined;
    return {
      samples: this.#samples,
      lostSamples: 0,
      saturatedSamples: 0,
      overcurrent: false,
      rangeSwitches: 0,
      problems: [],
    };
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#onChunk = undefined;
  }

  #cellStart(cell: number): number {
    return this.#originNs + cell * this.#periodNs;
  }

  #take(segment: WaveformSegment): void {
    if (this.#exactEdges && segment.logic !== this.#segmentLogic) this.#cut();
    this.#segmentLogic = segment.logic;
    while (this.#position < segment.endNs) {
      const cellEnd = this.#cellStart(this.#cell + 1);
      const whole = Math.floor((segment.endNs - this.#position) / this.#periodNs) - 1;
      if (
        this.#joinRuns &&
        this.#charge === 0 &&
        whole >= longRunSamples &&
        this.#lastLogic === segment.logic &&
        this.#atCellStart()
      ) {
        this.#long(segment, whole);
        continue;
      }
      if (whole > 0 && this.#charge === 0 && this.#atCellStart()) {
        this.#equal(segment, whole);
        continue;
      }
      const until = Math.min(cellEnd, segment.endNs);
      this.#charge += segment.amps * (until - this.#position);
      this.#position = until;
      if (until === cellEnd) {
        this.#sample(this.#charge / this.#periodNs, segment.logic);
        this.#charge = 0;
        this.#cell += 1;
      }
    }
  }

  #atCellStart(): boolean {
    return this.#position === this.#cellStart(this.#cell);
  }

  /** Ends the open sample at an edge of the logic lines and begins the grid anew there. */
  #cut(): void {
    const startNs = this.#cellStart(this.#cell);
    const periodNs = this.#position - startNs;
    this.#deliver();
    if (periodNs > 0) this.#single(startNs, periodNs, this.#charge / periodNs, this.#segmentLogic);
    this.#charge = 0;
    this.#originNs = this.#position;
    this.#cell = 0;
  }

  /** A sample that is a chunk of its own, because it is longer or shorter than the others. */
  #single(startNs: number, periodNs: number, amps: number, logic: number): void {
    this.#samples += 1;
    this.#onChunk?.({
      startNs,
      periodNs,
      nominalNs: this.#periodNs,
      current: Float64Array.of(amps),
      logic: Uint8Array.of(logic),
      exactEdges: this.#exactEdges,
    });
  }

  /** One sample over `cells` grid intervals. The first sample after a logic edge is never a long one. */
  #long(segment: WaveformSegment, cells: number): void {
    this.#deliver();
    const startNs = this.#position;
    this.#cell += cells;
    this.#position = this.#cellStart(this.#cell);
    this.#single(startNs, this.#position - startNs, segment.amps, segment.logic);
  }

  /** Up to `cells` equal samples, as many as the chunk still takes (one after a logic edge, so that a long one may follow). */
  #equal(segment: WaveformSegment, cells: number): void {
    if (this.#fill === 0) this.#fillStart = this.#position;
    const wanted = this.#joinRuns && this.#lastLogic !== segment.logic ? 1 : cells;
    const end = Math.min(this.#fill + wanted, chunkSamples);
    this.#current.fill(segment.amps, this.#fill, end);
    this.#logic.fill(segment.logic, this.#fill, end);
    this.#cell += end - this.#fill;
    this.#position = this.#cellStart(this.#cell);
    this.#fill = end;
    this.#lastLogic = segment.logic;
    if (end === chunkSamples) this.#deliver();
  }

  #sample(amps: number, logic: number): void {
    if (this.#fill === 0) this.#fillStart = this.#cellStart(this.#cell);
    this.#current[this.#fill] = amps;
    this.#logic[this.#fill] = logic;
    this.#fill += 1;
    this.#lastLogic = logic;
    if (this.#fill === chunkSamples) this.#deliver();
  }

  #deliver(): void {
    if (this.#fill === 0) return;
    const current = this.#current.slice(0, this.#fill);
    const logic = this.#logic.slice(0, this.#fill);
    this.#samples += this.#fill;
    this.#fill = 0;
    this.#onChunk?.({
      startNs: this.#fillStart,
      periodNs: this.#periodNs,
      current,
      logic,
      exactEdges: this.#exactEdges,
    });
  }
}
