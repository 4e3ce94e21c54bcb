import { LittlefirstError } from '../../errors.js';
import type { MeterStatus, SampleChunk } from '../meter/meter.js';
import { combineTerms } from '../uncertainty.js';
import { idleBudget } from './baseline.js';
import type { BlockEnergy, CollectorOptions } from './block-energy.js';
import { energyBudget, unwatchedShare, type WindowColumns } from './budget.js';
import { EdgeCorrection } from './edge-correction.js';
import { markerDelay } from './edge-delay.js';
import { Segmenter } from './segment.js';
import { TraceRecorder } from './trace.js';
import { wakingBesideBaselines } from './waking.js';
import type { SeenIdle } from './windows.js';

const micro = 1e6;
/** Standard deviation of a uniform distribution of width 1. */
const uniform = 1 / Math.sqrt(12);

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
  readonly #ranges = new Map<number, number>();
  #switches = 0;
  #joules = 0;
  /** Integral of the measured voltage outside idle, and its time. */
  readonly #supplied = { voltNanoseconds: 0, nanoseconds: 0 };

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#segmenter = new Segmenter({
      supplyVolts: options.supplyMillivolts * 1e-3,
      minimumIdleSeconds: options.minimumIdleSeconds,
      idleSeconds: options.baseline?.seconds,
      onWindow: (window, index) => {
        const { before = 0 } = options.baseline ?? {};
        if (index < before || index >= before + options.expectedWindows) return;
        this.#switches += window.rangeSwitches;
        window.rangeJoules?.forEach((joules, range) => {
          this.#ranges.set(range, (this.#ranges.get(range) ?? 0) + joules);
        });
        this.#columns.gateJoules.push(window.gate.joules);
        this.#columns.bigJoules.push(window.big.joules);
        this.#columns.otherJoules.push(window.other.joules);
        this.#columns.gateSeconds.push(window.gate.seconds);
        this.#columns.bigSeconds.push(window.big.seconds);
        this.#columns.otherSeconds.push(window.other.seconds);
        this.#edges.add(window);
        const windows = this.#columns.gateJoules.length;
        if (windows >= (options.traceWindows ?? 3)) this.#trace.close();
        this.#joules += window.gate.joules + window.big.joules + window.other.joules;
        options.onWindow?.(windows, this.#joules);
      },
    });
  }

  /** Windows seen so far, those of the baselines included. */
  get windows(): number {
    return this.#segmenter.windows;
  }

  push(chunk: SampleChunk): void {
    if (chunk.current.length > 0)
      this.#shortestSeconds = Math.min(this.#shortestSeconds, (chunk.nominalNs ?? chunk.periodNs) * 1e-9);
    this.#readVoltage(chunk);
    if (this.windows >= (this.#options.baseline?.before ?? 0)) this.#trace.push(chunk);
    this.#segmenter.push(chunk);
  }

  #readVoltage({ voltage, logic, periodNs }: SampleChunk): void {
    voltage?.forEach((volts, i) => {
      if ((logic[i] & 3) === 0 || Number.isNaN(volts)) return;
      this.#supplied.voltNanoseconds += volts * periodNs;
      this.#supplied.nanoseconds += periodNs;
    });
  }

  /**
   * Ends the block.
   * @param status what the meter's `stop` returned
   * @throws LF_SEGMENTATION when the meter saw another number of windows than the DUT answered
   */
  finish(status: MeterStatus): BlockEnergy {
    const seen = this.#segmenter.finish();
    const { expectedWindows, supplyMillivolts, baseline } = this.#options;
    const { before, after } = baseline ?? { before: 0, after: 0 };
    const segmentation = { ...seen, windows: seen.windows - before - after };
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
    const measuredMillivolts =
      this.#supplied.nanoseconds === 0
        ? undefined
        : (1000 * this.#supplied.voltNanoseconds) / this.#supplied.nanoseconds;
    const common = {
      accuracy:
        typeof this.#options.accuracy === 'function' ? this.#options.accuracy() : this.#options.accuracy,
      supplyVolts: supplyMillivolts * 1e-3,
      sampleSeconds: Number.isFinite(this.#shortestSeconds) ? this.#shortestSeconds : 0,
    };
    const around = {
      before: longOnes(seen.settled.filter(idle => idle.index <= before)),
      after: longOnes(seen.settled.filter(idle => idle.index >= seen.windows - after)),
    };
    const idleAccuracy = this.#options.idleAccuracy?.() ?? common.accuracy;
    const idle = idleBudget({
      ...common,
      ...around,
      accuracy: idleAccuracy,
      noiseWatts: seen.idleNoiseWatts,
      nothingShare: (seen.idleNothingShare ?? 0) < 1 ? seen.idleNothingShare : 0,
    });
    const delay = baseline?.hertz === undefined ? undefined : markerDelay(edges.delays, baseline.hertz);
    const budget = energyBudget({
      ...common,
      columns: this.#columns,
      activeSwitches: this.#switches,
      idle,
      segmentation,
      edgeJoulesSigma: edges.joulesSigma,
      markerDelay: delay,
      unwatchedShare: unwatchedShare(status),
    });
    const beside = () => wakingBesideBaselines([...around.before, ...around.after]);
    const waking = baseline?.deeper !== undefined ? (beside() ?? edges.waking) : (edges.waking ?? beside());
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
        idleMicrowatts: idle?.microwatts ?? 0,
        idle,
        ranges:
          this.#ranges.size === 0
            ? undefined
            : [...this.#ranges].map(([range, joules]) => ({
                range,
                microjoules: (joules * micro) / expectedWindows,
              })),
        uncertainty: budget.terms,
        ...(waking === undefined
          ? {}
          : {
              waking: {
                microjoules: waking.joules * micro,
                sigmaMicrojoules: waking.sigma * micro,
                from: waking.from,
              },
            }),
        markerDelay: delay,
        baselineSeconds: baseline?.seconds,
        samples: segmentation.samples,
        lostSamples: status.lostSamples,
        ...((status.unwatchedSamples ?? 0) === 0 ? {} : { unwatchedSamples: status.unwatchedSamples }),
        saturatedSamples: status.saturatedSamples,
        problems: [...status.problems],
        temperatureCelsius: status.temperatureCelsius,
        effectiveResolutionAmps:
          idle === undefined
            ? undefined
            : Math.hypot(idleAccuracy.resolutionAmps * uniform, seen.idleNoiseWatts / common.supplyVolts),
      },
      trace: this.#trace.result((measuredMillivolts ?? supplyMillivolts) * 1e-3),
      facts: {
        ...segmentation,
        ...around,
        idle,
        baselineSeconds: baseline?.seconds,
        wakeJoules: baseline?.wakeJoules,
        deeper: baseline?.deeper,
        expected: baseline?.expected,
        markerDelay: delay,
        lateRises: edges.lateRises,
        configuredMillivolts: supplyMillivolts,
        measuredMillivolts,
        activeSwitches: this.#switches,
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

/** The stretches at least half as long as the longest: guards between windows are none. */
function longOnes(settled: readonly SeenIdle[]): SeenIdle[] {
  const longest = Math.max(0, ...settled.map(({ seconds }) => seconds));
  return settled.filter(({ seconds }) => seconds >= longest / 2);
}
