import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { exists } from '../files.js';
import { loadHaptChannels } from '../hapt.js';
import { Archive } from './archive.js';
import { download, hashFile } from './download.js';
import { convertHapt } from './hapt.js';
import { convertUciHar } from './uci-har.js';

/** The UCI Machine Learning Repository's folder of downloads. */
const officialBaseUrl = 'https://archive.ics.uci.edu/static/public/';

type FetchedName = 'hapt' | 'uci-har';

/**
 * The two archives, HAPT first: UCI HAR's conversion needs its recordings. UCI itself publishes no hashes; these are
 * what several unrelated public projects recorded of the official downloads.
 */
const sources: readonly { name: FetchedName; path: string; sha256: string }[] = [
  {
    name: 'hapt',
    path: '341/smartphone+based+recognition+of+human+activities+and+postural+transitions.zip',
    sha256: '4ac4ae064227c07045a99551876b54d204837e995e298b6488559e209b3deb09',
  },
  {
    name: 'uci-har',
    path: '240/human+activity+recognition+using+smartphones.zip',
    sha256: 'c00b803081a5c797cd5e4b83700a9810b38d53d9d84e01917e090e1fdbc81031',
  },
];

export type FetchProgress =
  | { name: FetchedName; step: 'download'; bytes: number; totalBytes?: number }
  | { name: FetchedName; step: 'convert' };

export interface FetchOptions {
  /** Folder that receives `hapt/` and `uci-har/`; made if absent. */
  target: string;
  /** Where the archives are, ending in "/"; default: UCI's official address. */
  baseUrl?: string;
  /**
   * SHA-256 that each archive must have; default: the published ones. `record` accepts any and only reports it, for
   * a mirror that packs the files anew.
   */
  sha256?: 'record' | Record<FetchedName, string>;
  onProgress?: (progress: FetchProgress) => void;
}

export interface FetchedDataSet {
  name: FetchedName;
  folder: string;
  url: string;
  /** Whether this call made the folder; false when it was there already. */
  fetched: boolean;
  /** Hash of the downloaded archive; absent when nothing was downloaded. */
  sha256?: string;
  /** Whether that hash was compared with an expected one. */
  verified: boolean;
}

/**
 * Downloads the UCI HAR and HAPT archives, checks them, and converts them to the layout that the loaders read. A data
 * set that is there already is left alone. Folders appear complete or not at all; an interrupted download continues at
 * the next call.
 * @throws LF_USAGE (no address, no folder), LF_DATA_DOWNLOAD (network, server, wrong hash), LF_DATA_CORRUPT (archive not
 *   as published)
 */
export async function fetchDataSets(options: FetchOptions): Promise<FetchedDataSet[]> {
  const { target, baseUrl = officialBaseUrl, onProgress = () => undefined } = options;
  if (!URL.canParse(baseUrl))
    throw new LittlefirstError('LF_USAGE', `"${baseUrl}" is not an address`, {
      expected: 'a URL that ends in "/", such as https://mirror.example/static/public/',
      received: baseUrl,
    });
  try {
    makeFolder(target);
  } catch (cause) {
    throw new LittlefirstError('LF_USAGE', `The folder ${target} cannot be made`, {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'name a folder that you may write to',
      cause,
    });
  }
  const results: FetchedDataSet[] = [];
  for (const source of sources) {
    const { name } = source;
    const folder = join(target, name);
    const url = new URL(source.path, baseUrl).href;
    if (await exists(folder)) {
      results.push({ name, folder, url, fetched: false, verified: false });
      continue;
    }
    const file = join(target, `.${name}.zip`);
    if (!(await exists(file))) {
      await download(url, file, progress => onProgress({ name, step: 'download', ...progress }));
    }
    const sha256 = await hashFile(file);
    const expected = options.sha256 === 'record' ? undefined : (options.sha256?.[name] ?? source.sha256);
    if (expected !== undefined && sha256 !== expected) {
      await rm(file);
      throw new LittlefirstError('LF_DATA_DOWNLOAD', `The archive from ${url} is not the published one`, {
        expected: `SHA-256 ${expected}`,
        received: `SHA-256 ${sha256}`,
        hint: 'fetch again; if it stays so, the archive was changed at its source',
        fields: { url, expected, received: sha256 },
      });
    }
    onProgress({ name, step: 'convert' });
    await convert(name, file, target);
    await rm(file);
    results.push({ name, folder, url, fetched: true, sha256, verified: expected !== undefined });
  }
  return results;
}

/** Converts an archive in a temporary folder beside the goal and moves it there when it is complete. */
async function convert(name: FetchedName, file: string, target: string): Promise<void> {
  const temporary = makeTemporaryFolder('fetch', target);
  try {
    const archive = new Archive(file, await readFile(file));
    if (name === 'hapt') await convertHapt(archive, temporary);
    else await convertUciHar(archive, await loadHaptChannels(target), temporary);
    await rename(temporary, join(target, name));
  } finally {
    removeTemporaryFolder(temporary);
  }
}
