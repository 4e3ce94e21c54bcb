import { dash, sig } from '../record/format.js';
import type { RunRecord } from '../record/run-record.js';

const notStated = 'not stated';

function rangeOf(values: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(value => sig(value, digits));
  return low === high ? low : `${low} to ${high}`;
}

/** What the bench file states of a calibration, in words. */
function calibrationText(calibration: NonNullable<RunRecord['conditions']>['calibration']): string {
  if (calibration === undefined) return notStated;
  const { date, expires, certificate } = calibration;
  return `${date}, valid to ${expires}${certificate === undefined ? '' : `, certificate ${certificate}`}`;
}

/**
 * The conditions of a run as name and text: what a person stated of the bench, and what the meter said of itself. Everything that a sceptic
 * asks for is named, and what nobody stated is said to be so; empty where nothing was measured and nothing stated.
 */
export function conditionRows(record: RunRecord): [string, string][] {
  const { conditions = {}, provenance, blocks, model } = record;
  if (record.conditions === undefined && provenance.meter.driver === 'none') return [];
  const { benchId, operator, ambientCelsius, oscillatorPpm, meterWarmUpMinutes, calibration } = conditions;
  const celsius = blocks.flatMap(({ meterCelsius = [] }) => meterCelsius);
  const resolutions = blocks.flatMap(({ effectiveResolutionAmps: amps }) =>
    amps === undefined ? [] : [amps * 1e6],
  );
  const ambient =
    ambientCelsius === undefined
      ? `${notStated}${model === undefined ? '' : `; the model takes ${sig(model.ambientCelsius)} °C`}`
      : `${sig(ambientCelsius)} °C`;
  return [
    ['Bench', `${benchId ?? notStated}; operator ${operator ?? notStated}`],
    ['Ambient temperature', ambient],
    [
      "Oscillator of the DUT's clock",
      oscillatorPpm === undefined ? notStated : `± ${sig(oscillatorPpm)} ppm`,
    ],
    ['Meter calibrated', calibrationText(calibration)],
    [
      'Meter warmed up',
      meterWarmUpMinutes === undefined ? notStated : `${sig(meterWarmUpMinutes)} minutes before`,
    ],
    ["Meter's temperature as read", celsius.length === 0 ? 'it tells none' : `${rangeOf(celsius, 4)} °C`],
    [
      "Meter's effective resolution at sleep",
      resolutions.length === 0 ? dash : `${rangeOf(resolutions, 2)} µA (one sample, standard deviation)`,
    ],
  ];
}
