/**
 * Texas Instruments INA226 and INA228: registers, scales and limits of error, and the lines of the bridge that reads them (firmware/bridge/README.md).
 * Sources: INA226 data sheet SBOS547B (2024), INA228 data sheet SLYS021A (2022).
 */
import { crc16OfText } from '../../../wire/link/crc16.js';

export type InaType = 'ina226' | 'ina228';

/** A range of the shunt's voltage. */
export interface InaRange {
  /** Largest shunt voltage, volts. */
  fullScaleVolts: number;
  voltsPerStep: number;
  /** Codes of the converter at the ends, signed. */
  lowest: number;
  highest: number;
}

/** One kind of sensor. */
export interface InaChip {
  type: InaType;
  manufacturer: { register: number; value: number };
  /** The low four bits are the revision. */
  device: { register: number; value: number };
  registers: {
    config: number;
    /** Conversion times, averaging and mode: the configuration register itself in the INA226. */
    adc: number;
    calibration: number;
    shunt: number;
    bus: number;
    /** Conversion-ready flag, overflow; reading it releases ALERT. */
    status: number;
  };
  shuntBytes: 2 | 3;
  busBytes: 2 | 3;
  /** Bits below the value in a data register. */
  shift: number;
  ranges: readonly InaRange[];
  busVoltsPerStep: number;
  /** Conversion times by their code, microseconds. */
  conversionMicros: readonly number[];
  averages: readonly number[];
  statusBits: { conversionReady: number; conversionAlert: number; overflow: number; memoryGood?: number };
  /** Limits of error of the chip alone, uniform: shunt offset (V), shunt gain, bus offset (V), bus gain. */
  limits: { shuntOffsetVolts: number; shuntGain: number; busOffsetVolts: number; busGain: number };
  /** Value of the calibration register for which full scale of the shunt is full scale of the current register. */
  calibration: number;
  source: string;
}

const averages = [1, 4, 16, 64, 128, 256, 512, 1024];

export const ina226: InaChip = {
  type: 'ina226',
  manufacturer: { register: 0xfe, value: 0x5449 },
  device: { register: 0xff, value: 0x2260 },
  registers: { config: 0x00, adc: 0x00, calibration: 0x05, shunt: 0x01, bus: 0x02, status: 0x06 },
  shuntBytes: 2,
  busBytes: 2,
  shift: 0,
  ranges: [{ fullScaleVolts: 0.08192, voltsPerStep: 2.5e-6, lowest: -0x8000, highest: 0x7fff }],
  busVoltsPerStep: 1.25e-3,
  conversionMicros: [140, 204, 332, 588, 1100, 2116, 4156, 8244],
  averages,
  statusBits: { conversionReady: 1 << 3, conversionAlert: 1 << 10, overflow: 1 << 2 },
  limits: { shuntOffsetVolts: 10e-6, shuntGain: 1e-3, busOffsetVolts: 7.5e-3, busGain: 1e-3 },
  calibration: 2048,
  source: 'INA226 data sheet SBOS547B: 10 uV, 0.1 %, bus 7.5 mV, 0.1 % (largest, 25 degC), uniform',
};

export const ina228: InaChip = {
  type: 'ina228',
  manufacturer: { register: 0x3e, value: 0x5449 },
  device: { register: 0x3f, value: 0x2280 },
  registers: { config: 0x00, adc: 0x01, calibration: 0x02, shunt: 0x04, bus: 0x05, status: 0x0b },
  shuntBytes: 3,
  busBytes: 3,
  shift: 4,
  ranges: [
    { fullScaleVolts: 0.04096, voltsPerStep: 78.125e-9, lowest: -0x80000, highest: 0x7ffff },
    { fullScaleVolts: 0.16384, voltsPerStep: 312.5e-9, lowest: -0x80000, highest: 0x7ffff },
  ],
  busVoltsPerStep: 195.3125e-6,
  conversionMicros: [50, 84, 150, 280, 540, 1052, 2074, 4120],
  averages,
  statusBits: {
    conversionReady: 1 << 1,
    conversionAlert: 1 << 14,
    overflow: 1 << 9,
    memoryGood: 1,
  },
  limits: { shuntOffsetVolts: 1e-6, shuntGain: 5e-4, busOffsetVolts: 2.5e-3, busGain: 5e-4 },
  calibration: 4096,
  source:
    'INA228 data sheet SLYS021A: 1 uV, 0.05 % (largest, 25 degC), uniform; bus 2.5 mV and 0.05 %: assumed, its table was not at hand',
};

/** INA228 only. */
export const ina228Registers = { temperature: 0x06, charge: 0x0a } as const;
export const ina228Config = { resetAccumulators: 1 << 14, narrowRange: 1 << 4 } as const;
export const ina228DegreesPerStep = 7.8125e-3;
/** Steps of the current register over the full scale; one step of the charge register is one of these for a second. */
export const ina228CurrentSteps = 2 ** 19;

