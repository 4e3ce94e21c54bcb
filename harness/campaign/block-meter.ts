import { dirname, join } from 'node:path';
import { type BlockEnergy, BlockEnergyCollector } from '../measure/energy/collector.js';
import type { Meter } from '../measure/meter/meter.js';
import { RecordingWriter } from '../record/recording.js';
import { isRecorded } from './bench/meter-schema.js';
import type { PreparedBench } from './bench/prepare.js';

/** Path of a block's recording, relative to the run folder. */
export function recordingName(block: number, attempt: number, pass = 1): string {
  const name = `block-${String(block).padStart(4, '0')}${pass === 1 ? '' : `-pass${pass}`}`;
  return join('recordings', `${name}-${attempt}.lfrec`);
}

/** Voltage at the DUT, millivolts. */
export function supplyMillivolts({ bench, chip }: PreparedBench): number {
  return bench.meter.supplyMillivolts ?? chip.supply.millivolts.value;
}

export interface BlockMeterOptions {
  prepared: PreparedBench;
  meter: Meter;
  block: number;
  pass: number;
  attempt: number;
  /** Path of the journal: recordings lie beside it. */
  journalPath: string;
}

/** The meter over one block: what it samples goes to the segmentation and, on request, into a recording. */
export class BlockMeter {
  readonly #options: BlockMeterOptions;
  readonly #collector: BlockEnergyCollector;
  #recording: RecordingWriter | undefined;
  #running = false;
  #isLive = false;
  #seesBig = true;
  #startedAt = 0;

  constructor(options: BlockMeterOptions) {
    const { prepared, meter } = options;
    this.#options = options;
    this.#collector = new BlockEnergyCollector({
      accuracy: () => meter.accuracy(),
      supplyMillivolts: supplyMillivolts(prepared),
      expectedWindows: prepared.windows.starts.length,
    });
  }

  async start(): Promise<void> {
    const { prepared, meter, block, pass, attempt, journalPath } = this.#options;
    const identity = await meter.identify();
    this.#isLive = prepared.bench.link !== 'emulated:' && !identity.emulated;
    this.#seesBig = (identity.markerLines ?? 2) === 2;
    const recording = isRecorded(prepared.bench)
      ? new RecordingWriter(join(dirname(journalPath), recordingName(block, attempt, pass)), {
          schema: 'littlefirst.recording/1',
          block,
          attempt,
          pass,
          meter: identity,
          supplyMillivolts: supplyMillivolts(prepared),
          expectedWindows: prepared.windows.starts.length,
        })
      : undefined;
    this.#recording = recording;
    await meter.start(chunk => {
      recording?.push(chunk);
      this.#collector.push(chunk);
    });
    this.#running = true;
    this.#startedAt = performance.now();
  }

  /** Ends a block that failed. */
  async abandon(): Promise<void> {
    this.#recording?.close();
    if (this.#running) await this.#options.meter.stop();
  }

  /**
   * Ends the block.
   * @returns what it measured; whether the meter tells Big from gate; and the host's seconds from start to stop where the instrument
   *   runs in real time
   * @throws LF_METER_*, LF_SEGMENTATION
   */
  async stop(): Promise<{ measured: BlockEnergy; seesBig: boolean; hostSeconds?: number }> {
    const { meter } = this.#options;
    const hostSeconds = this.#isLive ? (performance.now() - this.#startedAt) / 1000 : undefined;
    const status = await meter.stop();
    this.#running = false;
    this.#recording?.finish({ status, accuracy: meter.accuracy(), hostSeconds });
    return { measured: this.#collector.finish(status), seesBig: this.#seesBig, hostSeconds };
  }
}
