import { join } from 'node:path';
import { z } from 'zod';
import { corruptData, readBytes, readCsv, readInt16, readJson, readUint32 } from './files.js';
import { channelNames, type Order, type Split, type WindowSet } from './types.js';
import { channelCount, channelScales, countsToPhysical, sealWindowSet, windowSamples } from './window-set.js';

const splitFactsSchema = z.object({
  windows: z.number().int().positive(),
  samples: z.number().int().min(windowSamples),
});

/** What the loader needs of `uci-har.json`; unknown fields pass. */
export const uciHarFactsSchema = z.object({
  windowSamples: z.literal(windowSamples),
  channels: z.array(z.string()).refine(names => names.join() === channelNames.join(), 'other channels'),
  scale: z.array(z.number()).refine(scales => scales.join() === channelScales.join(), 'other scales'),
  splits: z.object({ train: splitFactsSchema, test: splitFactsSchema }),
});

const windowRowSchema = z.object({
  split: z.enum(['train', 'test']),
  index: z.coerce.number().int().min(0),
  experiment: z.coerce.number().int(),
  sourceStart: z.coerce.number().int().min(0),
  sampleOffset: z.coerce.number().int().min(0),
});

export interface UciHarOptions {
  /** Folder that holds `uci-har/`. */
  root: string;
  split: Split;
  order: Order;
}

/**
 * Loads the UCI HAR windows.
 * Published order: the file's, one reset at window 0. Chronological: by subject, experiment and time within the
 * experiment, a reset at the first window of each experiment.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function loadUciHar({ root, split, order }: UciHarOptions): Promise<WindowSet> {
  const folder = join(root, 'uci-har');
  const facts = (await readJson(folder, 'uci-har.json', uciHarFactsSchema)).splits[split];
  const [counts, starts, classes, subjects] = await Promise.all([
    readInt16(folder, `${split}.samples.i16`, facts.samples * channelCount),
    readUint32(folder, `${split}.starts.u32`, facts.windows),
    readBytes(folder, `${split}.labels.u8`, facts.windows),
    readBytes(folder, `${split}.subjects.u8`, facts.windows),
  ]);
  starts.forEach((start, w) => {
    if (start + windowSamples > facts.samples) {
      const file = join(folder, `${split}.starts.u32`);
      throw corruptData(file, `starts up to ${facts.samples - windowSamples}`, `${start} at window ${w}`);
    }
  });
  classes.forEach((value, w) => {
    if (value < 1 || value > 6)
      throw corruptData(join(folder, `${split}.labels.u8`), 'labels 1 to 6', `${value} at window ${w}`);
  });
  const published = {
    name: 'uci-har' as const,
    split,
    order,
    samples: countsToPhysical(counts),
    starts,
    labels: Uint8Array.from(classes, value => value - 1),
    subjects: Uint8Array.from(subjects),
    resets: Uint32Array.of(0),
  };
  if (order === 'published') return sealWindowSet(published);

  const time = await readTimes(folder, split, starts);
  const sequence = Array.from(starts.keys()).sort(
    (a, b) =>
      subjects[a] - subjects[b] ||
      time[a].experiment - time[b].experiment ||
      time[a].sourceStart - time[b].sourceStart,
  );
  const resets = sequence.flatMap((w, i) =>
    i === 0 || time[w].experiment !== time[sequence[i - 1]].experiment ? [i] : [],
  );
  return sealWindowSet({
    ...published,
    starts: Uint32Array.from(sequence, w => starts[w]),
    labels: Uint8Array.from(sequence, w => published.labels[w]),
    subjects: Uint8Array.from(sequence, w => subjects[w]),
    resets: Uint32Array.from(resets),
  });
}

/** Experiment and place in it of each window, in published order, checked against the starts. */
async function readTimes(folder: string, split: Split, starts: Uint32Array) {
  const file = join(folder, 'windows.csv');
  const rows = (await readCsv(folder, 'windows.csv', windowRowSchema)).filter(row => row.split === split);
  if (rows.length !== starts.length) {
    throw corruptData(file, `${starts.length} ${split} windows`, `${rows.length}`);
  }
  rows.forEach((row, w) => {
    if (row.index !== w || row.sampleOffset !== starts[w]) {
      throw corruptData(
        file,
        `${split} window ${w} at sample ${starts[w]}`,
        `window ${row.index} at sample ${row.sampleOffset}`,
      );
    }
  });
  return rows;
}
