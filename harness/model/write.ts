import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { LittlefirstError } from '../errors.js';
import { makeFolder } from '../host/make-folder.js';
import { bundleFileName } from './bundle/read.js';
import type { bundleSchema, holdStrategySchema } from './bundle/schema.js';
import { type Bundle, loadBundle } from './load.js';
import type { Network } from './tflite/network.js';
import { writeTflite } from './tflite/write.js';

/** A bundle's description as a caller writes it: defaults may be left out. */
export type BundleInput = z.input<typeof bundleSchema>;
export type HoldInput = z.input<typeof holdStrategySchema>;

/**
 * Writes a bundle: each network as its .tflite file, and `bundle.yaml` with the files' SHA-256 filled in; then loads it, so that what
 * was written is known to be sound. The same input gives the same bytes.
 * @param folder made if it does not exist; files of the same names are replaced
 * @param networks by the description's network names
 * @returns the bundle as loaded
 * @throws LF_BUNDLE_INVALID when a network is missing or the description does not hold together
 */
export async function writeBundle(
  folder: string,
  description: BundleInput,
  networks: ReadonlyMap<string, Network>,
): Promise<Bundle> {
  makeFolder(folder);
  const entries: BundleInput['networks'] = [];
  for (const entry of description.networks) {
    const network = networks.get(entry.name);
    if (network === undefined) {
      throw new LittlefirstError('LF_BUNDLE_INVALID', `there is no network for "${entry.name}"`, {
        expected: `a network for each of ${description.networks.map(({ name }) => name).join(', ')}`,
        received: [...networks.keys()].join(', '),
      });
    }
    const bytes = writeTflite(network, { description: `${description.name}: ${entry.name}` });
    await writeFile(join(folder, entry.file), bytes);
    entries.push({ ...entry, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  const text = stringify({ ...description, networks: entries }, { lineWidth: 110 });
  await writeFile(join(folder, bundleFileName), text);
  return loadBundle(folder);
}
