import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import type { ElapsedClock } from '../elapsed-clock.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import { Ppk2Decoder } from './decode.js';
import { type Ppk2Metadata, parsePpk2Metadata } from './metadata.js';
import {
  ppk2MillivoltRange,
  ppk2Modes,
  ppk2Opcodes,
  ppk2SampleRateHz,
  ppk2VoltsPerStep,
} from './protocol.js';
import { Ppk2TextFinder } from './text-finder.js';

export interface Ppk2MeterOptions {
  /** The open serial port (any baud), or an emulated instrument's port. */
  port: Duplex;
  /** 'source': the PPK2 feeds the DUT; 'ampere': it sits in another supply's line. Its switch must be closed in both. */
  mode?: 'source' | 'ampere';
  /** Default: the host's monotonic clock with 50 ms of jitter; none for an emulated instrument, whose time is not the host's. */
  elapsed?: ElapsedClock;
  /** Nordic's spike filter; off by default, because it lags behind the DUT's own steps. */
  spikeFilter?: boolean;
  /** Replaces the default accuracy, e.g. after a calibration or for an emulated instrument with known errors. */
  accuracy?: Partial<MeterAccuracy>;
  emulated?: boolean;
  serial?: string;
  /** Resolves when an emulated instrument has acted on every command; without it the first sample shows that measuring began. */
  settled?: () => Promise<void>;
  replyTimeoutMs?: number;
}

const hostClock: ElapsedClock = {
  seconds: () => Number(process.hrtime.bigint()) * 1e-9,
  jitterSeconds: 0.05,
};
/** The counter shows losses modulo this. */
const counterModulus = 64;

/** Driver of the Nordic PPK2. Samples come at 100 kS/s; D0 and D1 are the markers. */
export class Ppk2Meter implements Meter {
  readonly #options: Ppk2MeterOptions;
  #metadata: Ppk2Metadata | undefined;
  #supplyMillivolts = 3300;
  #decoder: Ppk2Decoder | undefined;
  #startedAt = 0;
  #finder: Ppk2TextFinder | undefined;
  #onText: ((text: string) => void) | undefined;
  #lost: string | undefined;
  #onLost: (() => void) | undefined;

  constructor(options: Ppk2MeterOptions) {
    this.#options = options;
    const { port } = options;
    port.on('data', (bytes: Buffer) => this.#receive(bytes));
    port.on('error', error => this.#lose(`the port failed: ${error.message}`));
    port.on('close', () => this.#lose('the port closed (unplugged?)'));
    port.on('end', () => this.#lose('the port ended (unplugged?)'));
  }

  get #isEmulated(): boolean {
    return this.#options.emulated ?? this.#metadata?.emulated ?? false;
  }

  /** The clock that bounds losses, where there is one. */
  get #elapsed(): ElapsedClock | undefined {
    return this.#options.elapsed ?? (this.#isEmulated ? undefined : hostClock);
  }

  async identify(): Promise<MeterIdentity> {
    const metadata = await this.#readMetadata();
    return {
      driver: 'ppk2',
      model: 'Nordic Power Profiler Kit II',
      serial: this.#options.serial,
      firmware: `HW ${metadata.hardware}`,
      calibration: calibrationOf(metadata),
      emulated: this.#isEmulated,
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    const [least, most] = ppk2MillivoltRange;
    const millivolts = config.supplyMillivolts;
    if (!Number.isInteger(millivolts) || millivolts < least || millivolts > most) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the PPK2 cannot supply this voltage', {
        expected: `a whole number from ${least} to ${most} mV`,
        received: String(millivolts),
      });
    }
    await this.#readMetadata();
    await this.#write([ppk2Opcodes.setPowerMode, ppk2Modes[this.#options.mode ?? 'source']]);
    await this.#write([ppk2Opcodes.regulatorSet, millivolts >> 8, millivolts & 0xff]);
    this.#supplyMillivolts = millivolts;
    return { sampleRateHz: ppk2SampleRateHz, supplyMillivolts: millivolts };
  }

