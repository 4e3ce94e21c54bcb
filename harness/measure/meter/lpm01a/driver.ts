import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import {
  lpm01aAsciiMaxHz,
  lpm01aEnergyMaxHz,
  lpm01aMillivoltRange,
  lpm01aMinimumFirmware,
  lpm01aPrompt,
  lpm01aRateName,
  lpm01aRates,
} from './protocol.js';
import { isLpm01aEnd, type Lpm01aEvents, Lpm01aSamples, Lpm01aWords, takeLpm01aLine } from './stream.js';

export interface Lpm01aMeterOptions {
  port: Duplex;
  /** 'ascii' carries the edges of D7, up to 5 kHz; 'binary' goes to 100 kHz but carries none. */
  format?: 'ascii' | 'binary';
  /** `energy`: the instrument integrates, in joules a sample, up to 10 kHz. Default: current. */
  output?: 'current' | 'energy';
  /** Edges of D7 that are asked for; default both, so that windows have a beginning and an end. */
  events?: Lpm01aEvents;
  emulated?: boolean;
  serial?: string;
  accuracy?: Partial<MeterAccuracy>;
  replyTimeoutMs?: number;
}

/** No line of the instrument is longer. */
const lineLimit = 512;
const eventNames = { both: 'both', rising: 'ris', falling: 'fal' } as const;

/**
 * Driver of the ST X-NUCLEO-LPM01A. It has one digital input, D7, which wants the exclusive OR of both marker lines: windows are seen, but gate and Big not told
 * apart (all of a window counts as gate).
 */
export class Lpm01aMeter implements Meter {
  readonly #options: Lpm01aMeterOptions;
  readonly #format: 'ascii' | 'binary';
  #text = '';
  #waiting:
    | { matches: (line: string) => boolean; resolve: (line: string) => void; fail: () => void }
    | undefined;
  #samples: Lpm01aSamples | undefined;
  #words: Lpm01aWords | undefined;
  #sampleRateHz = 1000;
  #millivolts = 3300;
  #isSwitched = false;
  /** Edges that the instrument has taken; undefined: its firmware knows of none. */
  #events: Lpm01aEvents | undefined;
  #lost: string | undefined;

  constructor(options: Lpm01aMeterOptions) {
    this.#options = options;
    this.#format = options.format ?? 'ascii';
    options.port.on('data', (bytes: Buffer) => this.#receive(bytes));
    options.port.on('error', error => this.#lose(`the port failed: ${error.message}`));
    options.port.on('close', () => this.#lose('the port closed (unplugged?)'));
    options.port.on('end', () => this.#lose('the port ended (unplugged?)'));
  }

  async identify(): Promise<MeterIdentity> {
    const answer = await this.#command('version');
    const firmware = /\d+\.\d+\.\d+/.exec(answer)?.[0];
    return {
      driver: 'lpm01a',
      model: 'ST X-NUCLEO-LPM01A',
      serial: this.#options.serial,
      firmware,
      calibration:
        firmware !== undefined && isOlder(firmware, lpm01aMinimumFirmware)
          ? `firmware older than ${lpm01aMinimumFirmware}`
          : 'by the instrument itself at power-up and after every change of voltage',
      markerLines: this.#format === 'ascii' && !isOlder(firmware ?? '0', lpm01aMinimumFirmware) ? 1 : 0,
      emulated: this.#options.emulated ?? /emulated/.test(answer),
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    const [least, most] = lpm01aMillivoltRange;
    const millivolts = config.supplyMillivolts;
    if (!Number.isInteger(millivolts) || millivolts < least || millivolts > most) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the LPM01A cannot supply this voltage', {
        expected: `a whole number from ${least} to ${most} mV`,
        received: String(millivolts),
      });
    }
    const { output = 'current' } = this.#options;
    const fastest = output === 'energy' ? lpm01aEnergyMaxHz : lpm01aRates[0];
    const limit = this.#format === 'ascii' ? lpm01aAsciiMaxHz : fastest;
    const wanted = Math.min(config.sampleRateHz ?? limit, limit);
    const rate = lpm01aRates.find(hertz => hertz <= wanted);
    if (rate === undefined) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the LPM01A cannot sample this slowly', {
        expected: 'at least 1 sample per second',
        received: String(config.sampleRateHz),
      });
    }
    this.#sampleRateHz = rate;
    this.#millivolts = millivolts;
    await this.#takeControl();
    /* All of it, since the instrument keeps what another program told it: in mode stat it would give one value a block. */
    for (const command of [
      'acqmode dyn',
      'funcmode optim',
      'pwrend on',
      'acqtime inf',
      'trigdelay 0',
      'trigsrc sw',
      `output ${output}`,
      `format ${this.#format === 'ascii' ? 'ascii_dec' : 'bin_hexa'}`,
      `freq ${lpm01aRateName(rate)}`,
      `volt ${millivolts}m`,
    ]) {
      await this.#command(command);
    }
    /* Before it is switched by hand, it would switch itself on at the start. */
    if (!this.#isSwitched) await this.supply(false);
    await this.#askForEvents();
    return { sampleRateHz: rate, supplyMillivolts: millivolts };
  }

