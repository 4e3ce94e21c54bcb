import { Duplex } from 'node:stream';
import type { ScpiModel } from '../../../measure/meter/scpi/dialects.js';
import type { InstrumentWiring } from '../wiring.js';
import { ScpiAcquisition, type ScpiErrors } from './acquisition.js';
import { ScpiArguments } from './arguments.js';
import { command, type ScpiAnswer, type ScpiCommand } from './command.js';
import { KeithleyTree, lineHertz } from './keithley.js';
import { N6705Tree, type ScpiHost } from './n6705.js';
import { ScpiStatus } from './status.js';
import { faults, parseUnit, ScpiFault, type ScpiUnit, splitOutside } from './syntax.js';

export type { ScpiErrors } from './acquisition.js';

export interface EmulatedScpiOptions extends InstrumentWiring {
  /** Default: a Keysight N6705. */
  model?: ScpiModel;
  /** Output whose voltmeter is wired to the marker lines through two resistors; default 2. */
  markerChannel?: number;
  markerVolts?: number;
  /** Language that a Keithley is set to; default SCPI. */
  language?: 'SCPI' | 'TSP' | 'SCPI2000' | 'SCPI34401';
  /** The only name that a 2450's firmware has for the block that measures; default: it takes both. */
  measureBlock?: 'MEAS' | 'MDIG';
  errors?: ScpiErrors;
}

const identities: Record<ScpiModel, string> = {
  n6705: 'Keysight Technologies,N6705C,MY00000001,E.02.07.3251 emulated',
  dmm6500: 'KEITHLEY INSTRUMENTS,MODEL DMM6500,04000001,1.7.12b emulated',
  '2450': 'KEITHLEY INSTRUMENTS,MODEL 2450,04000002,1.7.12b emulated',
};
/** What the makers write where there is no error, and where there is one: Keithley adds its kind (1: error) and the time. */
const keysightErrors = { none: '+0,"No error"', one: (code: number, text: string) => `${code},"${text}"` };
const keithleyErrors = {
  none: '0,"No error;0;0 0"',
  one: (code: number, text: string) => {
    const [day, time] = new Date().toISOString().replaceAll('-', '/').split('T');
    return `${code},"${text};1;${day} ${time.slice(0, 12)}"`;
  },
};
/** No message is longer; a sender that never ends one is stopped. */
const messageLimit = 65_536;

/**
 * An instrument that speaks SCPI, fed by a current waveform: headers in any case, long and short, paths with `;` and `:`, optional nodes, channel
 * lists, units, status registers and an error queue (SCPI-99, IEEE 488.2). `port` is one client's end; `connect` gives further ones.
 */
