import type { OtiiData } from '../../../measure/meter/otii/protocol.js';
import type { OtiiBattery } from './battery.js';
import { invalidValue, OtiiFault, read } from './errors.js';

/** One thing that can be set, and asked for. */
interface Property {
  /** Key in the request, and its type. */
  key: string;
  type: 'number' | 'boolean' | 'string';
  initial: number | boolean | string;
  range?: readonly [number, number];
  values?: readonly string[];
  /** Key in the answer; default: `value`. */
  answer?: string;
}

/** By the part of the command behind `arc_set_` and `arc_get_`. Limits after Qoitech's documentation of the Arc. */
const properties: Readonly<Record<string, Property>> = {
  main_voltage: { key: 'value', type: 'number', initial: 3.3, range: [0.5, 5] },
  main_current: { key: 'value', type: 'number', initial: 0, range: [0, 5] },
  exp_voltage: { key: 'value', type: 'number', initial: 3.3, range: [1.2, 5] },
  max_current: { key: 'value', type: 'number', initial: 0.5, range: [0.001, 5] },
  adc_resistor: { key: 'value', type: 'number', initial: 0.001, range: [0.001, 22] },
  uart_baudrate: { key: 'value', type: 'number', initial: 115_200, range: [110, 525_000] },
  '4wire': { key: 'enable', type: 'boolean', initial: false },
  range: { key: 'range', type: 'string', initial: 'low', values: ['low', 'high'], answer: 'range' },
  power_regulation: {
    key: 'mode',
    type: 'string',
    initial: 'voltage',
    values: ['voltage', 'current', 'inline', 'off'],
  },
  src_cur_limit_enabled: { key: 'enable', type: 'boolean', initial: false, answer: 'enabled' },
  tx: { key: 'value', type: 'boolean', initial: false },
};
const switches = ['5v', 'exp_port', 'uart', 'battery_profiling', 'legacy_sink'] as const;
const channels = [
  'mc',
  'mp',
  'mv',
  'ac',
  'ap',
  'av',
  'sp',
  'sn',
  'vb',
  'vj',
  'tp',
  'rx',
  'i1',
  'i2',
  'gpi1',
  'gpi2',
];

export interface OtiiDeviceFacts {
  device_id: string;
  name: string;
  type: string;
}

/** Settings of one Arc or Ace, by the commands that begin with `arc_`. */
export class OtiiDevice {
  readonly #values = new Map<string, number | boolean | string>(
    Object.entries(properties).map(([name, { initial }]) => [name, initial]),
  );
  readonly enabled = new Set<string>();
  rateHz: number;
  isOn = false;
  hasUart = false;
  /** What feeds it; undefined: its power box. */
  battery: OtiiBattery | undefined;

  constructor(
    readonly facts: OtiiDeviceFacts,
    rateHz: number,
  ) {
    this.rateHz = rateHz;
  }

  get mainVolts(): number {
    return this.battery?.volts ?? Number(this.#values.get('main_voltage'));
  }

  /** It sits in another supply's line. */
  get isInline(): boolean {
    return this.#values.get('power_regulation') === 'inline';
  }

  /** @returns undefined for a command that is not a setting. @throws OtiiFault */
  execute(cmd: string, data: OtiiData): OtiiData | undefined {
    const [, verb, name] = /^arc_(get|set|enable)_(.*)$/.exec(cmd) ?? [];
    if (verb === 'enable' && name === 'channel') return this.#enableChannel(data);
    if (verb === 'enable' && switches.some(known => known === name)) {
      const isOn = read(data, 'enable', 'boolean') === true;
      if (name === 'uart') this.hasUart = isOn;
      return {};
    }
    if (cmd === 'arc_get_channel_samplerate') return { value: this.rateHz };
    if (cmd === 'arc_set_channel_samplerate') return this.#setRate(data);
    if (cmd === 'arc_set_gpo') {
      read(data, 'pin', 'number');
      read(data, 'value', 'boolean');
      return {};
    }
    const property = verb === undefined || verb === 'enable' ? undefined : properties[name];
    if (property === undefined) return undefined;
    if (verb === 'get') return { [property.answer ?? 'value']: this.#values.get(name) };
    const { key, type, range, values } = property;
    const value = read(data, key, type);
    const [least, most] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    if (type === 'number' && !(Number(value) >= least && Number(value) <= most))
      throw invalidValue(key, value);
    if (values !== undefined && !values.includes(String(value))) throw invalidValue(key, value);
    this.#values.set(name, value);
    return {};
  }

  #enableChannel(data: OtiiData): OtiiData {
    const channel = String(read(data, 'channel', 'string'));
    if (!channels.includes(channel)) throw invalidValue('channel', channel);
    if (read(data, 'enable', 'boolean') === true) this.enabled.add(channel);
    else this.enabled.delete(channel);
    return {};
  }

  #setRate(data: OtiiData): OtiiData {
    if (this.facts.type !== 'Ace') throw new OtiiFault('Command not valid for device type', {});
    const value = Number(read(data, 'value', 'number'));
    if (![1000, 5000, 10_000, 25_000, 50_000].includes(value)) throw invalidValue('value', value);
    this.rateHz = value;
    return {};
  }
}
