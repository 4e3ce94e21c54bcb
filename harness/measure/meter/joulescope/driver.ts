import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import { JoulescopeFramer, type JoulescopeMessage, joulescopeRates } from './protocol.js';
import { JoulescopeSamples } from './samples.js';

export interface JoulescopeMeterOptions {
  /** The bridge: its process (`spawnJoulescopeBridge`) or a socket to it. */
  port: Duplex;
  /** Serial number, where several are connected. */
  device?: string;
  accuracy?: Partial<MeterAccuracy>;
  emulated?: boolean;
  replyTimeoutMs?: number;
}

interface Waiting {
  event: string;
  resolve: (message: JoulescopeMessage) => void;
  reject: (error: Error) => void;
}

const usualRateHz = 200_000;
const voltRange = [0, 15_000] as const;

/** Driver of the Joulescope JS220 and JS110 through docs/joulescope-bridge.py. GPI 0 and 1 are the markers; the DUT's supply passes through the instrument. */
export class JoulescopeMeter implements Meter {
  readonly #options: JoulescopeMeterOptions;
  readonly #framer = new JoulescopeFramer();
  #waiting: Waiting | undefined;
  #lost: string | undefined;
  /** What the bridge could not be started without. */
  #missing: LittlefirstError | undefined;
  #device: { path: string; model: string; isEmulated: boolean } | undefined;
  #rateHz: number | undefined;
  #samples: JoulescopeSamples | undefined;
  #problems: string[] = [];

