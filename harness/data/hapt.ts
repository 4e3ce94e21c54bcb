import { join } from 'node:path';
import { z } from 'zod';
import { corruptData, readCsv, readInt16, readJson } from './files.js';
import { filterExperiment } from './filters.js';
import type { Order, Split, WindowSet } from './types.js';
import {
  channelCount,
  countsToPhysical,
  physicalToCounts,
  sealWindowSet,
  unscored,
  windowSamples,
  windowStride,
} from './window-set.js';

const experimentSchema = z.object({
  experiment: z.number().int(),
  user: z.number().int().min(1).max(254),
  split: z.enum(['train', 'test']),
  offset: z.number().int().min(0),
  samples: z.number().int().positive(),
});

/** What the loader needs of `raw.json`; unknown fields pass. */
export const haptFactsSchema = z.object({
  scale: z.array(z.number().positive()).length(6),
  samples: z.number().int().positive(),
  experiments: z.array(experimentSchema).min(1),
});

const segmentSchema = z.object({
  experiment: z.coerce.number().int(),
  activity: z.coerce.number().int().min(1).max(12),
  start: z.coerce.number().int().min(1),
  end: z.coerce.number().int().min(1),
});

type Experiment = z.infer<typeof experimentSchema>;
type Segment = z.infer<typeof segmentSchema>;

export interface HaptOptions {
  /** Folder that holds `hapt/`. */
  root: string;
  split: Split;
  order: Order;
  /** Samples from a window to the next; default 64. */
  strideSamples?: number;
  /** First sample of an experiment's first window; default 0. */
  offsetSamples?: number;
}

/**
 * Loads whole HAPT experiments as continuous streams: the nine channels recomputed from the raw recordings (rounded to
 * the int16 grid of UCI HAR), a window every `strideSamples`. A window that lies within one labelled segment of
 * activities 1 to 6 has that label; all others (transitions, unlabelled stretches) have label 255: fed and paid for,
 * not scored; `transitions` tells those that overlap a labelled transition (activities 7 to 12) from the rest. Both orders feed the experiments in time order; `chronological` resets at each, `published` only at 0.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function loadHapt(options: HaptOptions): Promise<WindowSet> {
  const { root, split, order, strideSamples = windowStride, offsetSamples = 0 } = options;
  const folder = join(root, 'hapt');
  const { experiments, segments, raw, scale } = await readRecordings(folder);
  const chosen = experiments.filter(experiment => experiment.split === split);
  const rows = chosen.reduce((sum, experiment) => sum + experiment.samples, 0);
  const samples = new Float32Array(rows * channelCount);
  const starts: number[] = [];
  const labels: number[] = [];
  const subjects: number[] = [];
  const transitions: number[] = [];
  const resets: number[] = [];
  let base = 0;
  for (const experiment of chosen) {
    const channels = recomputeChannels(raw, scale, experiment);
    samples.set(countsToPhysical(physicalToCounts(channels)), base * channelCount);
    const own = segments.filter(segment => segment.experiment === experiment.experiment);
    if (offsetSamples + windowSamples <= experiment.samples) resets.push(starts.length);
    for (let at = offsetSamples; at + windowSamples <= experiment.samples; at += strideSamples) {
      starts.push(base + at);
      labels.push(pureLabel(own, at));
      transitions.push(overlapsTransition(own, at) ? 1 : 0);
      subjects.push(experiment.user);
    }
    base += experiment.samples;
  }
  return sealWindowSet({
    name: 'hapt',
    split,
    order,
    samples,
    starts: Uint32Array.from(starts),
    labels: Uint8Array.from(labels),
    subjects: Uint8Array.from(subjects),
    transitions: Uint8Array.from(transitions),
    resets: order === 'chronological' ? Uint32Array.from(resets) : Uint32Array.of(0),
  });
}

/** One experiment as rows x 9, physical units, before rounding to the int16 grid. */
export interface ExperimentChannels {
  experiment: number;
  user: number;
  channels: Float64Array;
}

/**
 * Recomputes the nine channels of all experiments.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function loadHaptChannels(root: string): Promise<ExperimentChannels[]> {
  const { experiments, raw, scale } = await readRecordings(join(root, 'hapt'));
  return experiments.map(recording => ({
    experiment: recording.experiment,
    user: recording.user,
    channels: recomputeChannels(raw, scale, recording),
  }));
}

/** Activities up to this one are the six basic ones; the rest are transitions between postures. */
const lastBasic = 6;

function overlapsTransition(segments: readonly Segment[], at: number): boolean {
  return segments.some(
    ({ activity, start, end }) => activity > lastBasic && start <= at + windowSamples && end >= at + 1,
  );
}

/** Class 0..5 when rows at .. at + 127 lie in one segment (1-based, inclusive bounds) of a basic activity, else 255. */
function pureLabel(segments: readonly Segment[], at: number): number {
  const segment = segments.find(
    ({ activity, start, end }) => activity <= lastBasic && start <= at + 1 && end >= at + windowSamples,
  );
  return segment === undefined ? unscored : segment.activity - 1;
}

function recomputeChannels(raw: Int16Array, scale: readonly number[], experiment: Experiment): Float64Array {
  const from = experiment.offset * 6;
  const physical = Float64Array.from(
    raw.subarray(from, from + experiment.samples * 6),
    (count, i) => count * scale[i % 6],
  );
  return filterExperiment(physical);
}

async function readRecordings(folder: string) {
  const facts = await readJson(folder, 'raw.json', haptFactsSchema);
  for (const { experiment, offset, samples } of facts.experiments) {
    if (offset + samples > facts.samples) {
      const file = join(folder, 'raw.json');
      throw corruptData(
        file,
        `experiments within ${facts.samples} samples`,
        `experiment ${experiment} beyond`,
      );
    }
  }
  const [raw, segments] = await Promise.all([
    readInt16(folder, 'raw.i16', facts.samples * 6),
    readCsv(folder, 'labels.csv', segmentSchema),
  ]);
  return { experiments: facts.experiments, scale: facts.scale, segments, raw };
}
