import { instrumentErrors } from '../../emulator/instruments/errors.js';
import { type EmulatedInstrumentOptions, openEmulatedMeter } from '../../emulator/instruments/open.js';
import { LittlefirstError } from '../../errors.js';
import type { Meter, MeterConfig, MeterIdentity, SampleChunk } from '../../measure/meter/meter.js';
import { type MeterDriver, meterDrivers, openMeter } from '../../measure/meter/open.js';
import type { DeviceSources } from '../../wire/devices/identity.js';
import { openLine } from '../../wire/devices/open-line.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import { isInstrument, type MeterChoice, meterLink } from '../bench/meter-schema.js';
import { readSecret } from '../secrets.js';

/** The emulated supply that an emulated instrument is fed by. */
export type MeterSupply = Pick<EmulatedInstrumentOptions, 'source' | 'settle' | 'power'>;

/** What a meter is opened for. */
export interface OpenBenchMeterOptions {
  /** The board's link: a real board has a real meter, or none. */
  boardLink: string;
  /** Supply voltage of the chip, millivolts. */
  supplyMillivolts: number;
  /** The modelled supply, on emulated boards. */
  supply?: MeterSupply;
  /** What is told to whoever finds the meter locked. */
  purpose?: string;
  devices?: DeviceSources;
  serialBinding?: BindingInterface;
}

/** Rates closer than this are the same: periods are whole microseconds in some instruments. */
const rateTolerance = 1e-3;

/** A driver with what the bench knows of it: which logic inputs the markers are wired to, and whose line it holds. */
export class BenchMeter implements Meter {
  constructor(
    private readonly driver: Meter,
    private readonly pins: readonly [number, number],
    private readonly release: () => Promise<void>,
    /** See `EmulatedInstrument.restart`; absent on a real instrument. */
    readonly restart?: (seed: number) => void,
  ) {}

  get canSwitchSupply(): boolean {
    return this.driver.canSwitchSupply !== false;
  }

  async identify(): Promise<MeterIdentity> {
    const { sampleRateHz, askedSampleRateHz } = this;
    return {
      ...(await this.driver.identify()),
      ...(sampleRateHz !== undefined && { sampleRateHz }),
      ...(askedSampleRateHz !== undefined && { askedSampleRateHz }),
    };
  }

  sampleRateHz: number | undefined;
  private askedSampleRateHz: number | undefined;

  async configure(config: MeterConfig): ReturnType<Meter['configure']> {
    const actual = await this.driver.configure(config);
    const { sampleRateHz: asked } = config;
    this.sampleRateHz = actual.sampleRateHz;
    const isAnother = asked !== undefined && Math.abs(actual.sampleRateHz / asked - 1) > rateTolerance;
    this.askedSampleRateHz = isAnother ? asked : undefined;
    return actual;
  }

  accuracy(of?: 'idle'): ReturnType<Meter['accuracy']> {
    return this.driver.accuracy(of);
  }

  supply(on: boolean): Promise<void> {
    return this.driver.supply(on);
  }

  start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    const [low, high] = this.pins;
    if (low === 0 && high === 1) return this.driver.start(onChunk);
    return this.driver.start(chunk => {
      const logic = chunk.logic.map(lines => ((lines >> low) & 1) | (((lines >> high) & 1) << 1));
      onChunk({ ...chunk, logic });
    });
  }

  stop(): ReturnType<Meter['stop']> {
    return this.driver.stop();
  }

  async close(): Promise<void> {
    try {
      await this.driver.close();
    } finally {
      await this.release();
    }
  }
}

function refuse(what: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_CONFIG_INVALID', what, { expected, received });
}

/** @throws LF_CONFIG_INVALID for a real board with an emulated meter, or the reverse */
function checkTogether(meter: MeterChoice, boardLink: string): void {
  const link = meterLink(meter);
  const received = `meter ${meter.driver} at ${link}, board at ${boardLink}`;
  if (boardLink === 'emulated:') {
    if (link !== 'emulated:')
      throw refuse('A real meter cannot measure an emulated board', 'a meter with link emulated:', received);
    return;
  }
  if (meter.driver === 'direct' || link === 'emulated:')
    throw refuse(
      'An emulated meter cannot measure a real board',
      'a meter with a link of its own (serial:, tcp:) or a device, or meter: { driver: none }',
      received,
    );
  if (meter.errors !== undefined)
    throw refuse('Only an emulated instrument makes errors on purpose', 'a meter without errors', received);
}

