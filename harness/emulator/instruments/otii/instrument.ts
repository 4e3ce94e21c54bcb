import { Duplex } from 'node:stream';
import type { OtiiData, OtiiRequest } from '../../../measure/meter/otii/protocol.js';
import { normalSource } from '../noise.js';
import type { InstrumentWiring } from '../wiring.js';
import { OtiiAccount, type OtiiLogin } from './account.js';
import { describeProfiles, OtiiBattery, wantBatteryLicence } from './battery.js';
import { OtiiDevice, type OtiiDeviceFacts } from './device.js';
import { failure, invalidValue, OtiiFault, read } from './errors.js';
import { send } from './json.js';
import { OtiiLicences } from './licences.js';
import { OtiiProject } from './project.js';
import type { RecordedDevice } from './recording.js';

/** Errors of the emulated instrument; all absent: an exact one. */
export interface OtiiErrors {
  gain?: number;
  offsetAmps?: number;
  noiseAmps?: number;
  seed?: number;
}

export interface EmulatedOtiiOptions extends InstrumentWiring {
  /** Default 4,000 samples per second. */
  sampleRateHz?: number;
  /** Requests are refused until this user has logged in. Default: somebody has, in the desktop application. */
  login?: OtiiLogin;
  /** The account's licences: `free` must be reserved by the client, as the vendor's does; `taken`: by somebody else. Default: free. */
  licence?: 'free' | 'taken';
  /** The waveform flows through the first one. */
  devices?: readonly OtiiDeviceFacts[];
  /** Voltage of the supply that the device sits in the line of, in inline mode, volts; default 3.3. */
  supplyVolts?: number;
  /** The UART of the DUT on the first device's pins: lines that it says, and how to say something to it. */
  uart?: {
    onLine: (listener: (text: string) => void) => () => void;
    write: (text: string) => void;
  };
  errors?: OtiiErrors;
}

const oneDevice = [{ device_id: 'arc0001', name: 'Arc', type: 'Arc' }] as const;
/** No request is longer; a sender that never ends one is stopped. */
const requestLimit = 1_000_000;

/**
 * An Otii server with its devices, fed by a current waveform. GPI 1 and 2 are the marker lines. Commands, keys and error codes are those of the vendor's Python
 * client. `port` is one client's end; `connect` gives further ones.
 */
export class EmulatedOtii {
  readonly port: Duplex;
  readonly #options: EmulatedOtiiOptions;
  readonly #devices: readonly OtiiDevice[];
  #normal: () => number;
  #work: Promise<void> = Promise.resolve();
  readonly #account: OtiiAccount;
  readonly #project: OtiiProject;
  #batteries = 0;
  #nowAmps = 0;

