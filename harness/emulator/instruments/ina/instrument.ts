import { Duplex } from 'node:stream';
import { formatInaLine, inaBridgeName } from '../../../measure/meter/ina/protocol.js';
import type { InstrumentWiring } from '../wiring.js';
import { InaFeed } from './feed.js';
import { EmulatedIna, type EmulatedInaOptions } from './sensor.js';

export interface EmulatedInaBridgeOptions
  extends Omit<InstrumentWiring, 'power'>,
    Omit<EmulatedInaOptions, 'onAlert' | 'onRestart'> {
  /** Lines that never arrive, by their number since the start. */
  lostLines?: readonly number[];
  /** The bridge restarts behind this line. */
  restartAfter?: number;
  /** The sensor loses its power for a moment behind this line. */
  sensorResetAfter?: number;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
const isCount = (bytes: number) => bytes >= 1 && bytes <= 5;
/** Characters of an unfinished command that are kept. */
const lineLimit = 4096;
const fieldPattern = /^[0-9a-f]{1,4}$/;
/** From an edge to the time that the bridge writes down; its emulated image takes the same. */
const micros = (timeNs: number) => Math.floor(timeNs / 1000) % 2 ** 32;

/**
 * The INA bridge with its sensor on a byte stream, fed by a current waveform. It says what firmware/bridge says, without running it: `rp2040-bridge.ts` does that, and a
 * test compares the two.
 */
export class EmulatedInaBridge {
  readonly port: Duplex;
  readonly sensor: EmulatedIna;
  readonly #options: EmulatedInaBridgeOptions;
  readonly #feed: InaFeed;
  #work: Promise<void> = Promise.resolve();
  #text = '';
  /** Lines that are still to be sent. */
  #output = '';
  #running: { status: number; data: number; bytes: number } | undefined;
  #lines = 0;
  #sequence = 0;

  constructor(options: EmulatedInaBridgeOptions) {
    this.#options = options;
    this.sensor = new EmulatedIna({ ...options, onRestart: () => this.#feed?.restart() });
    this.#feed = new InaFeed({
      source: options.source,
      sensor: this.sensor,
      onEdge: (timeNs, markers) => {
        if (this.#running !== undefined) this.#record('e', timeNs, String(markers));
      },
      onConversion: (timeNs, amps, markers) => {
        this.sensor.convertShunt(amps);
        if (this.#running === undefined) return;
        const { status, data, bytes } = this.#running;
        const digits = [...this.sensor.read(status, 2), ...this.sensor.read(data, bytes)];
        this.#record('s', timeNs, `${digits.map(byte => hex(byte, 2)).join('')}${markers}`);
      },
      onBatch: () => this.#flush(),
    });
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#receive(bytes.toString('latin1'));
        done();
      },
    });
    this.port.on('close', () => this.#feed.close());
    this.#send('boot');
    this.#flush();
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.sensor.restart(seed);
  }

  #receive(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end < 0) break;
      const command = this.#text.slice(0, end).trim();
      this.#text = this.#text.slice(end + 1);
      this.#work = this.#work
        .then(() => this.#execute(command))
        .then(() => {
          this.#flush();
        });
    }
    this.#text = this.#text.slice(0, lineLimit);
  }

  async #execute(command: string): Promise<void> {
    await this.#options.settle();
    const [name, ...fields] = command.split(/ +/);
    if (command.length > 32) return this.#send('error length');
    if (fields.length > 4 || !fields.every(field => fieldPattern.test(field)))
      return this.#send('error number');
    const [address, register, third, fourth] = fields.map(field => Number.parseInt(field, 16));
    const now = hex(micros(this.#options.source.nowNs), 8);
    if (name === '') return;
    if (command.length > 32) this.#send('error length');
    else if (fields.length > 4 || !fields.every(field => fieldPattern.test(field)))
      this.#send('error number');
    else if (name === 'id' && fields.length === 0) this.#send(`id ${inaBridgeName} 1 ${now} emulated`);
    else if (name === 'stop' && fields.length === 0 && this.#running !== undefined) this.#stop(now);
    else if (this.#running !== undefined) this.#send('error running');
    else if (name === 'r' && fields.length === 3 && !isCount(third)) this.#send('error count');
    else if (name === 'start' && fields.length === 4 && !isCount(fourth)) this.#send('error count');
    else if (['r', 'w', 'start'].includes(name) && address !== this.sensor.address) this.#send('error nack');
    else if (name === 'r' && fields.length === 3) this.#read(register, third);
    else if (name === 'w' && fields.length === 3) this.#write(register, third);
    else if (name === 'start' && fields.length === 4) this.#start(register, third, fourth, now);
    else this.#send('error command');
  }

  #read(register: number, count: number): void {
    const data = this.sensor.read(register, count).map(byte => hex(byte, 2));
    this.#send(`r ${hex(this.sensor.address, 2)} ${hex(register, 2)} ${data.join('')}`);
  }

  #write(register: number, value: number): void {
    this.sensor.write(register, value);
    this.#send(`w ${hex(this.sensor.address, 2)} ${hex(register, 2)} ${hex(value, 4)}`);
  }

  #start(status: number, data: number, bytes: number, now: string): void {
    this.sensor.read(status, 2);
    this.sensor.beginNoise();
    this.#lines = 0;
    this.#sequence = 0;
    this.#running = { status, data, bytes };
    this.#send(`start ${now}`);
  }

  #stop(now: string): void {
    this.#running = undefined;
    this.#send(`stop ${now} ${hex(this.#lines, 8)} 00000000`);
  }

  #record(kind: 's' | 'e', timeNs: number, rest: string): void {
    const { lostLines = [], restartAfter, sensorResetAfter } = this.#options;
    const line = `${kind}${hex(this.#sequence, 2)}${hex(micros(timeNs), 8)}${rest}`;
    if (!lostLines.includes(this.#lines)) this.#send(line);
    if (this.#lines === sensorResetAfter) this.sensor.reset();
    this.#lines += 1;
    this.#sequence = (this.#sequence + 1) % 256;
    if (this.#lines - 1 !== restartAfter) return;
    this.#running = undefined;
    this.#send('boot');
  }

  #send(text: string): void {
    this.#output += formatInaLine(text);
  }

  #flush(): void {
    const text = this.#output;
    this.#output = '';
    if (!this.port.destroyed && text !== '') this.port.push(Buffer.from(text, 'latin1'));
  }
}
