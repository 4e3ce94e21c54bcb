import {
  type ScpiDialect,
  type ScpiModel,
  scpiBufferReadings,
  scpiDialects,
} from '../../../measure/meter/scpi/dialects.js';
import type { ScpiArguments } from './arguments.js';
import { command, numeric, type ScpiAnswer, type ScpiCommand } from './command.js';
import { keithleyFormat, MeasurementFormat } from './format.js';
import type { ScpiHost } from './n6705.js';
import { faults } from './syntax.js';

const bufferName = 'defbuffer1';
/** Power line frequency that it tells and that NPLC counts in, hertz. */
export const lineHertz = 60;
/** Time between readings beyond their aperture, seconds: assumed. */
const readingOverhead = 2e-4;
/** Elements of a reading (2461-901-01, 6-160); with numbers in blocks only the first ones. */
const blockElements = ['READing', 'RELative', 'SOURce', 'EXTRa'] as const;
const textElements = [...blockElements, 'UNIT', 'STATus', 'SEConds', 'FRACtional'] as const;

/** A block of the trigger model. */
interface Block {
  kind: 'clear' | 'wait' | 'measure';
  event?: string;
  count?: number;
}

/** A Keithley DMM6500 or 2450 in its SCPI command set. Commands after the makers' reference manuals (DMM6500-901-01, 2450-901-01). */
export class KeithleyTree {
  readonly #host: ScpiHost;
  readonly #dialect: ScpiDialect;
  readonly #format = new MeasurementFormat(keithleyFormat);
  #range = 0;
  #period = 0;
  #volts = 0;
  #limit = 0;
  #sourceRange = 0;
  #isOn = false;
  #points = 100_000;
  #blocks = new Map<number, Block>();
  readonly commands: readonly ScpiCommand[];

  constructor(
    host: ScpiHost,
    private readonly model: Exclude<ScpiModel, 'n6705'>,
  ) {
    this.#host = host;
    this.#dialect = scpiDialects[model];
    this.#fresh();
    this.commands = [
      ...this.#measureCommands(),
      ...(model === '2450' ? this.#sourceCommands() : this.#digitizeCommands()),
      ...this.#bufferCommands(),
      ...this.#format.commands,
      ...this.#triggerCommands(),
    ];
  }

  async reset(): Promise<void> {
    this.#host.acquisition.stop();
    this.#fresh();
    if (this.model === '2450') await this.#host.switchSupply(false);
  }

  async trigger(): Promise<void> {}

  #fresh(): void {
    this.#format.reset();
    this.#range = this.#dialect.ranges.at(-1)?.amps ?? 1;
    this.#period = this.#dialect.period(1 / this.#dialect.usualRateHz, 1, lineHertz);
    this.#volts = 0;
    this.#limit = 1.05e-4;
    this.#isOn = false;
    this.#points = 100_000;
    this.#blocks.clear();
  }

