import { Duplex } from 'node:stream';
import { lpm01aPrompt } from '../../../measure/meter/lpm01a/protocol.js';
import { Lpm01aAcquisition, type Lpm01aErrors } from './acquisition.js';
import {
  type Lpm01aSettings,
  lpm01aCommands,
  lpm01aDefaults,
  lpm01aSetters,
  parseLpm01aNumber,
  startRefusal,
} from './settings.js';

export type { Lpm01aErrors } from './acquisition.js';

import type { InstrumentWiring } from '../wiring.js';

export interface EmulatedLpm01aOptions extends InstrumentWiring {
  /** Default 1.0.6. Before 1.0.6 there is no `eventsrc`, and some words are others. */
  firmware?: string;
  errors?: Lpm01aErrors;
}

/** First firmware with `eventsrc` (the MLPerf Tiny runner asks for it). */
const eventFirmware = [1, 0, 6];
/** Characters of an unfinished command that are kept. */
const lineLimit = 4096;
const boardId = '00270029-4E435015-20353632';
const temperatureCelsius = 28;

/**
 * An X-NUCLEO-LPM01A on a byte stream, fed by a current waveform. D7 is the exclusive OR of the two marker lines. Commands after UM2269 Rev 6 and the
 * help text in the MLPerf Tiny runner; framing of the replies after published clients of the real one.
 */
export class EmulatedLpm01a {
  readonly port: Duplex;
  readonly #options: EmulatedLpm01aOptions;
  readonly #isOld: boolean;
  #work: Promise<void> = Promise.resolve();
  #line = '';
  #settings: Lpm01aSettings = { ...lpm01aDefaults };
  #isOn = false;
  #acquisition: Lpm01aAcquisition | undefined;
  /** Ends `targrst`. */
  #unwatch: (() => void) | undefined;
  #lastError = '';
  #seed: number | undefined;

