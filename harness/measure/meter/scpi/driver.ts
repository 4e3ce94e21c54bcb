import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { markers } from '../../../machine/machine.js';
import type { ElapsedClock } from '../elapsed-clock.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import { ScpiConnection } from './connection.js';
import {
  type ScpiDialect,
  type ScpiModel,
  type ScpiSettings,
  scpiBufferReadings,
  scpiDialects,
  usualLineHertz,
} from './dialects.js';
import { ScpiSamples } from './samples.js';

export interface ScpiMeterOptions {
  /** The open socket (TCP port 5025) or serial port. */
  port: Duplex;
  /** Default: what `*IDN?` says. */
  model?: ScpiModel;
  /** Output of a mainframe that feeds the DUT; default 1. */
  channel?: number;
  /**
   * Output of a mainframe whose voltmeter reads the marker lines: bit 0 through twice the resistance of bit 1 onto one node, so that the states 0 to 3 are 0, 1/3,
   * 2/3 and all of `markerVolts`. Without it there are no marker lines.
   */
  markerChannel?: number;
  /**
   * Measure only from one edge of the external trigger input to the next (Keithley models): every sample lies in the one window of a loop. For
   * instruments without marker lines, with `measureTriggered`.
   */
  isTriggered?: boolean;
  /** High level of the marker lines, volts; default 3.3. */
  markerVolts?: number;
  /** The instrument's own clock, where it is emulated; default the host's, with 100 ms of jitter. */
  elapsed?: ElapsedClock;
  accuracy?: Partial<MeterAccuracy>;
  emulated?: boolean;
  replyTimeoutMs?: number;
  /** Time between two looks for new readings; default 100 ms. */
  pollMilliseconds?: number;
}

const uniform = 1 / Math.sqrt(3);
const hostClock: ElapsedClock = {
  seconds: () => Number(process.hrtime.bigint()) * 1e-9,
  jitterSeconds: 0.1,
};
/** Readings fetched by one request. */
const fetchReadings = 10_000;
const defaultCurrentLimit = 0.25;

interface Running {
  samples: ScpiSamples;
  startedAt: number;
  /** Next index in the ring of readings. */
  next: number;
  timer?: NodeJS.Timeout;
  pumping: Promise<void>;
  problem?: string;
}

/**
 * Driver of instruments that speak SCPI: see `dialects.ts` for the models. Most have no logic inputs: without marker lines all samples are "idle", and windows
 * cannot be segmented by such an instrument.
 */
export class ScpiMeter implements Meter {
  readonly #options: ScpiMeterOptions;
  readonly #connection: ScpiConnection;
  readonly #elapsed: ElapsedClock;
  #dialect: ScpiDialect | undefined;
  #lineHertz = usualLineHertz;
  #settings: ScpiSettings | undefined;
  #periodSeconds = 0;
  #running: Running | undefined;
  #isReset = false;

  constructor(options: ScpiMeterOptions) {
    this.#options = options;
    this.#elapsed = options.elapsed ?? hostClock;
    this.#connection = new ScpiConnection(options.port, options.replyTimeoutMs ?? 5000);
  }

  /** True before it is known which instrument answers. */
  get canSwitchSupply(): boolean {
    return this.#dialect === undefined || this.#dialect.output !== undefined;
  }

