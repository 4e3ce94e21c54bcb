import { Duplex } from 'node:stream';
import { type ScpiModel, scpiBufferReadings, scpiDialects } from '../../measure/meter/scpi/dialects.js';
import { type Cell, CellCutter, CellSampler } from './cells.js';
import { normalSource } from './noise.js';
import type { InstrumentWiring } from './wiring.js';

/** Errors of the emulated instrument; all absent: an exact one, apart from its resolution. */
export interface ScpiErrors {
  gain?: number;
  offsetAmps?: number;
  /** Of one reading. */
  noiseAmps?: number;
  /** What the FIFO of a mainframe holds, seconds; default: no end, because the host's time is not the emulated time. */
  fifoSeconds?: number;
  /** Readings that are lost: `count` of them from reading `at` on; time goes on. */
  gaps?: readonly { at: number; count: number }[];
  /** This reading is "not a number". */
  nanAt?: number;
  /** Lines in the error queue from the start. */
  errorQueue?: readonly string[];
  seed?: number;
}

export interface EmulatedScpiOptions extends InstrumentWiring {
  /** Default: a Keysight N6705. */
  model?: ScpiModel;
  /** Output whose voltmeter is wired to the marker lines through two resistors; default 2. */
  markerChannel?: number;
  markerVolts?: number;
  errors?: ScpiErrors;
}

const identities: Record<ScpiModel, string> = {
  n6705: 'Keysight Technologies,N6705C,MY00000001,E.02.07.3251 emulated',
  dmm6500: 'KEITHLEY INSTRUMENTS,MODEL DMM6500,04000001,1.7.12b emulated',
  '2450': 'KEITHLEY INSTRUMENTS,MODEL 2450,04000002,1.7.12b emulated',
};

const overflow = 9.9e37;
const notANumber = 9.91e37;
/** A converter reads a little beyond the end of its range. */
const overrange = 1.05;
const accepted = [
  /^\*(CLS|WAI)$/,
  /^FORM (REAL|ASC)$/,
  /^FORM:BORD (NORM|SWAP)$/,
  /^CURR:LIM /,
  /^SENS:ELOG:FUNC:(CURR|VOLT):MINM OFF/,
  /^SOUR:FUNC VOLT$/,
  /^SOUR:VOLT:(RANG|ILIM) /,
  /^SENS:FUNC "CURR"$/,
  /^SENS:CURR:AZER OFF$/,
  /^DIG:FUNC "CURR"$/,
  /^DIG:CURR:APER AUTO$/,
  /^TRAC:(POIN|FILL:MODE) /,
  /^TRIG:(LOAD|BLOC:)/,
  /^TRIG:ELOG /,
  /^TRIG:EXT:IN:EDGE EITH$/,
];

interface Reading {
  amps: number;
  level: number;
  seconds: number;
}

/** An instrument that speaks SCPI on a byte stream, fed by a current waveform: enough of its command tree for the driver, and an error queue for the rest. */
export class EmulatedScpi {
  readonly port: Duplex;
  readonly #options: EmulatedScpiOptions;
  readonly #model: ScpiModel;
  readonly #errors: ScpiErrors;
  readonly #normal: () => number;
  #work: Promise<void> = Promise.resolve();
  #text = '';
  #queue: string[];
  #format: 'ascii' | 'real' = 'ascii';
  #range = 0.1;
  #limitAmps = Number.POSITIVE_INFINITY;
  #volts = 0;
  /** The trigger model waits for an edge of marker line 0 before it measures, and ends at the next. */
  #isTriggered = false;
  #unarm: (() => void) | undefined;
  #period = 1e-3;
  readonly #logged = new Map<number, Set<'CURR' | 'VOLT'>>();
  #sampler: CellSampler | undefined;
  #total = 0;
  #count = 0;
  /** Readings that gaps have swallowed since the start. */
  #lost = 0;
  #gap = 0;
  #isTripped = false;
  /** FIFO of each output: how many readings of `#readings` it has handed out. */
  #taken = new Map<number, number>();
  #readings: Reading[] = [];
  #dropped = 0;

