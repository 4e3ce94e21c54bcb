import { LittlefirstError } from '../../../errors.js';
import type { MeterConfig } from '../meter.js';
import type { ScpiDialect, ScpiSettings } from './dialects.js';

/** How the instrument is wired to the bench. */
export interface ScpiWiring {
  /** Output of a mainframe that feeds the DUT; default 1. */
  channel?: number;
  /**
   * Output of a mainframe whose voltmeter reads the marker lines: bit 0 through twice the resistance of bit 1 onto one node, so that the states 0 to 3 are 0, 1/3,
   * 2/3 and all of the lines' high level. Without it there are no marker lines.
   */
  markerChannel?: number;
  /**
   * Measure only from one edge of the external trigger input to the next (Keithley models): every sample lies in the one window of a loop. For
   * instruments without marker lines, with `measureTriggered`.
   */
  isTriggered?: boolean;
}

const defaultCurrentLimit = 0.25;

/** What an instrument is told for a measurement. @param lineHertz of the power line @throws LF_CONFIG_INVALID */
export function scpiSettings(
  dialect: ScpiDialect,
  { channel = 1, markerChannel, isTriggered = false }: ScpiWiring,
  config: Partial<MeterConfig>,
  lineHertz: number,
): ScpiSettings {
  if (isTriggered && dialect.acquisition !== 'buffer') {
    throw new LittlefirstError('LF_CONFIG_INVALID', `the ${dialect.model} is not measured by trigger`, {
      expected: 'its marker channel, which sees every window',
      received: 'isTriggered',
    });
  }
  if (markerChannel !== undefined && dialect.acquisition !== 'fifo') {
    throw new LittlefirstError('LF_CONFIG_INVALID', `the ${dialect.model} cannot read marker lines`, {
      expected: 'no marker channel',
      received: String(markerChannel),
      hint: 'only a mainframe with a second measuring output can',
    });
  }
  const wanted = config.maxCurrentMicroamps === undefined ? 0.1 : config.maxCurrentMicroamps * 1e-6;
  const range =
    dialect.ranges.find(({ amps }) => amps >= wanted) ?? dialect.ranges[dialect.ranges.length - 1];
  const seconds = 1 / (config.sampleRateHz ?? dialect.usualRateHz);
  const markers = markerChannel === undefined ? 0 : 1;
  const logsVoltage =
    dialect.acquisition === 'fifo' && seconds >= 0.99 * dialect.period(0, 2 + markers, lineHertz);
  return {
    volts: (config.supplyMillivolts ?? 3300) / 1000,
    limitAmps: Math.max(defaultCurrentLimit, range.amps),
    range,
    periodSeconds: dialect.period(seconds, 1 + markers + (logsVoltage ? 1 : 0), lineHertz),
    channel,
    markerChannel,
    logsVoltage,
    isTriggered,
    lineHertz,
    measureBlock: dialect.measureBlocks[0],
  };
}
