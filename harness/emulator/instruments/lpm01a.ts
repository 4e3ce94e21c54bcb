import { Duplex } from 'node:stream';
import {
  encodeLpm01aWord,
  formatLpm01aSample,
  lpm01aAsciiMaxHz,
  lpm01aMetadata,
  lpm01aMillivoltRange,
  lpm01aPrompt,
  lpm01aRateName,
  lpm01aRates,
} from '../../measure/meter/lpm01a/protocol.js';
import type { SampleChunk } from '../../measure/meter/meter.js';
import { DirectMeter } from './direct.js';
import { normalSource } from './noise.js';
import type { InstrumentWiring } from './wiring.js';

/** Errors of the emulated instrument; all absent: an exact one, apart from its number format. */
export interface Lpm01aErrors {
  gain?: number;
  offsetAmps?: number;
  noiseAmps?: number;
  /** Samples that are never sent: `count` of them from sample `at` on; timestamps go on. */
  gaps?: readonly { at: number; count: number }[];
  /** Above this current the instrument reports an overcurrent; default 59 mA. */
  overcurrentAmps?: number;
  seed?: number;
}

export interface EmulatedLpm01aOptions extends InstrumentWiring {
  firmware?: string;
  errors?: Lpm01aErrors;
}

const simpleCommands = new Set([
  'htc',
  'hrc',
  'lcd',
  'acqtime',
  'acqmode',
  'funcmode',
  'output',
  'trigsrc',
  'trigdelay',
  'eventsrc',
  'echo',
  'calib',
]);

/** An X-NUCLEO-LPM01A on a byte stream, fed by a current waveform. D7 is the exclusive OR of the two marker lines. */
export class EmulatedLpm01a {
  readonly port: Duplex;
  readonly #options: EmulatedLpm01aOptions;
  readonly #errors: Lpm01aErrors;
  readonly #normal: () => number;
  readonly #truth: DirectMeter;
  #work: Promise<void> = Promise.resolve();
  #line = '';
  #rate: number = 1000;
  #millivolts = 3300;
  #isBinary = false;
  #running = false;
  #sample = 0;
  #gap = 0;
  #level = 0;
  #events = 0;
  #isOvercurrent = false;

