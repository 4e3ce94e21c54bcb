import { resolve } from 'node:path';
import { type Bundle, parseDescription, readDescription, readNetworks } from './bundle/read.js';
import type { BundleDescription } from './bundle/schema.js';
import { checkStrategies } from './cascade/check.js';

export type { Bundle, BundleNetwork } from './bundle/read.js';

/**
 * Reads `bundle.yaml` and the networks it names.
 * @param folder the bundle's folder
 * @param options.models a folder where .tflite files are found that the bundle names but does not hold (the CLI's `--models`)
 * @throws LF_BUNDLE_INVALID with the place in the file and what is allowed there; LF_MODEL_MISSING naming the file and the folders searched;
 *   LF_MODEL_CORRUPT (also for a wrong SHA-256); LF_MODEL_UNSUPPORTED
 */
export async function loadBundle(folder: string, options: { models?: string } = {}): Promise<Bundle> {
  const root = resolve(folder);
  const description = await readDescription(root);
  checkStrategies(description);
  return { folder: root, description, networks: await readNetworks(root, description, options.models) };
}

/**
 * Parses and checks the text of a `bundle.yaml`, without its networks.
 * @param path what error messages call the file
 * @throws LF_BUNDLE_INVALID
 */
export function parseBundle(text: string, path: string): BundleDescription {
  const description = parseDescription(text, path);
  checkStrategies(description);
  return description;
}
