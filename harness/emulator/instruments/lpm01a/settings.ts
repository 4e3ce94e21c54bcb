import {
  lpm01aAsciiMaxHz,
  lpm01aMillivoltRange,
  lpm01aRates,
} from '../../../measure/meter/lpm01a/protocol.js';

/** What an LPM01A was told; defaults after its own help text. */
export interface Lpm01aSettings {
  millivolts: number;
  hertz: number;
  /** 0: until it is stopped. */
  acquisitionSeconds: number;
  mode: 'dyn' | 'stat';
  optimisation: 'optim' | 'high';
  output: 'current' | 'energy';
  format: 'ascii_dec' | 'bin_hexa';
  triggerSource: 'sw' | 'd7';
  triggerDelaySeconds: number;
  thresholdAmps: number;
  power: 'auto' | 'on' | 'off';
  powerAtEnd: 'on' | 'off';
  /** Edges of D7 that are told; undefined: none. */
  events: 'ris' | 'fal' | 'both' | undefined;
}

export const lpm01aDefaults: Readonly<Lpm01aSettings> = {
  millivolts: 3300,
  hertz: 100,
  acquisitionSeconds: 10,
  mode: 'dyn',
  optimisation: 'optim',
  output: 'current',
  format: 'ascii_dec',
  triggerSource: 'sw',
  triggerDelaySeconds: 1e-3,
  thresholdAmps: 1e-3,
  power: 'auto',
  powerAtEnd: 'on',
  events: undefined,
};

const units: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3 };
/** Rate up to which energy is integrated. */
const energyMaxHz = 10_000;
/** Longest acquisition as text above the rate that has no limit: 10,000 samples at 10 kHz, as many at 20 kHz as fit in half a second. */
const textSeconds: Readonly<Record<number, number>> = { 10000: 1, 20000: 0.5 };

/** A number as the commands take it: `3300m`, `3300-3`, `1k`, `10`; undefined for anything else, such as `1s`. */
export function parseLpm01aNumber(text: string): number | undefined {
  const [, digits, unit, exponent] = /^(\d+(?:\.\d+)?)(?:([numk])|([+-]\d{1,2}))?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  return Number(digits) * (unit === undefined ? 1 : units[unit]);
}

/** Sets something; the detail of the error where the arguments are no good. */
type Setter = (settings: Lpm01aSettings, args: readonly string[]) => string | undefined;

function choice<Key extends keyof Lpm01aSettings>(key: Key, values: readonly Lpm01aSettings[Key][]): Setter {
  return (settings, [argument]) => {
    const found = values.find(value => value === argument);
    if (found === undefined) return `parameter should be one of ${values.join(', ')}`;
    settings[key] = found;
    return undefined;
  };
}

function number(
  set: (settings: Lpm01aSettings, value: number) => void,
  range: readonly [number, number],
  also: (value: number) => boolean = () => false,
): Setter {
  return (settings, [argument = '']) => {
    const value = parseLpm01aNumber(argument);
    const slack = 1e-9;
    if (value === undefined) return 'parameter is not a number';
    if (!also(value) && !(value >= range[0] * (1 - slack) && value <= range[1] * (1 + slack)))
      return `parameter out of range [${range[0]}; ${range[1]}]`;
    set(settings, value);
    return undefined;
  };
}

const setFrequency: Setter = (settings, [argument = '']) => {
  const hertz = parseLpm01aNumber(argument);
  const found = lpm01aRates.find(rate => rate === hertz);
  if (found === undefined) return 'frequency is not one of the list';
  settings.hertz = found;
  return undefined;
};

const setAcquisitionTime: Setter = (settings, args) => {
  if (args[0] !== 'inf')
    return number(
      (to, value) => {
        to.acquisitionSeconds = value;
      },
      [1e-4, 100],
      value => value === 0,
    )(settings, args);
  settings.acquisitionSeconds = 0;
  return undefined;
};

const setEvents: Setter = (settings, [line, edge]) => {
  if (line !== 'd7') return 'event source should be d7';
  return choice('events', ['ris', 'fal', 'both'])(settings, [edge]);
};

/** Commands that set something; `eventsrc` came with later firmware. */
export const lpm01aSetters: Readonly<Record<string, Setter>> = {
  volt: number(
    (settings, volts) => {
      settings.millivolts = Math.round(volts * 1000);
    },
    [lpm01aMillivoltRange[0] / 1000, lpm01aMillivoltRange[1] / 1000],
  ),
  freq: setFrequency,
  acqtime: setAcquisitionTime,
  acqmode: choice('mode', ['dyn', 'stat']),
  funcmode: choice('optimisation', ['optim', 'high']),
  output: choice('output', ['current', 'energy']),
  format: choice('format', ['ascii_dec', 'bin_hexa']),
  trigsrc: choice('triggerSource', ['sw', 'd7']),
  trigdelay: number(
    (settings, seconds) => {
      settings.triggerDelaySeconds = seconds;
    },
    [0, 30],
  ),
  currthres: number(
    (settings, amps) => {
      settings.thresholdAmps = amps;
    },
    [1e-7, 5e-2],
    value => value === 0,
  ),
  pwrend: choice('powerAtEnd', ['on', 'off']),
  eventsrc: setEvents,
};

/** Why an acquisition with these settings does not start. */
export function startRefusal({
  output,
  format,
  hertz,
  acquisitionSeconds,
}: Lpm01aSettings): string | undefined {
  if (output === 'energy' && hertz > energyMaxHz) return 'frequency is limited to 10kHz with output energy';
  if (format === 'bin_hexa' || hertz <= lpm01aAsciiMaxHz) return undefined;
  const limit = textSeconds[hertz];
  if (limit === undefined) return 'frequency is too high for format ascii_dec';
  if (acquisitionSeconds > 0 && acquisitionSeconds <= limit) return undefined;
  return `acquisition time is limited to ${limit * 1000}ms at this frequency with format ascii_dec`;
}

/** The commands, for `help`; kept as short as can be. */
export const lpm01aCommands = [
  'help',
  'echo <arg1>',
  'powershield',
  'version',
  'range',
  'status',
  'htc',
  'hrc',
  'lcd <arg1> <arg2>',
  'psrst',
  'volt <arg1>',
  'freq <arg1>',
  'acqtime <arg1>',
  'acqmode <arg1>',
  'funcmode <arg1>',
  'output <arg1>',
  'format <arg1>',
  'trigsrc <arg1>',
  'trigdelay <arg1>',
  'currthres <arg1>',
  'pwr <arg1> (<arg2>)',
  'pwrend <arg1>',
  'start',
  'stop',
  'targrst <arg1>',
  'temp <arg1>',
  'autotest (<arg1>) (<arg2>)',
  'calib',
] as const;
