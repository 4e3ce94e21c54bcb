import {
  type InaChip,
  type InaType,
  ina228Config,
  ina228DegreesPerStep,
  ina228Registers,
  inaChips,
  parseInaAdcWord,
} from '../../../measure/meter/ina/protocol.js';
import { normalSource } from '../noise.js';

/** Errors of the emulated sensor; all absent: an exact one, apart from its steps. */
export interface InaErrors {
  /** Relative error of the current: of the chip and of the shunt's value together. */
  gain?: number;
  offsetAmps?: number;
  /** Of one conversion. */
  noiseAmps?: number;
  /** Relative error of the chip's oscillator: conversions take this much longer than they should. */
  oscillator?: number;
  /** Relative error of the supply voltage that it measures. */
  busGain?: number;
  seed?: number;
}

export interface EmulatedInaOptions {
  type: InaType;
  /** The shunt that is really on the board. */
  shuntOhms: number;
  supplyVolts?: number;
  celsius?: number;
  address?: number;
  errors?: InaErrors;
  /** Called when the ALERT line changes; true: asserted (low). */
  onAlert?: (isAsserted: boolean) => void;
  /** Called when conversions start anew because of a write to the settings. */
  onRestart?: () => void;
}

const resetBit = 1 << 15;
const defaults: Record<InaType, readonly [register: number, value: number][]> = {
  ina226: [
    [0x00, 0x4127],
    [0x05, 0],
    [0x06, 0],
  ],
  ina228: [
    [0x00, 0],
    [0x01, 0xfb68],
    [0x02, 0x1000],
    [0x0b, 0x0001],
  ],
};

/** An INA226 or INA228 as its I2C master sees it: registers, conversions, the ALERT line. */
export class EmulatedIna {
  readonly chip: InaChip;
  readonly address: number;
  readonly #options: EmulatedInaOptions;
  #normal: () => number;
  #seed: number;
  readonly #words = new Map<number, number>();
  #shunt = 0;
  #bus = 0;
  #charge = 0;
  #isReady = false;
  #isOverflown = false;

  constructor(options: EmulatedInaOptions) {
    this.chip = inaChips[options.type];
    this.address = options.address ?? 0x40;
    this.#options = options;
    this.#seed = options.errors?.seed ?? 1;
    this.#normal = normalSource(this.#seed);
    this.reset();
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#seed = seed;
    this.#charge = 0;
    this.beginNoise();
  }

  /** Noise as from the seed on, and another one each time: it must not depend on how many conversions nobody read. */
  beginNoise(): void {
    this.#normal = normalSource(this.#seed++);
  }

  /** As after power-on. */
  reset(): void {
    this.#words.clear();
    for (const [register, value] of defaults[this.chip.type]) this.#words.set(register, value);
    this.#shunt = this.#bus = this.#charge = 0;
    this.#isOverflown = false;
    this.#ready(false);
    this.#options.onRestart?.();
  }

