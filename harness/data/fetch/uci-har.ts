import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptData } from '../files.js';
import type { ExperimentChannels } from '../hapt.js';
import { channelNames, type Split } from '../types.js';
import { channelCount, channelScales, physicalToCounts, windowSamples, windowStride } from '../window-set.js';
import type { Archive } from './archive.js';

/** Rounding of the text files and of the filter leaves a recomputed sample at most this many counts away. */
const matchTolerance = 1;

interface ConvertedSplit {
  /** Rows x 9, overlapping windows stored once. */
  samples: Int16Array;
  starts: Uint32Array;
  labels: Uint8Array;
  subjects: Uint8Array;
  facts: { windows: number; samples: number; classCounts: number[]; min: number[]; max: number[] };
}

/**
 * Converts the UCI HAR archive (UCI no. 240: Inertial Signals/*.txt, y_*.txt, subject_*.txt) to the int16 layout in
 * `folder`. The archive does not say when a window was recorded: its place is found by comparing with the recomputed
 * channels of the HAPT recordings of the same people.
 * @throws LF_DATA_CORRUPT, also when a window is in no recording of its person
 */
export async function convertUciHar(
  archive: Archive,
  recordings: readonly ExperimentChannels[],
  folder: string,
): Promise<void> {
  const lines = ['split,index,label,subject,experiment,sourceStart,sampleOffset'];
  const facts: Partial<Record<Split, ConvertedSplit['facts']>> = {};
  const counts = recordings.map(({ channels }) => physicalToCounts(channels));
  for (const split of ['train', 'test'] as const) {
    const converted = convertSplit(archive, split);
    const { samples, starts, labels, subjects } = converted;
    facts[split] = converted.facts;
    await writeFile(join(folder, `${split}.samples.i16`), new Uint8Array(samples.buffer));
    await writeFile(join(folder, `${split}.starts.u32`), new Uint8Array(starts.buffer));
    await writeFile(join(folder, `${split}.labels.u8`), labels);
    await writeFile(join(folder, `${split}.subjects.u8`), subjects);
    let place: { recording: number; row: number } | undefined;
    starts.forEach((start, w) => {
      const continues = w > 0 && start === starts[w - 1] + windowStride;
      const window = samples.subarray(start * channelCount, (start + windowSamples) * channelCount);
      place =
        continues && place !== undefined
          ? { recording: place.recording, row: place.row + windowStride }
          : findWindow(window, subjects[w], recordings, counts);
      if (place === undefined) {
        throw corruptData(
          `${split} window ${w}`,
          `a stretch of person ${subjects[w]}'s recordings`,
          'no match',
        );
      }
      const { experiment } = recordings[place.recording];
      lines.push([split, w, labels[w], subjects[w], experiment, place.row, start].join());
    });
  }
  await writeFile(join(folder, 'windows.csv'), `${lines.join('\n')}\n`);
  const description = {
    sampleRateHz: 50,
    windowSamples,
    windowStride,
    channels: channelNames,
    units: channelNames.map(name => (name.startsWith('body_gyro') ? 'rad/s' : 'g')),
    scale: channelScales,
    splits: facts,
  };
  await writeFile(join(folder, 'uci-har.json'), `${JSON.stringify(description, undefined, 1)}\n`);
}

function convertSplit(archive: Archive, split: Split): ConvertedSplit {
  const labels = Uint8Array.from(archive.numbers(`${split}/y_${split}.txt`, 1));
  const subjects = Uint8Array.from(archive.numbers(`${split}/subject_${split}.txt`, 1));
  const windows = labels.length;
  if (subjects.length !== windows) {
    throw corruptData(`subject_${split}.txt`, `${windows} rows as in y_${split}.txt`, `${subjects.length}`);
  }
  const all = new Float64Array(windows * windowSamples * channelCount);
  const min: number[] = [];
  const max: number[] = [];
  channelNames.forEach((name, channel) => {
    const file = `${split}/Inertial Signals/${name}_${split}.txt`;
    const values = archive.numbers(file, windowSamples);
    if (values.length !== windows * windowSamples) {
      throw corruptData(file, `${windows} rows`, `${values.length / windowSamples}`);
    }
    min.push(values.reduce((a, b) => Math.min(a, b)));
    max.push(values.reduce((a, b) => Math.max(a, b)));
    values.forEach((value, i) => {
      all[i * channelCount + channel] = value;
    });
  });
  const { samples, starts } = joinOverlaps(physicalToCounts(all), subjects);
  const classCounts = [1, 2, 3, 4, 5, 6].map(label => labels.filter(own => own === label).length);
  const facts = { windows, samples: samples.length / channelCount, classCounts, min, max };
  return { samples, starts, labels, subjects, facts };
}

/** Stores the shared half of consecutive windows once. */
function joinOverlaps(all: Int16Array, subjects: Uint8Array): { samples: Int16Array; starts: Uint32Array } {
  const half = windowStride * channelCount;
  const size = windowSamples * channelCount;
  const samples = new Int16Array(all.length);
  const starts = new Uint32Array(subjects.length);
  let used = 0;
  for (let w = 0; w < subjects.length; w++) {
    const window = all.subarray(w * size, (w + 1) * size);
    const overlaps =
      w > 0 &&
      subjects[w] === subjects[w - 1] &&
      window.subarray(0, half).every((value, i) => value === all[(w - 1) * size + half + i]);
    if (overlaps) used -= half;
    starts[w] = used / channelCount;
    samples.set(window, used);
    used += size;
  }
  return { samples: samples.slice(0, used), starts };
}

/** Where a window lies in the recordings of a person: the first place where all its samples agree. */
function findWindow(
  window: Int16Array,
  subject: number,
  recordings: readonly ExperimentChannels[],
  counts: readonly Int16Array[],
): { recording: number; row: number } | undefined {
  for (const [recording, { user }] of recordings.entries()) {
    if (user !== subject) continue;
    const whole = counts[recording];
    for (let at = 0; at + window.length <= whole.length; at += channelCount) {
      let i = 0;
      while (i < window.length && Math.abs(window[i] - whole[at + i]) <= matchTolerance) i++;
      if (i === window.length) return { recording, row: at / channelCount };
    }
  }
  return undefined;
}
