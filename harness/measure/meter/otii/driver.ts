import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../meter.js';
import { badOtiiReply, OtiiConnection, otiiNumber } from './connection.js';
import { type OtiiData, otiiChannels, otiiMillivoltRange } from './protocol.js';

export interface OtiiMeterOptions {
  /** The open socket to the Otii server. */
  port: Duplex;
  /** Needed where the server wants a licence. */
  login?: { username: string; password: string };
  /** 'source': it feeds the DUT; 'ampere': it sits in another supply's line (Qoitech: inline). Its main switch must be closed in both. */
  mode?: 'source' | 'ampere';
  /** Which device, where several are connected. */
  deviceId?: string;
  maxCurrentAmps?: number;
  accuracy?: Partial<MeterAccuracy>;
  emulated?: boolean;
  replyTimeoutMs?: number;
}

interface Device {
  id: string;
  name: string;
  type: string;
}

interface DigitalEdge {
  timestamp: number;
  value: boolean | number;
}

/** Samples fetched by one request. */
const fetchCount = 40_000;
/** Most edges of one line and most samples of one recording that are taken: days at any rate of the instrument. A server could go on for ever. */
const mostEdges = 2 ** 22;
const mostSamples = 2 ** 34;
const arcRateHz = 4000;
/** Types of licences that include automation (the vendor's client, otii_client.py). */
const automationLicences = ['Automation', 'Enterprise', 'All', 'Admin'];

const isPiece = (values: unknown): values is unknown[] =>
  Array.isArray(values) && values.length <= fetchCount;

const isEdge = (value: unknown): value is DigitalEdge =>
  typeof value === 'object' && value !== null && Number.isFinite((value as DigitalEdge).timestamp);

/**
 * Driver of Qoitech Otii (Arc, Ace) through its TCP server. The server records; samples are fetched when measuring stops. GPI 1 and 2 are marker bits 0 and 1,
 * given by the server as edges in time.
 */
export class OtiiMeter implements Meter {
  readonly #options: OtiiMeterOptions;
  readonly #server: OtiiConnection;
  #device: Device | undefined;
  #projectId = -1;
  #onChunk: ((chunk: SampleChunk) => void) | undefined;
  #isReady = false;
  /** To be given back at the end: a licence, and the login. */
  #licenceId: number | undefined;
  #hasLoggedIn = false;

  constructor(options: OtiiMeterOptions) {
    this.#options = options;
    this.#server = new OtiiConnection(options.port, options.replyTimeoutMs);
  }

  async identify(): Promise<MeterIdentity> {
    const device = await this.#findDevice();
    return {
      driver: 'otii',
      model: `Qoitech Otii ${device.type}`,
      serial: device.id,
      firmware: `server ${this.#server.version}`,
      calibration: 'the server does not tell',
      emulated: this.#options.emulated ?? this.#server.saysEmulated,
    };
  }

