import { dirname, join, posix } from 'node:path';
import { activeMicroamps, sleepMicroamps } from '../measure/chip/current.js';
import { leastSleepMicroamps } from '../measure/chip/least-sleep.js';
import { atAmbient } from '../measure/chip/temperature.js';
import type { Baseline, BlockEnergy } from '../measure/energy/block-energy.js';
import { BlockEnergyCollector } from '../measure/energy/collector.js';
import { EvenChunks } from '../measure/meter/even-chunks.js';
import type { Meter, MeterAccuracy, MeterStatus } from '../measure/meter/meter.js';
import type { EnergyKind, RecordingFile } from '../record/journal/records.js';
import { RecordingWriter } from '../record/recording/recording.js';
import { isRecorded } from './bench/meter-schema.js';
import type { PreparedBench } from './bench/prepare.js';
import { energyKind, waivedRules } from './energy-kind.js';
import { wakingAllowance } from './waking-allowance.js';

/** Name of a block's recording below the run folder, with slashes. */
export function recordingName(block: number, attempt: number, pass = 1): string {
  const name = `block-${String(block).padStart(4, '0')}${pass === 1 ? '' : `-pass${pass}`}`;
  return posix.join('recordings', `${name}-${attempt}.lfrec`);
}

/** Voltage at the DUT, millivolts. */
export function supplyMillivolts({ bench, chip }: PreparedBench): number {
  return bench.meter.supplyMillivolts ?? chip.supply.millivolts.value;
}

/** Windows before and after a block beside whose long idle the sleep power is measured. */
const baselineWindows = { before: 1, after: 1 };
/** Shortest baseline: 50 ms of meter time, or this many samples, whichever is more; the firmware idles no longer than `maxIdleSeconds`. */
const baseline = { seconds: 0.05, samples: 1000 };
const maxIdleSeconds = 10;

/** Idle on either side of a baseline's window, seconds, for a meter's rate. */
export function baselineSeconds(meter: Pick<Meter, 'sampleRateHz'>): number {
  const { sampleRateHz = Number.POSITIVE_INFINITY } = meter;
  return Math.min(maxIdleSeconds, Math.max(baseline.seconds, baseline.samples / sampleRateHz));
}

/** What the chip's profile gives for a level, watts. */
function expectedPower(prepared: PreparedBench, index: number, big = index): Baseline['expected'] {
  const here = atAmbient(prepared.chip, prepared.bench.ambientCelsius);
  const level = prepared.boardLevels[index];
  const watts = (microamps: number) => microamps * 1e-6 * supplyMillivolts(prepared) * 1e-3;
  return {
    activeWatts: watts(
      Math.max(...[level, prepared.boardLevels[big]].map(one => activeMicroamps(here, one, 'big'))),
    ),
    sleepWatts: watts(sleepMicroamps(here, level)),
    leastSleepWatts: watts(leastSleepMicroamps(here, level)),
  };
}

/** What a session samples. */
type Session = 'idle' | 'windows';

/** What the meter has seen of a block that is under way. Its interval, and the last of its edges, are known at the block's end only. */
export interface EnergySoFar {
  /** Windows of the block that the meter has seen the end of. */
  windows: number;
  /** Their mean active energy, microjoules. */
  microjoules: number;
  energy: EnergyKind;
}

export interface BlockMeterOptions {
  prepared: PreparedBench;
  meter: Meter;
  block: number;
  /** Index of the block's level among the board's. */
  level: number;
  /** Of Big's level, where it is another. */
  big?: number;
  /** Idle beside every window. */
  guardMicroseconds: number;
  pass: number;
  attempt: number;
  /** Path of the journal: recordings lie beside it. */
  journalPath: string;
  /** Called after each window. */
  onEnergy?: (soFar: EnergySoFar) => void;
}

/** What the meter says of several sessions together. */
function joinStatus(statuses: readonly MeterStatus[]): MeterStatus {
  const total = (of: (status: MeterStatus) => number) =>
    statuses.reduce((sum, status) => sum + of(status), 0);
  return {
    samples: total(status => status.samples),
    lostSamples: total(status => status.lostSamples),
    unwatchedSamples: total(status => status.unwatchedSamples ?? 0),
    saturatedSamples: total(status => status.saturatedSamples),
    overcurrent: statuses.some(status => status.overcurrent),
    rangeSwitches: total(status => status.rangeSwitches),
    temperatureCelsius: statuses.at(-1)?.temperatureCelsius,
    problems: [...new Set(statuses.flatMap(status => status.problems))],
  };
}

/**
 * The meter over one block: what it samples goes to the segmentation and, on request, into a recording. It samples in sessions, one
 * for each baseline and one for the windows, so that the line's commands between them are in none; their time is joined.
 */
