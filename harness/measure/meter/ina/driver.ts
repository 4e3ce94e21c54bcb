import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { attendedClock } from '../../../host/attended-clock.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import { hex, InaBridge, unexpectedOfIna } from './bridge.js';
import {
  chooseInaConversion,
  type InaChip,
  type InaRange,
  ina228Config,
  ina228CurrentSteps,
  ina228DegreesPerStep,
  ina228Registers,
  inaAdcWord,
  inaBridgeName,
  inaChips,
  inaNumber,
  parseInaRecord,
} from './protocol.js';
import { InaSamples } from './samples.js';

export interface InaMeterOptions {
  /** The bridge's serial line, 921600 baud. */
  port: Duplex;
  /** Resistance of the shunt in the DUT's supply line. */
  shuntOhms: number;
  /** Its relative tolerance, uniform; default 1 %. */
  shuntTolerance?: number;
  /** I2C address of the sensor; default 0x40. */
  address?: number;
  accuracy?: Partial<MeterAccuracy>;
  emulated?: boolean;
  replyTimeoutMs?: number;
}

const uniform = 1 / Math.sqrt(3);
const voltageShare = 0.02;
/** Largest disagreement of the samples' charge with the INA228's own: its oscillator and rounding (charge accuracy 1 % of full scale). */
const chargeShare = 0.02;
/** Current that may flow between the resetting of the accumulator and the first sample, and after the last one, as time. */
const chargeSeconds = 0.1;

interface Configured {
  chip: InaChip;
  range: InaRange;
  adcWord: number;
  periodMicros: number;
  supplyMillivolts: number;
}

/** Driver of an INA226 or INA228 behind the bridge of firmware/bridge. The shunt lies in another supply's line: nothing is supplied by it. */
export class InaMeter implements Meter {
  readonly #options: InaMeterOptions;
  readonly #address: string;
  readonly #bridge: InaBridge;
  #chip: InaChip | undefined;
  #configured: Configured | undefined;
  #samples: InaSamples | undefined;
  #problems: string[] = [];
  #corruptLines = 0;

  constructor(options: InaMeterOptions) {
    if (!(options.shuntOhms > 0)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'an INA meter needs the value of its shunt', {
        expected: 'ohms above 0',
        received: String(options.shuntOhms),
      });
    }
    this.#options = options;
    this.#address = hex(options.address ?? 0x40, 2);
    const listener = {
      corrupt: () => {
        if (this.#samples !== undefined) this.#corruptLines += 1;
      },
      boot: () => this.#problem('the bridge restarted while measuring'),
      record: (text: string) => this.#record(text),
      error: (text: string) => this.#problem(`the bridge reported: ${text}`),
    };
    this.#bridge = new InaBridge(options.port, listener, options.replyTimeoutMs);
  }

  /** It sits in another supply's line. */
  readonly canSwitchSupply = false;