/** The settings with their secrets. @throws LF_CONFIG_INVALID */
async function readSettings({ settings = {} }: MeterChoice): Promise<NonNullable<MeterChoice['settings']>> {
  const { otiiLogin } = settings;
  if (otiiLogin === undefined) return settings;
  const password = await readSecret(otiiLogin.password, 'The password of meter.settings.otiiLogin');
  return { ...settings, otiiLogin: { ...otiiLogin, password } };
}

async function openDriver(meter: MeterChoice, options: OpenBenchMeterOptions): Promise<BenchMeter> {
  const { driver, mode, accuracy, pins } = meter;
  const settings = { ...(await readSettings(meter)), mode };
  const { supply } = options;
  if (supply !== undefined && driver !== 'none') {
    const errors = isInstrument(driver)
      ? instrumentErrors(driver, { ...ownClock(driver), ...meter.errors })
      : {};
    const { lpm01aFormat } = settings;
    const supplyVolts = (meter.supplyMillivolts ?? options.supplyMillivolts) / 1000;
    const emulated = openEmulatedMeter(driver, {
      ...supply,
      ...errors,
      accuracy,
      settings,
      lpm01aFormat,
      supplyVolts,
    });
    return new BenchMeter(
      emulated,
      pins,
      async () => {},
      seed => emulated.restart(seed),
    );
  }
  if (!isInstrument(driver)) throw refuse('This meter is not an instrument', 'a driver', driver);
  const { baudRate = 115200, spawn }: MeterDriver = meterDrivers[driver];
  if (spawn !== undefined && meter.link === 'process:')
    return new BenchMeter(openMeter(driver, { port: spawn(), accuracy, settings }), pins, async () => {});
  const line = await openLine(
    { link: meterLink(meter), device: meter.device },
    {
      role: 'meter',
      baudRate,
      purpose: options.purpose,
      sources: options.devices,
      serialBinding: options.serialBinding,
    },
  );
  const opened = openMeter(driver, {
    port: line.link,
    serial: line.device?.serialNumber,
    accuracy,
    settings,
  });
  return new BenchMeter(opened, pins, () => line.close());
}

/** Crystals of two instruments differ: an emulated one whose clock were the DUT's own would sample all its windows at the same few phases. */
function ownClock(driver: string): { clock?: number } {
  return driver === 'ppk2' ? { clock: 6.1e-5 } : {};
}

async function checkSerial(meter: Meter, wanted: string | undefined): Promise<void> {
  if (wanted === undefined) return;
  const { model, serial } = await meter.identify();
  if (serial === wanted) return;
  throw new LittlefirstError('LF_METER_OPEN', 'This is another meter than the bench names', {
    expected: `serial number ${wanted}`,
    received: serial === undefined ? `${model} without a serial number` : `${model} ${serial}`,
    hint: 'check link or device of the meter in the bench file',
  });
}

/**
 * Opens the meter that a bench names, checks that it is the right one, sets voltage and rate, and closes its switch in the DUT's line, be
 * the supply its own or (ampere mode) another's: no current passes before that.
 * @returns undefined where the bench has none
 * @throws LF_CONFIG_INVALID, LF_DEVICE_*, LF_LINK_*, LF_METER_OPEN, LF_METER_REPLY
 */
export async function openBenchMeter(
  choice: MeterChoice,
  options: OpenBenchMeterOptions,
): Promise<BenchMeter | undefined> {
  if (choice.driver === 'none') return undefined;
  checkTogether(choice, options.boardLink);
  const meter = await openDriver(choice, options);
  try {
    await checkSerial(meter, choice.serial);
    await meter.configure({
      supplyMillivolts: choice.supplyMillivolts ?? options.supplyMillivolts,
      sampleRateHz: choice.sampleRateHz,
    });
    if (meter.canSwitchSupply !== false) await meter.supply(true);
    return meter;
  } catch (error) {
    await meter.close();
    throw error;
  }
}
