/**
 * What the Nordic PPK2 speaks on its USB serial port: one-byte opcodes to it; from it 32-bit little-endian samples at 100 kS/s, or a
 * text of calibration metadata that ends with "END". Facts after Nordic's Power Profiler and the IRNAS Python API.
 */
import { LittlefirstError } from '../../../errors.js';

export const ppk2Opcodes = {
  averageStart: 0x06,
  averageStop: 0x07,
  deviceRunning: 0x0c,
  regulatorSet: 0x0d,
  setPowerMode: 0x11,
  getMetadata: 0x19,
  reset: 0x20,
} as const;

/** Bytes that follow an opcode. */
export const ppk2ArgumentBytes: Readonly<Record<number, number>> = {
  [ppk2Opcodes.averageStart]: 0,
  [ppk2Opcodes.averageStop]: 0,
  [ppk2Opcodes.deviceRunning]: 1,
  [ppk2Opcodes.regulatorSet]: 2,
  [ppk2Opcodes.setPowerMode]: 1,
  [ppk2Opcodes.getMetadata]: 0,
  [ppk2Opcodes.reset]: 0,
};

export const ppk2Modes = { ampere: 1, source: 2 } as const;
export const ppk2SampleRateHz = 100_000;
export const ppk2Ranges = 5;
/** Full scale of the converter per step after the multiplication by 4: 1.8 V over 163,840. */
export const ppk2VoltsPerStep = 1.8 / 163_840;
export const ppk2AdcMax = 0x3fff;
export const ppk2MillivoltRange = [800, 5000] as const;

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
  calibrated: boolean;
  vddMillivolts: number;
  hardware: string;
  /** The instrument says that it is an emulated one. */
  emulated: boolean;
  /** What is wrong with the calibration: figures that are not numbers. Such a meter measures nothing that counts. */
  problems: string[];
}

const defaultResistors = [1031.64, 101.65, 10.15, 0.94, 0.043];
const keys = ['R', 'GS', 'GI', 'O', 'S', 'I', 'UG'] as const;

/** What Nordic's software starts from: nominal resistors, unit gains, no offsets. */
export function defaultPpk2Ranges(): Ppk2RangeCalibration[] {
  return defaultResistors.map(R => ({ R, GS: 1, GI: 1, O: 0, S: 0, I: 0, UG: 1 }));
}

/**
 * Parses the metadata text. An R of 0 keeps the default; "-nan" is kept out and reported in `problems`.
 * @throws LF_METER_REPLY when the text is not PPK2 metadata
 */
export function parsePpk2Metadata(text: string): Ppk2Metadata {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z]+\d?):\s*(\S+)\s*$/.exec(line);
    if (match !== null) fields.set(match[1], match[2]);
  }
  if (!fields.has('Calibrated') || !text.includes('END')) {
    throw new LittlefirstError('LF_METER_REPLY', "the PPK2's metadata is incomplete", {
      expected: '"Calibrated: ..." to "END"',
      received: JSON.stringify(text.slice(0, 120)),
      hint: 'unplug and replug the PPK2',
    });
  }
  const ranges = defaultPpk2Ranges();
  const problems: string[] = [];
  ranges.forEach((range, index) => {
    for (const key of keys) {
      const raw = fields.get(`${key}${index}`);
      if (raw === undefined) continue;
      const value = Number(raw);
      if (!Number.isFinite(value)) problems.push(`calibration ${key}${index} is ${raw}, not a number`);
      else if (!(key === 'R' && value === 0)) range[key] = value;
    }
  });
  return {
    ranges,
    calibrated: fields.get('Calibrated') !== '0',
    vddMillivolts: Number(fields.get('VDD') ?? '0'),
    hardware: fields.get('HW') ?? 'unknown',
    emulated: fields.get('Emulated') === '1',
    problems,
  };
}

/** Writes metadata as the instrument does; an emulated one says so in a line of its own, which other clients pass over. */
export function formatPpk2Metadata(
  ranges: readonly Ppk2RangeCalibration[],
  state: { calibrated: boolean; vddMillivolts: number; mode: number; emulated?: boolean },
): string {
  const lines = [`Calibrated: ${state.calibrated ? 1 : 0}`];
  for (const key of keys) {
    lines.push(...ranges.map((range, index) => `${key}${index}: ${range[key].toFixed(9)}`));
  }
  lines.push(`VDD: ${state.vddMillivolts}`, 'HW: 9173', `mode: ${state.mode}`, 'IA: 56');
  if (state.emulated) lines.push('Emulated: 1');
  lines.push('END');
  return `${lines.join('\n')}\n`;
}
