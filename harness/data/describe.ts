import { isDataSetName, loadWindows } from './load.js';
import { readManifest } from './own/load.js';
import { fitMinMax, type SampleFormat } from './scaling.js';
import type { Split, WindowGrid, WindowSet } from './types.js';
import { channelScales, unscored } from './window-set.js';

/** One split in figures. */
export interface SplitDescription {
  people: string[];
  windows: number;
  /** Scored windows of each class. */
  ofClass: number[];
  unscored: number;
}

export interface DataDescription {
  name: string;
  grid: WindowGrid;
  splits: Record<Split, SplitDescription>;
  /** What a bundle's `window` says for these data, its constants from the training people. */
  formats: { counts: SampleFormat; minmax: SampleFormat };
  /** Of data that are not real people. */
  caution?: string;
}

function inFigures({ labels, subjects, people, grid, starts }: WindowSet): SplitDescription {
  const ofClass = new Array<number>(grid.classes.length).fill(0);
  for (const label of labels) if (label !== unscored) ofClass[label] += 1;
  const numbers = [...new Set(subjects)].sort((a, b) => a - b);
  return {
    people: numbers.map(number => people?.[number - 1] ?? String(number)),
    windows: starts.length,
    ofClass,
    unscored: labels.filter(label => label === unscored).length,
  };
}

/** Eight significant digits: more than any sensor has, and a bundle that people can read. */
const short = (value: number): number => Number(value.toPrecision(8));

function formatsOf(
  grid: WindowGrid,
  { min, max }: Record<'min' | 'max', number[]>,
  scale: readonly number[],
): DataDescription['formats'] {
  const { samples, stride, sampleRateHz, channels } = grid;
  const shared = { samples, stride, sampleRateHz, channels };
  return {
    counts: { ...shared, dtype: 'int16', scaling: { method: 'counts', scale } },
    minmax: {
      ...shared,
      dtype: 'uint8',
      scaling: { method: 'minmax', min: min.map(short), max: max.map(short) },
    },
  };
}

/**
 * What a data set holds, and how a bundle scales it.
 * @param data a data set by its name, or the folder of an imported one
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function describeData(data: string): Promise<DataDescription> {
  const train = await loadWindows({ data, split: 'train', order: 'published' });
  const test = await loadWindows({ data, split: 'test', order: 'published' });
  const splits = { train: inFigures(train), test: inFigures(test) };
  const { name, grid, caution } = train;
  if (isDataSetName(data))
    return { name, grid, splits, caution, formats: formatsOf(grid, fitMinMax(train), channelScales) };
  const { channels } = await readManifest(data);
  const of = (key: 'min' | 'max' | 'scale'): number[] => channels.map(channel => channel[key]);
  const formats = formatsOf(grid, { min: of('min'), max: of('max') }, of('scale'));
  return { name, grid, splits, caution, formats };
}
