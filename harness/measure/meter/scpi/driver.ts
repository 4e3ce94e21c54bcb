import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { markers } from '../../../machine/machine.js';
import type { ElapsedClock } from '../elapsed-clock.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import { chooseScpi } from './choose.js';
import { ScpiConnection } from './connection.js';
import { type ScpiDialect, type ScpiModel, type ScpiSettings, usualLineHertz } from './dialects.js';
import { ScpiFetcher } from './fetch.js';
import { ScpiSamples } from './samples.js';
import { type ScpiWiring, scpiSettings } from './settings.js';

export interface ScpiMeterOptions extends ScpiWiring {
  /** The open socket (TCP port 5025) or serial port. */
  port: Duplex;
  /** Default: what `*IDN?` says. */
  model?: ScpiModel;
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

interface Running {
  samples: ScpiSamples;
  startedAt: number;
  fetcher: ScpiFetcher;
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
      fetcher: new ScpiFetcher(this.#connection, dialect, settings, samples),
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
      await running.fetcher.fetch();
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
      running.pumping = running.fetcher.fetch().then(
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

  async #choose(identity: string): Promise<ScpiDialect> {
    const { dialect, lineHertz } = await chooseScpi(this.#connection, identity, this.#options.model);
    this.#dialect = dialect;
    this.#lineHertz = lineHertz;
    return dialect;
  }

  #settingsOf(dialect: ScpiDialect, config: Partial<MeterConfig>): ScpiSettings {
    return scpiSettings(dialect, this.#options, config, this.#lineHertz);
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
