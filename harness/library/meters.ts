import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { ZodError } from 'zod';
import { loadBench } from '../campaign/bench/load.js';
import { type MeterChoice, meterSchema } from '../campaign/bench/meter-schema.js';
import { commandFixture } from '../campaign/open/known-load.js';
import { openBenchMeter } from '../campaign/open/meter.js';
import { whileHeld } from '../campaign/open/place.js';
import { instrumentErrors } from '../emulator/instruments/errors.js';
import { parseServeLink } from '../emulator/instruments/link.js';
import { constantLoad, Load, type LoadPiece } from '../emulator/instruments/load.js';
import {
  type EmulatedInstrument,
  type EmulatedInstrumentOptions,
  emulatedInstruments,
} from '../emulator/instruments/open.js';
import type { Ppk2Calibration } from '../emulator/instruments/ppk2/metadata.js';
import { type Served, serveTcp, serveTerminal } from '../emulator/instruments/serve.js';
import { LittlefirstError } from '../errors.js';
import { type KnownLoad, type KnownLoadResult, measureKnownLoad } from '../measure/meter/known-load.js';
import type { MeterIdentity } from '../measure/meter/meter.js';
import { isAmmeter, type MeterDriverName } from '../measure/meter/open.js';
import { type ScpiModel, scpiDialects } from '../measure/meter/scpi/dialects.js';
import { defaultBench } from './run/campaign.js';

export interface MeterCheckOptions {
  /** Ohms; default: the bench's known load. */
  resistor?: number;
  /** Relative; default: the bench's, or 0.001. */
  tolerance?: number;
  seconds?: number;
  millivolts?: number;
  mode?: 'source' | 'ampere';
  /** Bench whose meter is checked, where no link is given. */
  bench?: string;
  meter?: string;
  /** Link to the instrument named by `meter`. */
  link?: string;
  /** Ends it early, with the meter closed. */
  signal?: AbortSignal;
}

/** The meter that is checked, and whether it is emulated on an ideal resistor, in virtual time. */
async function chosenMeter({ bench, meter, link, mode }: MeterCheckOptions): Promise<{
  choice: MeterChoice;
  isEmulated: boolean;
  /** The bench whose place is held meanwhile, where its own meter is checked. */
  held: { name: string; lease?: string };
}> {
  if (link !== undefined) {
    if (meter === undefined)
      throw new LittlefirstError('LF_USAGE', '--link needs the kind of the instrument', {
        expected: '--meter, e.g. --meter ppk2',
      });
    return {
      choice: meterSchema.parse({ driver: meter, link, mode }),
      isEmulated: false,
      held: { name: meter },
    };
  }
  const { link: boardLink, meter: named, name, lease } = await loadBench(bench ?? defaultBench, {});
  const choice = meter === undefined ? named : meterSchema.parse({ driver: meter, mode });
  if (choice.driver === 'none')
    throw new LittlefirstError('LF_USAGE', 'This bench has no meter', {
      expected: 'a bench with a meter, or --meter and --link',
      received: 'meter: { driver: none }',
    });
  return { choice, isEmulated: boardLink === 'emulated:', held: { name, lease } };
}

function knownLoad(choice: MeterChoice, options: MeterCheckOptions): KnownLoad {
  const { resistor = choice.knownLoad?.[0].ohms } = options;
  if (resistor === undefined)
    throw new LittlefirstError('LF_USAGE', 'What is on the meter?', {
      expected: '--resistor OHMS, or a bench with a known load',
    });
  return {
    ohms: resistor,
    toleranceRelative: options.tolerance ?? choice.knownLoad?.[0].tolerance ?? 0.001,
    supplyMillivolts: options.millivolts ?? choice.supplyMillivolts ?? 3300,
    seconds: options.seconds ?? choice.knownLoad?.[0].seconds ?? 0.5,
    sampleRateHz: choice.sampleRateHz,
  };
}

