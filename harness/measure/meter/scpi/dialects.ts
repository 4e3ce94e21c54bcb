import type { ScpiFormat } from './connection.js';

/** One current range: its end, and limits of error as the maker states them (reading and offset; taken as uniform). */
export interface ScpiRange {
  amps: number;
  readingShare: number;
  offsetAmps: number;
  resolutionAmps: number;
}

/** What a driver wants of an instrument, in numbers that its commands take. */
export interface ScpiSettings {
  volts: number;
  limitAmps: number;
  range: ScpiRange;
  periodSeconds: number;
  /** Output of a mainframe. */
  channel: number;
  /** Output whose voltmeter reads both marker lines through two resistors; undefined: no markers. */
  markerChannel?: number;
  /** Also log the supply voltage. */
  logsVoltage: boolean;
  /** Measure only between two edges of the external trigger input. */
  isTriggered: boolean;
  /** Power line frequency that NPLC counts in, hertz. */
  lineHertz: number;
  /** Name of the trigger model's block that measures. */
  measureBlock: string;
}

/** Registers that say what happened to the output. */
export interface ScpiStatusQueries {
  /** Asked at the start too, so that latched bits of before go. Their answers are ORed. */
  commands: readonly string[];
  /** Bits of a limit or protection of the current. */
  overcurrent: number;
  /** Other bits that make a measurement doubtful. */
  troubles: readonly (readonly [bit: number, what: string])[];
}

/** How one family of instruments is driven: commands as data. */
export interface ScpiDialect {
  model: string;
  /** What `*IDN?` answers. */
  identity: RegExp;
  /** `fifo`: records are fetched once and then gone; `buffer`: a ring of readings with their times. */
  acquisition: 'fifo' | 'buffer';
  format: ScpiFormat;
  ranges: readonly ScpiRange[];
  /** Of the supply voltage that energy is computed with: share of the reading and volts, uniform; undefined: the instrument neither sources nor measures it. */
  voltage?: { readingShare: number; offsetVolts: number };
  /** Of the sample clock, uniform. */
  clockShare: number;
  /** Where the numbers above come from, and of what kind they are. */
  source: string;
  /** Voltages that it can supply, volts; undefined: it is an ammeter. */
  supplyVolts?: readonly [number, number];
  /** Nearest sample period that it can do, seconds. */
  period: (seconds: number, parameters: number, lineHertz: number) => number;
  /** It speaks several languages (`*LANG?`), and tells the power line frequency. */
  isKeithley: boolean;
  /** Names of the trigger model's block that measures: the first that the firmware takes. */
  measureBlocks: readonly string[];
  /** Readings a second unless another rate is asked for. */
  usualRateHz: number;
  setup: (settings: ScpiSettings) => string[];
  /** Query of the period that it really uses, and how to turn its answer into seconds. */
  periodQuery: (settings: ScpiSettings) => { command: string; seconds: (answer: number) => number };
  start: (settings: ScpiSettings) => string[];
  stop: (settings: ScpiSettings) => string[];
  output?: (isOn: boolean, settings: ScpiSettings) => string;
  status?: (settings: ScpiSettings) => ScpiStatusQueries;
  calibration?: (settings: ScpiSettings) => string;
}

const list = (...channels: (number | undefined)[]) =>
  `(@${channels.filter(channel => channel !== undefined).join(',')})`;

/** ELOG: at least 102.4 us for each logged parameter, in steps of 20.48 us (Keysight N6705C/N6700C operating guide, "External Data Logging"). */
const elogStep = 20.48e-6;
const elogShortest = 102.4e-6;

/** Bits of the questionable status of an output (N6705C operating and service guide, page 350). A limit shows as LIM+; OC only where the protection is on. */
const questionable: Omit<ScpiStatusQueries, 'commands'> = {
  overcurrent: 2 | 128,
  troubles: [
    [1, 'over-voltage protection'],
    [4, 'power fail'],
    [8, 'power limit'],
    [16, 'over-temperature'],
    [512, 'inhibited from outside'],
    [1024, 'output unregulated'],
    [2048, 'protection of another output'],
    [4096, 'oscillation'],
  ],
};