export class EmulatedScpi {
  readonly port: Duplex;
  readonly #options: EmulatedScpiOptions;
  readonly #model: ScpiModel;
  readonly #status: ScpiStatus;
  readonly #acquisition: ScpiAcquisition;
  readonly #tree: {
    commands: readonly ScpiCommand[];
    reset: () => Promise<void>;
    trigger: () => Promise<void>;
  };
  readonly #commands: readonly ScpiCommand[];
  readonly #ports = new Set<Duplex>();
  #work: Promise<void> = Promise.resolve();
  #isOn = false;
  /** Answers of the message that is being carried out. */
  #answers: ScpiAnswer[] = [];

  constructor(options: EmulatedScpiOptions) {
    this.#options = options;
    this.#model = options.model ?? 'n6705';
    const errors = options.errors ?? {};
    const words = this.#model === 'n6705' ? keysightErrors : keithleyErrors;
    this.#status = new ScpiStatus(words.none, errors.errorQueue ?? [], words.one);
    this.#acquisition = new ScpiAcquisition(options.source, errors);
    const host: ScpiHost = {
      acquisition: this.#acquisition,
      settle: options.settle,
      isOn: () => this.#isOn || this.#model === 'dmm6500',
      switchSupply: on => this.#switch(on),
      markerChannel: options.markerChannel ?? 2,
      markerVolts: options.markerVolts ?? 3.3,
      measureBlock: options.measureBlock,
    };
    this.#tree = this.#model === 'n6705' ? new N6705Tree(host) : new KeithleyTree(host, this.#model);
    this.#commands = [...this.#commonCommands(), ...this.#tree.commands];
    this.port = this.connect();
  }

  /** Its own clock: seconds of measuring since it was made, lost readings included. */
  get sampledSeconds(): number {
    return this.#acquisition.seconds;
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#acquisition.restart(seed);
  }

  /** Another client's end. What one sets, the others see. */
  connect(): Duplex {
    let text = '';
    const port: Duplex = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        const messages = `${text}${bytes.toString('latin1')}`.split('\n');
        text = (messages.pop() ?? '').slice(0, messageLimit);
        for (const message of messages) this.#later(port, () => this.#message(port, message));
        done();
      },
    });
    this.#ports.add(port);
    port.on('close', () => {
      this.#ports.delete(port);
      if (this.#ports.size === 0) this.#acquisition.stop();
    });
    return port;
  }

  #later(port: Duplex, action: () => Promise<void>): void {
    this.#work = this.#work.then(action).catch(error => {
      port.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async #switch(on: boolean): Promise<void> {
    if (on === this.#isOn) return;
    this.#isOn = on;
    await this.#options.power?.(on);
  }

  /** Carries out one message. A command error ends it (IEEE 488.2, 6.1.10); another error ends its own unit only. */
  async #message(port: Duplex, message: string): Promise<void> {
    this.#answers = [];
    try {
      let path: readonly string[] = [];
      for (const text of splitOutside(message.replaceAll('\r', ''), ';')) {
        if (text.trim() === '') continue;
        const unit = parseUnit(text, path);
        if (!unit.path[0].startsWith('*')) path = unit.path.slice(0, -1);
        await this.#unit(unit);
      }
    } catch (error) {
      if (!(error instanceof ScpiFault)) throw error;
      this.#status.fault(error);
    }
    if (this.#answers.length === 0 || port.destroyed) return;
    const parts = this.#answers.flatMap((answer, i) => [
      Buffer.from(i === 0 ? '' : ';'),
      typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer,
    ]);
    port.push(Buffer.concat([...parts, Buffer.from('\n')]));
  }

  async #unit({ path, isQuery, parameters }: ScpiUnit): Promise<void> {
    const found = this.#commands.find(
      ({ header, set, query }) => (isQuery ? query : set) !== undefined && header.matches(path),
    );
    if (found === undefined) throw faults.undefinedHeader();
    const args = new ScpiArguments(parameters);
    if (args.count > found.most[isQuery ? 1 : 0]) throw faults.notAllowed();
    try {
      if (!isQuery) await found.set?.(args);
      else if (found.query !== undefined) this.#answers.push(await found.query(args));
    } catch (error) {
      if (!(error instanceof ScpiFault) || error.code > -200) throw error;
      this.#status.fault(error);
    }
  }

  #commonCommands(): ScpiCommand[] {
    const status = this.#status;
    const byte = { min: 0, max: 255 };
    const text = (value: number) => (this.#model === 'n6705' ? `+${value}` : String(value));
    const query = (notation: string, answer: () => ScpiAnswer | Promise<ScpiAnswer>) =>
      command(notation, [0, 0], { query: answer });
    const act = (notation: string, action: () => void | Promise<void>) =>
      command(notation, [0, 0], { set: action });
    const register = (notation: string, key: 'eventEnable' | 'serviceEnable') =>
      command(notation, [1, 0], {
        set: args => {
          status[key] = Math.round(args.number(0, byte));
        },
        query: () => text(status[key]),
      });
    return [
      query('*IDN', () => identities[this.#model]),
      query('*TST', () => text(0)),
      query('*ESR', () => text(status.takeEvents())),
      query('*STB', () => text(status.statusByte(this.#answers.length > 0))),
      register('*ESE', 'eventEnable'),
      register('*SRE', 'serviceEnable'),
      act('*CLS', () => status.clear()),
      act('*WAI', () => {}),
      act('*RST', () => this.#tree.reset()),
      act('*TRG', () => this.#tree.trigger()),
      { ...act('*OPC', () => status.operationComplete()), query: () => '1' },
      query('SYSTem:ERRor[:NEXT]', () => status.nextError()),
      query('SYSTem:ERRor:COUNt', () => text(status.errorCount)),
      query('SYSTem:VERSion', () => '1999.0'),
      ...this.#makerCommands(query, act),
    ];
  }

  /** Keithley's instruments speak several languages, and have neither options nor a local state (DMM6500-901-01, 2-29 and 13-158). */
  #makerCommands(
    query: (notation: string, answer: () => ScpiAnswer) => ScpiCommand,
    act: (notation: string, action: () => void) => ScpiCommand,
  ): ScpiCommand[] {
    if (this.#model === 'n6705')
      return [query('*OPT', () => '0'), act('SYSTem:REMote', () => {}), act('SYSTem:LOCal', () => {})];
    return [
      query('*LANG', () => this.#options.language ?? 'SCPI'),
      query('SYSTem:LFRequency', () => String(lineHertz)),
    ];
  }
}