export const inaChips: Record<InaType, InaChip> = { ina226, ina228 };

/** Operating modes. INA226: configuration register, bits 0 to 2; INA228: ADC_CONFIG, bits 12 to 15. */
export const inaModes = {
  ina226: { shunt: 0b101, bus: 0b110 },
  ina228: { shunt: 0xa, bus: 0x9 },
} as const;

/** Word of the register `adc`: continuous conversions of one input, with the same time for each. */
export function inaAdcWord(
  type: InaType,
  input: 'shunt' | 'bus',
  timeCode: number,
  averageCode: number,
): number {
  const mode = inaModes[type][input];
  return type === 'ina226'
    ? 0x4000 | (averageCode << 9) | (timeCode << 6) | (timeCode << 3) | mode
    : (mode << 12) | (timeCode << 9) | (timeCode << 6) | (timeCode << 3) | averageCode;
}

/** What `inaAdcWord` packed. */
export function parseInaAdcWord(
  type: InaType,
  word: number,
): { input: 'shunt' | 'bus' | 'other'; timeCode: number; averageCode: number } {
  const mode = type === 'ina226' ? word & 7 : word >> 12;
  const input = mode === inaModes[type].shunt ? 'shunt' : mode === inaModes[type].bus ? 'bus' : 'other';
  return type === 'ina226'
    ? { input, timeCode: (word >> (input === 'bus' ? 6 : 3)) & 7, averageCode: (word >> 9) & 7 }
    : { input, timeCode: (word >> (input === 'bus' ? 9 : 6)) & 7, averageCode: word & 7 };
}

/** The bridge takes two registers a conversion: about 250 us on a bus of 400 kHz. Faster conversions would be missed. */
export const inaShortestMicros = 330;

/** The setting whose period is nearest to the wanted one: long conversions rather than averages. */
export function chooseInaConversion(
  chip: InaChip,
  micros: number,
): { timeCode: number; averageCode: number; micros: number } {
  let best = { timeCode: 0, averageCode: 0, micros: Number.POSITIVE_INFINITY };
  for (const [averageCode, average] of chip.averages.entries()) {
    for (const [timeCode, time] of chip.conversionMicros.entries()) {
      const period = average * time;
      if (period < inaShortestMicros) continue;
      if (Math.abs(period - micros) < Math.abs(best.micros - micros)) {
        best = { timeCode, averageCode, micros: period };
      }
    }
  }
  return best;
}

/** Bytes of a register, first byte first, as a signed or unsigned number. */
export function inaNumber(hex: string, isSigned: boolean): number {
  const value = Number.parseInt(hex, 16);
  const limit = 2 ** (4 * hex.length);
  return isSigned && value >= limit / 2 ? value - limit : value;
}

export const inaBridgeName = 'littlefirst-ina-bridge';

/** Adds the CRC that ends every line of the bridge. */
export function formatInaLine(text: string): string {
  return `${text}*${crc16OfText(text).toString(16).padStart(4, '0')}\r\n`;
}

/** A line without its CRC; undefined when that is wrong. */
export function parseInaLine(line: string): string | undefined {
  const text = line.replace(/\r$/, '');
  const star = text.length - 5;
  if (star < 0 || text[star] !== '*') return undefined;
  const crc = Number.parseInt(text.slice(star + 1), 16);
  return crc === crc16OfText(text, star) ? text.slice(0, star) : undefined;
}

export interface InaSampleLine {
  kind: 'sample';
  sequence: number;
  micros: number;
  status: number;
  data: string;
  markers: number;
}

export interface InaEdgeLine {
  kind: 'edge';
  sequence: number;
  micros: number;
  markers: number;
}

const samplePattern = /^s([0-9a-f]{2})([0-9a-f]{8})([0-9a-f]{4})((?:[0-9a-f]{2}){1,5})([0-3])$/;
const edgePattern = /^e([0-9a-f]{2})([0-9a-f]{8})([0-3])$/;

/** A conversion or an edge; undefined for any other text. */
export function parseInaRecord(text: string): InaSampleLine | InaEdgeLine | undefined {
  const sample = samplePattern.exec(text);
  if (sample !== null) {
    return {
      kind: 'sample',
      sequence: Number.parseInt(sample[1], 16),
      micros: Number.parseInt(sample[2], 16),
      status: Number.parseInt(sample[3], 16),
      data: sample[4],
      markers: Number(sample[5]),
    };
  }
  const edge = edgePattern.exec(text);
  if (edge === null) return undefined;
  return {
    kind: 'edge',
    sequence: Number.parseInt(edge[1], 16),
    micros: Number.parseInt(edge[2], 16),
    markers: Number(edge[3]),
  };
}