  constructor(options: JoulescopeMeterOptions) {
    this.#options = options;
    options.port.on('data', (bytes: Buffer) => this.#receive(bytes));
    options.port.on('error', error => {
      if (error instanceof LittlefirstError && error.code === 'LF_TOOL_MISSING') this.#missing = error;
      this.#lose(`the bridge failed: ${error.message}`);
    });
    options.port.on('close', () => this.#lose('the bridge ended (unplugged?)'));
    options.port.on('end', () => this.#lose('the bridge ended (unplugged?)'));
  }

  async identify(): Promise<MeterIdentity> {
    const { path, model, isEmulated } = await this.#open();
    return {
      driver: 'joulescope',
      model: `Joulescope ${model.toUpperCase()}`,
      serial: path.split('/').at(-1),
      calibration: "the maker's, kept in the instrument",
      markerLines: 2,
      emulated: this.#options.emulated ?? isEmulated,
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    if (this.#samples !== undefined) throw this.#busy();
    const [least, most] = voltRange;
    if (!(config.supplyMillivolts > least && config.supplyMillivolts <= most)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'a Joulescope cannot measure this voltage', {
        expected: `above ${least} and at most ${most} mV`,
        received: String(config.supplyMillivolts),
      });
    }
    await this.#open();
    const wanted = config.sampleRateHz ?? usualRateHz;
    this.#rateHz =
      joulescopeRates.find(rate => rate <= wanted) ?? joulescopeRates[joulescopeRates.length - 1];
    return { sampleRateHz: this.#rateHz, supplyMillivolts: config.supplyMillivolts };
  }

  accuracy(): MeterAccuracy {
    return {
      gainRelative: 0.003 / Math.sqrt(3),
      offsetAmps: 5e-8,
      resolutionAmps: 1e-9,
      edgeNs: 500,
      linearityRelative: 0.0005,
      voltageRelative: 0.003 / Math.sqrt(3),
      clockRelative: 1e-4,
      rangeSwitchSeconds: 2e-6,
      source:
        "assumed: 0.3 %, uniform, as the JS110's range of 2 A has (the maker's forum); offset, linearity, edges of GPI (a sample), volts, clock and switching (about 1.2 us in the JS110) likewise: check with a known load",
      ...this.#options.accuracy,
    };
  }

  async supply(on: boolean): Promise<void> {
    await this.#open();
    await this.#ask({ cmd: 'supply', on }, 'supply');
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#samples !== undefined) throw this.#busy();
    if (this.#rateHz === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the Joulescope is not configured', {
        hint: 'configure it first',
      });
    }
    this.#problems = [];
    const samples = new JoulescopeSamples(this.#rateHz, onChunk);
    await this.#ask({ cmd: 'start', rate: this.#rateHz }, 'started', () => {
      this.#samples = samples;
    });
  }

  async stop(): Promise<MeterStatus> {
    const samples = this.#samples;
    if (samples === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the Joulescope is not measuring', {
        hint: 'start it first',
      });
    }
    const problems = this.#problems;
    try {
      await this.#ask({ cmd: 'stop' }, 'stopped');
    } catch (error) {
      problems.push(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
    this.#samples = undefined;
    if (samples.missing.length > 0)
      problems.push(`no samples of the signals ${samples.missing.join(', ')} came`);
    if (samples.overlaps > 0)
      problems.push(`${samples.overlaps} blocks of samples came twice or out of order`);
    return {
      samples: samples.samples,
      lostSamples: samples.lostSamples,
      saturatedSamples: Math.max(0, samples.badSamples - samples.lostSamples),
      overcurrent: false,
      rangeSwitches: samples.rangeSwitches,
      problems,
    };
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    if (this.#samples !== undefined) await this.stop().catch(() => {});
    if (!this.#options.port.destroyed) this.#options.port.write(`${JSON.stringify({ cmd: 'close' })}\n`);
    this.#lose('the meter was closed');
    this.#options.port.destroy();
  }

  async #open(): Promise<{ path: string; model: string; isEmulated: boolean }> {
    if (this.#lost !== undefined) throw this.#lostError();
    if (this.#device !== undefined) return this.#device;
    const {
      device = '',
      model = '',
      isEmulated = false,
    } = await this.#ask({ cmd: 'open', device: this.#options.device ?? null }, 'opened');
    this.#device = { path: device, model, isEmulated };
    return this.#device;
  }

  /** Sends a request; `onAnswer` runs before anything behind the answer is looked at. */
  async #ask(request: object, event: string, onAnswer: () => void = () => {}): Promise<JoulescopeMessage> {
    if (this.#lost !== undefined) throw this.#lostError();
    const timeoutMs = this.#options.replyTimeoutMs ?? 10_000;
    let cancel = () => {};
    try {
      return await new Promise<JoulescopeMessage>((resolve, reject) => {
        cancel = afterAttended(() => {
          reject(
            new LittlefirstError('LF_METER_REPLY', 'the Joulescope bridge does not answer', {
              expected: `"${event}" within ${timeoutMs} ms`,
              received: 'none',
            }),
          );
        }, timeoutMs);
        this.#waiting = {
          event,
          resolve: message => {
            onAnswer();
            resolve(message);
          },
          reject,
        };
        this.#options.port.write(`${JSON.stringify(request)}\n`);
      });
    } finally {
      cancel();
      this.#waiting = undefined;
    }
  }

  #receive(bytes: Buffer): void {
    try {
      this.#framer.push(bytes, (message, payload) => this.#take(message, payload));
    } catch (error) {
      this.#lose(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
  }

  #take(message: JoulescopeMessage, payload: Buffer): void {
    if (message.event === 'data') this.#samples?.add(message, payload);
    else if (message.event === 'error') this.#fail(message);
    else if (message.event === this.#waiting?.event) this.#waiting.resolve(message);
  }

  #fail({ code, message = 'no reason given' }: JoulescopeMessage): void {
    if (code === 'missing') {
      this.#missing = new LittlefirstError(
        'LF_TOOL_MISSING',
        "the vendor's Joulescope library is not installed",
        {
          expected: 'the Python packages pyjoulescope_driver and numpy',
          received: message,
          hint: 'pip install pyjoulescope_driver numpy',
        },
      );
      this.#lose(message);
      return;
    }
    if (this.#samples !== undefined) this.#problems.push(`the bridge reported: ${message}`);
    this.#waiting?.reject(
      new LittlefirstError(
        code === 'ambiguous' ? 'LF_DEVICE_AMBIGUOUS' : code === 'absent' ? 'LF_METER_OPEN' : 'LF_METER_REPLY',
        'the Joulescope bridge reported a failure',
        {
          received: message,
          hint: code === 'ambiguous' ? 'name the serial number of one' : 'check the USB cable',
        },
      ),
    );
  }

  #busy(): LittlefirstError {
    return new LittlefirstError('LF_METER_REPLY', 'the Joulescope is already measuring', {
      hint: 'stop it first',
    });
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#waiting?.reject(this.#lostError());
  }

  #lostError(): LittlefirstError {
    if (this.#missing !== undefined) return this.#missing;
    return new LittlefirstError('LF_METER_OPEN', `the Joulescope is gone: ${this.#lost}`, {
      hint: 'plug it in again and restart the block',
    });
  }
}
