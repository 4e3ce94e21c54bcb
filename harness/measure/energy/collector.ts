import { LittlefirstError } from '../../errors.js';
import type { MeterAccuracy, MeterStatus, SampleChunk } from '../meter/meter.js';
import { type CombinedUncertainty, combineTerms, type UncertaintyTerm } from '../uncertainty.js';
import { energyBudget, type WindowColumns } from './budget.js';
import { EdgeCorrection } from './edge-correction.js';
import { joinQuiet, noQuiet } from './quiet.js';
import { type Segmentation, Segmenter } from './segment.js';
import { type Trace, TraceRecorder } from './trace.js';

export interface CollectorOptions {
  /** The meter's accuracy; a function is asked at the end, when the meter knows which ranges it used. */
  accuracy: MeterAccuracy | (() => MeterAccuracy);
  supplyMillivolts: number;
  /** Windows that the DUT will answer. */
  expectedWindows: number;
  /** Windows kept in the trace; default 3. */
  traceWindows?: number;
  /** See `SegmenterOptions`. */
  minimumIdleSeconds?: number;
}

/** Energy of consecutive windows, columnar: fields of the journal's `energy` record. */
export interface EnergyColumns {
  gateMicrojoules: number[];
  bigMicrojoules: number[];
  otherMicrojoules: number[];
  gateSeconds: number[];
  bigSeconds: number[];
  otherSeconds: number[];
}

/** Fields of the journal's `block-energy` record. */
export interface BlockEnergyFields {
  idleMicrowatts: number;
  uncertainty: UncertaintyTerm[];
  samples: number;
  lostSamples: number;
  saturatedSamples: number;
  problems: string[];
}

export interface BlockEnergy {
  energy: EnergyColumns;
  block: BlockEnergyFields;
  /** Fields of the journal's `trace` record. */
  trace: Trace;
  /** What the rules of `checkBlock` look at. */
  facts: BlockFacts;
}

export interface BlockFacts extends Segmentation {
  /** Windows in which the marker lines showed Big. */
  bigWindows: number;
  /** Mean energy (joules) and active time (seconds) of a window. */
  meanJoules: number;
  meanSeconds: number;
  /** Standard uncertainty of the mean window's duration from its edges, seconds. */
  meanSecondsSigma: number;
  /** Standard uncertainty of the mean energy from the edges' timing, joules. */
  edgeJoulesSigma: number;
  /** Of the mean energy, joules. */
  combined: CombinedUncertainty;
  status: MeterStatus;
}

const micro = 1e6;

/** Everything that a campaign needs from a block's samples: push chunks, finish, write the journal records. */
export class BlockEnergyCollector {
  readonly #options: CollectorOptions;
  readonly #segmenter: Segmenter;
  readonly #trace = new TraceRecorder();
  readonly #columns: WindowColumns = {
    gateJoules: [],
    bigJoules: [],
    otherJoules: [],
    gateSeconds: [],
    bigSeconds: [],
    otherSeconds: [],
  };
  readonly #edges = new EdgeCorrection(this.#columns);
  #shortestSeconds = Number.POSITIVE_INFINITY;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#segmenter = new Segmenter({
      supplyVolts: options.supplyMillivolts * 1e-3,
      minimumIdleSeconds: options.minimumIdleSeconds,
      onWindow: window => {
        this.#columns.gateJoules.push(window.gate.joules);
        this.#columns.bigJoules.push(window.big.joules);
        this.#columns.otherJoules.push(window.other.joules);
        this.#columns.gateSeconds.push(window.gate.seconds);
        this.#columns.bigSeconds.push(window.big.seconds);
        this.#columns.otherSeconds.push(window.other.seconds);
        this.#edges.add(window);
        if (this.#columns.gateJoules.length >= (options.traceWindows ?? 3)) this.#trace.close();
      },
    });
  }

  /** Windows seen so far. */
  get windows(): number {
    return this.#segmenter.windows;
  }

  push(chunk: SampleChunk): void {
    if (chunk.current.length > 0)
      this.#shortestSeconds = Math.min(this.#shortestSeconds, (chunk.nominalNs ?? chunk.periodNs) * 1e-9);
    this.#trace.push(chunk);
    this.#segmenter.push(chunk);
  }

  /**
   * Ends the block.
   * @param status what the meter's `stop` returned
   * @throws LF_SEGMENTATION when the meter saw another number of windows than the DUT answered
   */
  finish(status: MeterStatus): BlockEnergy {
    const segmentation = this.#segmenter.finish();
    const { expectedWindows, accuracy, supplyMillivolts } = this.#options;
    const edges = this.#edges.finish();
    if (segmentation.windows !== expectedWindows) {
      throw new LittlefirstError(
        'LF_SEGMENTATION',
        'the meter saw another number of windows than the DUT answered',
        {
          expected: `${expectedWindows} windows between marker edges`,
          received: `${segmentation.windows} windows in ${segmentation.samples} samples (${segmentation.glitches} glitches)`,
          hint: 'check the two marker wires, their order, and that the sample rate resolves the shortest gate',
          fields: { expected: expectedWindows, seen: segmentation.windows, samples: segmentation.samples },
        },
      );
    }
    const budget = energyBudget({
      columns: this.#columns,
      accuracy: typeof accuracy === 'function' ? accuracy() : accuracy,
      status,
      segmentation,
      supplyVolts: supplyMillivolts * 1e-3,
      edgeJoulesSigma: edges.joulesSigma,
      sampleSeconds: Number.isFinite(this.#shortestSeconds) ? this.#shortestSeconds : 0,
    });
    const combined = combineTerms(budget.terms, expectedWindows);
    const scaled = (joules: number[]) => joules.map(value => value * micro);
    return {
      energy: {
        gateMicrojoules: scaled(this.#columns.gateJoules),
        bigMicrojoules: scaled(this.#columns.bigJoules),
        otherMicrojoules: scaled(this.#columns.otherJoules),
        gateSeconds: this.#columns.gateSeconds,
        bigSeconds: this.#columns.bigSeconds,
        otherSeconds: this.#columns.otherSeconds,
      },
      block: {
        idleMicrowatts: idleWatts(segmentation) * micro,
        uncertainty: budget.terms,
        samples: segmentation.samples,
        lostSamples: status.lostSamples,
        saturatedSamples: status.saturatedSamples,
        problems: [...status.problems],
      },
      trace: this.#trace.result(),
      facts: {
        ...segmentation,
        bigWindows: this.#columns.bigSeconds.filter(seconds => seconds > 0).length,
        meanJoules: budget.meanJoules,
        meanSeconds: budget.meanSeconds,
        meanSecondsSigma: edges.secondsSigma,
        edgeJoulesSigma: edges.joulesSigma,
        combined: { u: combined.u / micro, u95: combined.u95 / micro, degrees: combined.degrees },
        status,
      },
    };
  }
}

/** Power of the quietest state between windows, watts: asleep; 0 when none lasted long enough to tell. */
function idleWatts(segmentation: Segmentation): number {
  const quiet = noQuiet();
  for (const idle of [segmentation.idleBefore, segmentation.idleBetween, segmentation.idleAfter]) {
    joinQuiet(quiet, idle.quiet.watts, idle.quiet.seconds);
  }
  return quiet.seconds === 0 ? 0 : quiet.watts;
}
