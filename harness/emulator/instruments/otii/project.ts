import type { OtiiData } from '../../../measure/meter/otii/protocol.js';
import { failure, invalidValue, OtiiFault, read } from './errors.js';
import { OtiiRecording, type RecordedDevice } from './recording.js';

/** What a project records. */
export interface RecordedBench {
  /** What a recording that begins now is made of. */
  devices: () => RecordedDevice[];
  /** Resolves when all of the waveform up to now has come. */
  settle: () => Promise<void>;
}

/** The one project that the server has open, with its recordings and user logs. */
export class OtiiProject {
  readonly #logs = new Set<string>();
  /** -1: no project is open. The desktop application opens one when it starts. */
  #project = 1;
  #projects = 1;
  #recordings: OtiiRecording[] = [];
  #recorded = 0;

  constructor(private readonly bench: RecordedBench) {}

  /** Carries out what belongs to projects and recordings; undefined: some other command. @throws OtiiFault */
  async execute(cmd: string, data: OtiiData): Promise<OtiiData | undefined> {
    if (cmd === 'otii_get_active_project') return { project_id: this.#project };
    if (cmd === 'otii_create_project') {
      this.#projects += this.#project < 0 ? 1 : 0;
      this.#project = this.#projects;
      return { project_id: this.#project };
    }
    if (cmd.startsWith('project_')) return this.#inProject(cmd, data);
    if (!cmd.startsWith('recording_')) return undefined;
    await this.bench.settle();
    const id = read(data, 'recording_id', 'number');
    const recording = this.#recordings.find(one => one.id === id);
    if (recording === undefined) throw failure('Recording does not exist');
    return this.#inRecording(recording, cmd, data);
  }

  async #inProject(cmd: string, data: OtiiData): Promise<OtiiData | undefined> {
    if (read(data, 'project_id', 'number') !== this.#project)
      throw new OtiiFault('Project does not exist', {});
    const last = this.#recordings.at(-1);
    switch (cmd) {
      case 'project_start_recording':
        await this.bench.settle();
        last?.stop();
        this.#start();
        return {};
      case 'project_stop_recording':
        await this.bench.settle();
        last?.stop();
        return {};
      case 'project_get_last_recording':
        return last?.describe() ?? { recording_id: -1 };
      case 'project_get_recordings':
        return { recordings: this.#recordings.map(recording => recording.describe()) };
      case 'project_create_user_log': {
        const log = String(read(data, 'id', 'string'));
        this.#logs.add(log);
        return { id: log };
      }
      case 'project_close':
        last?.stop();
        this.#recordings = [];
        this.#logs.clear();
        this.#project = -1;
        return {};
      case 'project_save':
      case 'project_crop_data':
        throw new OtiiFault('Operation not supported', {});
      default:
        return undefined;
    }
  }

  #start(): void {
    this.#recorded += 1;
    const name = `Recording ${this.#recorded}`;
    this.#recordings.push(new OtiiRecording(this.#recorded, name, this.bench.devices()));
  }

  #inRecording(recording: OtiiRecording, cmd: string, data: OtiiData): OtiiData | undefined {
    const inChannel = (): [unknown, string] => [
      read(data, 'device_id', 'string'),
      String(read(data, 'channel', 'string')),
    ];
    const number = (key: string) => Number(read(data, key, 'number'));
    const log = (key: string) => {
      const id = String(read(data, key, 'string'));
      if (!this.#logs.has(id)) throw invalidValue(key, id);
      return id;
    };
    const there = <T>(value: T | undefined): T => {
      if (value === undefined) throw failure('No data in this channel');
      return value;
    };
    switch (cmd) {
      case 'recording_get_channel_info':
        return there(recording.info(...inChannel()));
      case 'recording_get_channel_data_count':
        return { count: there(recording.count(...inChannel())) };
      case 'recording_get_channel_data_index':
        return { index: there(recording.indexAt(...inChannel(), number('timestamp'))) };
      case 'recording_get_channel_data':
        return there(recording.data(...inChannel(), number('index'), number('count')));
      case 'recording_get_channel_statistics':
        return there(recording.statistics(...inChannel(), number('from'), number('to')));
      case 'recording_append_user_log':
        recording.append(log('measurement_id'), {
          timestamp: number('time'),
          value: String(read(data, 'message', 'string')),
        });
        return {};
      case 'recording_offset_user_log':
        recording.shift(log('measurement_id'), number('offset'));
        return {};
      case 'recording_get_user_log_data':
        return recording.page(
          log('user_log_id'),
          [number('from'), number('to')],
          String(data['filter'] ?? ''),
          [Math.max(1, number('page')), Math.max(1, number('page_size'))],
        );
      case 'recording_is_running':
        return { running: recording.isRunning };
      case 'recording_get_offset':
        return { offset: recording.offset };
      case 'recording_set_offset':
        recording.offset = number('offset') * 1e-6;
        return {};
      case 'recording_rename':
        recording.name = String(read(data, 'name', 'string'));
        return {};
      case 'recording_delete':
        recording.stop();
        this.#recordings = this.#recordings.filter(one => one !== recording);
        return {};
      default:
        return undefined;
    }
  }
}
