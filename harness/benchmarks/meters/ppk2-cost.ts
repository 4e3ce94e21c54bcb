import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastNormalSource } from '../../emulator/instruments/noise.js';
import { BlockEnergyCollector } from '../../measure/energy/collector.js';
import type { MeterAccuracy, SampleChunk } from '../../measure/meter/meter.js';
import { Ppk2Decoder } from '../../measure/meter/ppk2/decode.js';
import { nominalPpk2Ranges } from '../../measure/meter/ppk2/metadata.js';
import { ppk2SampleRateHz } from '../../measure/meter/ppk2/protocol.js';
import { RecordingWriter } from '../../record/recording/recording.js';

/** Bytes that a USB serial port hands over at a time. */
const readBytes = 4096;

/** Shares of one core that a PPK2's 100 kS/s take, step by step; each includes the ones before. */
export interface Ppk2Cost {
  /** Seconds of samples. */
  seconds: number;
  /** Bytes to amperes and marker lines. */
  decode: number;
  /** And windows with their energy. */
  segment: number;
  /** And a recording on disk. */
  record: number;
  recordedBytesPerMinute: number;
}

/** What a PPK2 sends of windows of 4 ms at 18 mA between sleeps of 1 ms at 2 mA. */
function stream(samples: number): Buffer {
  const bytes = Buffer.alloc(4 * samples);
  const normal = fastNormalSource(5);
  for (let i = 0; i < samples; i += 1) {
    const at = i % 500;
    const marker = at < 100 ? 0 : at < 200 ? 1 : 2;
    const [adc, range] = marker === 0 ? [460, 2] : [386, 3];
    const noisy = Math.max(0, Math.round(adc + 0.5 * normal()));
    bytes.writeInt32LE(noisy | (range << 14) | ((i & 63) << 18) | (marker << 24), 4 * i);
  }
  return bytes;
}

const accuracy: MeterAccuracy = {
  gainRelative: 0.02,
  offsetAmps: 2e-7,
  resolutionAmps: 5e-5,
  edgeNs: 0,
  voltageRelative: 0.01,
  clockRelative: 1e-4,
  source: 'a benchmark',
};

/** CPU seconds of decoding into receivers of chunks. */
function cost(bytes: Buffer, receivers: readonly ((chunk: SampleChunk) => void)[]): number {
  const decoder = new Ppk2Decoder({
    ranges: nominalPpk2Ranges(),
    supplyMillivolts: 3300,
    spikeFilter: false,
    onChunk: chunk => {
      for (const receive of receivers) receive(chunk);
    },
  });
  const before = process.cpuUsage();
  for (let at = 0; at < bytes.length; at += readBytes) decoder.push(bytes.subarray(at, at + readBytes));
  decoder.finish();
  const { user, system } = process.cpuUsage(before);
  if (decoder.lostSamples !== 0) throw new Error(`${decoder.lostSamples} samples lost`);
  return (user + system) / 1e6;
}

/** @param seconds of samples */
export function ppk2Cost(seconds: number): Ppk2Cost {
  const bytes = stream(seconds * ppk2SampleRateHz);
  const folder = mkdtempSync(join(tmpdir(), 'littlefirst-ppk2-'));
  const collector = () =>
    new BlockEnergyCollector({ accuracy, supplyMillivolts: 3300, expectedWindows: seconds * 200 });
  const recording = new RecordingWriter(join(folder, 'cost.lfrec'), {
    schema: 'littlefirst.recording/1',
    block: 0,
    attempt: 1,
    meter: { driver: 'ppk2', model: 'benchmark', emulated: true },
    supplyMillivolts: 3300,
    expectedWindows: seconds * 200,
  });
  try {
    cost(bytes, []);
    const decode = cost(bytes, []);
    const first = collector();
    const segment = cost(bytes, [chunk => first.push(chunk)]);
    const second = collector();
    const record = cost(bytes, [chunk => second.push(chunk), chunk => recording.push(chunk)]);
    return {
      seconds,
      decode: decode / seconds,
      segment: segment / seconds,
      record: record / seconds,
      recordedBytesPerMinute: (recording.bytes * 60) / seconds,
    };
  } finally {
    recording.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { seconds, decode, segment, record, recordedBytesPerMinute } = ppk2Cost(30);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  process.stdout.write(
    `PPK2 at 100 kS/s, ${seconds} s of samples, share of one core: decoding ${percent(decode)}, with windows and energy ${percent(segment)}, with recording ${percent(record)}; recording ${(recordedBytesPerMinute / 1e6).toFixed(1)} MB a minute\n`,
  );
}
