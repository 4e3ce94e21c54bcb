import { n6705 } from '../../../measure/meter/scpi/dialects.js';
import type { ScpiAcquisition } from './acquisition.js';
import type { ScpiArguments } from './arguments.js';
import { command, formatNumber, numeric, type ScpiCommand } from './command.js';
import { keysightFormat, MeasurementFormat } from './format.js';
import { faults } from './syntax.js';

/** What a tree needs of its instrument. */
export interface ScpiHost {
  acquisition: ScpiAcquisition;
  settle: () => Promise<void>;
  /** Switches the DUT's supply. */
  switchSupply: (on: boolean) => Promise<void>;
  isOn: () => boolean;
  /** Output of a mainframe that the marker lines are wired to, and their high level. */
  markerChannel: number;
  markerVolts: number;
  measureBlock?: 'MEAS' | 'MDIG';
}

/** Outputs of the emulated mainframe: 1 feeds the DUT. */
const outputs = 4;
/** Of an N6781A: 20 V and 3 A (Keysight's N6700 series data sheet), and a little above. */
const volts = { unit: 'V', min: 0, max: 20.4, def: 0 } as const;
const amps = { unit: 'A', min: 0, max: 3.06, def: 0.08 } as const;
/**
 * ELOG: from 102.4 us for each parameter of all outputs to a minute, in steps of the resolution; up to four parameters at 20 us, 24 at 40 us (N6700C operating
 * and service guide, page 146).
 */
const elog = { unit: 'S', min: 1.024e-4, max: 60, def: 0.1 } as const;
const elogSteps = { RES20: 20.48e-6, RES40: 40.96e-6 } as const;
const mostParameters = { RES20: 4, RES40: 24 } as const;
/** Status bits (N6705C operating and service guide, page 350). */
const operation = { constantVoltage: 1, constantCurrent: 2, off: 4 } as const;
const questionable = { positiveLimit: 128 } as const;
/** All bits of a register. */
const allBits = 0x7fff;

interface Output {
  volts: number;
  amps: number;
  limit: number;
  isOn: boolean;
  range: number;
  period: number;
  logged: Set<'CURR' | 'VOLT'>;
  /** Of what is logged: also the least and the most. */
  extremes: Set<'CURR' | 'VOLT'>;
  /** Rises of the questionable condition that set its event register. */
  rises: number;
  /** Readings that it has handed out. */
  taken: number;
}

const freshOutput = (): Output => ({
  volts: 0,
  amps: amps.def,
  limit: amps.max,
  isOn: false,
  range: 3,
  period: elog.def,
  logged: new Set(),
  extremes: new Set(),
  rises: 0,
  taken: 0,
});

/** A Keysight N6705 with four outputs. Commands after its operating and service guide and the N6700 programmer's reference. */
export class N6705Tree {
  readonly #host: ScpiHost;
  readonly #format = new MeasurementFormat(keysightFormat);
  #outputs: Output[] = [];
  #resolution: 'RES20' | 'RES40' = 'RES20';
  #source = 'BUS';
  #initiated = new Set<number>();
  readonly commands: readonly ScpiCommand[];

  constructor(host: ScpiHost) {
    this.#host = host;
    this.commands = [
      ...this.#sourceCommands(),
      ...this.#measureCommands(),
      ...this.#logCommands(),
      ...this.#format.commands,
      ...this.#statusCommands(),
      ...this.#systemCommands(),
    ];
    host.acquisition.limit = () => (host.isOn() ? this.#of(1).limit : Number.POSITIVE_INFINITY);
    this.#fresh();
  }

  async reset(): Promise<void> {
    this.#host.acquisition.stop();
    this.#fresh();
    await this.#host.switchSupply(false);
  }

  async trigger(): Promise<void> {
    if (this.#source === 'BUS') await this.#trigger();
  }

  #fresh(): void {
    this.#outputs = Array.from({ length: outputs }, freshOutput);
    this.#format.reset();
    this.#resolution = 'RES20';
    this.#source = 'BUS';
    this.#initiated.clear();
  }

  #of(channel: number): Output {
    return this.#outputs[channel - 1];
  }

