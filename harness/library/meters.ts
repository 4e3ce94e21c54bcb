import { resolve } from 'node:path';
import { ZodError } from 'zod';
import { loadBench } from '../campaign/bench/load.js';
import { type MeterChoice, meterSchema } from '../campaign/bench/meter-schema.js';
import { openBenchMeter } from '../campaign/open/meter.js';
import { instrumentErrors } from '../emulator/instruments/errors.js';
import { constantLoad, Load, type LoadPiece } from '../emulator/instruments/load.js';
import { emulatedInstruments } from '../emulator/instruments/open.js';
import { type Served, serveTcp, serveTerminal } from '../emulator/instruments/serve.js';
import { LittlefirstError } from '../errors.js';
import { type KnownLoad, type KnownLoadResult, measureKnownLoad } from '../measure/meter/known-load.js';
import type { MeterIdentity } from '../measure/meter/meter.js';
import { isAmmeter, type MeterDriverName } from '../measure/meter/open.js';
import { defaultBench } from './campaign.js';

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
}

/** The meter that is checked, and whether it is emulated on an ideal resistor, in virtual time. */
async function chosenMeter({ bench, meter, link, mode }: MeterCheckOptions): Promise<{
  choice: MeterChoice;
  isEmulated: boolean;
}> {
  if (link !== undefined) {
    if (meter === undefined)
      throw new LittlefirstError('LF_USAGE', '--link needs the kind of the instrument', {
        expected: '--meter, e.g. --meter ppk2',
      });
    return { choice: meterSchema.parse({ driver: meter, link, mode }), isEmulated: false };
  }
  const { link: boardLink, meter: named } = await loadBench(bench ?? defaultBench, {});
  const choice = meter === undefined ? named : meterSchema.parse({ driver: meter, mode });
  if (choice.driver === 'none')
    throw new LittlefirstError('LF_USAGE', 'This bench has no meter', {
      expected: 'a bench with a meter, or --meter and --link',
      received: 'meter: { driver: none }',
    });
  return { choice, isEmulated: boardLink === 'emulated:' };
}

function knownLoad(choice: MeterChoice, options: MeterCheckOptions): KnownLoad {
  const { resistor = choice.knownLoad?.ohms } = options;
  if (resistor === undefined)
    throw new LittlefirstError('LF_USAGE', 'What is on the meter?', {
      expected: '--resistor OHMS, or a bench with a known load',
    });
  return {
    ohms: resistor,
    toleranceRelative: options.tolerance ?? choice.knownLoad?.tolerance ?? 0.001,
    supplyMillivolts: options.millivolts ?? choice.supplyMillivolts ?? 3300,
    seconds: options.seconds ?? choice.knownLoad?.seconds ?? 0.5,
  };
}

/**
 * Measures a resistor with the real instrument behind a link, or with the bench's meter: an emulated one has an ideal resistor.
 * @returns what was read, for `assertKnownLoad` to judge
 * @throws LF_USAGE, LF_METER_*, LF_LINK_*
 */
export async function checkMeter(
  options: MeterCheckOptions,
): Promise<{ identity: MeterIdentity; result: KnownLoadResult }> {
  const { choice, isEmulated } = await chosenMeter(options);
  const load = knownLoad(choice, options);
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
      const result = await measureKnownLoad(meter, load, isEmulated ? wait : undefined);
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
  /** A path, which becomes a serial port, or `tcp:PORT` (0: any free one). */
  link: string;
  /** What the instrument's output feeds, piece after piece, played over and over. */
  load: readonly LoadPiece[];
  /** What the instrument does wrong, by name (docs: harness/emulator/instruments/README.md). */
  errors?: Readonly<Record<string, unknown>>;
}

/**
 * Serves an emulated instrument with a load on its output, in real time, for any client of the real one, until it is closed.
 * @throws LF_USAGE, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function serveInstrument(
  name: MeterDriverName,
  { link, load: pieces, errors = {} }: ServeInstrumentOptions,
): Promise<Served> {
  const wrong = errorsOf(name, errors);
  const loads: Load[] = [];
  const closeLoads = () => {
    for (const load of loads) load.close();
  };
  const create = () => {
    const load = new Load(pieces);
    if (isAmmeter(name)) load.power(true);
    loads.push(load);
    const { port } = emulatedInstruments[name]({
      source: load,
      settle: async () => load.advance(),
      power: async on => load.power(on),
      ...wrong,
    });
    port.on('close', () => load.close());
    return port;
  };
  const tcp = /^tcp:(\d{1,5})$/.exec(link);
  if (tcp !== null && Number(tcp[1]) > 65_535)
    throw new LittlefirstError('LF_USAGE', `${link} is not a TCP port`, {
      expected: 'tcp:PORT with a port from 0 (any free one) to 65535',
      received: link,
    });
  const serve = tcp === null ? serveTerminal(create, resolve(link)) : serveTcp(create, Number(tcp[1]));
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