  constructor(options: EmulatedScpiOptions) {
    this.#options = options;
    this.#model = options.model ?? 'n6705';
    this.#errors = options.errors ?? {};
    this.#queue = [...(this.#errors.errorQueue ?? [])];
    this.#normal = normalSource(this.#errors.seed ?? 1);
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#receive(bytes.toString('latin1'));
        done();
      },
    });
    this.port.on('close', () => this.#halt());
  }

  /** Its own clock: seconds of measuring since it was made, lost readings included. */
  get sampledSeconds(): number {
    return this.#total + (this.#sampler?.seconds ?? 0);
  }

  #receive(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end < 0) return;
      const command = this.#text.slice(0, end).trim().replace(/^:/, '');
      this.#text = this.#text.slice(end + 1);
      if (command !== '') this.#later(() => this.#execute(command));
    }
  }

  #later(action: () => Promise<void>): void {
    this.#work = this.#work.then(action).catch(error => {
      this.port.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #execute(command: string): Promise<void> {
    if (command.endsWith('?') || command.includes('? ')) await this.#answer(command);
    else if (!(await this.#set(command))) this.#refuse('-113,"Undefined header"');
  }

  #refuse(error: string): void {
    this.#queue.push(error);
  }

  async #answer(command: string): Promise<void> {
    const [header, argument = ''] = command.split('? ');
    const name = header.replace(/\?$/, '');
    const fetch = /^(\d+),\(@(\d)\)$/.exec(argument);
    const data = /^(\d+),(\d+),"defbuffer1",READ,REL$/.exec(argument);
    if (name === '*IDN') this.#send(identities[this.#model]);
    else if (name === '*OPC') this.#send('1');
    else if (name === 'SYST:ERR') this.#send(this.#queue.shift() ?? '0,"No error"');
    else if (name === 'SENS:ELOG:PER' && this.#isMainframe) this.#send(this.#period.toExponential(6));
    else if (name === 'DIG:CURR:SRATE' && this.#model === 'dmm6500')
      this.#send(String(Math.round(1 / this.#period)));
    else if (name === 'SENS:CURR:NPLC' && this.#model === '2450')
      this.#send(((this.#period - 2e-4) * 50).toFixed(4));
    else if (name === 'STAT:QUES:COND' && this.#isMainframe) this.#send(this.#isTripped ? '+2' : '+0');
    else if (name === 'SOUR:VOLT:ILIM:LEV:TRIP' && this.#model === '2450')
      this.#send(this.#isTripped ? '1' : '0');
    else if (name === 'CAL:DATE' && this.#isMainframe) this.#send('"20260105"');
    else if (name === 'FETC:ELOG' && this.#isMainframe && fetch !== null) {
      await this.#options.settle();
      this.#sendRecords(Number(fetch[1]), Number(fetch[2]));
    } else if (name === 'TRAC:ACT:END' && !this.#isMainframe) {
      await this.#options.settle();
      this.#send(String(this.#count === 0 ? 0 : ((this.#count - 1) % scpiBufferReadings) + 1));
    } else if (name === 'TRAC:DATA' && !this.#isMainframe && data !== null) {
      this.#sendReadings(Number(data[1]), Number(data[2]));
    } else this.#refuse('-113,"Undefined header"');
  }

  get #isMainframe(): boolean {
    return this.#model === 'n6705';
  }

  /** Carries out a command; false: there is no such command. */
  async #set(command: string): Promise<boolean> {
    const [header, argument = ''] = command.split(/ (.*)/s);
    const value = Number.parseFloat(argument);
    const channels = /\(@([\d,]+)\)/.exec(argument)?.[1].split(',').map(Number) ?? [1];
    if (header === '*RST') this.#reset();
    else if (header === 'VOLT' || header === 'SOUR:VOLT') this.#volts = value;
    else if (header === 'OUTP') await this.#options.power?.(/^ON/.test(argument));
    else if (/^SENS:ELOG:FUNC:(CURR|VOLT)$/.test(header) && this.#isMainframe) {
      const functions = this.#logged.get(channels[0]) ?? new Set();
      const name = header.endsWith('CURR') ? 'CURR' : 'VOLT';
      if (/^(ON|1)/.test(argument)) functions.add(name);
      else functions.delete(name);
      this.#logged.set(channels[0], functions);
    } else if (/(ELOG|DIG|SENS):CURR:RANG$/.test(header)) this.#setRange(value);
    else if (header === 'SENS:ELOG:PER' && this.#isMainframe) this.#period = value;
    else if (header === 'DIG:CURR:SRATE' && this.#model === 'dmm6500') this.#period = 1 / value;
    else if (header === 'SENS:CURR:NPLC' && this.#model === '2450') this.#period = value / 50 + 2e-4;
    else if (header === 'INIT:ELOG' || header === 'INIT') await this.#begin();
    else if (header === 'ABOR:ELOG' || header === 'ABOR') this.#halt();
    else if (header === 'TRIG:BLOC:WAIT' && argument === '2,EXT') this.#isTriggered = true;
    else if (!accepted.some(pattern => pattern.test(command))) return false;
    if (header === 'FORM') this.#format = argument === 'REAL' ? 'real' : 'ascii';
    if (header === 'CURR:LIM' || header === 'SOUR:VOLT:ILIM') this.#limitAmps = value;
    return true;
  }

  #setRange(amps: number): void {
    const { ranges } = scpiDialects[this.#model];
    if (!ranges.some(range => range.amps === amps)) this.#refuse('-222,"Data out of range"');
    else this.#range = amps;
  }

  #reset(): void {
    this.#halt();
    this.#logged.clear();
    this.#isTriggered = false;
    this.#format = 'ascii';
  }

  async #begin(): Promise<void> {
    if (this.#sampler !== undefined || this.#unarm !== undefined) {
      this.#refuse('-213,"Init ignored"');
      return;
    }
    await this.#options.settle();
    this.#count = 0;
    this.#gap = 0;
    this.#lost = 0;
    this.#readings = [];
    this.#dropped = 0;
    this.#taken.clear();
    this.#isTripped = false;
    if (this.#isTriggered) this.#arm();
    else
      this.#sampler = new CellSampler(this.#options.source, this.#period * 1e9, cell => this.#convert(cell));
  }

  /** Measures from the first edge of marker line 0 to the second. */
  #arm(): void {
    let line: number | undefined;
    let cutter: CellCutter | undefined;
    let isOver = false;
    this.#unarm = this.#options.source.onSegments(segments => {
      for (const segment of segments) {
        const isEdge = line !== undefined && (segment.logic & 1) !== line;
        line = segment.logic & 1;
        if (isEdge && cutter !== undefined) isOver = true;
        else if (isEdge && !isOver) {
          cutter = new CellCutter(segment.startNs, this.#period * 1e9, cell => this.#convert(cell));
        }
        if (!isOver) cutter?.take(segment);
      }
    });
  }

  #halt(): void {
    this.#unarm?.();
    this.#unarm = undefined;
    if (this.#sampler === undefined) return;
    this.#total += this.#sampler.seconds;
    this.#sampler.close();
    this.#sampler = undefined;
  }

  #convert(cell: Cell): void {
    const { gain = 0, offsetAmps = 0, noiseAmps = 0, gaps = [], nanAt, fifoSeconds } = this.#errors;
    const at = this.#count + this.#lost;
    const gap = gaps[this.#gap];
    if (gap !== undefined && at >= gap.at) {
      this.#lost += 1;
      if (at === gap.at + gap.count - 1) this.#gap += 1;
      return;
    }
    const range = scpiDialects[this.#model].ranges.find(({ amps }) => amps === this.#range);
    const step = range?.resolutionAmps ?? 0;
    const seen = cell.amps * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0);
    if (cell.amps > this.#limitAmps) this.#isTripped = true;
    const isOver = Math.abs(seen) > overrange * this.#range;
    const amps = at === nanAt ? notANumber : isOver ? overflow : Math.round(seen / step) * step;
    const level = ((cell.lines[0] + 2 * cell.lines[1]) / 3) * (this.#options.markerVolts ?? 3.3);
    this.#readings.push({ amps, level, seconds: at * this.#period });
    this.#count += 1;
    if (fifoSeconds !== undefined && this.#readings.length * this.#period > fifoSeconds) this.#dropOldest();
    else if (!this.#isMainframe && this.#readings.length > scpiBufferReadings) this.#dropOldest();
  }

  #dropOldest(): void {
    this.#readings.shift();
    this.#dropped += 1;
  }

  /** Hands out records and forgets those that every logging output has handed out. */
  #sendRecords(most: number, channel: number): void {
    const from = Math.max(this.#taken.get(channel) ?? 0, this.#dropped);
    const records = this.#readings.slice(from - this.#dropped, from - this.#dropped + most);
    this.#taken.set(channel, from + records.length);
    const functions = this.#logged.get(channel) ?? new Set();
    const isMarker = channel === (this.#options.markerChannel ?? 2);
    const values = records.flatMap(({ amps, level }) => [
      ...(functions.has('CURR') ? [amps] : []),
      ...(functions.has('VOLT') ? [isMarker ? level : this.#volts] : []),
    ]);
    const logging = [...this.#logged].filter(([, set]) => set.size > 0).map(([number]) => number);
    const done = Math.min(...logging.map(number => this.#taken.get(number) ?? 0)) - this.#dropped;
    if (done > 0) {
      this.#readings.splice(0, done);
      this.#dropped += done;
    }
    this.#sendNumbers(values, 4);
  }

  #sendReadings(from: number, to: number): void {
    const first = Math.floor((this.#count - 1) / scpiBufferReadings) * scpiBufferReadings;
    const values: number[] = [];
    for (let index = from; index <= to; index += 1) {
      const number = first + index - 1;
      const reading =
        this.#readings[(number < this.#count ? number : number - scpiBufferReadings) - this.#dropped];
      if (reading !== undefined) values.push(reading.amps, reading.seconds);
    }
    this.#sendNumbers(values, 8);
  }

  #sendNumbers(values: readonly number[], bytes: 4 | 8): void {
    if (this.#format === 'ascii') {
      this.#send(values.map(value => value.toExponential(8)).join(','));
      return;
    }
    const block = Buffer.alloc(values.length * bytes);
    for (const [i, value] of values.entries()) {
      if (bytes === 4) block.writeFloatBE(value, i * 4);
      else block.writeDoubleLE(value, i * 8);
    }
    const length = String(block.length);
    this.#push(
      Buffer.concat([Buffer.from(`#${length.length}${length}`, 'latin1'), block, Buffer.from('\n')]),
    );
  }

  #send(text: string): void {
    this.#push(Buffer.from(`${text}\n`, 'latin1'));
  }

  #push(bytes: Buffer): void {
    if (!this.port.destroyed) this.port.push(bytes);
  }
}