  constructor(options: EmulatedLpm01aOptions) {
    this.#options = options;
    this.#errors = options.errors ?? {};
    this.#normal = normalSource(this.#errors.seed ?? 1);
    this.#truth = new DirectMeter({ source: options.source, settle: options.settle, joinRuns: false });
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#receive(bytes.toString('latin1'));
        done();
      },
    });
    this.port.on('close', () => this.#later(() => this.#halt()));
  }

  #receive(text: string): void {
    this.#line += text;
    for (;;) {
      const end = this.#line.indexOf('\n');
      if (end < 0) return;
      const command = this.#line.slice(0, end).trim();
      this.#line = this.#line.slice(end + 1);
      if (command.length > 0) this.#later(() => this.#execute(command));
    }
  }

  #later(action: () => Promise<void>): void {
    this.#work = this.#work.then(action).catch(error => {
      this.port.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #execute(command: string): Promise<void> {
    const [name, argument = ''] = command.split(' ');
    if (simpleCommands.has(name)) this.#ack(command);
    else if (name === 'version') this.#ack(`version ${this.#options.firmware ?? '1.0.6'} emulated`);
    else if (name === 'format') this.#format(command, argument);
    else if (name === 'freq') this.#frequency(command, argument);
    else if (name === 'volt') this.#voltage(command, argument);
    else if (name === 'pwr') {
      await this.#options.power?.(argument === 'on');
      this.#ack(command);
    } else if (name === 'start') await this.#begin();
    else if (name === 'stop') await this.#end();
    else this.#refuse(name, 'unknown command');
  }

  #format(command: string, argument: string): void {
    if (argument !== 'ascii_dec' && argument !== 'bin_hexa') {
      this.#refuse('format', 'ascii_dec or bin_hexa');
      return;
    }
    this.#isBinary = argument === 'bin_hexa';
    this.#ack(command);
  }

  #frequency(command: string, argument: string): void {
    const rate = lpm01aRates.find(hertz => lpm01aRateName(hertz) === argument);
    if (rate === undefined) {
      this.#refuse('freq', 'not a frequency of this instrument');
      return;
    }
    this.#rate = rate;
    this.#ack(command);
  }

  #voltage(command: string, argument: string): void {
    const millivolts = Number(argument.replace(/m$/, ''));
    if (!(millivolts >= lpm01aMillivoltRange[0] && millivolts <= lpm01aMillivoltRange[1])) {
      this.#refuse('volt', '1800m to 3300m');
      return;
    }
    this.#millivolts = millivolts;
    this.#ack(command);
  }

  async #begin(): Promise<void> {
    if (this.#running || (!this.#isBinary && this.#rate > lpm01aAsciiMaxHz)) {
      this.#refuse('start', this.#running ? 'already running' : 'too fast for ascii_dec');
      return;
    }
    this.#running = true;
    this.#sample = 0;
    this.#gap = 0;
    this.#level = 0;
    this.#isOvercurrent = false;
    await this.#truth.configure({ supplyMillivolts: this.#millivolts, sampleRateHz: this.#rate });
    await this.#truth.start(chunk => this.#convert(chunk));
    this.#ack('start');
  }

  async #end(): Promise<void> {
    if (!this.#running) {
      this.#refuse('stop', 'not running');
      return;
    }
    await this.#halt();
    if (this.#isBinary) this.#send(Buffer.from([0xf0, lpm01aMetadata.end, 0xff, 0xff]));
    this.#text('ack stop');
    if (!this.#isBinary) this.#text('Acquisition completed');
  }

  async #halt(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await this.#truth.stop();
  }

  #convert(chunk: SampleChunk): void {
    const { gain = 0, offsetAmps = 0, noiseAmps = 0, gaps = [], overcurrentAmps = 0.059 } = this.#errors;
    const text: string[] = [];
    const bytes: number[] = [];
    for (let i = 0; i < chunk.current.length; i += 1) {
      const index = this.#sample;
      this.#sample += 1;
      if (index > 0 && index % this.#rate === 0)
        this.#timestamp(Math.round((index * 1000) / this.#rate), text, bytes);
      const gap = gaps[this.#gap];
      if (gap !== undefined && index >= gap.at) {
        if (index === gap.at + gap.count - 1) this.#gap += 1;
        continue;
      }
      const level = (chunk.logic[i] ^ (chunk.logic[i] >> 1)) & 1;
      if (level !== this.#level) {
        this.#level = level;
        this.#events += 1;
        text.push(`event ${this.#events} ${level === 1 ? 'ris' : 'fal'}`);
      }
      const amps = chunk.current[i] * (1 + gain) + offsetAmps + noiseAmps * this.#normal();
      if (chunk.current[i] > overcurrentAmps && !this.#isOvercurrent) {
        this.#isOvercurrent = true;
        text.push('overcurrent');
        bytes.push(0xf0, lpm01aMetadata.overcurrent, 0xff, 0xff);
      }
      if (this.#isBinary) {
        const word = encodeLpm01aWord(amps);
        bytes.push(word >> 8, word & 0xff);
      } else text.push(formatLpm01aSample(amps));
    }
    if (this.#isBinary) this.#send(Buffer.from(bytes));
    else if (text.length > 0) this.#send(Buffer.from(`${text.join('\r\n')}\r\n`, 'latin1'));
  }

  #timestamp(milliseconds: number, text: string[], bytes: number[]): void {
    const seconds = String(Math.floor(milliseconds / 1000)).padStart(3, '0');
    text.push(`TimeStamp: ${seconds}s ${String(milliseconds % 1000).padStart(3, '0')}ms, buff 00%`);
    const time = Buffer.alloc(4);
    time.writeUInt32BE(milliseconds);
    bytes.push(0xf0, lpm01aMetadata.timestamp, ...time, 0, 0xff, 0xff);
  }

  #ack(command: string): void {
    this.#text(`${lpm01aPrompt}ack ${command}`);
  }

  #refuse(name: string, detail: string): void {
    this.#text(`${lpm01aPrompt}error ${name}`);
    this.#text(`Error detail: ${detail}`);
  }

  #text(line: string): void {
    this.#send(Buffer.from(`${line}\r\n`, 'latin1'));
  }

  #send(bytes: Buffer): void {
    if (!this.port.destroyed && bytes.length > 0) this.port.push(bytes);
  }
}
