import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ZodError } from 'zod';
import { instrumentErrors } from '../../emulator/instruments/errors.js';
import { constantLoad, Load, type LoadPiece, parseWaveform } from '../../emulator/instruments/load.js';
import { emulatedInstruments } from '../../emulator/instruments/open.js';
import { serveTcp, serveTerminal } from '../../emulator/instruments/serve.js';
import { LittlefirstError } from '../../errors.js';
import { isAmmeter, type MeterDriverName } from '../../measure/meter/open.js';
import { type CliContext, printLine } from '../context.js';

export interface EmulateOptions {
  /** A path for a terminal, or `tcp:PORT`; port 0: any free one. */
  link: string;
  /** The load: a resistor at `millivolts`, a constant current, or a waveform file. */
  resistor?: number;
  amps?: number;
  waveform?: string;
  millivolts: number;
  /** `name=value`, value as JSON. */
  error: readonly string[];
}

async function loadOf(
  context: CliContext,
  { resistor = 330, amps, waveform, millivolts }: EmulateOptions,
): Promise<{ pieces: LoadPiece[]; text: string }> {
  if (waveform !== undefined) {
    const text = await readFile(resolve(context.cwd, waveform), 'utf8').catch((cause: unknown) => {
      throw new LittlefirstError('LF_USAGE', `The waveform ${waveform} cannot be read`, { cause });
    });
    return { pieces: parseWaveform(text, waveform), text: waveform };
  }
  if (amps !== undefined) return { pieces: constantLoad(amps), text: `${amps} A` };
  return { pieces: constantLoad(millivolts / 1000 / resistor), text: `${resistor} ohms at ${millivolts} mV` };
}

/** The errors that the command line asks for. @throws LF_USAGE naming those that the instrument can make */
function errorsOf(name: MeterDriverName, list: readonly string[]): ReturnType<typeof instrumentErrors> {
  const errors = list.map((text): [string, unknown] => {
    const at = text.indexOf('=');
    const value = text.slice(at + 1);
    try {
      return [text.slice(0, Math.max(0, at)), JSON.parse(value)];
    } catch {
      return [text.slice(0, Math.max(0, at)), value];
    }
  });
  try {
    return instrumentErrors(name, Object.fromEntries(errors));
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    throw new LittlefirstError('LF_USAGE', `The emulated ${name} cannot make this error`, {
      expected: '--error name=value, e.g. --error gain=0.01 (harness/emulator/instruments/errors.ts)',
      received: cause.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '),
      cause,
    });
  }
}

/**
 * Serves an emulated instrument with a load on its output, in real time, until the context's signal is aborted.
 * @throws LF_USAGE, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function emulateInstrument(
  context: CliContext,
  name: MeterDriverName,
  options: EmulateOptions,
): Promise<void> {
  const errors = errorsOf(name, options.error);
  const { pieces, text } = await loadOf(context, options);
  const loads: Load[] = [];
  const create = () => {
    const load = new Load(pieces);
    if (isAmmeter(name)) load.power(true);
    loads.push(load);
    const { port } = emulatedInstruments[name]({
      source: load,
      settle: async () => load.advance(),
      power: async on => load.power(on),
      ...errors,
    });
    port.on('close', () => load.close());
    return port;
  };
  try {
    const tcp = /^tcp:(\d{1,5})$/.exec(options.link);
    if (tcp !== null && Number(tcp[1]) > 65_535)
      throw new LittlefirstError('LF_USAGE', `${options.link} is not a TCP port`, {
        expected: 'tcp:PORT with a port from 0 (any free one) to 65535',
        received: options.link,
      });
    const served =
      tcp === null
        ? await serveTerminal(create, resolve(context.cwd, options.link))
        : await serveTcp(create, Number(tcp[1]));
    printLine(context.out, `emulated ${name} with ${text} at ${served.address}; Ctrl-C ends it`);
    if (!context.signal.aborted) await once(context.signal, 'abort');
    await served.close();
  } finally {
    for (const load of loads) load.close();
  }
}