  async identify(): Promise<MeterIdentity> {
    const [, name, version, , note] = (await this.#bridge.ask('id')).split(' ');
    const chip = await this.#findChip();
    if (name !== inaBridgeName) throw unexpectedOfIna(inaBridgeName, name);
    return {
      driver: 'ina',
      model: `Texas Instruments ${chip.type.toUpperCase()} with ${this.#options.shuntOhms} ohms`,
      firmware: `${name} ${version}`,
      calibration: `by the value of the shunt, ${((this.#options.shuntTolerance ?? 0.01) * 100).toPrecision(2)} %`,
      markerLines: 2,
      emulated: this.#options.emulated ?? note === 'emulated',
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    if (this.#samples !== undefined) throw this.#busy();
    if (!(config.supplyMillivolts > 0 && config.supplyMillivolts <= 36_000)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'no INA sensor works at this voltage', {
        expected: 'above 0 and at most 36000 mV',
        received: String(config.supplyMillivolts),
      });
    }
    const chip = await this.#findChip();
    const { shuntOhms } = this.#options;
    const wanted = (config.maxCurrentMicroamps ?? 0) * 1e-6 * shuntOhms;
    const range =
      config.maxCurrentMicroamps === undefined
        ? chip.ranges[chip.ranges.length - 1]
        : chip.ranges.find(({ fullScaleVolts }) => fullScaleVolts >= wanted);
    if (range === undefined) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the shunt is too large for this current', {
        expected: `at most ${chip.ranges[chip.ranges.length - 1].fullScaleVolts * 1e3} mV across it`,
        received: `${(wanted * 1e3).toPrecision(4)} mV`,
        hint: 'take a smaller shunt or state a smaller current',
      });
    }
    const conversion = chooseInaConversion(
      chip,
      config.sampleRateHz === undefined ? 0 : 1e6 / config.sampleRateHz,
    );
    const adcWord = inaAdcWord(chip.type, 'shunt', conversion.timeCode, conversion.averageCode);
    this.#configured = {
      chip,
      range,
      adcWord,
      periodMicros: conversion.micros,
      supplyMillivolts: config.supplyMillivolts,
    };
    await this.#setUp(this.#configured);
    return { sampleRateHz: 1e6 / conversion.micros, supplyMillivolts: config.supplyMillivolts };
  }

  accuracy(): MeterAccuracy {
    const { shuntOhms, shuntTolerance = 0.01 } = this.#options;
    const { chip, range, supplyMillivolts } = this.#ready();
    const { limits } = chip;
    return {
      gainRelative: Math.hypot(limits.shuntGain, shuntTolerance) * uniform,
      offsetAmps: (limits.shuntOffsetVolts / shuntOhms) * uniform,
      resolutionAmps: range.voltsPerStep / shuntOhms,
      edgeNs: 20_000,
      linearityRelative: 0.0005,
      voltageRelative: (limits.busGain + (limits.busOffsetVolts * 1000) / supplyMillivolts) * uniform,
      clockRelative: 5e-5,
      source: `${chip.source}; shunt ${(shuntTolerance * 100).toPrecision(2)} %, uniform, as its user states; clock (crystal of the Pico), linearity and edges (the bridge's interrupt): assumed`,
      ...this.#options.accuracy,
    };
  }

  async supply(): Promise<void> {
    throw new LittlefirstError('LF_METER_REPLY', 'an INA sensor supplies nothing', {
      hint: 'switch the supply that feeds the DUT',
    });
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#samples !== undefined) throw this.#busy();
    const configured = this.#ready();
    const { chip, range, periodMicros } = configured;
    const volts = await this.#busVolts(configured);
    await this.#setUp(configured);
    this.#problems = [];
    this.#corruptLines = 0;
    this.#checkVolts(volts, configured, 'before');
    const { shuntOhms } = this.#options;
    const samples = new InaSamples({ chip, range, shuntOhms, periodMicros, volts, onChunk });
    this.#samples = samples;
    try {
      const { status, shunt } = chip.registers;
      await this.#bridge.ask(`start ${this.#address} ${hex(status, 2)} ${hex(shunt, 2)} ${chip.shuntBytes}`);
    } catch (error) {
      this.#samples = undefined;
      throw error;
    }
  }

  async stop(): Promise<MeterStatus> {
    const samples = this.#samples;
    if (samples === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the sensor is not measuring', { hint: 'start it first' });
    }
    const problems = this.#problems;
    let temperatureCelsius: number | undefined;
    try {
      const [, , , dropped] = (await this.#bridge.ask('stop')).split(' ');
      if (Number.parseInt(dropped, 16) > 0)
        problems.push(`the bridge had no room for ${Number.parseInt(dropped, 16)} lines`);
      samples.flush();
      this.#samples = undefined;
      temperatureCelsius = await this.#checkSensor(samples);
    } catch (error) {
      problems.push(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
    this.#samples = undefined;
    samples.flush();
    if (samples.missedStates > 0)
      problems.push(`${samples.missedStates} marker states were shorter than one conversion`);
    if (samples.isMemoryBad) problems.push('the sensor reports a checksum error of its memory');
    if (this.#corruptLines > 0) problems.push(`${this.#corruptLines} lines arrived corrupt`);
    const lost = Math.max(samples.lostSamples, samples.lostLines);
    return {
      samples: samples.samples,
      lostSamples: lost,
      saturatedSamples: samples.saturatedSamples,
      overcurrent: samples.isOverflown,
      rangeSwitches: 0,
      temperatureCelsius,
      problems,
    };
  }

  async close(): Promise<void> {
    if (this.#bridge.isLost) return;
    if (this.#samples !== undefined) await this.stop().catch(() => {});
    this.#bridge.close();
  }

  /** Looks for a reset or exchange of the sensor and, in the INA228, compares the charge of all samples with its own. */
  async #checkSensor(samples: InaSamples): Promise<number | undefined> {
    const configured = this.#ready();
    const { chip, adcWord } = configured;
    let temperature: number | undefined;
    const adc = inaNumber(await this.#read(chip.registers.adc, 2), false);
    const calibration = inaNumber(await this.#read(chip.registers.calibration, 2), false);
    if (adc !== adcWord || calibration !== chip.calibration) {
      this.#problems.push('the sensor lost its settings while measuring: it was reset');
    } else if (chip.type === 'ina228') {
      const step = configured.range.fullScaleVolts / this.#options.shuntOhms / ina228CurrentSteps;
      const charge = inaNumber(await this.#read(ina228Registers.charge, 5), true) * step;
      const slack = chargeShare * Math.abs(charge) + chargeSeconds * samples.peakAmps + 2 * step;
      if (Math.abs(charge - samples.coulombs) > slack) {
        this.#problems.push(
          `the sensor counted ${charge.toPrecision(4)} C, its samples give ${samples.coulombs.toPrecision(4)} C`,
        );
      }
    }
    if (chip.type === 'ina228') {
      temperature = inaNumber(await this.#read(ina228Registers.temperature, 2), true) * ina228DegreesPerStep;
    }
    this.#checkVolts(await this.#busVolts(configured), configured, 'after');
    return temperature;
  }

  #checkVolts(volts: number, { supplyMillivolts }: Configured, when: string): void {
    if (Math.abs((volts * 1000) / supplyMillivolts - 1) <= voltageShare) return;
    this.#problems.push(
      `the supply was ${(volts * 1000).toFixed(0)} mV ${when} the block instead of ${supplyMillivolts} mV`,
    );
  }

  /** Settings for conversions of the shunt, read back; accumulators at zero. */
  async #setUp({ chip, range, adcWord }: Configured): Promise<void> {
    const { registers, statusBits } = chip;
    if (chip.type === 'ina228') {
      const isNarrow = range === chip.ranges[0];
      await this.#write(
        registers.config,
        ina228Config.resetAccumulators | (isNarrow ? ina228Config.narrowRange : 0),
      );
    }
    await this.#write(registers.calibration, chip.calibration);
    await this.#write(registers.status, statusBits.conversionAlert);
    await this.#write(registers.adc, adcWord);
    const seen = inaNumber(await this.#read(registers.adc, 2), false);
    if (seen !== adcWord) throw unexpectedOfIna(hex(adcWord, 4), hex(seen, 4));
  }

  /** Measures the supply once, volts. */
  async #busVolts({ chip }: Configured): Promise<number> {
    const { registers, statusBits } = chip;
    await this.#read(registers.status, 2);
    await this.#write(registers.adc, inaAdcWord(chip.type, 'bus', 4, 0));
    const deadline = attendedClock.now() + this.#bridge.timeoutMs;
    while ((inaNumber(await this.#read(registers.status, 2), false) & statusBits.conversionReady) === 0) {
      if (attendedClock.now() > deadline) throw unexpectedOfIna('a conversion of the supply voltage', 'none');
    }
    const code = inaNumber(await this.#read(registers.bus, chip.busBytes), true) >> chip.shift;
    return code * chip.busVoltsPerStep;
  }

  async #findChip(): Promise<InaChip> {
    if (this.#chip !== undefined) return this.#chip;
    const seen: string[] = [];
    for (const chip of Object.values(inaChips)) {
      const maker = inaNumber(await this.#read(chip.manufacturer.register, 2), false);
      const device = inaNumber(await this.#read(chip.device.register, 2), false);
      seen.push(`${hex(maker, 4)} ${hex(device, 4)}`);
      if (maker === chip.manufacturer.value && (device & 0xfff0) === chip.device.value) {
        this.#chip = chip;
        return chip;
      }
    }
    throw new LittlefirstError('LF_METER_OPEN', `the sensor at ${this.#address} is no INA226 or INA228`, {
      expected: '5449 2260 or 5449 2281',
      received: seen.join(', '),
      hint: 'check the address and the wiring',
    });
  }

  async #read(register: number, bytes: number): Promise<string> {
    const answer = await this.#bridge.ask(`r ${this.#address} ${hex(register, 2)} ${bytes}`);
    const data = answer.split(' ')[3] ?? '';
    if (data.length !== 2 * bytes) throw unexpectedOfIna(`${bytes} bytes`, answer);
    return data;
  }

  async #write(register: number, value: number): Promise<void> {
    await this.#bridge.ask(`w ${this.#address} ${hex(register, 2)} ${hex(value, 4)}`);
  }

  #record(text: string): boolean {
    const record = this.#samples === undefined ? undefined : parseInaRecord(text);
    if (record?.kind === 'sample') this.#samples?.sample(record);
    else if (record?.kind === 'edge') this.#samples?.edge(record);
    return record !== undefined;
  }

  /** Something that happened; it matters while measuring only. */
  #problem(text: string): void {
    if (this.#samples !== undefined) this.#problems.push(text);
  }

  #ready(): Configured {
    if (this.#configured === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the sensor is not configured', {
        hint: 'configure it first',
      });
    }
    return this.#configured;
  }

  #busy(): LittlefirstError {
    return new LittlefirstError('LF_METER_REPLY', 'the sensor is already measuring', {
      hint: 'stop it first',
    });
  }
}
