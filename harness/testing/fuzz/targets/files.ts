import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { z } from 'zod';
import { benchSchema } from '../../../campaign/bench/schema.js';
import { parseYaml } from '../../../campaign/bench/yaml-file.js';
import { mlperfBenchSchema } from '../../../campaign/mlperf/bench-file.js';
import { Archive } from '../../../data/fetch/archive.js';
import { readCsv, readJson } from '../../../data/files.js';
import { parseWaveform } from '../../../emulator/instruments/load.js';
import { parseTimingEvent } from '../../../emulator/qemu/timing-plugin.js';
import { parseChip } from '../../../measure/chip/profile.js';
import { parseBundle } from '../../../model/load.js';
import { readTflite } from '../../../model/tflite/read.js';
import { packagePath } from '../../../package-root.js';
import { parseJournal } from '../../../record/journal/journal.js';
import { readRecording } from '../../../record/recording/recording.js';
import { decodeSamples, encodeSamples } from '../../../record/recording/sample-frame.js';
import { runRecordSchema } from '../../../record/run-record.js';
import { evaluate } from '../../../verdict/evaluation/evaluate.js';
import { evaluateRun } from '../../../verdict/open-run.js';
import { loadMlperfFolder } from '../../../wire/dut/mlperf/folder.js';
import { parseMlperfScript } from '../../../wire/dut/mlperf/script.js';
import { testJournal } from '../../record/run.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, fuzzFolder, text } from './bytes.js';

const fixture = (...path: string[]): Buffer => readFileSync(packagePath('fixtures', ...path));
const yamlWords = ['&a ', '*a', '<<: ', '!!binary ', '- ', '\n  ', '? ', '[', '{', '.inf', '0x1'];

const chunk = {
  startNs: 0,
  periodNs: 10_000,
  current: Float64Array.of(1e-3, 2e-3, 1e-3),
  logic: Uint8Array.of(0, 1, 2),
};

/** A small journal without a running hash, so that changed lines are read. */
const smallRun = testJournal({
  windows: 6,
  strategies: ['big-only', '1B6S'],
  levels: [{ name: '24MHz', mV: 850, Hz: 24e6 }],
}).map(record => (record.kind === 'campaign' ? { ...record, schema: 'littlefirst.journal/1' } : record));
const journalSeed = bytesOf(smallRun.map(record => `${JSON.stringify(record)}\n`).join(''));

/** A recording's file, whose frames are packed here: header, end and samples are the input's lines. */
async function playRecording(input: Buffer): Promise<void> {
  const [header = '', end = '', ...rest] = text(input).split('\n');
  const frame = (kind: number, body: Uint8Array): Buffer => {
    const payload = deflateSync(body, { level: 0 });
    const head = Buffer.alloc(5);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(payload.length, 1);
    return Buffer.concat([head, payload]);
  };
  const path = join(fuzzFolder(), 'recording');
  const frames = [frame(1, bytesOf(header)), frame(2, bytesOf(rest.join('\n'))), frame(3, bytesOf(end))];
  writeFileSync(path, Buffer.concat([Buffer.from('LFREC1\n\0', 'latin1'), ...frames]));
  const silent = (): void => {};
  await readRecording(path, silent, silent);
}

const accuracy = `{"gainRelative":0,"offsetAmps":0,"resolutionAmps":0,"edgeNs":0,"voltageRelative":0,"clockRelative":0,"source":"x"}`;
const recordingSeed = Buffer.concat([
  bytesOf(
    '{"schema":"littlefirst.recording/1","block":0,"attempt":1,"meter":{"driver":"d","model":"m","emulated":true},"supplyMillivolts":3300,"expectedWindows":1}\n' +
      `{"status":{"samples":3,"lostSamples":0,"saturatedSamples":0,"overcurrent":false,"rangeSwitches":0,"problems":[]},"accuracy":${accuracy}}\n`,
  ),
  encodeSamples([chunk]),
]);