  async identify(): Promise<MeterIdentity> {
    const answer = await this.#connection.query('*IDN?');
    const dialect = await this.#choose(answer);
    const [, model, serial, firmware] = answer.split(',').map(part => part.trim());
    const calibration = dialect.calibration?.(this.#settings ?? this.#settingsOf(dialect, {}));
    const date = calibration === undefined ? undefined : await this.#connection.queryOptional(calibration);
    return {
      driver: 'scpi',
      model: `${dialect.model} (${model})`,
      serial,
      firmware,
      calibration:
        date === undefined ? 'the instrument does not tell' : `calibrated ${date.replaceAll('"', '')}`,
      markerLines: this.#options.markerChannel === undefined ? 0 : 2,
      emulated: this.#options.emulated ?? /\bemulated$/.test(answer),
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    if (this.#running !== undefined) throw this.#busy();
    const dialect = this.#dialect ?? (await this.#choose(await this.#connection.query('*IDN?')));
    const [least, most] = dialect.supplyVolts ?? [0, Number.POSITIVE_INFINITY];
    const volts = config.supplyMillivolts / 1000;
    if (!(volts > 0 && volts >= least && volts <= most)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', `the ${dialect.model} cannot work at this voltage`, {
        expected: `above 0 V, ${least} to ${most} V`,
        received: `${config.supplyMillivolts} mV`,
      });
    }
    const settings = await this.#setUp(dialect, config);
    const { command, seconds } = dialect.periodQuery(settings);
    this.#periodSeconds = seconds(Number(await this.#connection.query(command)));
    if (!(this.#periodSeconds > 0)) {
      throw new LittlefirstError('LF_METER_REPLY', `the ${dialect.model} does not tell its sample period`, {
        expected: `a number in answer to ${command}`,
      });
    }
    this.#settings = settings;
    return { sampleRateHz: 1 / this.#periodSeconds, supplyMillivolts: config.supplyMillivolts };
  }

  /** Where documents name a block differently, the next name is tried once the first is an undefined header. */
  async #setUp(dialect: ScpiDialect, config: MeterConfig): Promise<ScpiSettings> {
    const last = dialect.measureBlocks.length - 1;
    for (const [i, measureBlock] of dialect.measureBlocks.entries()) {
      const settings = { ...this.#settingsOf(dialect, config), measureBlock };
      /* A second reset would take the DUT's supply away. */
      const commands = dialect.setup(settings).filter(command => command !== '*RST' || !this.#isReset);
      for (const command of commands) await this.#connection.write(command);
      this.#isReset = true;
      const errors = await this.#connection.drainErrors();
      if (errors.length === 0) return settings;
      if (i === last || !errors.every(error => error.startsWith('-113')))
        throw this.#refusal('refused its configuration', errors);
    }
    throw this.#refusal('refused its configuration', []);
  }

  accuracy(): MeterAccuracy {
    const settings = this.#settings;
    if (settings === undefined || this.#dialect === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the accuracy depends on the range', {
        hint: 'configure the meter first',
      });
    }
    const { range, volts } = settings;
    const { voltage, clockShare, source } = this.#dialect;
    return {
      gainRelative: range.readingShare * uniform,
      offsetAmps: range.offsetAmps * uniform,
      resolutionAmps: range.resolutionAmps,
      edgeNs: 10_000,
      linearityRelative: 1e-4,
      voltageRelative:
        voltage === undefined ? 0.01 : (voltage.readingShare + voltage.offsetVolts / volts) * uniform,
      clockRelative: clockShare * uniform,
      source: `${source}; linearity and marker lines (half a sample of the ELOG): assumed${voltage === undefined ? '; voltage of the other supply: 1 %, assumed' : ''}`,
      ...this.#options.accuracy,
    };
  }

  async supply(on: boolean): Promise<void> {
    const dialect = this.#dialect ?? (await this.#choose(await this.#connection.query('*IDN?')));
    if (dialect.output === undefined) {
      throw new LittlefirstError(
        'LF_METER_REPLY',
        `the ${dialect.model} is an ammeter: it supplies nothing`,
        {
          hint: 'switch the supply that feeds the DUT',
        },
      );
    }
    await this.#connection.write(dialect.output(on, this.#settings ?? this.#settingsOf(dialect, {})));
    await this.#refuseErrors('did not switch its output');
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#running !== undefined) throw this.#busy();
    const { dialect, settings } = this.#configured();
    await this.#happened(dialect, settings);
    for (const command of dialect.start(settings)) await this.#connection.write(command);
    await this.#refuseErrors('did not start');
    const samples = new ScpiSamples({
      periodSeconds: this.#periodSeconds,
      markerStepVolts: (this.#options.markerVolts ?? 3.3) / 3,
      timedLogic: settings.isTriggered ? markers.gate : markers.idle,
      onChunk,
    });
    const running: Running = {
      samples,
      startedAt: this.#elapsed.seconds(),
      next: 1,
      pumping: Promise.resolve(),
    };
    this.#running = running;
    this.#poll(running);
  }

  async stop(): Promise<MeterStatus> {
    const running = this.#running;
    if (running === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the instrument is not measuring', {
        hint: 'start it first',
      });
    }
    const { dialect, settings } = this.#configured();
    clearTimeout(running.timer);
    this.#running = undefined;
    const problems: string[] = [];
    let overcurrent = false;
    let elapsed = 0;
    try {
      await running.pumping;
      await this.#fetch(running);
      running.samples.finish();
      elapsed = this.#elapsed.seconds() - running.startedAt;
      for (const command of dialect.stop(settings)) await this.#connection.write(command);
      const happened = await this.#happened(dialect, settings);
      overcurrent = happened.overcurrent;
      problems.push(...happened.troubles.map(what => `the instrument reports: ${what}`));
      for (const error of await this.#connection.drainErrors())
        problems.push(`the instrument reported ${error}`);
    } catch (error) {
      problems.push(firstLine(error));
    }
    if (running.problem !== undefined && !problems.includes(running.problem)) problems.push(running.problem);
    const { samples } = running;
    return {
      samples: samples.samples,
      lostSamples: samples.lostSamples + this.#hiddenLosses(dialect, samples.seconds, elapsed),
      saturatedSamples: samples.saturatedSamples,
      overcurrent,
      rangeSwitches: 0,
      problems,
    };
  }

  async close(): Promise<void> {
    if (this.#connection.lost !== undefined) return;
    if (this.#running !== undefined) await this.stop().catch(() => {});
    this.#connection.destroy();
  }

  /** What the status registers say since they were last asked. */
  async #happened(
    dialect: ScpiDialect,
    settings: ScpiSettings,
  ): Promise<{ overcurrent: boolean; troubles: string[] }> {
    const status = dialect.status?.(settings);
    let bits = 0;
    for (const command of status?.commands ?? []) bits |= Number(await this.#connection.query(command));
    return {
      overcurrent: (bits & (status?.overcurrent ?? 0)) !== 0,
      troubles: (status?.troubles ?? []).filter(([bit]) => (bits & bit) !== 0).map(([, what]) => what),
    };
  }

  /** A FIFO that ran over shows nowhere but in the time that its records cover. */
  #hiddenLosses(dialect: ScpiDialect, recorded: number, elapsed: number): number {
    if (dialect.acquisition !== 'fifo') return 0;
    const missing = elapsed - recorded;
    const slack = Math.max(3 * this.#elapsed.jitterSeconds, 4 * this.#periodSeconds);
    return missing <= slack ? 0 : Math.round(missing / this.#periodSeconds);
  }

  #poll(running: Running): void {
    running.timer = setTimeout(() => {
      running.pumping = this.#fetch(running).then(
        () => {
          if (this.#running === running) this.#poll(running);
        },
        error => {
          running.problem = firstLine(error);
        },
      );
    }, this.#options.pollMilliseconds ?? 100);
    running.timer.unref();
  }

  /** Fetches until nothing more is there. */
  async #fetch(running: Running): Promise<void> {
    const { dialect, settings } = this.#configured();
    if (dialect.acquisition === 'fifo') while (await this.#fetchRecords(dialect, settings, running));
    else await this.#fetchRing(dialect, running);
  }

  async #fetchRecords(dialect: ScpiDialect, settings: ScpiSettings, running: Running): Promise<boolean> {
    const { channel, markerChannel, logsVoltage } = settings;
    const width = logsVoltage ? 2 : 1;
    const records = await this.#connection.numbers(
      `FETC:ELOG? ${fetchReadings},(@${channel})`,
      dialect.format,
    );
    const count = Math.floor(records.length / width);
    const current = new Float64Array(count);
    const voltage = logsVoltage ? new Float64Array(count) : undefined;
    for (let i = 0; i < count; i += 1) {
      current[i] = records[i * width];
      if (voltage !== undefined) voltage[i] = records[i * width + 1];
    }
    if (markerChannel === undefined) running.samples.add(current, new Uint8Array(count), voltage);
    else if (count > 0) {
      const levels = await this.#connection.numbers(
        `FETC:ELOG? ${count},(@${markerChannel})`,
        dialect.format,
      );
      if (levels.length !== count) {
        throw new LittlefirstError('LF_METER_REPLY', 'current and marker readings do not belong together', {
          expected: `${count} readings of output ${markerChannel}`,
          received: String(levels.length),
        });
      }
      running.samples.addMarked(current, levels, voltage);
    }
    return count === fetchReadings;
  }

  async #fetchRing(dialect: ScpiDialect, running: Running): Promise<void> {
    const last = Number(await this.#connection.query('TRAC:ACT:END? "defbuffer1"'));
    const read = async (from: number, to: number) => {
      for (let at = from; at <= to; at += fetchReadings) {
        const until = Math.min(to, at + fetchReadings - 1);
        const pairs = await this.#connection.numbers(
          `TRAC:DATA? ${at},${until},"defbuffer1",READ,REL`,
          dialect.format,
          2 * (until - at + 1),
        );
        const current = Float64Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i]);
        const times = Float64Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + 1]);
        running.samples.addTimed(current, times);
      }
      running.next = (to % scpiBufferReadings) + 1;
    };
    if (!(last > 0) || last + 1 === running.next) return;
    if (last < running.next) await read(running.next, scpiBufferReadings);
    await read(running.next, last);
  }

  async #choose(identity: string): Promise<ScpiDialect> {
    const { model } = this.#options;
    const known = Object.values<ScpiDialect>(scpiDialects);
    const found = known.find(dialect => dialect.identity.test(identity));
    if (found === undefined || (model !== undefined && scpiDialects[model] !== found)) {
      throw new LittlefirstError('LF_METER_OPEN', 'this instrument is not the one that the driver is for', {
        expected: (model === undefined ? known : [scpiDialects[model]]).map(one => one.model).join(', '),
        received: identity,
        hint: 'check the address, or name the right model',
      });
    }
    if (found.isKeithley) await this.#askKeithley(found);
    this.#dialect = found;
    return found;
  }

  /** Keithley's instruments may be set to another language, and count apertures in periods of the power line. */
  async #askKeithley({ model }: ScpiDialect): Promise<void> {
    const language = await this.#connection.queryOptional('*LANG?');
    if (language !== undefined && language.toUpperCase() !== 'SCPI') {
      throw new LittlefirstError('LF_METER_OPEN', `the ${model} is set to another command language`, {
        expected: 'SCPI in answer to *LANG?',
        received: language,
        hint: 'send *LANG SCPI, or choose SCPI in its menu under System, Settings, and restart the instrument',
      });
    }
    const hertz = Number((await this.#connection.queryOptional('SYST:LFR?')) ?? usualLineHertz);
    if (hertz >= 10 && hertz <= 1000) this.#lineHertz = hertz;
    await this.#connection.drainErrors();
  }

  #settingsOf(dialect: ScpiDialect, config: Partial<MeterConfig>): ScpiSettings {
    const { channel = 1, markerChannel, isTriggered = false } = this.#options;
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
      dialect.acquisition === 'fifo' && seconds >= 0.99 * dialect.period(0, 2 + markers, this.#lineHertz);
    return {
      volts: (config.supplyMillivolts ?? 3300) / 1000,
      limitAmps: Math.max(defaultCurrentLimit, range.amps),
      range,
      periodSeconds: dialect.period(seconds, 1 + markers + (logsVoltage ? 1 : 0), this.#lineHertz),
      channel,
      markerChannel,
      logsVoltage,
      isTriggered,
      lineHertz: this.#lineHertz,
      measureBlock: dialect.measureBlocks[0],
    };
  }

  #configured(): { dialect: ScpiDialect; settings: ScpiSettings } {
    if (this.#dialect === undefined || this.#settings === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the instrument is not configured', {
        hint: 'configure it first',
      });
    }
    return { dialect: this.#dialect, settings: this.#settings };
  }

  async #refuseErrors(what: string): Promise<void> {
    const errors = await this.#connection.drainErrors();
    if (errors.length > 0) throw this.#refusal(what, errors);
  }

  #refusal(what: string, errors: readonly string[]): LittlefirstError {
    return new LittlefirstError('LF_METER_REPLY', `the ${this.#dialect?.model ?? 'instrument'} ${what}`, {
      expected: 'an empty error queue',
      received: errors.join('; '),
    });
  }

  #busy(): LittlefirstError {
    return new LittlefirstError('LF_METER_REPLY', 'the instrument is already measuring', {
      hint: 'stop it first',
    });
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? error.message.split('\n')[0] : String(error);
}
