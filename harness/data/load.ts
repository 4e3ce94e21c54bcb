import { join } from 'node:path';
import { LittlefirstError } from '../errors.js';
import { exists } from './files.js';
import { loadHapt } from './hapt.js';
import { findDataRoot } from './locate.js';
import { loadOwn } from './own/load.js';
import { defaultSyntheticWindows, synthesizeWearer } from './synthetic/data-set.js';
import { type DataSetName, dataSetNames, type Order, type Split, type WindowSet } from './types.js';
import { loadUciHar } from './uci-har.js';
import { firstWindows } from './window-set.js';

export interface LoadOptions {
  /** A data set by its name, or the folder of an imported one. */
  data: string;
  split: Split;
  order: Order;
  /** Only the first N windows; all of them (of the synthetic wearer: `defaultSyntheticWindows`) when absent. */
  limit?: number;
  /** Folder with `uci-har/` and `hapt/`; default: `LITTLEFIRST_DATA`. */
  root?: string;
  /** Seed of the synthetic wearer, default 1; the other data sets ignore it. */
  seed?: number;
}

/** Whether a word is the name of a shipped data set, rather than a folder. */
export const isDataSetName = (data: string): data is DataSetName =>
  (dataSetNames as readonly string[]).includes(data);

/**
 * Loads a data set as windows of physical samples, in the order in which the DUT gets them.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT, LF_USAGE (limit)
 */
export async function loadWindows(options: LoadOptions): Promise<WindowSet> {
  const { data, split, order, limit, seed, root = findDataRoot() } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new LittlefirstError('LF_USAGE', 'The number of windows is not usable', {
      expected: 'a whole number above 0',
      received: String(limit),
    });
  }
  if (!isDataSetName(data))
    return firstWindows(await loadOwn(data, split, order), limit ?? Number.POSITIVE_INFINITY);
  if (data === 'synthetic') {
    return synthesizeWearer({ split, order, seed, windows: limit ?? defaultSyntheticWindows });
  }
  if (root === undefined) {
    throw new LittlefirstError('LF_DATA_MISSING', `The data set ${data} needs files`, {
      expected: 'a data folder',
      received: 'LITTLEFIRST_DATA is not set',
      hint: 'set LITTLEFIRST_DATA, run "littlefirst data fetch", or use --data synthetic',
      fields: { data },
    });
  }
  const load = data === 'uci-har' ? loadUciHar : loadHapt;
  return firstWindows(await load({ root, split, order }), limit ?? Number.POSITIVE_INFINITY);
}

export interface DataSetEntry {
  name: DataSetName;
  available: boolean;
  /** Where it is or would be; absent for the synthetic wearer and when no data folder is named. */
  folder?: string;
  description: string;
}

/** Which data sets can be used from `root` (default `LITTLEFIRST_DATA`), without reading their samples. */
export async function listDataSets(root = findDataRoot()): Promise<DataSetEntry[]> {
  const onDisk = async (name: DataSetName, marker: string, description: string): Promise<DataSetEntry> => {
    if (root === undefined) return { name, available: false, description };
    const folder = join(root, name);
    return { name, available: await exists(join(folder, marker)), folder, description };
  };
  return [
    await onDisk('uci-har', 'uci-har.json', 'UCI HAR windows: 30 people, six activities, phone at the waist'),
    await onDisk('hapt', 'raw.json', 'HAPT continuous streams of the same people, with the transitions'),
    {
      name: 'synthetic',
      available: true,
      description: 'synthetic wearer: generated, no real people, needs no file',
    },
  ];
}