  constructor(options: EmulatedOtiiOptions) {
    this.#options = options;
    this.#devices = (options.devices ?? oneDevice).map(
      facts => new OtiiDevice(facts, options.sampleRateHz ?? 4000),
    );
    this.#account = new OtiiAccount(options.login, new OtiiLicences(options.licence === 'taken'));
    this.#project = new OtiiProject({ devices: () => this.#recorded(), settle: () => options.settle() });
    this.#normal = normalSource(options.errors?.seed ?? 1);
    const [fed] = this.#devices;
    options.source.onSegments(segments => {
      this.#nowAmps = segments.at(-1)?.amps ?? this.#nowAmps;
      if (fed.isOn)
        for (const { amps, startNs, endNs } of segments) fed.battery?.draw(amps * (endNs - startNs) * 1e-9);
    });
    this.port = this.connect();
  }

  /** See `EmulatedInstrument.restart`. */
  restart(seed: number): void {
    this.#normal = normalSource(seed);
  }

  /** Another client's end. */
  connect(): Duplex {
    let text = '';
    const port: Duplex = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        const lines = `${text}${bytes.toString('utf8')}`.split('\r\n');
        text = (lines.pop() ?? '').slice(0, requestLimit);
        for (const line of lines) this.#work = this.#work.then(() => this.#answer(port, line));
        done();
      },
    });
    send(port, {
      type: 'information',
      info: 'connected',
      data: { otii_version: '3.5.5', protocol_version: '0.2', server: 'Otii (emulated)' },
    });
    return port;
  }

  async #answer(port: Duplex, line: string): Promise<void> {
    let request: OtiiRequest;
    try {
      request = JSON.parse(line) as OtiiRequest;
      if (typeof request !== 'object' || request === null || typeof request.cmd !== 'string')
        throw new Error('no cmd');
    } catch (error) {
      const data = {
        parse_error: error instanceof Error ? error.message : String(error),
        data: line.slice(0, 80),
      };
      send(port, { type: 'error', errorcode: 'Not able to parse request', cmd: '', trans_id: '', data });
      return;
    }
    const { cmd, trans_id, data = {} } = request;
    try {
      const reply = await this.#execute(cmd, data);
      if (data['progress'] === true) send(port, { type: 'progress', cmd, trans_id, progress_value: 1 });
      send(port, { type: 'response', cmd, trans_id, data: reply });
    } catch (error) {
      if (!(error instanceof OtiiFault)) throw error;
      send(port, { type: 'error', errorcode: error.code, cmd, trans_id, data: error.data });
    }
  }

  async #execute(cmd: string, data: OtiiData): Promise<OtiiData> {
    this.#account.admit(cmd);
    const found =
      this.#battery(cmd, data) ??
      this.#account.execute(cmd, data) ??
      (await this.#server(cmd, data)) ??
      (await this.#device(cmd, data)) ??
      (await this.#project.execute(cmd, data));
    if (found === undefined) throw new OtiiFault('Invalid command', {});
    return found;
  }

  async #server(cmd: string, data: OtiiData): Promise<OtiiData | undefined> {
    switch (cmd) {
      case 'otii_get_devices':
        return { devices: this.#devices.map(({ facts }) => facts) };
      case 'otii_get_device_id': {
        const name = read(data, 'device_name', 'string');
        const found = this.#devices.find(({ facts }) => facts.name === name);
        if (found === undefined) throw invalidValue('device_name', name);
        return { device_id: found.facts.device_id };
      }
      case 'otii_set_all_main':
        for (const device of this.#devices)
          await this.#switch(device, read(data, 'enable', 'boolean') === true);
        return {};
      default:
        return undefined;
    }
  }

  #battery(cmd: string, data: OtiiData): OtiiData | undefined {
    const wants = () => wantBatteryLicence(this.#account.licences.has('Battery'));
    if (/^otii_get_battery_/.test(cmd)) {
      wants();
      return describeProfiles(cmd, data);
    }
    if (!cmd.startsWith('battery_emulator_')) return undefined;
    wants();
    const id = read(data, 'battery_emulator_id', 'string');
    const battery = this.#devices.find(device => device.battery?.id === id)?.battery;
    if (battery === undefined) throw invalidValue('battery_emulator_id', id);
    return battery.execute(cmd, data);
  }

  /** What feeds a device. Another supply opens its relay (the vendor's own test of battery emulation). */
  async #supply(device: OtiiDevice, cmd: string, data: OtiiData): Promise<OtiiData> {
    if (cmd === 'arc_get_supply_mode')
      return { supply_mode: device.battery === undefined ? 'power-box' : 'battery-emulator' };
    if (cmd === 'arc_set_supply_power_box') {
      if (device.battery !== undefined) await this.#switch(device, false);
      device.battery = undefined;
      return {};
    }
    wantBatteryLicence(this.#account.licences.has('Battery'));
    const battery = new OtiiBattery(`battery-${this.#batteries + 1}`, data);
    this.#batteries += 1;
    await this.#switch(device, false);
    device.battery = battery;
    return { battery_emulator_id: battery.id };
  }

  async #device(cmd: string, data: OtiiData): Promise<OtiiData | undefined> {
    if (!cmd.startsWith('arc_')) return undefined;
    const id = read(data, 'device_id', 'string');
    const device = this.#devices.find(({ facts }) => facts.device_id === id);
    if (device === undefined) {
      if (cmd === 'arc_is_connected') return { connected: false };
      throw new OtiiFault('Device not connected', { device_id: id });
    }
    switch (cmd) {
      case 'arc_set_main':
        await this.#switch(device, read(data, 'enable', 'boolean') === true);
        return {};
      case 'arc_get_main':
        return { value: device.isOn };
      case 'arc_is_connected':
        return { connected: true };
      case 'arc_get_version':
        return { hw_version: '1.3.1', fw_version: '1.1.6' };
      case 'arc_get_value':
        await this.#options.settle();
        return { value: this.#present(device, String(read(data, 'channel', 'string'))) };
      case 'arc_get_gpi':
        read(data, 'pin', 'number');
        return { value: false };
      case 'arc_get_rx':
        return { value: false };
      case 'arc_get_supply_mode':
      case 'arc_set_supply_power_box':
      case 'arc_set_supply_battery_emulator':
        return this.#supply(device, cmd, data);
      case 'arc_write_tx': {
        const text = String(read(data, 'value', 'string'));
        if (!device.hasUart) throw failure('UART is not enabled');
        if (device === this.#devices[0]) this.#options.uart?.write(text);
        return {};
      }
      case 'arc_calibrate':
      case 'arc_add_to_project':
      case 'arc_commit':
        return {};
      default:
        return device.execute(cmd, data);
    }
  }

  async #switch(device: OtiiDevice, on: boolean): Promise<void> {
    if (on === device.isOn) return;
    device.isOn = on;
    if (device === this.#devices[0]) await this.#options.power?.(on);
  }

  #present(device: OtiiDevice, channel: string): number {
    const amps = device === this.#devices[0] ? this.#measured(device, this.#nowAmps) : 0;
    if (channel === 'mc') return amps;
    if (channel === 'mv') return this.#volts(device);
    if (channel === 'mp') return amps * this.#volts(device);
    throw invalidValue('channel', channel);
  }

  #measured(device: OtiiDevice, drawn: number): number {
    const { gain = 0, offsetAmps = 0, noiseAmps = 0 } = this.#options.errors ?? {};
    const noise = noiseAmps > 0 ? noiseAmps * this.#normal() : 0;
    return (device.isOn ? drawn : 0) * (1 + gain) + offsetAmps + noise;
  }

  #volts(device: OtiiDevice): number {
    if (!device.isOn) return 0;
    return device.isInline ? (this.#options.supplyVolts ?? 3.3) : device.mainVolts;
  }

  /** What a recording that begins now is made of. */
  #recorded(): RecordedDevice[] {
    return this.#devices.map((device, i) => ({
      id: device.facts.device_id,
      channels: [...device.enabled],
      rateHz: device.rateHz,
      source: i === 0 ? this.#options.source : undefined,
      amps: (drawn: number) => this.#measured(device, drawn),
      volts: () => this.#volts(device),
      onLine: i === 0 && device.hasUart ? this.#options.uart?.onLine : undefined,
    }));
  }
}
