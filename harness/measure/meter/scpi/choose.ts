import { LittlefirstError } from '../../../errors.js';
import type { ScpiConnection } from './connection.js';
import { type ScpiDialect, type ScpiModel, scpiDialects, usualLineHertz } from './dialects.js';

/** An instrument, as it answered. */
export interface ChosenScpi {
  dialect: ScpiDialect;
  /** Of the power line that it counts apertures in, hertz. */
  lineHertz: number;
}

/**
 * Finds the dialect of the instrument at the other end.
 * @param identity its answer to `*IDN?`
 * @param model what it must be; default: any that is known
 * @throws LF_METER_OPEN
 */
export async function chooseScpi(
  connection: ScpiConnection,
  identity: string,
  model: ScpiModel | undefined,
): Promise<ChosenScpi> {
  const known = Object.values<ScpiDialect>(scpiDialects);
  const dialect = known.find(one => one.identity.test(identity));
  if (dialect === undefined || (model !== undefined && scpiDialects[model] !== dialect)) {
    throw new LittlefirstError('LF_METER_OPEN', 'this instrument is not the one that the driver is for', {
      expected: (model === undefined ? known : [scpiDialects[model]]).map(one => one.model).join(', '),
      received: identity,
      hint: 'check the address, or name the right model',
    });
  }
  return { dialect, lineHertz: dialect.isKeithley ? await askKeithley(connection, dialect) : usualLineHertz };
}

/** Keithley's instruments may be set to another language, and count apertures in periods of the power line. */
async function askKeithley(connection: ScpiConnection, { model }: ScpiDialect): Promise<number> {
  const language = await connection.queryOptional('*LANG?');
  if (language !== undefined && language.toUpperCase() !== 'SCPI') {
    throw new LittlefirstError('LF_METER_OPEN', `the ${model} is set to another command language`, {
      expected: 'SCPI in answer to *LANG?',
      received: language,
      hint: 'send *LANG SCPI, or choose SCPI in its menu under System, Settings, and restart the instrument',
    });
  }
  const hertz = Number((await connection.queryOptional('SYST:LFR?')) ?? usualLineHertz);
  await connection.drainErrors();
  return hertz >= 10 && hertz <= 1000 ? hertz : usualLineHertz;
}
