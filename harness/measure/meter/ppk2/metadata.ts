import { LittlefirstError } from '../../../errors.js';
import { ppk2RangeTops, ppk2VoltsPerStep } from './protocol.js';

/** Calibration of one range: I = UG (x (GS x + GI) + S Vdd + I0), x = (4 ADC - O) * 1.8 / 163840 / R. */
export interface Ppk2RangeCalibration {
  R: number;
  GS: number;
  GI: number;
  O: number;
  S: number;
  I: number;
  UG: number;
}

export interface Ppk2Metadata {
  ranges: Ppk2RangeCalibration[];
  /** Undefined: the instrument does not say. */
  calibrated: boolean | undefined;
  vddMillivolts: number;
  hardware: string;
  /** The instrument says that it is an emulated one. */
  emulated: boolean;
  /** What is wrong with the calibration: figures that are missing, no numbers, or implausible. Such a meter measures nothing that counts. */
  problems: string[];
}

const nominalOhms = [1031.64, 101.65, 10.15, 0.94, 0.043];
const keys = ['R', 'GS', 'GI', 'O', 'S', 'I', 'UG'] as const;
/** Real instruments are within 31 % of the nominal current (published calibrations); twice or half is another instrument's, or broken. */
const plausibleRatio = 2;
/** Largest current that a converter at 0 may stand for, as a share of the range's end: real ones have up to 3 %. */
const plausibleZeroShare = 0.25;
/** Supply at which the plausibility is looked at: it matters little, S times it is below 2 % of a range. */
const plausibilityVolts = 3.3;

/** What Nordic's software starts from: nominal resistors, unit gains, no offsets. */
export function nominalPpk2Ranges(): Ppk2RangeCalibration[] {
  return nominalOhms.map(R => ({ R, GS: 1, GI: 1, O: 0, S: 0, I: 0, UG: 1 }));
}

/** Amperes of a converter value (times 4, as the formula takes it). */
export function ppk2Amps(range: Ppk2RangeCalibration, quadrupleAdc: number, volts: number): number {
  const x = ((quadrupleAdc - range.O) * ppk2VoltsPerStep) / range.R;
  return range.UG * (x * (range.GS * x + range.GI) + range.S * volts + range.I);
}

/**
 * Parses the metadata text, in any order of its lines. Where a figure is no use, its nominal value stands in, and `problems` says so.
 * @throws LF_METER_REPLY when the text is not PPK2 metadata
 */
export function parsePpk2Metadata(text: string): Ppk2Metadata {
  const { fields, problems } = fieldsOf(text);
  if (!text.includes('END') || !nominalOhms.some((_, index) => fields.has(`R${index}`))) {
    throw new LittlefirstError('LF_METER_REPLY', "the PPK2's metadata is incomplete", {
      expected: 'lines with R0 to R4 and the other figures of the calibration, then "END"',
      received: JSON.stringify(text.slice(0, 120)),
      hint: 'unplug and replug the PPK2',
    });
  }
  const ranges = nominalPpk2Ranges();
  for (const [index, range] of ranges.entries()) {
    const before = problems.length;
    for (const key of keys) {
      const name = `${key}${index}`;
      const raw = fields.get(name);
      const value = Number(raw);
      if (raw === undefined) problems.push(`calibration ${name} is missing`);
      else if (!Number.isFinite(value)) problems.push(`calibration ${name} is ${raw}, not a number`);
      else if (key === 'R' && value === 0) problems.push(`calibration ${name} is 0: it was never set`);
      else range[key] = value;
    }
    if (problems.length === before && !isPlausible(range, index))
      problems.push(
        `calibration of range ${index} is implausible (R${index} ${range.R}, nominal ${nominalOhms[index]})`,
      );
  }
  const calibrated = fields.get('CALIBRATED');
  return {
    ranges,
    calibrated: calibrated === undefined ? undefined : calibrated !== '0',
    vddMillivolts: Number(fields.get('VDD') ?? '0'),
    hardware: fields.get('HW') ?? 'unknown',
    emulated: fields.get('EMULATED') === '1',
    problems,
  };
}

/** `name: value` by name in capitals; a name with two values is a problem. */
function fieldsOf(text: string): { fields: Map<string, string>; problems: string[] } {
  const fields = new Map<string, string>();
  const problems: string[] = [];
  for (const line of text.split(/\r?\n|\r/)) {
    const match = /^\s*([A-Za-z]+\d?):\s*(\S+)\s*$/.exec(line);
    if (match === null) continue;
    const name = match[1].toUpperCase();
    const before = fields.get(name);
    if (before !== undefined && before !== match[2])
      problems.push(`the metadata says ${name} twice: ${before} and ${match[2]}`);
    fields.set(name, match[2]);
  }
  return { fields, problems };
}

/** Whether the range turns its own end's nominal converter value into about that current, and 0 into about none. */
function isPlausible(range: Ppk2RangeCalibration, index: number): boolean {
  const top = ppk2RangeTops[index];
  const ratio = ppk2Amps(range, (top * nominalOhms[index]) / ppk2VoltsPerStep, plausibilityVolts) / top;
  const zero = ppk2Amps(range, 0, plausibilityVolts) / top;
  return ratio >= 1 / plausibleRatio && ratio <= plausibleRatio && Math.abs(zero) <= plausibleZeroShare;
}
