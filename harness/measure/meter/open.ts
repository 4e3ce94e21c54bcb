import type { Duplex } from 'node:stream';
import type { ElapsedClock } from './elapsed-clock.js';
import { InaMeter } from './ina/driver.js';
import { JoulescopeMeter } from './joulescope/driver.js';
import { spawnJoulescopeBridge } from './joulescope/process.js';
import { Lpm01aMeter } from './lpm01a/driver.js';
import type { Lpm01aEvents } from './lpm01a/stream.js';
import type { Meter, MeterAccuracy } from './meter.js';
import { OtiiMeter } from './otii/driver.js';
import { Ppk2Meter } from './ppk2/driver.js';
import { type ScpiModel, scpiDialects } from './scpi/dialects.js';
import { ScpiMeter } from './scpi/driver.js';

/** What every driver can be opened with. */
export interface OpenMeterOptions {
  /** The open byte stream: a serial port, a socket, or an emulated instrument's `port`. */
  port: Duplex;
  /** True when the instrument is emulated and fed by a modelled supply. */
  emulated?: boolean;
  /** Serial number of the USB device, where the instrument does not tell its own. */
  serial?: string;
  /** Replaces parts of the driver's accuracy. */
  accuracy?: Partial<MeterAccuracy>;
  replyTimeoutMs?: number;
  /** The emulated instrument's own clock; default: the host's. */
  elapsed?: ElapsedClock;
  /** Resolves when an emulated instrument has acted on every command. */
  settled?: () => Promise<void>;
  /** Options of one driver: the second argument of its entry in `meterDrivers`. */
  settings?: MeterSettings;
}

/** Settings that only some drivers look at. */
export interface MeterSettings {
  /** PPK2, Otii: feeds the DUT, or sits in another supply's line. */
  mode?: 'source' | 'ampere';
  /** LPM01A: text with D7 up to 5 kHz, or words up to 100 kHz without. */
  lpm01aFormat?: 'ascii' | 'binary';
  /** LPM01A: current, or joules a sample that the instrument integrates. */
  lpm01aOutput?: 'current' | 'energy';
  /** LPM01A: edges of D7 that are asked for; default both. */
  lpm01aEvents?: Lpm01aEvents;
  /** Otii: which device and login. */
  otiiDeviceId?: string;
  otiiLogin?: { username: string; password: string };
  /** SCPI: the model, where `*IDN?` shall not decide; outputs of a mainframe (see `ScpiMeterOptions`). */
  scpiModel?: ScpiModel;
  scpiChannel?: number;
  scpiMarkerChannel?: number;
  scpiMarkerVolts?: number;
  scpiIsTriggered?: boolean;
  /** INA: value and tolerance of the shunt (default 1 ohm, which an INA226 takes up to 81 mA), I2C address. */
  inaShuntOhms?: number;
  inaShuntTolerance?: number;
  inaAddress?: number;
  /** Joulescope: serial number. */
  joulescopeDevice?: string;
}

/** One kind of instrument: how it is reached, what it can do, and its driver. */
export interface MeterDriver {
  /** Instruments that the driver is for. */
  instruments: string;
  /** Link that it usually has; a host name or path is to be put in. */
  link: 'serial' | 'tcp' | 'process';
  /** Line rate of a serial port (any, where USB ignores it), bits per second. */
  baudRate?: number;
  /** Usual TCP port. */
  tcpPort?: number;
  /** Marker lines that it can sample at best: both, or their exclusive OR; `identify` tells what it does. */
  markerLines: 1 | 2;
  /** It supplies nothing: the DUT has another supply, which somebody else switches. */
  isAmmeter?: boolean;
  /** Starts the program that takes the link's place (`link: 'process'`). */
  spawn?: () => Duplex;
  open: (options: OpenMeterOptions) => Meter;
}

/** All drivers of instruments, by the name that bench files and the command line use. */
export const meterDrivers = {
  ppk2: {
    instruments: 'Nordic Power Profiler Kit II',
    link: 'serial',
    baudRate: 115200,
    markerLines: 2,
    open: options => new Ppk2Meter({ ...options, mode: options.settings?.mode }),
  },
  lpm01a: {
    instruments: 'ST X-NUCLEO-LPM01A',
    link: 'serial',
    baudRate: 3686400,
    markerLines: 1,
    open: options =>
      new Lpm01aMeter({
        ...options,
        format: options.settings?.lpm01aFormat,
        output: options.settings?.lpm01aOutput,
        events: options.settings?.lpm01aEvents,
      }),
  },
  otii: {
    instruments: 'Qoitech Otii Arc and Ace, through the Otii server',
    link: 'tcp',
    tcpPort: 1905,
    markerLines: 2,
    open: options =>
      new OtiiMeter({
        ...options,
        mode: options.settings?.mode,
        deviceId: options.settings?.otiiDeviceId,
        login: options.settings?.otiiLogin,
      }),
  },
  scpi: {
    instruments: Object.values(scpiDialects)
      .map(dialect => dialect.model)
      .join(', '),
    link: 'tcp',
    tcpPort: 5025,
    baudRate: 115200,
    markerLines: 2,
    open: options =>
      new ScpiMeter({
        ...options,
        model: options.settings?.scpiModel,
        channel: options.settings?.scpiChannel,
        markerChannel: options.settings?.scpiMarkerChannel,
        markerVolts: options.settings?.scpiMarkerVolts,
        isTriggered: options.settings?.scpiIsTriggered,
      }),
  },
  ina: {
    instruments: 'Texas Instruments INA226 and INA228, through the bridge of firmware/bridge',
    link: 'serial',
    baudRate: 921600,
    markerLines: 2,
    isAmmeter: true,
    open: options =>
      new InaMeter({
        ...options,
        shuntOhms: options.settings?.inaShuntOhms ?? 1,
        shuntTolerance: options.settings?.inaShuntTolerance,
        address: options.settings?.inaAddress,
      }),
  },
  joulescope: {
    instruments: "Joulescope JS220 and JS110, through the vendor's Python library",
    link: 'process',
    markerLines: 2,
    spawn: spawnJoulescopeBridge,
    open: options => new JoulescopeMeter({ ...options, device: options.settings?.joulescopeDevice }),
  },
} as const satisfies Record<string, MeterDriver>;

export type MeterDriverName = keyof typeof meterDrivers;
export const meterDriverNames = Object.keys(meterDrivers) as MeterDriverName[];

/** Opens the driver `name` on an open byte stream. */
export function openMeter(name: MeterDriverName, options: OpenMeterOptions): Meter {
  return meterDrivers[name].open(options);
}

/** Whether an instrument supplies nothing; false for anything that is no instrument. */
export function isAmmeter(name: string): boolean {
  return Object.entries<MeterDriver>(meterDrivers).some(
    ([driver, facts]) => driver === name && facts.isAmmeter === true,
  );
}