  constructor(options: EmulatedLpm01aOptions) {
    this.#options = options;
    this.#seed = options.errors?.seed;
    this.#isOld = isBefore(options.firmware ?? '1.0.6', eventFirmware);
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#receive(bytes.toString('latin1'));
        done();
      },
    });
    this.port.on('close', () =>
      this.#later(async () => {
        this.#unwatch?.();
        this.#acquisition?.close();
        this.#acquisition = undefined;
      }),
    );
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#seed = seed;
  }

  #receive(text: string): void {
    this.#line += text;
    for (;;) {
      const end = this.#line.search(/[\r\n]/);
      if (end < 0) break;
      const command = this.#line.slice(0, end).trim();
      this.#line = this.#line.slice(end + 1);
      if (command.length > 0) this.#later(() => this.#execute(command));
    }
    this.#line = this.#line.slice(0, lineLimit);
  }

  #later(action: () => Promise<void>): void {
    this.#work = this.#work.then(action).catch(error => {
      this.port.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #execute(command: string): Promise<void> {
    const [name, ...args] = command.split(/\s+/);
    const actions: Record<string, () => void | Promise<void>> = {
      help: () => this.#ack(['help', ...lpm01aCommands].join('\r\n')),
      echo: () => this.#reply(`echo ${args.join(' ')}`, 1),
      powershield: () => this.#ack(`powershield PowerShield present ${boardId}`),
      version: () => this.#ack(`version ${this.#options.firmware ?? '1.0.6'} emulated`),
      range: () => this.#ack(`range ${this.#settings.mode === 'dyn' ? '100-09 50-03' : '1-09 200-03'}`),
      status: () => this.#status(),
      htc: () => this.#ack(command),
      hrc: () => this.#ack(command),
      lcd: () => this.#lcd(command),
      psrst: () => this.#reset(),
      pwr: () => this.#power(command, args),
      start: () => this.#start(),
      stop: () => this.#stop(),
      targrst: () => this.#resetTarget(command, args[0]),
      temp: () => this.#temperature(args[0]),
      autotest: () => this.#autotest(command, args),
      calib: () => this.#ack(command),
    };
    const action = actions[name];
    if (action !== undefined) await action();
    else this.#set(command, name, args);
  }

  #set(command: string, name: string, args: readonly string[]): void {
    if (name === 'volt' && args[0] === 'get') {
      this.#ack(`volt get ${this.#settings.millivolts}-03`);
      return;
    }
    const setter = name === 'eventsrc' && this.#isOld ? undefined : lpm01aSetters[name];
    if (setter === undefined) {
      this.#refuse(name, 'command not recognized');
      return;
    }
    if (this.#acquisition !== undefined) {
      this.#refuse(name, 'acquisition is ongoing');
      return;
    }
    const problem = setter(this.#settings, args);
    if (problem === undefined) this.#ack(command);
    else this.#refuse(name, problem);
  }

  #status(): void {
    const error = this.#lastError;
    this.#lastError = '';
    this.#ack(error === '' ? 'status ok' : `status error: ${error}`);
  }

  /** What results it tells of each part (`stat_all`) is not known: all is well, in one word. */
  #autotest(command: string, [what = 'start', how = 'stat_min']: readonly string[]): void {
    if (!['start', 'status'].includes(what))
      this.#refuse('autotest', 'parameter should be one of start, status');
    else if (!['stat_all', 'stat_min'].includes(how))
      this.#refuse('autotest', 'parameter should be one of stat_all, stat_min');
    else this.#ack(`${command} ok`);
  }

  #lcd(command: string): void {
    if (/^lcd [12] "[^"]{0,16}"$/.test(command)) this.#ack(command);
    else this.#refuse('lcd', 'line 1 or 2 and a string of 16 characters at most, in double quotes');
  }

  async #reset(): Promise<void> {
    this.#acquisition?.close();
    this.#acquisition = undefined;
    this.#settings = { ...lpm01aDefaults };
    await this.#switch(false);
  }

  async #switch(on: boolean): Promise<void> {
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (on === this.#isOn) return;
    this.#isOn = on;
    await this.#options.power?.(on);
  }

  async #power(command: string, [state, status]: string[]): Promise<void> {
    if (state === 'get') {
      this.#ack(`pwr get ${this.#isOn ? 'on' : 'off'}`);
      return;
    }
    if (!['auto', 'on', 'off'].includes(state) || ![undefined, 'nostatus', 'status'].includes(status)) {
      this.#refuse('pwr', 'parameter should be one of auto, on, off, get');
      return;
    }
    this.#settings.power = state as Lpm01aSettings['power'];
    if (state !== 'auto') await this.#switch(state === 'on');
    this.#ack(command);
  }

  /** The target is without supply for a while, in the waveform's own time; 0: for good. */
  async #resetTarget(command: string, argument = ''): Promise<void> {
    const seconds = parseLpm01aNumber(argument);
    if (seconds === undefined || (seconds !== 0 && !(seconds >= 0.01 && seconds <= 1))) {
      this.#refuse('targrst', 'parameter out of range [0.01; 1]');
      return;
    }
    await this.#switch(false);
    const { source } = this.#options;
    const untilNs = source.nowNs + seconds * 1e9;
    if (seconds > 0)
      this.#unwatch = source.onSegments(segments => {
        if ((segments.at(-1)?.endNs ?? 0) >= untilNs) this.#later(() => this.#switch(true));
      });
    this.#ack(command);
  }

  #temperature(unit = 'degc'): void {
    if (unit === 'degc') this.#ack(`temp degc ${temperatureCelsius.toFixed(1)}`);
    else if (unit === 'degf') this.#ack(`temp degf ${((temperatureCelsius * 9) / 5 + 32).toFixed(1)}`);
    else this.#refuse('temp', 'parameter should be one of degc, degf');
  }

  async #start(): Promise<void> {
    const refusal = this.#acquisition === undefined ? startRefusal(this.#settings) : 'acquisition is ongoing';
    if (refusal !== undefined) {
      this.#refuse('start', refusal);
      return;
    }
    if (this.#settings.power === 'auto') await this.#switch(true);
    await this.#options.settle();
    this.#ack('start');
    this.#acquisition = new Lpm01aAcquisition({
      source: this.#options.source,
      settings: { ...this.#settings },
      isOld: this.#isOld,
      errors: { ...this.#options.errors, seed: this.#seed },
      isOn: () => this.#isOn,
      send: bytes => this.#send(bytes),
      onEnd: error =>
        this.#later(() => {
          if (error !== undefined) this.#lastError = error;
          return this.#end();
        }),
    });
  }

  async #stop(): Promise<void> {
    if (this.#acquisition === undefined) {
      this.#refuse('stop', 'no acquisition is ongoing');
      return;
    }
    await this.#options.settle();
    await this.#end(true);
  }

  async #end(isStopped = false): Promise<void> {
    const acquisition = this.#acquisition;
    if (acquisition === undefined) return;
    this.#acquisition = undefined;
    acquisition.finish(isStopped);
    if (this.#settings.powerAtEnd === 'off') await this.#switch(false);
  }

  #ack(text: string): void {
    this.#reply(`ack ${text}`, 2);
  }

  #refuse(name: string, detail: string): void {
    this.#lastError = detail;
    this.#reply(`${this.#isOld ? 'err' : 'error'} ${name}\r\nError detail: ${detail}`, 2);
  }

  /** An empty line comes before a reply, and another after most (published clients compare the bytes). */
  #reply(text: string, lineEnds: 1 | 2): void {
    this.#send(Buffer.from(`\r\n${lpm01aPrompt}${text}${'\r\n'.repeat(lineEnds)}`, 'latin1'));
  }

  #send(bytes: Buffer): void {
    if (!this.port.destroyed && bytes.length > 0) this.port.push(bytes);
  }
}

function isBefore(version: string, other: readonly number[]): boolean {
  const mine = version.split('.').map(Number);
  for (const [i, number] of other.entries()) if (mine[i] !== number) return mine[i] < number;
  return false;
}
