import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  constantLoad,
  LittlefirstError,
  type LoadPiece,
  type MeterDriverName,
  type Ppk2Calibration,
  parseWaveform,
  type ScpiModel,
  serveInstrument,
} from '../../library/index.js';
import { type CliContext, printLine } from '../context.js';

export interface EmulateOptions {
  /** A path for a terminal, or `tcp:[HOST:]PORT`; port 0: any free one. */
  link: string;
  /** PPK2: the instrument's own calibration. */
  calibration?: Ppk2Calibration;
  /** SCPI: which instrument. */
  model?: ScpiModel;
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

/** `name=value` by name; a value that is no JSON is text. */
function errorsOf(list: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    list.map((text): [string, unknown] => {
      const at = text.indexOf('=');
      const value = text.slice(at + 1);
      try {
        return [text.slice(0, Math.max(0, at)), JSON.parse(value)];
      } catch {
        return [text.slice(0, Math.max(0, at)), value];
      }
    }),
  );
}

/**
 * Serves an emulated instrument with a load on its output until the context's signal is aborted.
 * @throws LF_USAGE, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function emulateInstrument(
  context: CliContext,
  name: MeterDriverName,
  options: EmulateOptions,
): Promise<void> {
  const { pieces, text } = await loadOf(context, options);
  const { link, calibration, model, millivolts, error } = options;
  const served = await serveInstrument(name, {
    link,
    load: pieces,
    errors: errorsOf(error),
    calibration,
    model,
    supplyVolts: millivolts / 1000,
    folder: context.cwd,
  });
  printLine(context.out, `emulated ${name} with ${text} at ${served.address}; Ctrl-C ends it`);
  if (!context.signal.aborted) await once(context.signal, 'abort');
  await served.close();
}