export const n6705: ScpiDialect = {
  model: 'Keysight N6705 with an N678xA SMU',
  identity: /^(keysight|agilent) technologies,\s*n6705/i,
  acquisition: 'fifo',
  format: 'float32-big',
  ranges: [
    { amps: 1e-3, readingShare: 2.5e-4, offsetAmps: 1e-7, resolutionAmps: 1e-8 },
    { amps: 0.1, readingShare: 2.5e-4, offsetAmps: 1e-5, resolutionAmps: 1e-6 },
    { amps: 3, readingShare: 3e-4, offsetAmps: 2.5e-4, resolutionAmps: 3e-5 },
  ],
  voltage: { readingShare: 2.5e-4, offsetVolts: 1.2e-3 },
  clockShare: 1e-4,
  source:
    "assumed: shares and offsets of the N6781A's size, its specification was not at hand; commands, periods and status bits after Keysight's N6705C operating guide",
  supplyVolts: [0, 20],
  period: (seconds, parameters) =>
    elogStep *
    Math.max(Math.round(seconds / elogStep), Math.round((elogShortest * Math.max(1, parameters)) / elogStep)),
  isKeithley: false,
  measureBlocks: [''],
  usualRateHz: 1 / (2 * elogShortest),
  setup: ({ volts, limitAmps, range, periodSeconds, channel, markerChannel, logsVoltage }) => [
    '*RST',
    'STAT:PRES',
    '*CLS',
    'FORM REAL',
    'FORM:BORD NORM',
    `VOLT ${volts},${list(channel)}`,
    `CURR:LIM ${limitAmps},${list(channel)}`,
    `SENS:ELOG:FUNC:CURR ON,${list(channel)}`,
    `SENS:ELOG:FUNC:CURR:MINM OFF,${list(channel)}`,
    `SENS:ELOG:FUNC:VOLT ${logsVoltage ? 'ON' : 'OFF'},${list(channel)}`,
    `SENS:ELOG:CURR:RANG ${range.amps},${list(channel)}`,
    ...(markerChannel === undefined
      ? []
      : [
          `SENS:ELOG:FUNC:CURR OFF,${list(markerChannel)}`,
          `SENS:ELOG:FUNC:VOLT ON,${list(markerChannel)}`,
          `SENS:ELOG:FUNC:VOLT:MINM OFF,${list(markerChannel)}`,
        ]),
    `SENS:ELOG:PER ${periodSeconds},${list(channel, markerChannel)}`,
  ],
  periodQuery: ({ channel }) => ({ command: `SENS:ELOG:PER? ${list(channel)}`, seconds: answer => answer }),
  start: ({ channel, markerChannel }) => [
    `INIT:ELOG ${list(channel, markerChannel)}`,
    `TRIG:ELOG ${list(channel, markerChannel)}`,
  ],
  stop: ({ channel, markerChannel }) => [`ABOR:ELOG ${list(channel, markerChannel)}`],
  output: (isOn, { channel }) => `OUTP ${isOn ? 'ON' : 'OFF'},${list(channel)}`,
  status: ({ channel }) => ({
    commands: [`STAT:QUES:EVEN? ${list(channel)}`, `STAT:QUES:COND? ${list(channel)}`],
    ...questionable,
  }),
  calibration: ({ channel }) => `CAL:DATE? ${list(channel)}`,
};

/** Readings that the ring keeps; older ones are overwritten, and their times then show the gap. */
export const scpiBufferReadings = 1_000_000;

/**
 * Trigger model: clear, measure in the background (count INF) until a command, or from one edge of the trigger input to the next (count 0 ends it): as
 * 2461-901-01 describes the block that measures, 6-204.
 */
const ring = (measure: string, isTriggered: boolean) => [
  `TRAC:POIN ${scpiBufferReadings},"defbuffer1"`,
  'TRAC:FILL:MODE CONT,"defbuffer1"',
  'TRIG:LOAD "EMPTY"',
  'TRIG:BLOC:BUFF:CLE 1,"defbuffer1"',
  ...(isTriggered
    ? [
        'TRIG:EXT:IN:EDGE EITH',
        'TRIG:BLOC:WAIT 2,EXT',
        `TRIG:BLOC:${measure} 3,"defbuffer1",INF`,
        'TRIG:BLOC:WAIT 4,EXT',
        `TRIG:BLOC:${measure} 5,"defbuffer1",0`,
      ]
    : [`TRIG:BLOC:${measure} 2,"defbuffer1",INF`, 'TRIG:BLOC:WAIT 3,COMM']),
];

const decade = (amps: number, readingShare: number, offsetAmps: number): ScpiRange => ({
  amps,
  readingShare,
  offsetAmps,
  resolutionAmps: amps * 1e-6,
});

