import { createHash } from 'node:crypto';
import { basename, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { parseYaml } from '../../config/yaml.js';
import { LittlefirstError } from '../../errors.js';
import { type Counts, GoldenNetwork } from '../golden/network.js';
import type { Network } from '../tflite/network.js';
import { readTflite } from '../tflite/read.js';
import { checkDescription, checkNetworkUse } from './check.js';
import { maxDescriptionBytes, maxModelBytes, readWithin } from './file.js';
import { InputAssembler } from './input-assembler.js';
import { type BundleDescription, bundleSchema, type NetworkEntry } from './schema.js';

/** One network of a bundle, ready for the golden interpreter. */
export interface GoldenBundleNetwork {
  name: string;
  entry: NetworkEntry;
  network: Network;
  golden: GoldenNetwork;
  /**
   * Its input tensors from windows in the bundle's format (see `InputAssembler`).
   * The arrays are overwritten by the next call.
   */
  inputsOf(current: ArrayLike<number>, previous: ArrayLike<number>): Counts[];
}

/** What the golden interpreter needs of a bundle. */
export interface GoldenBundle {
  description: BundleDescription;
  networks: readonly GoldenBundleNetwork[];
}

/** One network of a loaded bundle. */
export interface BundleNetwork extends GoldenBundleNetwork {
  /** Where its file was found (absolute path). */
  path: string;
  /** Of the file: size and SHA-256 (hex). */
  bytes: number;
  sha256: string;
  /** Multiply-adds of one inference. */
  macs: number;
}

/** A bundle with its networks read and everything it says checked. */
export interface Bundle {
  /** Absolute path. */
  folder: string;
  description: BundleDescription;
  /** In the description's order, which is the order of the bit mask of networks that ran. */
  networks: BundleNetwork[];
}

export const bundleFileName = 'bundle.yaml';

/**
 * Reads `bundle.yaml` and checks what it says of itself, without its networks and without what its strategies become.
 * @throws LF_BUNDLE_INVALID with the place in the file and what is allowed there
 */
export async function readDescription(root: string): Promise<BundleDescription> {
  const path = join(root, bundleFileName);
  let text: string;
  try {
    text = (await readWithin(path, maxDescriptionBytes, root)).toString('utf8');
  } catch (cause) {
    if (cause instanceof LittlefirstError) throw cause;
    throw new LittlefirstError('LF_BUNDLE_INVALID', `There is no bundle in ${root}`, {
      expected: `a folder with a ${bundleFileName}`,
      hint: 'name one of the folders below fixtures/bundles or your own with --bundle',
      fields: { folder: root },
      cause,
    });
  }
  return parseDescription(text, path);
}

/**
 * Parses the text of a `bundle.yaml` and checks what it says of itself.
 * @param path what error messages call the file
 * @throws LF_BUNDLE_INVALID
 */
export function parseDescription(text: string, path: string): BundleDescription {
  const description = parseYaml(text, path, bundleSchema, {
    code: 'LF_BUNDLE_INVALID',
    purpose: 'a description of a bundle',
    hint: 'compare with a bundle below fixtures/bundles',
  });
  checkDescription(description, path);
  return description;
}

/**
 * Reads the networks that a description names and checks that they fit their parts.
 * @param root the bundle's folder, absolute
 * @param models another folder where files are found that the bundle does not hold
 * @throws LF_MODEL_MISSING naming the file and the folders searched; LF_MODEL_CORRUPT (also for a wrong SHA-256); LF_MODEL_UNSUPPORTED; LF_BUNDLE_INVALID
 */
export async function readNetworks(
  root: string,
  description: BundleDescription,
  models?: string,
): Promise<BundleNetwork[]> {
  const folders = models === undefined ? [root] : [root, resolve(models)];
  const networks: BundleNetwork[] = [];
  for (const [index, entry] of description.networks.entries()) {
    networks.push(await loadNetwork(entry, index, folders, description));
  }
  checkNetworkUse(description, networks);
  return networks;
}

async function loadNetwork(
  entry: NetworkEntry,
  index: number,
  folders: readonly string[],
  description: BundleDescription,
): Promise<BundleNetwork> {
  const { path, bytes } = await findFile(entry, index, folders);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (entry.sha256 !== undefined && entry.sha256 !== sha256) {
    throw new LittlefirstError('LF_MODEL_CORRUPT', `${path} is not the file that the bundle names`, {
      expected: `SHA-256 ${entry.sha256}`,
      received: `SHA-256 ${sha256}`,
      hint: 'fetch the file again, or correct sha256 in the bundle if the change is meant',
      fields: { file: path, network: entry.name },
    });
  }
  const ready = goldenBundleNetwork(readTflite(bytes, entry.file), description, index);
  return { ...ready, path, bytes: bytes.length, sha256, macs: ready.golden.macs };
}

/** Makes the `index`-th network of a bundle ready. @throws LF_BUNDLE_INVALID where its inputs are not what the bundle says */
export function goldenBundleNetwork(
  network: Network,
  description: BundleDescription,
  index: number,
): GoldenBundleNetwork {
  const entry = description.networks[index];
  const assembler = new InputAssembler(entry, network, description.window, index);
  return {
    name: entry.name,
    entry,
    network,
    golden: new GoldenNetwork(network),
    inputsOf: (current, previous) => assembler.assemble(current, previous),
  };
}

async function findFile(
  entry: NetworkEntry,
  index: number,
  folders: readonly string[],
): Promise<{ path: string; bytes: Uint8Array }> {
  if (isAbsolute(entry.file) || normalize(entry.file).startsWith('..')) {
    throw new LittlefirstError('LF_BUNDLE_INVALID', `networks[${index}].file leaves the bundle's folder`, {
      expected: 'a file name, or a path below the folder',
      received: entry.file,
    });
  }
  const candidates = folders.flatMap((folder, position) =>
    position === 0
      ? [join(folder, entry.file)]
      : [join(folder, entry.file), join(folder, basename(entry.file))],
  );
  for (const path of new Set(candidates)) {
    try {
      const folder = folders.find(candidate => path.startsWith(candidate + sep))!;
      return { path, bytes: await readWithin(path, maxModelBytes, folder) };
    } catch (cause) {
      if (cause instanceof LittlefirstError) throw cause;
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw new LittlefirstError('LF_MODEL_MISSING', `${path} cannot be read`, { cause });
      }
    }
  }
  throw new LittlefirstError('LF_MODEL_MISSING', `The file of network ${entry.name} was not found`, {
    expected: `${entry.file} in ${folders.join(' or ')}`,
    hint: 'name the folder that holds it with --models',
    fields: { file: entry.file, network: entry.name, folders },
  });
}