  async configure(config: MeterConfig): Promise<{ sampleRateHz: number; supplyMillivolts: number }> {
    const [least, most] = otiiMillivoltRange;
    const millivolts = config.supplyMillivolts;
    if (!(millivolts >= least && millivolts <= most)) {
      throw new LittlefirstError('LF_CONFIG_INVALID', 'the Otii cannot supply this voltage', {
        expected: `from ${least} to ${most} mV`,
        received: String(millivolts),
      });
    }
    const { id } = await this.#findDevice();
    const mode = this.#options.mode === 'ampere' ? 'inline' : 'voltage';
    const regulation = this.#server.request('arc_set_power_regulation', { device_id: id, mode });
    /* Servers before 3.0 know no other way than to feed. */
    if (mode === 'inline') await regulation;
    else await this.#server.optional(regulation);
    await this.#server.request('arc_set_main_voltage', { device_id: id, value: millivolts / 1000 });
    await this.#server.request('arc_set_max_current', {
      device_id: id,
      value: this.#options.maxCurrentAmps ?? 0.5,
    });
    for (const channel of Object.values(otiiChannels)) {
      await this.#server.request('arc_enable_channel', { device_id: id, channel, enable: true });
    }
    return { sampleRateHz: await this.#rate(id), supplyMillivolts: millivolts };
  }

  /** The rate as the server tells it; servers without that command sample an Arc at 4 kHz. Each chunk's period comes from its data. */
  async #rate(deviceId: string): Promise<number> {
    try {
      const channel = otiiChannels.current;
      return otiiNumber(
        await this.#server.request('arc_get_channel_samplerate', { device_id: deviceId, channel }),
        'value',
      );
    } catch (error) {
      if (error instanceof LittlefirstError && error.code === 'LF_METER_REPLY') return arcRateHz;
      throw error;
    }
  }

  accuracy(): MeterAccuracy {
    return {
      gainRelative: 0.01,
      offsetAmps: 5e-7,
      resolutionAmps: 1e-8,
      edgeNs: 20_000,
      linearityRelative: 0.002,
      voltageRelative: 0.01,
      clockRelative: 1e-4,
      source:
        'assumed, linearity and edges of GPI with it: no accuracy specification of the Otii was verified; check with a known load',
      ...this.#options.accuracy,
    };
  }

  async supply(on: boolean): Promise<void> {
    const { id } = await this.#findDevice();
    await this.#server.request('arc_set_main', { device_id: id, enable: on });
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    if (this.#onChunk !== undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the Otii is already measuring', {
        hint: 'stop it first',
      });
    }
    await this.#findDevice();
    const active = await this.#server.request('otii_get_active_project', {});
    this.#projectId = otiiNumber(active, 'project_id');
    if (this.#projectId < 0)
      this.#projectId = otiiNumber(await this.#server.request('otii_create_project', {}), 'project_id');
    this.#onChunk = onChunk;
    try {
      await this.#server.request('project_start_recording', { project_id: this.#projectId });
    } catch (error) {
      this.#onChunk = undefined;
      throw error;
    }
  }

  async stop(): Promise<MeterStatus> {
    const onChunk = this.#onChunk;
    if (onChunk === undefined) {
      throw new LittlefirstError('LF_METER_REPLY', 'the Otii is not measuring', { hint: 'start it first' });
    }
    this.#onChunk = undefined;
    const problems: string[] = [];
    let samples = 0;
    try {
      await this.#server.request('project_stop_recording', { project_id: this.#projectId });
      const last = await this.#server.request('project_get_last_recording', { project_id: this.#projectId });
      samples = await this.#fetch(otiiNumber(last, 'recording_id'), onChunk);
    } catch (error) {
      problems.push(error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
    return { samples, lostSamples: 0, saturatedSamples: 0, overcurrent: false, rangeSwitches: 0, problems };
  }

  async close(): Promise<void> {
    if (this.#server.isLost) return;
    if (this.#onChunk !== undefined) await this.stop().catch(() => {});
    if (this.#licenceId !== undefined)
      await this.#server.request('otii_return_license', { license_id: this.#licenceId }).catch(() => {});
    if (this.#hasLoggedIn) await this.#server.request('otii_logout', {}).catch(() => {});
    this.#server.close();
  }

  /** Fetches the recording in pieces and gives each sample the lines as they were at its end. */
  async #fetch(recordingId: number, onChunk: (chunk: SampleChunk) => void): Promise<number> {
    const lines = [
      new EdgeCursor(await this.#edges(recordingId, otiiChannels.marker0)),
      new EdgeCursor(await this.#edges(recordingId, otiiChannels.marker1)),
    ];
    let index = 0;
    for (;;) {
      const data = await this.#channel(recordingId, otiiChannels.current, index);
      const values = data['values'];
      if (data['data_type'] !== 'analog' || !isPiece(values) || index > mostSamples)
        throw badOtiiReply('analog samples', data);
      if (values.length === 0) return index;
      const interval = otiiNumber(data, 'interval');
      const first = otiiNumber(data, 'timestamp');
      const current = Float64Array.from(values, Number);
      const logic = new Uint8Array(current.length);
      for (let i = 0; i < logic.length; i += 1) {
        const end = first + (i + 1) * interval;
        logic[i] = lines[0].at(end) | (lines[1].at(end) << 1);
      }
      onChunk({ startNs: first * 1e9, periodNs: interval * 1e9, current, logic });
      index += current.length;
      if (values.length < fetchCount) return index;
    }
  }

  async #edges(recordingId: number, channel: string): Promise<DigitalEdge[]> {
    const edges: DigitalEdge[] = [];
    for (;;) {
      const data = await this.#channel(recordingId, channel, edges.length);
      const values = data['values'];
      if (!isPiece(values) || !values.every(isEdge) || edges.length > mostEdges)
        throw badOtiiReply('digital edges', data);
      edges.push(...values);
      if (values.length < fetchCount) return edges;
    }
  }

  async #channel(recordingId: number, channel: string, index: number): Promise<OtiiData> {
    const { id } = await this.#findDevice();
    return this.#server.request('recording_get_channel_data', {
      recording_id: recordingId,
      device_id: id,
      channel,
      index,
      count: fetchCount,
    });
  }

  async #findDevice(): Promise<Device> {
    this.#server.check();
    if (this.#device !== undefined) return this.#device;
    if (!this.#isReady) await this.#prepare();
    this.#isReady = true;
    const reply = await this.#server.request('otii_get_devices', { timeout: 10 });
    const list = Array.isArray(reply['devices']) ? (reply['devices'] as OtiiData[]) : [];
    const devices = list.map(device => ({
      id: String(device['device_id']),
      name: String(device['name']),
      type: String(device['type']),
    }));
    const wanted = this.#options.deviceId;
    const found = wanted === undefined ? devices : devices.filter(device => device.id === wanted);
    if (found.length !== 1) {
      throw new LittlefirstError(
        found.length === 0 ? 'LF_METER_OPEN' : 'LF_DEVICE_AMBIGUOUS',
        'the Otii server does not offer one matching device',
        {
          expected: wanted === undefined ? 'exactly one device' : `device ${wanted}`,
          received: devices.map(device => `${device.name} (${device.id})`).join(', ') || 'none',
          hint: 'connect it, or name its device id in the bench file',
        },
      );
    }
    this.#device = found[0];
    return found[0];
  }

  /** Logs in and reserves a licence for automation, as the vendor's client does; servers before 3.5.5 are not asked what they do not know. */
  async #prepare(): Promise<void> {
    const { login } = this.#options;
    const state = await this.#server.optional(this.#server.request('otii_is_logged_in', {}));
    if (login !== undefined && state?.['logged_in'] !== true) {
      await this.#server.request('otii_login', { ...login });
      this.#hasLoggedIn = true;
    }
    const has = await this.#server.optional(
      this.#server.request('otii_has_license', { license_type: 'Automation' }),
    );
    if (has === undefined || has['has_license'] === true) return;
    const { licenses } = await this.#server.request('otii_get_licenses', {});
    const list = Array.isArray(licenses) ? (licenses as OtiiData[]) : [];
    const fitting = list.filter(({ type }) => automationLicences.includes(String(type)));
    const free = fitting.find(({ available, reserved_to }) => available === true && reserved_to === '');
    if (free === undefined)
      throw new LittlefirstError('LF_METER_OPEN', 'the Otii server has no free licence for automation', {
        expected: `one of ${automationLicences.join(', ')} that nobody has reserved`,
        received:
          fitting
            .map(({ type, reserved_to }) => `${type}, reserved to ${reserved_to || 'nobody'}`)
            .join('; ') || 'none',
        hint: 'return it in the Otii desktop application, or log in as a user who has one',
      });
    const licenceId = Number(free['id']);
    await this.#server.request('otii_reserve_license', { license_id: licenceId });
    this.#licenceId = licenceId;
  }
}

/** A line's state over rising times. */
class EdgeCursor {
  #next = 0;
  #state = 0;

  constructor(readonly edges: readonly DigitalEdge[]) {}

  /** State at a time, seconds; times must not decrease. An edge at the very end of a sample belongs to the next one. */
  at(seconds: number): number {
    while (this.#next < this.edges.length && this.edges[this.#next].timestamp < seconds) {
      this.#state = Number(this.edges[this.#next].value) === 0 ? 0 : 1;
      this.#next += 1;
    }
    return this.#state;
  }
}