export class BlockMeter {
  readonly #options: BlockMeterOptions;
  readonly #collector: BlockEnergyCollector;
  readonly #baseline: Baseline;
  readonly #statuses: MeterStatus[] = [];
  #accuracy: Partial<Record<Session, MeterAccuracy>> = {};
  #recording: RecordingWriter | undefined;
  #chunks: EvenChunks | undefined;
  #running = false;
  #isLive = false;
  #energy: EnergyKind = 'none';
  #seesBig = true;
  #startedAt = 0;
  #hostSeconds = 0;
  #endNs = 0;

  constructor(options: BlockMeterOptions) {
    const { prepared, meter, onEnergy } = options;
    this.#options = options;
    this.#baseline = {
      ...baselineWindows,
      seconds: baselineSeconds(meter),
      hertz: prepared.boardLevels[options.level].hertz.value,
      ...wakingAllowance(prepared.chip, options.guardMicroseconds, supplyMillivolts(prepared)),
      expected: expectedPower(prepared, options.level, options.big),
    };
    this.#collector = new BlockEnergyCollector({
      accuracy: () => this.#accuracy.windows ?? meter.accuracy(),
      idleAccuracy: () => this.#accuracy.idle ?? meter.accuracy('idle'),
      supplyMillivolts: supplyMillivolts(prepared),
      expectedWindows: prepared.windows.starts.length,
      baseline: this.#baseline,
      onWindow:
        onEnergy &&
        ((windows, joules) =>
          onEnergy({ windows, microjoules: (joules / windows) * 1e6, energy: this.#energy })),
    });
  }

  /** Idle on either side of a baseline's window, seconds. */
  get baselineSeconds(): number {
    return this.#baseline.seconds;
  }

  async open(): Promise<void> {
    const { prepared, meter, block, pass, attempt, journalPath } = this.#options;
    const identity = await meter.identify();
    this.#isLive = prepared.bench.link !== 'emulated:' && !identity.emulated;
    this.#seesBig = (identity.markerLines ?? 2) === 2;
    this.#energy = energyKind(prepared.bench.link !== 'emulated:', identity, waivedRules(prepared.bench));
    if (!isRecorded(prepared.bench)) return;
    this.#recording = new RecordingWriter(join(dirname(journalPath), recordingName(block, attempt, pass)), {
      schema: 'littlefirst.recording/1',
      block,
      attempt,
      pass,
      meter: identity,
      supplyMillivolts: supplyMillivolts(prepared),
      expectedWindows: prepared.windows.starts.length,
      baseline: this.#baseline,
    });
  }

  /** Begins a session. */
  async start(): Promise<void> {
    let offsetNs: number | undefined;
    const chunks = new EvenChunks(chunk => {
      offsetNs ??= this.#endNs - chunk.startNs;
      const joined = { ...chunk, startNs: chunk.startNs + offsetNs };
      this.#endNs = joined.startNs + chunk.current.length * chunk.periodNs;
      this.#recording?.push(joined);
      this.#collector.push(joined);
    });
    this.#chunks = chunks;
    await this.#options.meter.start(chunk => chunks.push(chunk));
    this.#running = true;
    this.#startedAt = performance.now();
  }

  /** Ends a session of settled idle or of the block's windows. @throws LF_METER_* */
  async stop(session: Session): Promise<void> {
    const { meter } = this.#options;
    this.#hostSeconds += (performance.now() - this.#startedAt) / 1000;
    this.#statuses.push(await meter.stop());
    this.#chunks?.flush();
    this.#running = false;
    this.#accuracy = {
      ...this.#accuracy,
      [session]: meter.accuracy(session === 'idle' ? session : undefined),
    };
  }

  /** Ends a block that failed. */
  async abandon(): Promise<void> {
    this.#recording?.close();
    if (this.#running) await this.#options.meter.stop();
  }

  /**
   * Ends the block.
   * @returns what it measured, and the recording of it; whether the meter tells Big from gate; and the host's seconds of the sessions where the instrument
   *   runs in real time
   * @throws LF_SEGMENTATION
   */
  finish(): {
    measured: BlockEnergy;
    recording?: RecordingFile;
    seesBig: boolean;
    hostSeconds?: number;
  } {
    const { meter, block, attempt, pass } = this.#options;
    const hostSeconds = this.#isLive ? this.#hostSeconds : undefined;
    const status = joinStatus(this.#statuses);
    const { windows = meter.accuracy(), idle } = this.#accuracy;
    const file = this.#recording?.finish({ status, accuracy: windows, idleAccuracy: idle, hostSeconds });
    return {
      measured: this.#collector.finish(status),
      recording: file && { name: recordingName(block, attempt, pass), ...file },
      seesBig: this.#seesBig,
      hostSeconds,
    };
  }
}
