import { Duplex } from 'node:stream';
import type { WaveformSegment } from '../../machine/waveform.js';
import type { SampleChunk } from '../../measure/meter/meter.js';
import { type OtiiData, type OtiiRequest, otiiChannels } from '../../measure/meter/otii/protocol.js';
import { DirectMeter } from './direct.js';
import { normalSource } from './noise.js';
import type { InstrumentWiring } from './wiring.js';

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
  /** Requests are refused until this user has logged in. */
  login?: { username: string; password: string };
  devices?: readonly { device_id: string; name: string; type: string }[];
  errors?: OtiiErrors;
}

interface Recording {
  current: number[];
  edges: { timestamp: number; value: boolean }[][];
}

class RequestError extends Error {}

const oneDevice = [{ device_id: 'arc0001', name: 'Arc', type: 'Arc' }] as const;

/** An Otii server with one device on a byte stream, fed by a current waveform. GPI 1 and 2 are the marker lines. */
export class EmulatedOtii {
  readonly port: Duplex;
  readonly #options: EmulatedOtiiOptions;
  readonly #rate: number;
  readonly #truth: DirectMeter;
  readonly #normal: () => number;
  #work: Promise<void> = Promise.resolve();
  #text = '';
  #isLoggedIn: boolean;
  #project = -1;
  #recordings: Recording[] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(options: EmulatedOtiiOptions) {
    this.#options = options;
    this.#rate = options.sampleRateHz ?? 4000;
    this.#isLoggedIn = options.login === undefined;
    this.#normal = normalSource(options.errors?.seed ?? 1);
    this.#truth = new DirectMeter({ source: options.source, settle: options.settle, joinRuns: false });
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#receive(bytes.toString('utf8'));
        done();
      },
    });
    this.#send({
      type: 'information',
      info: 'connected',
      data: { otii_version: '3.5.0', protocol_version: '0.2', server: 'Otii (emulated)' },
    });
  }

  #receive(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\r\n');
      if (end < 0) return;
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      let request: OtiiRequest;
      try {
        request = JSON.parse(line) as OtiiRequest;
      } catch {
        this.#send({ type: 'error', errorcode: 'INVALID_REQUEST', data: {} });
        continue;
      }
      this.#work = this.#work.then(() => this.#answer(request));
    }
  }

  async #answer({ cmd, trans_id, data = {} }: OtiiRequest): Promise<void> {
    try {
      const reply = await this.#execute(cmd, data);
      this.#send({ type: 'progress', cmd, trans_id, progress_value: 1 });
      this.#send({ type: 'response', cmd, trans_id, data: reply });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#send({ type: 'error', errorcode: error.message, cmd, trans_id, data: {} });
    }
  }

  async #execute(cmd: string, data: OtiiData): Promise<OtiiData> {
    const { login } = this.#options;
    if (cmd === 'otii_login') {
      this.#isLoggedIn = data['username'] === login?.username && data['password'] === login?.password;
    }
    if (!this.#isLoggedIn) throw new RequestError('NOT_AUTHENTICATED');
    const actions: Record<string, () => Promise<OtiiData> | OtiiData> = {
      otii_login: () => ({}),
      otii_get_devices: () => ({ devices: this.#options.devices ?? oneDevice }),
      otii_get_active_project: () => ({ project_id: this.#project }),
      otii_create_project: () => {
        this.#project = 1;
        return { project_id: 1 };
      },
      arc_set_main_voltage: () => ({}),
      arc_set_max_current: () => ({}),
      arc_enable_channel: () => ({}),
      arc_get_channel_samplerate: () => ({ value: this.#rate }),
      arc_set_main: async () => {
        await this.#options.power?.(data['enable'] === true);
        return {};
      },
      project_start_recording: () => this.#begin(),
      project_stop_recording: () => this.#end(),
      project_get_last_recording: () => ({ recording_id: this.#recordings.length - 1 }),
      recording_get_channel_data: () => this.#channelData(data),
    };
    const action = actions[cmd];
    if (action === undefined) throw new RequestError('UNKNOWN_COMMAND');
    return action();
  }

  async #begin(): Promise<OtiiData> {
    const recording: Recording = { current: [], edges: [[], []] };
    this.#recordings.push(recording);
    await this.#truth.configure({ supplyMillivolts: 3300, sampleRateHz: this.#rate });
    const { gain = 0, offsetAmps = 0, noiseAmps = 0 } = this.#options.errors ?? {};
    await this.#truth.start((chunk: SampleChunk) => {
      for (const amps of chunk.current) {
        recording.current.push(
          amps * (1 + gain) + offsetAmps + (noiseAmps > 0 ? noiseAmps * this.#normal() : 0),
        );
      }
    });
    const startNs = this.#options.source.nowNs;
    let lines = 0;
    const onSegment = (segment: WaveformSegment) => {
      for (const [bit, edges] of recording.edges.entries()) {
        if (((segment.logic ^ lines) >> bit) & 1) {
          edges.push({
            timestamp: (segment.startNs - startNs) * 1e-9,
            value: ((segment.logic >> bit) & 1) === 1,
          });
        }
      }
      lines = segment.logic;
    };
    this.#unsubscribe = this.#options.source.onSegments(segments => segments.forEach(onSegment));
    return {};
  }

  async #end(): Promise<OtiiData> {
    if (this.#unsubscribe === undefined) throw new RequestError('NOT_RECORDING');
    await this.#truth.stop();
    this.#unsubscribe();
    this.#unsubscribe = undefined;
    return {};
  }

  #channelData(data: OtiiData): OtiiData {
    const recording = this.#recordings[Number(data['recording_id'])];
    if (recording === undefined) throw new RequestError('NO_RECORDING');
    const index = Number(data['index']);
    const end = index + Number(data['count']);
    if (data['channel'] === otiiChannels.current) {
      return {
        data_type: 'analog',
        timestamp: index / this.#rate,
        interval: 1 / this.#rate,
        values: recording.current.slice(index, end),
      };
    }
    const bit = data['channel'] === otiiChannels.marker0 ? 0 : 1;
    return { data_type: 'digital', values: recording.edges[bit].slice(index, end) };
  }

  #send(message: OtiiData): void {
    if (!this.port.destroyed) this.port.push(Buffer.from(`${JSON.stringify(message)}\r\n`, 'utf8'));
  }
}