export const dmm6500: ScpiDialect = {
  model: 'Keithley DMM6500',
  identity: /^keithley instruments,\s*(model\s+)?dmm6500/i,
  acquisition: 'buffer',
  format: 'float64-little',
  ranges: [1e-4, 1e-3, 1e-2, 0.1, 1, 3].map(amps => ({
    amps,
    readingShare: 1e-3,
    offsetAmps: 4e-4 * amps,
    resolutionAmps: amps / 2 ** 15,
  })),
  clockShare: 1e-4,
  source:
    "assumed: 0.1 % + 0.04 % of range as its AC current has (data sheet), 16 bits; the digitizer's own specification was not at hand",
  isKeithley: true,
  measureBlocks: ['MDIG'],
  period: seconds => Math.max(1e-6, Math.round(seconds * 1e6) * 1e-6),
  usualRateHz: 50_000,
  setup: ({ range, periodSeconds, isTriggered, measureBlock }) => [
    '*RST',
    '*CLS',
    'FORM REAL',
    'FORM:BORD SWAP',
    'DIG:FUNC "CURR"',
    `DIG:CURR:RANG ${range.amps}`,
    `DIG:CURR:SRATE ${Math.round(1 / periodSeconds)}`,
    'DIG:CURR:APER AUTO',
    ...ring(measureBlock, isTriggered),
  ],
  periodQuery: () => ({ command: 'DIG:CURR:SRATE?', seconds: answer => 1 / answer }),
  start: () => ['INIT'],
  stop: () => ['ABOR'],
};

/** Power line frequency where the instrument does not tell it, hertz. */
export const usualLineHertz = 50;
/** Time from one reading to the next beyond its aperture, seconds: assumed; the readings' own times tell. */
const readingOverhead = 2e-4;

export const model2450: ScpiDialect = {
  model: 'Keithley 2450',
  identity: /^keithley instruments,\s*model 2450/i,
  acquisition: 'buffer',
  format: 'float64-little',
  ranges: [
    decade(1e-4, 2e-4, 6e-9),
    decade(1e-3, 2e-4, 6e-8),
    decade(1e-2, 2e-4, 6e-7),
    decade(0.1, 2.5e-4, 6e-6),
    decade(1, 3e-4, 5e-4),
  ],
  voltage: { readingShare: 1.5e-4, offsetVolts: 2.4e-3 },
  clockShare: 1e-4,
  source:
    'data sheet SPEC-2450 Rev. A, 1 year, at 1 PLC, uniform; clock assumed. Readings shorter than 1 PLC have more noise, which the spread of the windows shows',
  supplyVolts: [0, 20],
  isKeithley: true,
  /* 2450-901-01 knows MEASure; published scripts for newer firmware write MDIGitize. */
  measureBlocks: ['MEAS', 'MDIG'],
  period: (seconds, _, lineHertz) => Math.max(0.01 / lineHertz, seconds - readingOverhead) + readingOverhead,
  usualRateHz: 2000,
  setup: ({ volts, limitAmps, range, periodSeconds, isTriggered, lineHertz, measureBlock }) => [
    '*RST',
    '*CLS',
    'FORM REAL',
    'FORM:BORD SWAP',
    'SOUR:FUNC VOLT',
    'SOUR:VOLT:RANG 20',
    `SOUR:VOLT ${volts}`,
    `SOUR:VOLT:ILIM ${limitAmps}`,
    'SENS:FUNC "CURR"',
    `SENS:CURR:RANG ${range.amps}`,
    'SENS:CURR:AZER OFF',
    `SENS:CURR:NPLC ${((periodSeconds - readingOverhead) * lineHertz).toFixed(4)}`,
    ...ring(measureBlock, isTriggered),
  ],
  periodQuery: ({ lineHertz }) => ({
    command: 'SENS:CURR:NPLC?',
    seconds: answer => answer / lineHertz + readingOverhead,
  }),
  start: () => ['INIT'],
  stop: () => ['ABOR'],
  output: isOn => `OUTP ${isOn ? 'ON' : 'OFF'}`,
  status: () => ({ commands: ['SOUR:VOLT:ILIM:LEV:TRIP?'], overcurrent: 1, troubles: [] }),
};

export const scpiDialects = { n6705, dmm6500, '2450': model2450 } as const;
export type ScpiModel = keyof typeof scpiDialects;
