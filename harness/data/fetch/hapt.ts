import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptData } from '../files.js';
import type { Split } from '../types.js';
import { windowSamples, windowStride } from '../window-set.js';
import type { Archive } from './archive.js';

/** People of the test split, the same in UCI HAR and HAPT. */
const testPeople: ReadonlySet<number> = new Set([2, 4, 9, 10, 12, 13, 18, 20, 24]);

/** Steps of the sensors in the text files: 1/720 g and 0.0175 degrees/s, as single-precision arithmetic left them. */
const rawScales = [0.0013888889423920177, 0.0003054326225956446] as const;
/** How far a value may lie from a whole step; the published files stay within 0.0016 steps. */
const stepTolerance = 0.02;

interface Experiment {
  experiment: number;
  user: number;
  split: Split;
  /** First row in `raw.i16`. */
  offset: number;
  samples: number;
}

/**
 * Converts the HAPT archive (UCI no. 341, version 2.1: RawData/*.txt) to `raw.i16`, `raw.json`, `labels.csv` and
 * `windows.csv` in `folder`.
 * @throws LF_DATA_CORRUPT
 */
export async function convertHapt(archive: Archive, folder: string): Promise<void> {
  const found = archive.names().flatMap(name => {
    const match = /(?:^|\/)RawData\/acc_exp(\d+)_user(\d+)\.txt$/.exec(name);
    return match === null ? [] : [{ experiment: match[1], user: match[2] }];
  });
  if (found.length === 0) throw corruptData('RawData', 'acc_expNN_userMM.txt files', 'none');
  found.sort((a, b) => Number(a.experiment) - Number(b.experiment));

  const experiments: Experiment[] = [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const { experiment, user } of found) {
    const counts = readExperiment(archive, `exp${experiment}_user${user}.txt`);
    const samples = counts.length / 6;
    const split = testPeople.has(Number(user)) ? 'test' : 'train';
    experiments.push({ experiment: Number(experiment), user: Number(user), split, offset, samples });
    parts.push(new Uint8Array(counts.buffer));
    offset += samples;
  }
  const segments = rowsOf(archive.numbers('RawData/labels.txt', 5), 5);
  const facts = {
    sampleRateHz: 50,
    channels: ['acc_x', 'acc_y', 'acc_z', 'gyro_x', 'gyro_y', 'gyro_z'],
    units: ['g', 'g', 'g', 'rad/s', 'rad/s', 'rad/s'],
    scale: [0, 1, 2, 3, 4, 5].map(channel => rawScales[channel < 3 ? 0 : 1]),
    samples: offset,
    experiments,
  };
  const labels = ['experiment,user,activity,start,end', ...segments.map(row => row.join())];
  await writeFile(join(folder, 'raw.i16'), Buffer.concat(parts));
  await writeFile(join(folder, 'labels.csv'), `${labels.join('\n')}\n`);
  await writeFile(join(folder, 'windows.csv'), `${publishedWindows(segments).join('\n')}\n`);
  await writeFile(join(folder, 'raw.json'), `${JSON.stringify(facts, undefined, 1)}\n`);
}

function rowsOf(values: Float64Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}

/** Rows x 6 counts of one experiment. */
function readExperiment(archive: Archive, name: string): Int16Array {
  const signals = ['acc', 'gyro'].map(sensor => archive.numbers(`RawData/${sensor}_${name}`, 3));
  if (signals[0].length !== signals[1].length) {
    throw corruptData(
      `gyro_${name}`,
      `${signals[0].length / 3} rows as in acc_${name}`,
      `${signals[1].length / 3} rows`,
    );
  }
  const counts = new Int16Array(signals[0].length * 2);
  signals.forEach((signal, sensor) => {
    signal.forEach((value, i) => {
      const steps = value / rawScales[sensor];
      const count = Math.round(steps);
      if (Math.abs(steps - count) > stepTolerance || count < -32768 || count > 32767) {
        const received = `${value} at row ${Math.floor(i / 3) + 1}`;
        throw corruptData(name, `multiples of the sensor's step ${rawScales[sensor]}`, received);
      }
      counts[Math.floor(i / 3) * 6 + sensor * 3 + (i % 3)] = count;
    });
  });
  return counts;
}

/** Lines of `windows.csv`: the published windows, cut from each segment's first sample on. */
function publishedWindows(segments: readonly number[][]): string[] {
  const lines: Record<Split, string[]> = { train: [], test: [] };
  for (const [experiment, user, activity, start, end] of segments) {
    const split = testPeople.has(user) ? 'test' : 'train';
    for (let at = start - 1; at + windowSamples <= end; at += windowStride) {
      lines[split].push(`${split},${lines[split].length},${activity},${user},${experiment},${at}`);
    }
  }
  return ['split,index,label,subject,experiment,sourceStart', ...lines.train, ...lines.test];
}