  /** What is converted, and how long one conversion takes, nanoseconds. */
  get conversion(): { input: 'shunt' | 'bus' | 'other'; nanoseconds: number } {
    const { registers, type, conversionMicros, averages } = this.chip;
    const { input, timeCode, averageCode } = parseInaAdcWord(type, this.#word(registers.adc));
    const micros = conversionMicros[timeCode] * averages[averageCode];
    return { input, nanoseconds: micros * 1e3 * (1 + (this.#options.errors?.oscillator ?? 0)) };
  }

  write(register: number, value: number): void {
    const { registers, type } = this.chip;
    const isConfig = register === registers.config;
    if (isConfig && (value & resetBit) !== 0) {
      this.reset();
      return;
    }
    if (isConfig && type === 'ina228' && (value & ina228Config.resetAccumulators) !== 0) this.#charge = 0;
    const kept = isConfig && type === 'ina228' ? value & ~ina228Config.resetAccumulators : value;
    this.#words.set(register, kept);
    if (!isConfig && register !== registers.adc) return;
    this.#ready(false);
    if (this.conversion.input === 'bus') this.#convertBus();
    this.#options.onRestart?.();
  }

  /** Bytes of a register, first byte first. */
  read(register: number, count: number): number[] {
    const { manufacturer, device, registers, shuntBytes, busBytes, type } = this.chip;
    if (register === manufacturer.register) return bytesOf(manufacturer.value, 2, count);
    if (register === device.register) return bytesOf(device.value + (type === 'ina228' ? 1 : 0), 2, count);
    if (register === registers.shunt) return bytesOf(this.#shunt * 2 ** this.chip.shift, shuntBytes, count);
    if (register === registers.bus) return bytesOf(this.#bus * 2 ** this.chip.shift, busBytes, count);
    if (register === registers.status) return bytesOf(this.#takeStatus(), 2, count);
    if (type === 'ina228' && register === ina228Registers.charge)
      return bytesOf(Math.trunc(this.#charge), 5, count);
    if (type === 'ina228' && register === ina228Registers.temperature) {
      return bytesOf(Math.round((this.#options.celsius ?? 25) / ina228DegreesPerStep), 2, count);
    }
    return bytesOf(this.#word(register), 2, count);
  }

  /** A conversion of the shunt has ended: the mean current over it, amperes. */
  convertShunt(amps: number): void {
    const { gain = 0, offsetAmps = 0, noiseAmps = 0 } = this.#options.errors ?? {};
    const { ranges, registers, type } = this.chip;
    const isNarrow = (this.#word(registers.config) & ina228Config.narrowRange) !== 0;
    const range = type === 'ina228' && !isNarrow ? ranges[1] : ranges[0];
    const seen = amps * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0);
    const code = Math.round((seen * this.#options.shuntOhms) / range.voltsPerStep);
    this.#shunt = Math.min(range.highest, Math.max(range.lowest, code));
    this.#isOverflown = this.#shunt !== code;
    const { conversionMicros, averages } = this.chip;
    const { timeCode, averageCode } = parseInaAdcWord(type, this.#word(registers.adc));
    const seconds = conversionMicros[timeCode] * averages[averageCode] * 1e-6;
    this.#charge += this.#shunt * (this.#word(registers.calibration) / this.chip.calibration) * seconds;
    this.#ready(true);
  }

  /** The emulated host's time does not pass while it waits, so the supply voltage is there at once. */
  #convertBus(): void {
    const volts = (this.#options.supplyVolts ?? 3.3) * (1 + (this.#options.errors?.busGain ?? 0));
    this.#bus = Math.round(volts / this.chip.busVoltsPerStep);
    this.#ready(true);
  }

  #word(register: number): number {
    return this.#words.get(register) ?? 0;
  }

  /** Reading the status takes the conversion-ready flag and releases ALERT. */
  #takeStatus(): number {
    const { statusBits, registers } = this.chip;
    const status =
      this.#word(registers.status) |
      (this.#isReady ? statusBits.conversionReady : 0) |
      (this.#isOverflown ? statusBits.overflow : 0) |
      (statusBits.memoryGood ?? 0);
    this.#ready(false);
    return status;
  }

  #ready(isReady: boolean): void {
    const wasReady = this.#isReady;
    this.#isReady = isReady;
    const { statusBits, registers } = this.chip;
    const isAlert = (this.#word(registers.status) & statusBits.conversionAlert) !== 0;
    if (isReady !== wasReady && (isAlert || !isReady)) this.#options.onAlert?.(isReady);
  }
}

/** Two's complement, high byte first; a master that reads on gets ones. */
function bytesOf(value: number, width: number, count: number): number[] {
  let rest = value < 0 ? value + 2 ** (8 * width) : value;
  const bytes: number[] = [];
  for (let i = 0; i < width; i += 1) {
    bytes.unshift(rest % 256);
    rest = Math.floor(rest / 256);
  }
  return Array.from({ length: count }, (_, i) => bytes[i] ?? 0xff);
}