  /** Something of each output of a list. */
  #each(notation: string, answer: (channel: number) => string): ScpiCommand {
    return command(notation, [0, 0], { query: args => args.channels(outputs).map(answer).join(',') });
  }

  #setEach(
    notation: string,
    act: (output: Output, isOn: boolean, channel: number) => void | Promise<void>,
  ): ScpiCommand {
    return command(notation, [1, 0], {
      set: async args => {
        const list = args.channels(outputs);
        const isOn = args.boolean(0);
        for (const channel of list) await act(this.#of(channel), isOn, channel);
      },
    });
  }

  #sourceCommands(): ScpiCommand[] {
    const level = (notation: string, key: 'volts' | 'amps' | 'limit', range: typeof volts | typeof amps) =>
      numeric(
        notation,
        range,
        {
          get: channel => this.#of(channel)[key],
          set: (value, channel) => {
            this.#of(channel)[key] = value;
          },
        },
        outputs,
      );
    const switched = this.#setEach('OUTPut[:STATe]', async (output, isOn, channel) => {
      output.isOn = isOn;
      if (channel === 1) await this.#host.switchSupply(isOn);
    });
    return [
      level('[SOURce:]VOLTage[:LEVel][:IMMediate][:AMPLitude]', 'volts', volts),
      level('[SOURce:]CURRent[:LEVel][:IMMediate][:AMPLitude]', 'amps', amps),
      level('[SOURce:]CURRent:LIMit[:POSitive][:IMMediate][:AMPLitude]', 'limit', amps),
      {
        ...switched,
        query: args =>
          args
            .channels(outputs)
            .map(channel => (this.#of(channel).isOn ? '1' : '0'))
            .join(','),
      },
      command('OUTPut:PROTection:CLEar', [0, 0], {
        set: args => {
          args.channels(outputs);
        },
      }),
    ];
  }

  #measureCommands(): ScpiCommand[] {
    const now = async (args: ScpiArguments, read: (channel: number) => number) => {
      const list = args.channels(outputs);
      await this.#host.settle();
      return list.map(channel => formatNumber(read(channel))).join(',');
    };
    return ['MEASure', 'FETCh'].flatMap(verb => [
      command(`${verb}[:SCALar]:CURRent[:DC]`, [0, 0], {
        query: args => now(args, channel => this.#amps(channel)),
      }),
      command(`${verb}[:SCALar]:VOLTage[:DC]`, [0, 0], {
        query: args => now(args, channel => this.#volts(channel)),
      }),
      command(`${verb}[:SCALar]:POWer[:DC]`, [0, 0], {
        query: args => now(args, channel => this.#amps(channel) * this.#volts(channel)),
      }),
    ]);
  }

  #amps(channel: number): number {
    return channel === 1 ? this.#host.acquisition.single(this.#converter(Number.POSITIVE_INFINITY)) : 0;
  }

  #volts(channel: number): number {
    return this.#of(channel).isOn ? this.#of(channel).volts : 0;
  }

  #logCommands(): ScpiCommand[] {
    const functions = (name: 'CURR' | 'VOLT') => {
      const notation = name === 'CURR' ? 'CURRent' : 'VOLTage';
      return [
        this.#setEach(`[SENSe:]ELOG:FUNCtion:${notation}`, ({ logged }, isOn) => {
          if (isOn) logged.add(name);
          else logged.delete(name);
        }),
        this.#setEach(`[SENSe:]ELOG:FUNCtion:${notation}:MINMax`, ({ extremes }, isOn) => {
          if (isOn) extremes.add(name);
          else extremes.delete(name);
        }),
      ];
    };
    return [
      ...functions('CURR'),
      ...functions('VOLT'),
      ...['[SENSe:]ELOG:CURRent[:DC]:RANGe[:UPPer]', '[SENSe:]CURRent[:DC]:RANGe[:UPPer]'].map(notation =>
        numeric(
          notation,
          { unit: 'A', min: 0, max: n6705.ranges.at(-1)?.amps ?? 3, def: 3 },
          {
            get: channel => this.#of(channel).range,
            set: (value, channel) => {
              /* The range that takes the value (operating guide: "the range with the best resolution"). */
              this.#of(channel).range = n6705.ranges.find(range => range.amps >= value)?.amps ?? 3;
            },
          },
          outputs,
        ),
      ),
      numeric(
        '[SENSe:]ELOG:PERiod',
        elog,
        {
          get: channel => this.#of(channel).period,
          set: (value, channel) => {
            const step = elogSteps[this.#resolution];
            this.#of(channel).period = Math.round(value / step) * step;
          },
        },
        outputs,
      ),
      command('INITiate[:IMMediate]:ELOG', [0, 0], { set: args => this.#initiate(args.channels(outputs)) }),
      command('TRIGger:ELOG[:IMMediate]', [0, 0], {
        set: async args => {
          args.channels(outputs);
          await this.#trigger();
        },
      }),
      command('TRIGger:ELOG:SOURce', [1, 0], {
        set: args => {
          this.#source = args.choice(0, ['BUS', 'IMMediate', 'EXTernal']);
        },
        query: () => this.#source,
      }),
      command('ABORt:ELOG', [0, 0], {
        set: args => {
          args.channels(outputs);
          this.#initiated.clear();
          this.#host.acquisition.stop();
        },
      }),
      command('FETCh:ELOG', [0, 1], { query: args => this.#fetch(args) }),
      command('[SENSe:]SWEep:TINTerval:RESolution', [1, 0], {
        set: args => {
          this.#resolution = args.choice(0, ['RES20', 'RES40']) === 'RES20' ? 'RES20' : 'RES40';
        },
        query: () => this.#resolution,
      }),
    ];
  }

  #initiate(channels: number[]): void {
    if (this.#host.acquisition.isRunning) throw faults.initIgnored();
    const parameters = channels.reduce((sum, channel) => sum + parametersOf(this.#of(channel)), 0);
    if (parameters > mostParameters[this.#resolution]) throw faults.conflict();
    for (const channel of channels) {
      const { logged, period } = this.#of(channel);
      if (logged.size === 0 || period < elog.min * parameters - 1e-9) throw faults.conflict();
    }
    this.#initiated = new Set(channels);
  }

  #converter(count: number) {
    const { range, limit, period } = this.#of(1);
    return {
      periodSeconds: period,
      rangeAmps: range,
      stepAmps: n6705.ranges.find(({ amps: top }) => top === range)?.resolutionAmps ?? 1e-6,
      limitAmps: limit,
      count,
      capacity: Number.POSITIVE_INFINITY,
      isOn: this.#host.isOn,
    };
  }

  async #trigger(): Promise<void> {
    if (this.#initiated.size === 0) throw faults.initIgnored();
    await this.#host.settle();
    for (const output of this.#outputs) output.taken = 0;
    this.#host.acquisition.start(this.#converter(Number.POSITIVE_INFINITY), false);
  }

  /** Hands out records and forgets those that every logging output has handed out. */
  async #fetch(args: ScpiArguments) {
    const [channel] = args.channels(outputs);
    const most = args.number(0, { min: 1, max: 16_384, def: 1 });
    await this.#host.settle();
    const { acquisition, markerChannel, markerVolts } = this.#host;
    const output = this.#of(channel);
    const { readings, dropped } = acquisition;
    const from = Math.max(output.taken, dropped);
    const records = readings.slice(from - dropped, from - dropped + most);
    output.taken = from + records.length;
    const isFed = channel === 1;
    const values = records.flatMap(({ amps: drawn, least, most: peak, level }) => {
      const measured = channel === markerChannel ? level * markerVolts : output.volts;
      return [
        ...part(output, 'CURR', isFed ? [drawn, least, peak] : [0, 0, 0]),
        ...part(output, 'VOLT', [measured, measured, measured]),
      ];
    });
    const logging = this.#outputs.filter(({ logged }) => logged.size > 0);
    const done = Math.min(...logging.map(({ taken }) => taken)) - dropped;
    if (done > 0) {
      readings.splice(0, done);
      acquisition.dropped += done;
    }
    return this.#format.encode(values);
  }

  /** Registers of the outputs; `STATus:PRESet` lets every rise set the event register, and nothing does before it. */
  #statusCommands(): ScpiCommand[] {
    const { acquisition } = this.#host;
    const limited = (channel: number, isLimited: boolean) =>
      channel === 1 && isLimited ? questionable.positiveLimit : 0;
    const state = (channel: number) => {
      if (!this.#of(channel).isOn) return operation.off;
      return channel === 1 && acquisition.isLimited ? operation.constantCurrent : operation.constantVoltage;
    };
    return [
      command('STATus:PRESet', [0, 0], {
        set: () => {
          for (const output of this.#outputs) output.rises = allBits;
        },
      }),
      numeric(
        'STATus:QUEStionable:PTRansition',
        { min: 0, max: allBits, def: 0 },
        {
          get: channel => this.#of(channel).rises,
          set: (value, channel) => {
            this.#of(channel).rises = Math.round(value);
          },
        },
        outputs,
      ),
      this.#each('STATus:QUEStionable[:EVENt]', channel => {
        const event = limited(channel, acquisition.wasLimited) & this.#of(channel).rises;
        if (channel === 1) acquisition.wasLimited = false;
        return `+${event}`;
      }),
      this.#each('STATus:QUEStionable:CONDition', channel => `+${limited(channel, acquisition.isLimited)}`),
      this.#each('STATus:OPERation:CONDition', channel => `+${state(channel)}`),
    ];
  }

  #systemCommands(): ScpiCommand[] {
    return [
      this.#each('CALibrate:DATE', () => '"20260105"'),
      command('SYSTem:CHANnel[:COUNt]', [0, 0], { query: () => `+${outputs}` }),
      this.#each('SYSTem:CHANnel:MODel', () => '"N6781A"'),
      this.#each('SYSTem:CHANnel:SERial', channel => `"MY0000010${channel}"`),
    ];
  }
}

const parametersOf = ({ logged, extremes }: Output): number =>
  [...logged].reduce((sum, name) => sum + (extremes.has(name) ? 3 : 1), 0);

/** Of one record: the average, then the least and the most where they are logged (N6900/N7900 operating and service guide, page 161). */
function part(
  { logged, extremes }: Output,
  name: 'CURR' | 'VOLT',
  values: readonly number[],
): readonly number[] {
  if (!logged.has(name)) return [];
  return extremes.has(name) ? values : values.slice(0, 1);
}