async function waitReal(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(seconds * 1000, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/**
 * Measures a resistor with the real instrument behind a link, or with the bench's meter: an emulated one has an ideal resistor.
 * @returns what was read, for `assertKnownLoad` to judge
 * @throws LF_USAGE, LF_METER_*, LF_LINK_*; the signal's reason
 */
export async function checkMeter(
  options: MeterCheckOptions,
): Promise<{ identity: MeterIdentity; result: KnownLoadResult }> {
  const { held, ...chosen } = await chosenMeter(options);
  return whileHeld(held, options, signal => checkHeld(chosen, { ...options, signal }));
}

async function checkHeld(
  { choice, isEmulated }: { choice: MeterChoice; isEmulated: boolean },
  options: MeterCheckOptions,
): Promise<{ identity: MeterIdentity; result: KnownLoadResult }> {
  const load = knownLoad(choice, options);
  /* The bench's own resistor, where commands put it on the meter. */
  const own = options.resistor === undefined ? choice.knownLoad?.[0] : undefined;
  const fixture = isEmulated || own?.connect === undefined ? undefined : commandFixture(own);
  let nowNs = 0;
  const resistor = isEmulated
    ? new Load(constantLoad(load.supplyMillivolts / 1000 / load.ohms), () => nowNs)
    : undefined;
  if (isAmmeter(choice.driver)) resistor?.power(true);
  const supply = resistor && {
    source: resistor,
    settle: async () => resistor.advance(),
    power: async (on: boolean) => resistor.power(on),
  };
  const wait = async (seconds: number) => {
    nowNs += seconds * 1e9;
    resistor?.advance();
  };
  try {
    const meter = await openBenchMeter(choice, {
      boardLink: isEmulated ? 'emulated:' : 'none',
      supplyMillivolts: load.supplyMillivolts,
      supply,
      purpose: 'meter check',
    });
    if (meter === undefined) throw new LittlefirstError('LF_INTERNAL', 'a meter that is none was opened');
    try {
      const real = (seconds: number) => waitReal(seconds, options.signal);
      await fixture?.connect();
      const result = await measureKnownLoad(meter, load, isEmulated ? wait : real).finally(() =>
        fixture?.disconnect(),
      );
      return { identity: await meter.identify(), result };
    } finally {
      await meter.close();
    }
  } finally {
    resistor?.close();
  }
}

/** The errors that a user asks for. @throws LF_USAGE naming those that the instrument can make */
function errorsOf(
  name: MeterDriverName,
  errors: Readonly<Record<string, unknown>>,
): ReturnType<typeof instrumentErrors> {
  try {
    return instrumentErrors(name, errors);
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    throw new LittlefirstError('LF_USAGE', `The emulated ${name} cannot make this error`, {
      expected: '--error name=value, e.g. --error gain=0.01',
      received: cause.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '),
      cause,
    });
  }
}

export interface ServeInstrumentOptions {
  /** `tcp:PORT` (0: any free one), `tcp:HOST:PORT`, `serial:PATH`, or a path, which becomes a serial port. */
  link: string;
  /** What the instrument's output feeds, piece after piece, played over and over. */
  load: readonly LoadPiece[];
  /** What the instrument does wrong, by name (docs: harness/emulator/instruments/README.md). */
  errors?: Readonly<Record<string, unknown>>;
  /** PPK2: the calibration that it is built to. Default: nominal. */
  calibration?: Ppk2Calibration;
  /** SCPI: which instrument. Default: n6705. */
  model?: ScpiModel;
  /** Voltage of another supply that it sits in the line of, volts; default 3.3. */
  supplyVolts?: number;
  /** Folder that a relative path starts from; default: the current one. */
  folder?: string;
}

/** What makes one instrument of a kind differ from another. @throws LF_USAGE for a setting of another kind */
function settingsOf(
  name: MeterDriverName,
  { calibration, model, supplyVolts }: ServeInstrumentOptions,
): Partial<EmulatedInstrumentOptions> {
  const settings = [
    ['ppk2', 'calibration', calibration],
    ['scpi', 'model', model],
  ] as const;
  for (const [owner, option, value] of settings)
    if (value !== undefined && owner !== name)
      throw new LittlefirstError('LF_USAGE', `${option} is a setting of the emulated ${owner}`, {
        expected: `no ${option} with ${name}`,
        received: value,
      });
  return { ppk2Calibration: calibration, scpiModel: model, supplyVolts };
}

/** Instruments on one load; one that takes several clients is one and the same for all of them, and stays when they go. */
function instrumentMaker(
  name: MeterDriverName,
  options: ServeInstrumentOptions,
): { create: () => Duplex; closeLoads: () => void } {
  const changes = { ...settingsOf(name, options), ...errorsOf(name, options.errors ?? {}) };
  const isPowered =
    name === 'scpi' ? scpiDialects[options.model ?? 'n6705'].output === undefined : isAmmeter(name);
  const loads: Load[] = [];
  let shared: EmulatedInstrument | undefined;
  const create = (): Duplex => {
    if (shared?.connect !== undefined) return shared.connect();
    const load = new Load(options.load);
    if (isPowered) load.power(true);
    loads.push(load);
    const instrument = emulatedInstruments[name]({
      source: load,
      settle: async () => load.advance(),
      power: async on => load.power(on),
      ...changes,
    });
    if (instrument.connect === undefined) instrument.port.on('close', () => load.close());
    else shared = instrument;
    return instrument.port;
  };
  return {
    create,
    closeLoads: () => {
      for (const load of loads) load.close();
    },
  };
}

/**
 * Serves an emulated instrument with a load on its output, in real time, for any client of the real one, until it is closed.
 * @throws LF_USAGE, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function serveInstrument(
  name: MeterDriverName,
  options: ServeInstrumentOptions,
): Promise<Served> {
  const link = parseServeLink(options.link);
  const { create, closeLoads } = instrumentMaker(name, options);
  const serve =
    link.kind === 'terminal'
      ? serveTerminal(create, resolve(options.folder ?? '.', link.path))
      : serveTcp(create, link.port, link.host);
  const { address, close } = await serve.catch(error => {
    closeLoads();
    throw error;
  });
  return {
    address,
    close: async () => {
      await close();
      closeLoads();
    },
  };
}