/** What is read from files: of users, of other programs, of runs that anybody may have written. */
export const fileTargets: readonly FuzzTarget[] = [
  {
    name: 'sample-frames',
    seeds: [
      encodeSamples([chunk]),
      encodeSamples([chunk, { ...chunk, nominalNs: 1 }]),
      deflateSync(encodeSamples([chunk])),
    ],
    allowed: RangeError,
    run: input => decodeSamples(input),
  },
  {
    name: 'bench-files',
    seeds: [readFileSync(packagePath('fixtures', 'benches', 'default.yaml'))],
    words: ['&a ', '*a', '<<: ', '!!binary ', '- ', '\n  ', 'faults:', 'meter:', 'duts:'],
    run: input => parseYaml(input.toString('utf8'), 'bench.yaml', benchSchema),
  },
  {
    name: 'tflite',
    seeds: [Uint8Array.of(0x1c, 0, 0, 0, ...bytesOf('TFL3'))],
    words: ['TFL3'],
    run: input => readTflite(input, 'fuzz'),
  },
  {
    name: 'chip-profiles',
    seeds: [fixture('chips', 'rp2040.yaml').subarray(0, 3000)],
    words: [...yamlWords, 'levels:', 'kind: assumed', 'value: -1'],
    run: input => parseChip(input.toString('utf8'), 'chip.yaml'),
  },
  {
    name: 'bundles',
    seeds: [fixture('bundles', 'little-first-a', 'bundle.yaml').subarray(0, 4000)],
    words: [...yamlWords, 'strategies:', 'networks:', 'gate:'],
    run: input => parseBundle(input.toString('utf8'), 'bundle.yaml'),
  },
  {
    name: 'mlperf-benches',
    seeds: [
      bytesOf(
        'protocol: mlperf-tiny\nname: x\nlink: serial:/dev/x\ndata: { folder: d }\nmodes:\n  - mode: accuracy\nmeter: { driver: none }\n',
      ),
    ],
    words: [...yamlWords, 'golden:', 'targets:', 'modes:'],
    run: input => parseYaml(input.toString('utf8'), 'bench.yaml', mlperfBenchSchema),
  },
  {
    name: 'mlperf-scripts',
    seeds: [
      bytesOf(
        'kws01:\n  model: kws01\n  truth_file: y_labels.csv\n  script:\n    - loop 5:\n      - download\n      - infer 70 10\n',
      ),
    ],
    words: [...yamlWords, 'loop 9:', 'infer 1 1', '- {}'],
    run: input => parseMlperfScript(input.toString('utf8'), 'tests.yaml', 'kws01'),
  },
  {
    name: 'mlperf-folders',
    seeds: ['a.bin, 12, 7\nb.bin, 12, 2\n', 'a.bin, 1, 1, 4, 2\n'].map(bytesOf),
    words: ['a.bin', '../', '/dev/zero', '"', ', 0', '\n'],
    run: input => {
      const folder = fuzzFolder();
      writeFileSync(join(folder, 'a.bin'), Buffer.alloc(9));
      writeFileSync(join(folder, 'b.bin'), Buffer.alloc(1));
      writeFileSync(join(folder, 'y_labels.csv'), input);
      return loadMlperfFolder(folder);
    },
  },
  {
    name: 'archives',
    maxBytes: 8192,
    seeds: [
      zipSync({ 'd/test/y_test.txt': bytesOf('1 2 3\n'), 'inner.zip': zipSync({ 'a.txt': bytesOf('4') }) }),
    ],
    run: input => {
      const archive = new Archive('a.zip', input);
      archive.names();
      archive.numbers('y_test.txt', 1);
    },
  },
  {
    name: 'data-csv',
    seeds: [bytesOf('a,b\n1,2\n')],
    words: ['"', '\n', ',', '\r'],
    run: input => {
      writeFileSync(join(fuzzFolder(), 'x.csv'), input);
      return readCsv(fuzzFolder(), 'x.csv', z.object({ a: z.string(), b: z.string() }));
    },
  },
  {
    name: 'data-json',
    seeds: [bytesOf('{"a":[1,2]}')],
    run: input => {
      writeFileSync(join(fuzzFolder(), 'x.json'), input);
      return readJson(fuzzFolder(), 'x.json', z.object({ a: z.array(z.number()) }));
    },
  },
  {
    name: 'waveforms',
    seeds: [bytesOf('seconds,amps,marker\n1,0.1,0\n2,1e-3,3\n')],
    words: ['seconds', '"', '\n', '1e999'],
    run: input => parseWaveform(text(input), 'w.csv'),
  },
  {
    name: 'timing-events',
    seeds: [
      bytesOf('{"event":"marker","value":1,"cycles":9,"lo":8,"hi":10,"instructions":5,"sleepUs":0}'),
      bytesOf('{"event":"sync","value":1}'),
    ],
    words: ['null', '"cycles":', '1e999', '[]'],
    run: input => parseTimingEvent(text(input)),
  },
  {
    name: 'journals',
    maxBytes: 32_768,
    seeds: [journalSeed],
    words: ['"kind":"', 'null', '-1', '1e308', '[]', 'true', '"block":', '"from":', '"windows":', '"valid":'],
    run: input => {
      const records = parseJournal(input, 'journal.ndjson');
      if (records.length > 0) evaluateRun(records);
    },
  },
  {
    name: 'run-records',
    maxBytes: 65_536,
    seeds: [bytesOf(JSON.stringify(evaluate(testJournal({ windows: 6 }).slice(0))))],
    words: ['null', '"littlefirst.run/1"', '[]', '{}', '1e308'],
    allowed: SyntaxError,
    run: input => runRecordSchema.safeParse(JSON.parse(input.toString('utf8'))),
  },
  {
    name: 'recordings',
    maxBytes: 8192,
    seeds: [recordingSeed],
    words: ['null', '"problems":[]', '{}', '\n'],
    run: playRecording,
  },
];