  /** What is left of its banner may be taken for the beginning of the first command, which is then refused (published notes of a real bench). */
  async #takeControl(): Promise<void> {
    try {
      await this.#command('htc');
    } catch (error) {
      if (!(error instanceof LittlefirstError && error.detail.fields?.['isRefused'] === true)) throw error;
      await this.#command('htc');
    }
  }

  /** Firmware that knows only one edge at a time, or none, tells less: windows then have no end, or are not seen. */
  async #askForEvents(): Promise<void> {
    const { events = 'both' } = this.#options;
    this.#events = undefined;
    if (this.#format === 'binary') return;
    for (const wanted of new Set<Lpm01aEvents>([events, 'rising'])) {
      try {
        await this.#command(`eventsrc d7 ${eventNames[wanted]}`);
        this.#events = wanted;
        return;
      } catch (error) {
        if (!(error instanceof LittlefirstError && error.detail.fields?.['isRefused'] === true)) throw error;
      }
    }
  }

  accuracy(): MeterAccuracy {
    return {
      gainRelative: 0.02 / Math.sqrt(3),
      offsetAmps: 1e-7,
      resolutionAmps: 1e-9,
      edgeNs: 10_000,
      linearityRelative: 0.002,
      voltageRelative: 0.01,
      clockRelative: 1e-4,
      source:
        'gain: about 2 % in dynamic mode (UM2243, excerpt), uniform; offset, linearity, edges of D7, voltage and clock are assumed: check with a known load',
      ...this.#options.accuracy,
    };
  }

  async supply(on: boolean): Promise<void> {
    await this.#command(on ? 'pwr on nostatus' : 'pwr off');
    this.#isSwitched = true;
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#samples !== undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the LPM01A is already measuring', {
        hint: 'stop it first',
      });
    }
    const samples = new Lpm01aSamples({
      sampleRateHz: this.#sampleRateHz,
      events: this.#events,
      energyVolts: this.#options.output === 'energy' ? this.#millivolts / 1000 : undefined,
      onChunk,
    });
    await this.#command('start', () => {
      this.#samples = samples;
      this.#words = this.#format === 'binary' ? new Lpm01aWords(samples) : undefined;
    });
  }

  async stop(): Promise<MeterStatus> {
    const samples = this.#samples;
    if (samples === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the LPM01A is not measuring', { hint: 'start it first' });
    }
    const problems = samples.problems;
    try {
      if (samples.isEnded) problems.push('the acquisition ended by itself');
      else await this.#ask('stop', isLpm01aEnd, 'Acquisition completed');
    } catch (error) {
      problems.push(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
    this.#samples = undefined;
    this.#words = undefined;
    samples.finish();
    return {
      samples: samples.samples,
      lostSamples: samples.lostSamples,
      unwatchedSamples: samples.unwatchedSamples,
      saturatedSamples: 0,
      overcurrent: samples.overcurrent,
      rangeSwitches: 0,
      problems,
    };
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    if (this.#samples !== undefined) await this.stop().catch(() => {});
    await this.#command('hrc').catch(() => {});
    this.#lost = 'the meter was closed';
    this.#options.port.destroy();
  }

  /** Sends a command and waits for its "ack"; `onAck` runs before any byte behind it is looked at. */
  async #command(command: string, onAck: () => void = () => {}): Promise<string> {
    const name = command.split(' ')[0];
    /* Some refusals name no command: "error: Command unknown". */
    const pattern = new RegExp(`^((ack|err|error) ${name}\\b|err(or)?:)`);
    const line = await this.#ask(
      command,
      text => {
        if (!pattern.test(text)) return false;
        if (text.startsWith('ack')) onAck();
        return true;
      },
      `ack ${name}`,
    );
    if (line.startsWith('err')) {
      throw new LittlefirstError('LF_METER_REPLY', 'the LPM01A refused a command', {
        expected: `ack ${name}`,
        received: `${line} (to ${JSON.stringify(command)})`,
        fields: { isRefused: true },
      });
    }
    return line;
  }

  async #ask(command: string, matches: (line: string) => boolean, expected: string): Promise<string> {
    if (this.#lost !== undefined) throw this.#lostError();
    const timeoutMs = this.#options.replyTimeoutMs ?? 3000;
    try {
      return await new Promise<string>((resolve, reject) => {
        const cancel = afterAttended(() => {
          reject(
            new LittlefirstError('LF_METER_REPLY', 'the LPM01A does not answer', {
              expected: `"${expected}" within ${timeoutMs} ms`,
              received: 'no such line',
              hint: 'check the port and that the LPM01A is in host mode',
            }),
          );
        }, timeoutMs);
        this.#waiting = {
          matches,
          resolve: line => {
            cancel();
            resolve(line);
          },
          fail: () => {
            cancel();
            reject(this.#lostError());
          },
        };
        this.#options.port.write(`${command}\r\n`);
      });
    } finally {
      this.#waiting = undefined;
    }
  }

  #receive(bytes: Buffer): void {
    let rest: Buffer | undefined = bytes;
    if (this.#words !== undefined) {
      rest = this.#words.push(bytes);
      if (rest === undefined) return;
      this.#words = undefined;
      this.#line('Acquisition completed');
    }
    this.#text += rest.toString('latin1');
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end < 0) break;
      const line = this.#text.slice(0, end).replaceAll('\0', '').trim();
      this.#text = this.#text.slice(end + 1);
      this.#line(line.startsWith(lpm01aPrompt) ? line.slice(lpm01aPrompt.length) : line);
      if (this.#words !== undefined && this.#text.length > 0) {
        const after = Buffer.from(this.#text, 'latin1');
        this.#text = '';
        this.#receive(after);
        return;
      }
    }
    if (this.#text.length > lineLimit) {
      this.#samples?.problem('the instrument sent a line without end');
      this.#text = '';
    }
    if (this.#samples !== undefined && this.#words === undefined) this.#samples.flush();
  }

  #line(line: string): void {
    if (this.#samples !== undefined) takeLpm01aLine(this.#samples, line);
    if (this.#waiting?.matches(line)) this.#waiting.resolve(line);
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#waiting?.fail();
  }

  #lostError(): LittlefirstError {
    return new LittlefirstError('LF_METER_OPEN', `the LPM01A is gone: ${this.#lost}`, {
      hint: 'plug it in again and restart the block',
    });
  }
}

function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => text.split('.').map(Number);
  const [mine, other] = [numbers(version), numbers(than)];
  for (let i = 0; i < 3; i += 1) if (mine[i] !== other[i]) return mine[i] < other[i];
  return false;
}