  #ranges(notation: string): ScpiCommand {
    const top = this.#dialect.ranges.at(-1)?.amps ?? 1;
    return numeric(
      notation,
      { unit: 'A', min: 0, max: 1.05 * top, def: top },
      {
        get: () => this.#range,
        set: value => {
          this.#range = this.#dialect.ranges.find(({ amps }) => amps >= value)?.amps ?? top;
        },
      },
    );
  }

  #measureCommands(): ScpiCommand[] {
    const one = { query: () => this.#one() };
    return [
      command('[SENSe:]FUNCtion[:ON]', [1, 0], {
        set: args => {
          if (!/^CURR(ENT)?(:DC)?$/i.test(args.string(0))) throw faults.conflict();
        },
        query: () => '"CURR:DC"',
      }),
      this.#ranges('[SENSe:]CURRent[:DC]:RANGe[:UPPer]'),
      numeric(
        '[SENSe:]CURRent[:DC]:NPLCycles',
        /* 10 PLC on the 2450 (2450-901-01), 15 at 60 Hz on the DMM6500 (DMM6500-901-01, 13-108). */
        this.model === '2450' ? { min: 0.01, max: 10, def: 1 } : { min: 5e-4, max: 15, def: 1 },
        {
          get: () => (this.#period - readingOverhead) * lineHertz,
          set: value => {
            this.#period = value / lineHertz + readingOverhead;
          },
        },
      ),
      command('[SENSe:]CURRent[:DC]:AZERo[:STATe]', [1, 0], {
        set: args => void args.boolean(0),
        query: () => '0',
      }),
      command('MEASure:CURRent[:DC]', [0, 1], one),
      command('READ', [0, 2], one),
      command('FETCh', [0, 2], one),
    ];
  }

  async #one(): Promise<ScpiAnswer> {
    await this.#host.settle();
    return this.#format.encode([this.#host.acquisition.single(this.#converter(1))]);
  }

  #digitizeCommands(): ScpiCommand[] {
    return [
      command('[SENSe:]DIGitize:FUNCtion[:ON]', [1, 0], {
        set: args => {
          if (!/^CURR(ENT)?$/i.test(args.string(0))) throw faults.conflict();
        },
        query: () => '"CURR"',
      }),
      this.#ranges('[SENSe:]DIGitize:CURRent:RANGe[:UPPer]'),
      numeric(
        '[SENSe:]DIGitize:CURRent:SRATe',
        { unit: 'HZ', min: 1000, max: 1e6, def: 1e6 },
        {
          get: () => Math.round(1 / this.#period),
          set: value => {
            this.#period = 1 / Math.round(value);
          },
        },
      ),
      command('[SENSe:]DIGitize:CURRent:APERture', [1, 0], {
        set: args => {
          if (!/^AUTO$/i.test(args.text(0))) args.number(0, { unit: 'S', min: 1e-6, max: 1e-3 });
        },
        query: () => 'AUTO',
      }),
    ];
  }

  #sourceCommands(): ScpiCommand[] {
    return [
      command('[SOURce:]FUNCtion[:MODE]', [1, 0], {
        set: args => {
          if (args.choice(0, ['VOLTage', 'CURRent']) !== 'VOLT') throw faults.conflict();
        },
        query: () => 'VOLT',
      }),
      numeric(
        '[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]',
        { unit: 'V', min: -210, max: 210, def: 0 },
        {
          get: () => this.#volts,
          set: value => {
            this.#volts = value;
          },
        },
      ),
      numeric(
        '[SOURce:]VOLTage:RANGe',
        { unit: 'V', min: 0.02, max: 210, def: 0.02 },
        {
          get: () => this.#sourceRange,
          set: value => {
            this.#sourceRange = [0.02, 0.2, 2, 20, 200].find(range => range >= value) ?? 200;
          },
        },
      ),
      numeric(
        '[SOURce:]VOLTage:ILIMit[:LEVel]',
        { unit: 'A', min: 1e-9, max: 1.05, def: 1.05e-4 },
        {
          get: () => this.#limit,
          set: value => {
            this.#limit = value;
          },
        },
      ),
      command('[SOURce:]VOLTage:ILIMit[:LEVel]:TRIPped', [0, 0], {
        query: () => (this.#host.acquisition.isTripped ? '1' : '0'),
      }),
      command('OUTPut[:STATe]', [1, 0], {
        set: async args => {
          this.#isOn = args.boolean(0);
          await this.#host.switchSupply(this.#isOn);
        },
        query: () => (this.#isOn ? '1' : '0'),
      }),
    ];
  }

  #bufferCommands(): ScpiCommand[] {
    const buffer = (args: ScpiArguments, index: number) => {
      if (args.count > index && args.string(index).toLowerCase() !== bufferName) throw faults.illegal();
    };
    const count = () => this.#host.acquisition.count;
    return [
      command('TRACe:POINts', [2, 1], {
        set: args => {
          buffer(args, 1);
          this.#points = args.number(0, { min: 10, max: 7_000_000, def: 100_000 });
        },
        query: args => {
          buffer(args, 0);
          return String(this.#points);
        },
      }),
      command('TRACe:FILL:MODE', [2, 0], {
        set: args => {
          buffer(args, 1);
          args.choice(0, ['CONTinuous', 'ONCE']);
        },
        query: () => 'CONT',
      }),
      command('TRACe:CLEar', [1, 0], {
        set: args => {
          buffer(args, 0);
          this.#host.acquisition.clear();
        },
      }),
      command('TRACe:ACTual[:COUNt]', [0, 1], {
        query: async args => {
          buffer(args, 0);
          await this.#host.settle();
          return String(Math.min(count(), this.#points));
        },
      }),
      command('TRACe:ACTual:STARt', [0, 1], {
        query: () => {
          if (count() === 0) return '0';
          return String(count() <= this.#points ? 1 : (count() % this.#points) + 1);
        },
      }),
      command('TRACe:ACTual:END', [0, 1], {
        query: async args => {
          buffer(args, 0);
          await this.#host.settle();
          return String(count() === 0 ? 0 : ((count() - 1) % this.#points) + 1);
        },
      }),
      command('TRACe:DATA', [0, 17], { query: args => this.#data(args) }),
    ];
  }

  #data(args: ScpiArguments) {
    const index = { min: 1, max: this.#points };
    const [from, to] = [args.number(0, index), args.number(1, index)];
    if (args.count > 2 && args.string(2).toLowerCase() !== bufferName) throw faults.illegal();
    const elements = Array.from({ length: Math.max(0, args.count - 3) }, (_, i) =>
      this.#element(args, 3 + i),
    );
    const { readings, dropped, count } = this.#host.acquisition;
    const first = Math.floor((count - 1) / this.#points) * this.#points;
    const values: number[] = [];
    for (let at = from; at <= to; at += 1) {
      const number = first + at - 1;
      const reading = readings[(number < count ? number : number - this.#points) - dropped];
      if (reading === undefined) throw faults.outOfRange();
      for (const element of elements.length === 0 ? ['READ'] : elements)
        values.push({ READ: reading.amps, REL: reading.seconds, SOUR: this.#volts }[element] ?? 0);
    }
    return this.#format.encode(values);
  }

  #element(args: ScpiArguments, index: number): string {
    const known = args.choice(index, textElements);
    const inBlocks = blockElements.map(notation => notation.replace(/[a-z]+/g, ''));
    if (!this.#format.isText && !inBlocks.includes(known)) throw faults.validName(index + 1);
    return known;
  }

  #triggerCommands(): ScpiCommand[] {
    const block = (notation: string, most: number, make: (args: ScpiArguments) => Block) =>
      command(notation, [most, 0], {
        set: args => {
          const number = args.number(0, { min: 1, max: 63 });
          this.#blocks.set(number, make(args));
        },
      });
    const measure = (notation: string) =>
      block(notation, 3, args => {
        const isEndless = args.count > 2 && /^INF(INITE)?$/i.test(args.text(2));
        return {
          kind: 'measure',
          count:
            isEndless || args.count < 3 ? Number.POSITIVE_INFINITY : args.number(2, { min: 0, max: 1e9 }),
        };
      });
    return [
      command('TRIGger:LOAD', [1, 0], {
        set: args => {
          if (args.string(0).toUpperCase() !== 'EMPTY') throw faults.illegal();
          this.#blocks.clear();
        },
      }),
      block('TRIGger:BLOCk:BUFFer:CLEar', 2, () => ({ kind: 'clear' })),
      block('TRIGger:BLOCk:WAIT', 6, args => ({
        kind: 'wait',
        event: args.choice(1, ['EXTernal', 'COMMand', 'DISPlay']),
      })),
      ...this.#measureBlocks().map(measure),
      command('TRIGger:EXTernal:IN:EDGE', [1, 0], {
        set: args => void args.choice(0, ['RISing', 'FALLing', 'EITHer']),
      }),
      command('TRIGger:STATe', [0, 0], {
        query: () => (this.#host.acquisition.isRunning ? 'RUNNING;RUNNING;2' : 'IDLE;IDLE;0'),
      }),
      command('INITiate[:IMMediate]', [0, 0], { set: () => this.#initiate() }),
      command('ABORt', [0, 0], { set: () => this.#host.acquisition.stop() }),
    ];
  }

  /** The 2450 calls the block MEASure (2450-901-01) and, as published scripts use it, MDIGitize with newer firmware; the DMM6500 only MDIGitize. */
  #measureBlocks(): string[] {
    const { measureBlock } = this.#host;
    const names = this.model === '2450' ? (['MEASure', 'MDIGitize'] as const) : (['MDIGitize'] as const);
    return names
      .filter(name => measureBlock === undefined || name.toUpperCase().startsWith(measureBlock))
      .map(name => `TRIGger:BLOCk:${name}`);
  }

  #converter(count: number) {
    return {
      periodSeconds: this.#period,
      rangeAmps: this.#range,
      stepAmps: this.#dialect.ranges.find(({ amps }) => amps === this.#range)?.resolutionAmps ?? 1e-6,
      limitAmps: this.model === '2450' ? this.#limit : Number.POSITIVE_INFINITY,
      count,
      capacity: Math.min(this.#points, scpiBufferReadings),
      isOn: this.#host.isOn,
    };
  }

  async #initiate(): Promise<void> {
    if (this.#host.acquisition.isRunning) throw faults.initIgnored();
    const blocks = [...this.#blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
    const measuring = blocks.findIndex(({ kind }) => kind === 'measure');
    if (measuring < 0) throw faults.conflict();
    await this.#host.settle();
    const isTriggered = blocks.slice(0, measuring).some(({ event }) => event === 'EXT');
    this.#host.acquisition.start(
      this.#converter(blocks[measuring].count ?? Number.POSITIVE_INFINITY),
      isTriggered,
    );
  }
}
