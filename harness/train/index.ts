import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WindowSet } from '../data/types.js';
import { loadUciHar } from '../data/uci-har.js';
import { LittlefirstError } from '../errors.js';
import { type BundleInput, writeBundle } from '../model/bundle-write.js';
import type { Network } from '../model/network.js';
import { type Configuration, configurations, littleFirstBundle } from './little-first/bundle.js';
import { LittleFirstTrainer } from './little-first/trainer.js';
import { PaperTrainer } from './paper.js';
import { paperBundle } from './paper-bundle.js';
import { startTensorflow } from './tensorflow.js';

/** Bundles that this project knows how to train. */
export const trainableBundles: readonly string[] = ['paper', ...configurations.map(c => c.bundle)];

export interface TrainOptions {
  /** Data folder with `uci-har/`. */
  root: string;
  /** Folder that receives the bundle. */
  out: string;
  seed: number;
  onProgress: (message: string) => void;
}

interface Trained {
  description: BundleInput;
  networks: Map<string, Network>;
  /** What `training.json` keeps: how choices were made. */
  report: Record<string, unknown>;
}

/** Subject-wise folds for the gates' thresholds. */
const folds = 3;

/**
 * Trains a bundle on the training people of UCI HAR and writes its .tflite files, `bundle.yaml` and `training.json`.
 * Deterministic for a seed on one kind of processor.
 * @throws LF_USAGE for an unknown bundle, LF_DATA_MISSING or LF_DATA_CORRUPT
 */
export async function trainBundle(name: string, options: TrainOptions): Promise<void> {
  const configuration = configurations.find(c => c.bundle === name);
  if (name !== 'paper' && configuration === undefined) {
    throw new LittlefirstError('LF_USAGE', `There is no recipe for the bundle "${name}"`, {
      expected: trainableBundles.join(', '),
      received: name,
    });
  }
  await startTensorflow();
  const set = await loadUciHar({ root: options.root, split: 'train', order: 'published' });
  const trained =
    configuration === undefined ? trainPaper(set, options) : trainLittleFirst(set, configuration, options);
  await mkdir(options.out, { recursive: true });
  await writeBundle(options.out, trained.description, trained.networks);
  const report = { bundle: name, seed: options.seed, dataset: set.sha256, ...trained.report };
  await writeFile(join(options.out, 'training.json'), `${JSON.stringify(report, null, 2)}\n`);
}

function trainPaper(set: WindowSet, { seed, onProgress }: TrainOptions): Trained {
  const nets = new PaperTrainer(set, { seed, folds, onProgress }).run();
  return {
    description: paperBundle(nets, seed),
    networks: nets.networks,
    report: { outOfFold: nets.choices },
  };
}

function trainLittleFirst(
  set: WindowSet,
  configuration: Configuration,
  { seed, onProgress }: TrainOptions,
): Trained {
  const trainer = new LittleFirstTrainer(set, seed, onProgress);
  const everyone = new Set(set.subjects);
  const nets = {
    static: trainer.static(everyone, configuration.decimation),
    little: trainer.motion(configuration.little, everyone),
    big: trainer.motion(configuration.big, everyone),
  };
  const drift = trainer.drift(everyone, configuration.decimation);
  return {
    description: littleFirstBundle(configuration, nets, drift, seed),
    networks: new Map(Object.entries(nets).map(([name, net]) => [name, net.network])),
    report: { standard: Object.fromEntries(Object.entries(nets).map(([name, net]) => [name, net.standard])) },
  };
}
