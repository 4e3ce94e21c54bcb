import type { WaveformSegment, WaveformSource } from '../../../machine/waveform.js';
import { CellSampler } from '../cells.js';

/** What one device contributes to a recording. */
export interface RecordedDevice {
  id: string;
  /** Channels that were enabled when the recording began. */
  channels: readonly string[];
  rateHz: number;
  /** The waveform through it; undefined: nothing hangs on it. */
  source: WaveformSource | undefined;
  /** What it measures of a current that the load draws. */
  amps: (drawn: number) => number;
  volts: () => number;
  /** Lines of text on its RX pin, while its UART is on. @returns ends it */
  onLine?: (listener: (text: string) => void) => () => void;
}

/** A line of text with its time, seconds. */
export interface LogEntry {
  timestamp: number;
  value: string;
}

interface Edge {
  timestamp: number;
  value: boolean;
}

/** Samples and edges of one device. */
class Track {
  readonly current: number[] = [];
  readonly voltage: number[] = [];
  readonly edges: [Edge[], Edge[]] = [[], []];
  readonly lines: LogEntry[] = [];
  readonly #close: () => void;

  constructor(readonly device: RecordedDevice) {
    const { source, rateHz } = device;
    if (source === undefined) {
      this.#close = () => {};
      return;
    }
    const sampler = new CellSampler(source, 1e9 / rateHz, ({ amps }) => {
      this.current.push(device.amps(amps));
      this.voltage.push(device.volts());
    });
    const startNs = source.nowNs;
    let lines = 0;
    const onSegment = (segment: WaveformSegment) => {
      for (const [bit, edges] of this.edges.entries())
        if (((segment.logic ^ lines) >> bit) & 1)
          edges.push({
            timestamp: (segment.startNs - startNs) * 1e-9,
            value: ((segment.logic >> bit) & 1) === 1,
          });
      lines = segment.logic;
    };
    const unsubscribe = source.onSegments(segments => segments.forEach(onSegment));
    const unheard = device.onLine?.(value =>
      this.lines.push({ timestamp: (source.nowNs - startNs) * 1e-9, value }),
    );
    this.#close = () => {
      sampler.close();
      unsubscribe();
      unheard?.();
    };
  }

  close(): void {
    this.#close();
  }

  analogue(channel: string): number[] | undefined {
    if (channel === 'mc') return this.current;
    if (channel === 'mv') return this.voltage;
    if (channel === 'mp') return this.current.map((amps, i) => amps * this.voltage[i]);
    return undefined;
  }

  digital(channel: string): Edge[] | undefined {
    if (channel === 'i1' || channel === 'gpi1') return this.edges[0];
    return channel === 'i2' || channel === 'gpi2' ? this.edges[1] : undefined;
  }

  text(channel: string): LogEntry[] | undefined {
    return channel === 'rx' ? this.lines : undefined;
  }
}

/** One recording of the emulated Otii server. */
export class OtiiRecording {
  readonly #tracks: readonly Track[];
  readonly startTime = new Date().toISOString();
  offset = 0;
  isRunning = true;

  constructor(
    readonly id: number,
    public name: string,
    devices: readonly RecordedDevice[],
  ) {
    this.#tracks = devices.map(device => new Track(device));
  }

  stop(): void {
    this.isRunning = false;
    for (const track of this.#tracks) track.close();
  }

  /** As `project_get_last_recording` describes it. */
  describe(): Record<string, unknown> {
    const measurements = this.#tracks.flatMap(({ device: { id, channels, rateHz } }) =>
      channels.map(channel => ({ device_id: id, channel, sample_rate: rateHz })),
    );
    return { recording_id: this.id, name: this.name, 'start-time': this.startTime, measurements };
  }

  /** @returns undefined where the recording has no such channel */
  #find(deviceId: unknown, channel: unknown): Track | undefined {
    return this.#tracks.find(
      ({ device }) => device.id === deviceId && device.channels.includes(String(channel)),
    );
  }

  info(deviceId: unknown, channel: string): Record<string, unknown> | undefined {
    const track = this.#find(deviceId, channel);
    if (track === undefined) return undefined;
    const { rateHz } = track.device;
    return { offset: this.offset, from: 0, to: track.current.length / rateHz, sample_rate: rateHz };
  }

  count(deviceId: unknown, channel: string): number | undefined {
    const track = this.#find(deviceId, channel);
    return track && (track.analogue(channel) ?? track.digital(channel) ?? track.text(channel) ?? []).length;
  }

  indexAt(deviceId: unknown, channel: string, seconds: number): number | undefined {
    const track = this.#find(deviceId, channel);
    return track && Math.max(0, Math.round(seconds * track.device.rateHz));
  }

  data(
    deviceId: unknown,
    channel: string,
    index: number,
    count: number,
  ): Record<string, unknown> | undefined {
    const track = this.#find(deviceId, channel);
    if (track === undefined) return undefined;
    const values = track.analogue(channel);
    const { rateHz } = track.device;
    if (values !== undefined)
      return {
        data_type: 'analog',
        timestamp: index / rateHz,
        interval: 1 / rateHz,
        values: values.slice(index, index + count),
      };
    const edges = track.digital(channel);
    return {
      data_type: edges === undefined ? 'log' : 'digital',
      values: (edges ?? track.text(channel) ?? []).slice(index, index + count),
    };
  }

  /** Messages that a client wrote, by the log that it made in the project. */
  readonly #logs = new Map<string, LogEntry[]>();

  append(log: string, entry: LogEntry): void {
    this.#logs.set(
      log,
      [...(this.#logs.get(log) ?? []), entry].sort((a, b) => a.timestamp - b.timestamp),
    );
  }

  shift(log: string, seconds: number): void {
    for (const entry of this.#logs.get(log) ?? []) entry.timestamp += seconds;
  }

  /** A page (from 1) of a log between two times, seconds, of messages that hold `filter`. */
  page(
    log: string,
    [from, to]: readonly [number, number],
    filter: string,
    [page, size]: readonly [number, number],
  ): Record<string, unknown> {
    const all = (this.#logs.get(log) ?? []).filter(
      ({ timestamp, value }) => timestamp >= from && timestamp <= to && value.includes(filter),
    );
    return {
      data_type: 'log_data',
      page,
      pages_total: Math.max(1, Math.ceil(all.length / size)),
      values: all.slice((page - 1) * size, page * size),
    };
  }

  /** Over an interval in seconds; energy, joules, of the channels that have one. */
  statistics(
    deviceId: unknown,
    channel: string,
    from: number,
    to: number,
  ): Record<string, number> | undefined {
    const track = this.#find(deviceId, channel);
    const all = track?.analogue(channel);
    if (track === undefined || all === undefined) return undefined;
    const { rateHz } = track.device;
    const [first, end] = [Math.max(0, Math.floor(from * rateHz)), Math.ceil(to * rateHz)];
    const values = all.slice(first, end);
    if (values.length === 0) return undefined;
    let [min, max, sum, joules] = [values[0], values[0], 0, 0];
    for (const [i, value] of values.entries()) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
      joules += (track.current[first + i] * track.voltage[first + i]) / rateHz;
    }
    const average = sum / values.length;
    return channel === 'mv' ? { min, max, average } : { min, max, average, energy: joules };
  }
}
