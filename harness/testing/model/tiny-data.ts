/** Made windows for the networks of MLPerf Tiny's shapes, as a data set that `littlefirst run` takes. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Manifest, manifestFileName } from '../../data/own/manifest.js';
import { labelsFileName, samplesFileName } from '../../data/own/writer.js';
import { Random } from '../../data/random.js';
import { makeFolder } from '../../host/make-folder.js';
import { GoldenNetwork } from '../../model/golden/network.js';
import type { Network } from '../../model/tflite/network.js';
import { writeTflite } from '../../model/tflite/write.js';
import { type TinyName, tinyBundle, tinyFiles } from './tiny.js';

/** Shares of the range that noise takes: what is added before a window is fed, and, for anomaly detection, to windows that are odd. */
const noise = { fed: 0.04, odd: 0.15 } as const;

const clamp = (value: number): number => Math.max(-128, Math.min(127, Math.round(value)));

/** A smooth image: a few waves over rows and columns, each value between the ends of int8. */
function smooth(random: Random, samples: number, channels: number): Float64Array {
  const waves = Array.from({ length: 4 }, () => ({
    ...{ rows: random.uniform() * 0.6, columns: random.uniform() * 2, phase: random.uniform() * 6.28 },
    amplitude: 8 + 16 * random.uniform(),
  }));
  const offset = random.uniform() * 60 - 30;
  return Float64Array.from({ length: samples * channels }, (_, i) => {
    const [row, column] = [Math.floor(i / channels), i % channels];
    const sum = waves.reduce(
      (total, w) => total + w.amplitude * Math.sin(w.rows * row + w.columns * column + w.phase),
      offset,
    );
    return Math.max(-128, Math.min(127, sum));
  });
}

export interface MadeWindows {
  windows: Int8Array[];
  labels: number[];
}

/**
 * Windows and their true labels. A classifier's labels are its own answers to the windows before noise was added, so that accuracy says how
 * often noise changes an answer, and nothing of the task. Anomaly detection: every second window has much noise and label 1.
 */
export function madeWindows(name: TinyName, network: Network, count: number, seed = 3): MadeWindows {
  const random = new Random(seed);
  const { samples, channels } = tinyFiles[name];
  const golden = new GoldenNetwork(network);
  const made: MadeWindows = { windows: [], labels: [] };
  for (let i = 0; i < count; i++) {
    const clean = smooth(random, samples, channels);
    const isOdd = name === 'ad' && i % 2 === 1;
    const deviation = 255 * (isOdd ? noise.odd : noise.fed);
    const noisy = Int8Array.from(clean, value => clamp(value + random.normal(deviation)));
    made.windows.push(noisy);
    if (name === 'ad') made.labels.push(isOdd ? 1 : 0);
    else {
      const [scores] = golden.run([Int8Array.from(clean, clamp)]);
      made.labels.push(scores.indexOf(Math.max(...scores)));
    }
  }
  return made;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes the windows as the test split of an imported data set: one recording a window. */
export async function writeMadeData(folder: string, name: TinyName, made: MadeWindows): Promise<void> {
  const { samples, channels, labels } = tinyFiles[name];
  const { windows } = made;
  /* A quarter of a step above each count, so that scaling, which truncates, gives the count again. */
  const values = new Float32Array(windows.length * samples * channels);
  windows.forEach((window, w) => {
    for (let i = 0; i < window.length; i++)
      values[w * window.length + i] = window[i] === 127 ? 127 : window[i] + 0.25;
  });
  const classes = new Uint8Array(windows.length * samples);
  for (const [w, label] of made.labels.entries()) classes.fill(label, w * samples, (w + 1) * samples);
  const bytes = new Uint8Array(values.buffer);
  const empty = new Uint8Array();
  const manifest: Manifest = {
    schema: 'littlefirst.data/1',
    name: `made-${name}`,
    window: { samples, stride: samples, sampleRateHz: samples },
    channels: Array.from({ length: channels }, (_, c) => ({
      ...{ name: String(c), unit: '', min: -128, max: 127, mean: 0, deviation: 50 },
      ...{ low: -128, high: 127, scale: 2 ** -8 },
    })),
    classes: Array.from({ length: labels }, (_, i) => `class-${i}`),
    people: [{ name: 'nobody', split: 'test' }],
    splits: {
      train: { rows: 0, recordings: [], samples: sha256(empty), labels: sha256(empty) },
      test: {
        rows: windows.length * samples,
        recordings: windows.map(() => ({ person: 0, rows: samples })),
        samples: sha256(bytes),
        labels: sha256(classes),
      },
    },
    origin: {
      ...{
        layout: 'made',
        sourceSha256: sha256(empty),
        sourceFiles: 0,
        timing: 'refuse',
        slowestHz: null,
        fastestHz: null,
      },
      ...{ missing: 0, duplicates: 0, gaps: 0, backwards: 0, tooShort: 0, leftOutPeople: [] },
    },
  };
  makeFolder(folder);
  await writeFile(join(folder, samplesFileName('test')), bytes);
  await writeFile(join(folder, labelsFileName('test')), classes);
  await writeFile(join(folder, samplesFileName('train')), empty);
  await writeFile(join(folder, labelsFileName('train')), empty);
  await writeFile(join(folder, manifestFileName), JSON.stringify(manifest));
}

/** Emulated boards with room, each with chips of its core at their fastest level. The Apollo3's cache hides its wait states. */
export const tinyDuts = [
  { board: 'mps2-an386', chip: 'apollo3', levels: ['96MHz-burst'] },
  { board: 'mps2-an386', chip: 'stm32l4r5', levels: ['120MHz-boost'] },
  { board: 'mps2-an385', chip: 'ecm3532', levels: ['96MHz'] },
] as const;

/** What the bench of a network is measured with. */
export interface TinyBench {
  name: TinyName;
  network: Network;
  /** Absent: the network's own bytes go into the bundle. */
  models?: string;
  duts: readonly (typeof tinyDuts)[number][];
  windows: number;
  meter: Record<string, unknown>;
  targets?: readonly Record<string, unknown>[];
}

/** Writes bundle, data and bench file of a whole campaign below a folder. @returns the bench file */
export async function writeTinyBench(folder: string, bench: TinyBench): Promise<string> {
  const { name, network, models, duts, windows, meter, targets = [] } = bench;
  const bundle = join(folder, 'bundle');
  makeFolder(bundle);
  const description = tinyBundle(name, models === undefined ? 'stand-in' : 'reference');
  const { samples } = tinyFiles[name];
  const [entry] = description.networks;
  const file = models === undefined ? entry.file : tinyFiles[name].file;
  const written = {
    ...description,
    window: { ...description.window, sampleRateHz: samples },
    networks: [{ ...entry, file, inputs: [{ channels: 'all' }] }],
  };
  await writeFile(join(bundle, 'bundle.yaml'), stringify(written));
  if (models === undefined) await writeFile(join(bundle, file), writeTflite(network));
  await writeMadeData(join(folder, 'data'), name, madeWindows(name, network, windows));
  const benchFile = join(folder, 'bench.yaml');
  const text = stringify({
    ...{ schema: 'littlefirst.bench/1', name, duts, meter, bundles: ['./bundle'] },
    data: { set: './data' },
    targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }, ...targets],
  });
  await writeFile(benchFile, text);
  return benchFile;
}