  accuracy(of?: 'idle'): MeterAccuracy {
    return {
      gainRelative: 0.02,
      offsetAmps: 2e-7,
      resolutionAmps: this.#resolution(of === 'idle' ? this.#idleCounts : this.#rangeCounts),
      edgeNs: 3000,
      linearityRelative: 0.003,
      voltageRelative: 0.01,
      clockRelative: 1e-4,
      rangeSwitchSeconds: 9e-6,
      source:
        'assumed: no accuracy specification of the PPK2 was verified; check with a known load. Marker lines: a third of a sample, assumed. Resolution: one converter step of the range used most',
      ...this.#options.accuracy,
    };
  }

  async supply(on: boolean): Promise<void> {
    await this.#write([ppk2Opcodes.deviceRunning, on ? 1 : 0]);
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#decoder !== undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the PPK2 is already measuring', {
        hint: 'stop it first',
      });
    }
    const metadata = this.#metadata ?? (await this.#readMetadata());
    this.#rangeCounts.fill(0);
    this.#idleCounts.fill(0);
    this.#decoder = new Ppk2Decoder({
      ranges: metadata.ranges,
      supplyMillivolts: this.#supplyMillivolts,
      spikeFilter: this.#options.spikeFilter ?? false,
      onChunk: chunk => {
        this.#count(chunk);
        onChunk(chunk);
      },
    });
    this.#startedAt = this.#elapsed?.seconds() ?? 0;
    await this.#write([ppk2Opcodes.averageStart]);
    await this.#begun();
  }

  /** Waits until the instrument measures. The first sample of an emulated one may wait for the DUT; its answers do not. */
  async #begun(): Promise<void> {
    if (this.#options.settled !== undefined) await this.#options.settled();
    else if (this.#isEmulated) await this.#askMetadata();
    else await this.#firstSample();
  }

  /** Waits for the first bytes of the stream. */
  async #firstSample(): Promise<void> {
    const timeoutMs = this.#options.replyTimeoutMs ?? 3000;
    const late = new AbortController();
    const cancel = afterAttended(() => late.abort(), timeoutMs);
    try {
      await once(this.#options.port, 'data', { signal: late.signal });
    } catch (error) {
      this.#decoder = undefined;
      throw new LittlefirstError('LF_METER_REPLY', 'the PPK2 sends no samples', {
        expected: `samples within ${timeoutMs} ms`,
        received: 'none',
        cause: error,
      });
    } finally {
      cancel();
    }
  }

  async stop(): Promise<MeterStatus> {
    const decoder = this.#decoder;
    if (decoder === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the PPK2 is not measuring', { hint: 'start it first' });
    }
    const problems = [...(this.#metadata?.problems ?? [])];
    const clock = this.#elapsed;
    try {
      await this.#write([ppk2Opcodes.averageStop]);
      const text = await this.#askMetadata();
      const after = parsePpk2Metadata(text);
      if (JSON.stringify(after.ranges) !== JSON.stringify(this.#metadata?.ranges)) {
        problems.push('the calibration changed while measuring: the instrument was reset or exchanged');
      }
    } catch (error) {
      problems.push(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
    decoder.finish();
    this.#decoder = undefined;
    const elapsed = clock === undefined ? 0 : clock.seconds() - this.#startedAt;
    if (this.#lost !== undefined && !problems.includes(this.#lost)) problems.push(this.#lost);
    if (decoder.badRanges > 0)
      problems.push(`${decoder.badRanges} samples named a range that does not exist`);
    const hidden = this.#hiddenLosses(elapsed, decoder.position);
    if (hidden > 0) problems.push(`${hidden} samples were lost that the counter does not show`);
    return {
      samples: decoder.samples,
      lostSamples: decoder.lostSamples + hidden,
      saturatedSamples: decoder.saturatedSamples,
      overcurrent: false,
      rangeSwitches: decoder.rangeSwitches,
      realignments: decoder.realignments,
      problems,
    };
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    this.#onText = undefined;
    await this.#write([ppk2Opcodes.averageStop]).catch(() => {});
    this.#lost = 'the meter was closed';
    this.#options.port.destroy();
  }

  /** Samples by range, outside idle and in it. */
  readonly #rangeCounts = new Float64Array(8);
  readonly #idleCounts = new Float64Array(8);

  #count(chunk: SampleChunk): void {
    const ranges = chunk.range;
    if (ranges === undefined) return;
    for (let i = 0; i < ranges.length; i += 1) {
      const counts = (chunk.logic[i] & 3) === 0 ? this.#idleCounts : this.#rangeCounts;
      counts[ranges[i]] += 1;
    }
  }

  /** One converter step in the range that most samples used; range 3 (5 to 60 mA) before there are any. */
  #resolution(samples: Float64Array): number {
    const counts = [...samples.subarray(0, 5)];
    const most = Math.max(...counts);
    const range = most > 0 ? counts.indexOf(most) : 3;
    const calibration = this.#metadata?.ranges[range];
    if (calibration === undefined) return 4.7e-5;
    return Math.abs((4 * ppk2VoltsPerStep * calibration.GI * calibration.UG) / calibration.R);
  }

  /** Losses in whole multiples of 64 that elapsed time betrays. */
  #hiddenLosses(elapsedSeconds: number, position: number): number {
    const { jitterSeconds } = this.#elapsed ?? { jitterSeconds: 0 };
    const missing = elapsedSeconds * ppk2SampleRateHz - position;
    const slack = Math.max(counterModulus / 2, 3 * jitterSeconds * ppk2SampleRateHz);
    if (missing <= slack) return 0;
    return Math.round(missing / counterModulus) * counterModulus;
  }

  async #readMetadata(): Promise<Ppk2Metadata> {
    if (this.#decoder !== undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the PPK2 is measuring', { hint: 'stop it first' });
    }
    await this.#write([ppk2Opcodes.averageStop]);
    this.#metadata = parsePpk2Metadata(await this.#askMetadata());
    return this.#metadata;
  }

  /** Asks for the metadata; samples that come before the text still reach the decoder. */
  async #askMetadata(): Promise<string> {
    const finder = new Ppk2TextFinder();
    this.#finder = finder;
    const timeoutMs = this.#options.replyTimeoutMs ?? 3000;
    const text = new Promise<string>((resolve, reject) => {
      const cancel = afterAttended(() => {
        reject(
          new LittlefirstError('LF_METER_REPLY', 'the PPK2 does not answer', {
            expected: `its metadata within ${timeoutMs} ms`,
            received: 'nothing complete',
            hint: 'check that the port is the PPK2 (the one whose location ends in 1)',
          }),
        );
      }, timeoutMs);
      this.#onText = answer => {
        cancel();
        resolve(answer);
      };
      this.#onLost = () => {
        cancel();
        reject(this.#lostError());
      };
    });
    text.catch(() => {});
    try {
      await this.#write([ppk2Opcodes.getMetadata]);
      return await text;
    } finally {
      this.#finder = undefined;
      this.#onText = undefined;
      this.#onLost = undefined;
      this.#decoder?.push(finder.flush());
    }
  }

  #receive(bytes: Buffer): void {
    if (this.#finder === undefined) {
      this.#decoder?.push(bytes);
      return;
    }
    const { samples, text, rest } = this.#finder.push(bytes);
    this.#decoder?.push(samples);
    if (text === undefined) return;
    this.#finder = undefined;
    this.#onText?.(text);
    if (rest !== undefined) this.#decoder?.push(rest);
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#onLost?.();
  }

  #lostError(): LittlefirstError {
    return new LittlefirstError('LF_METER_OPEN', `the PPK2 is gone: ${this.#lost}`, {
      hint: 'plug it in again and restart the block',
    });
  }

  async #write(bytes: number[]): Promise<void> {
    if (this.#lost !== undefined) throw this.#lostError();
    await new Promise<void>((resolve, reject) => {
      this.#options.port.write(Buffer.from(bytes), error => {
        if (error) reject(this.#lostError());
        else resolve();
      });
    });
  }
}

function calibrationOf({ problems, calibrated }: Ppk2Metadata): string {
  if (problems.length > 0) return problems.join('; ');
  if (calibrated === undefined)
    return 'factory modifiers; the instrument does not say whether it was calibrated';
  return calibrated ? 'calibrated by the user' : 'factory modifiers';
}
