import { strToU8, zipSync } from 'fflate';
import { filterExperiment } from '../../data/filters.js';
import { channelNames } from '../../data/types.js';

/** Small archives in UCI's original text formats, for tests. */

/** Rows of each experiment. */
export const rows = 600;
const steps = [0.0013888889423920177, 0.0003054326225956446];

/** Raw counts of an experiment: slow waves, different for each channel and experiment. */
function rawCount(experiment: number, row: number, channel: number): number {
  return Math.round(300 * Math.sin((row * (channel + 2 + experiment / 3)) / 40) + 20 * ((row * 7919) % 11));
}

/** A number as the archives print it, e.g. "-1.0128170e+000". */
function printed(value: number): string {
  const [digits, exponent] = value.toExponential(7).split('e');
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(3, '0')}`;
}

/** The nine channels of an experiment, rows x 9, as the loaders should find them. */
export function channelsOf(experiment: number): Float64Array {
  return filterExperiment(
    Float64Array.from(
      { length: rows * 6 },
      (_, i) => rawCount(experiment, Math.floor(i / 6), i % 6) * steps[i % 6 < 3 ? 0 : 1],
    ),
  );
}

/** HAPT in its original form: experiments 1 of person 1 (train) and 2 of person 2 (test). */
export function haptArchive(change: (files: Record<string, string>) => void = () => undefined): Uint8Array {
  const files: Record<string, string> = {
    'RawData/labels.txt': '1 1 5 1 300\n1 1 7 301 350\n2 2 1 101 500 \n',
    'README.txt': 'hello',
  };
  for (const experiment of [1, 2]) {
    ['acc', 'gyro'].forEach((sensor, s) => {
      const lines = Array.from({ length: rows }, (_, row) =>
        [0, 1, 2].map(axis => printed(rawCount(experiment, row, s * 3 + axis) * steps[s])).join(' '),
      );
      files[`RawData/${sensor}_exp0${experiment}_user0${experiment}.txt`] = `${lines.join('\n')}\n`;
    });
  }
  change(files);
  return zip(files);
}

/** Windows of the tiny UCI HAR: experiment (also person), first row, label. */
const windows = {
  train: [
    [1, 0, 5],
    [1, 64, 5],
    [1, 400, 1],
  ],
  test: [
    [2, 364, 1],
    [2, 100, 6],
  ],
};

/** UCI HAR in its original form: a zip archive within a zip archive, with the litter of a Mac. */
export function uciHarArchive(change: (files: Record<string, string>) => void = () => undefined): Uint8Array {
  const files: Record<string, string> = { '__MACOSX/UCI HAR Dataset/test/y_test.txt': 'litter' };
  for (const split of ['train', 'test'] as const) {
    const folder = `UCI HAR Dataset/${split}`;
    files[`${folder}/y_${split}.txt`] = windows[split].map(([, , label]) => `${label}\r\n`).join('');
    files[`${folder}/subject_${split}.txt`] = windows[split].map(([person]) => `${person}\r\n`).join('');
    channelNames.forEach((name, c) => {
      const lines = windows[split].map(([experiment, first]) => {
        const channels = channelsOf(experiment);
        return Array.from({ length: 128 }, (_, t) => printed(channels[(first + t) * 9 + c])).join('  ');
      });
      files[`${folder}/Inertial Signals/${name}_${split}.txt`] = lines.map(line => `  ${line}\r\n`).join('');
    });
  }
  change(files);
  return zipSync({ 'UCI HAR Dataset.names': strToU8('text'), 'UCI HAR Dataset.zip': zip(files) });
}

/** A zip archive of text files. */
export function zip(files: Record<string, string>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
}
