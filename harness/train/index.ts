import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadUciHar } from '../data/uci-har.js';
import { LittlefirstError } from '../errors.js';
import { bundleFileName } from '../model/bundle.js';
import { writeTflite } from '../model/tflite-write.js';
import { PaperTrainer } from './paper.js';
import { paperBundle } from './paper-bundle.js';
import { startTensorflow } from './tensorflow.js';

/** Bundles that this project knows how to train. */
export const trainableBundles = ['paper'] as const;

export interface TrainOptions {
  /** Data folder with `uci-har/`. */
  root: string;
  /** Folder that receives the bundle. */
  out: string;
  seed: number;
  onProgress: (message: string) => void;
}

/**
 * Trains a bundle on the training people of UCI HAR and writes its .tflite files, `bundle.yaml` and `training.json`.
 * Deterministic for a seed on one kind of processor.
 * @throws LF_USAGE for an unknown bundle, LF_DATA_MISSING or LF_DATA_CORRUPT
 */
export async function trainBundle(name: string, options: TrainOptions): Promise<void> {
  if (name !== 'paper') {
    throw new LittlefirstError('LF_USAGE', `There is no recipe for the bundle "${name}"`, {
      expected: trainableBundles.join(', '),
      received: name,
    });
  }
  await startTensorflow();
  const set = await loadUciHar({ root: options.root, split: 'train', order: 'published' });
  const { seed, onProgress } = options;
  const nets = new PaperTrainer(set, { seed, folds: 3, onProgress }).run();
  await mkdir(options.out, { recursive: true });
  const sha256 = new Map<string, string>();
  for (const [network, content] of nets.networks) {
    const bytes = writeTflite(content, { description: `littlefirst paper ${network}, seed ${seed}` });
    sha256.set(network, createHash('sha256').update(bytes).digest('hex'));
    await writeFile(join(options.out, `${network}.tflite`), bytes);
  }
  await writeFile(join(options.out, bundleFileName), stringify(paperBundle(nets, sha256, seed)));
  const report = { bundle: name, seed, dataset: set.sha256, outOfFold: nets.choices };
  await writeFile(join(options.out, 'training.json'), `${JSON.stringify(report, null, 2)}\n`);
}
