import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDataSetName, loadWindows } from '../data/load.js';
import { readManifest } from '../data/own/load.js';
import { activityNames, type WindowSet } from '../data/types.js';
import { uciGrid } from '../data/window-set.js';
import { LittlefirstError } from '../errors.js';
import { makeFolder } from '../host/make-folder.js';
import type { Network } from '../model/tflite/network.js';
import { type BundleInput, writeBundle } from '../model/write.js';
import type { Choice } from './keep-bias.js';
import { type Configuration, configurations, littleFirstBundle } from './little-first/bundle.js';
import { LittleFirstTrainer, type TrainedNet } from './little-first/trainer.js';
import { crossValidate } from './little-first/validate.js';
import { allPeople, TrainingLog } from './log.js';
import { ownBundle } from './own/bundle.js';
import type { Standard } from './own/examples.js';
import { OwnTrainer, scoredWindows } from './own/trainer.js';
import { paperBundle } from './paper/bundle.js';
import { type GateChoices, PaperTrainer } from './paper/trainer.js';
import { trainingHtml } from './report.js';
import { type OperatingChoice, type Validation, validationOf } from './report-data.js';
import { startTensorflow } from './tensorflow.js';

/** Bundles of the six activities of UCI HAR that this project knows how to train. */
export const trainableBundles: readonly string[] = ['paper', ...configurations.map(c => c.bundle)];
/** The recipe for any imported data. */
export const ownRecipe = 'cascade';

export interface TrainingOptions {
  seed: number;
  /**
   * Folds of the subject-wise cross-validation, 3 when absent. 0: none, and then no accuracy in the report; not for the paper, whose
   * gates' operating points come from it.
   */
  folds?: number;
  onProgress: (message: string) => void;
}

export interface TrainOptions extends TrainingOptions {
  /** Data set by its name, or the folder of an imported one; default `uci-har`. */
  data?: string;
  /** Data folder with `uci-har/`. */
  root?: string;
  /** Folder that receives the bundle. */
  out: string;
}

interface Trained {
  description: BundleInput;
  networks: Map<string, Network>;
  /** What `training.json` keeps: how choices were made. */
  report: Record<string, unknown>;
  validation?: Validation;
  choices: OperatingChoice[];
}

type Recipe = (set: WindowSet, options: TrainingOptions, folds: number) => [Trained, TrainingLog];

const defaultFolds = 3;

/** @throws LF_USAGE */
function recipeOf(name: string, folds: number): Recipe {
  const configuration = configurations.find(c => c.bundle === name);
  if (name !== 'paper' && configuration === undefined) {
    throw new LittlefirstError('LF_USAGE', `There is no recipe for the bundle "${name}"`, {
      expected: `${trainableBundles.join(', ')}; or ${ownRecipe}, for imported data`,
      received: name,
    });
  }
  if (folds === 1 || (folds === 0 && configuration === undefined)) {
    throw new LittlefirstError('LF_USAGE', `The bundle "${name}" cannot be trained with ${folds} folds`, {
      expected: configuration === undefined ? '2 or more' : '0, or 2 or more',
      received: String(folds),
    });
  }
  if (configuration === undefined) return trainPaper;
  return (set, options) => trainLittleFirst(set, configuration, options, folds);
}

/**
 * Trains a bundle on the training people of UCI HAR, or of imported data, and writes its .tflite files, `bundle.yaml`, `training.json` and
 * `training.html`. Deterministic for a seed on one kind of processor.
 * @throws LF_USAGE for an unknown bundle or number of folds, or data that the recipe is not for; LF_DATA_MISSING, LF_DATA_CORRUPT;
 *   LF_TRAINING_FAILED for too few people or windows
 */
export async function trainBundle(name: string, options: TrainOptions): Promise<void> {
  const { data = 'uci-har', root, out } = options;
  if (name === ownRecipe) return trainOwn(data, options);
  recipeOf(name, options.folds ?? defaultFolds);
  const set = await loadWindows({ data, root, split: 'train', order: 'published' });
  checkUciGrid(name, set);
  await trainBundleOn(name, set, out, options);
}

/** The recipes of the shipped bundles know the channels, classes and windows of UCI HAR. */
function checkUciGrid(name: string, { grid }: WindowSet): void {
  const textOf = ({ samples, stride, sampleRateHz, channels, classes }: WindowSet['grid']): string =>
    `windows of ${samples} at ${sampleRateHz} Hz, every ${stride}; ${channels.join(', ')}; ${classes.join(', ')}`;
  if (textOf(grid) === textOf(uciGrid)) return;
  throw new LittlefirstError('LF_USAGE', `The recipe of ${name} is not for these data`, {
    expected: textOf(uciGrid),
    received: textOf(grid),
    hint: `littlefirst train ${ownRecipe} --data DIR takes any`,
  });
}

/** The gate asks for Big where the evidence, a negated lead, exceeds the bias: the lead itself is what people want to see. */
function asMargins({ chosen, tried }: Choice): Choice {
  const points = tried.map(point => ({ ...point, bias: -point.bias }));
  return { chosen: points[tried.indexOf(chosen)], tried: points };
}

/** Trains `cascade` on an imported data set. */
async function trainOwn(data: string, options: TrainOptions): Promise<void> {
  const { seed, folds = defaultFolds, onProgress, out } = options;
  if (isDataSetName(data))
    throw new LittlefirstError('LF_USAGE', `The recipe ${ownRecipe} is for imported data`, {
      expected: '--data DIR, made by `littlefirst data import`',
      received: data,
    });
  if (folds === 1)
    throw new LittlefirstError('LF_USAGE', 'One fold leaves nobody to train on', {
      expected: '0, or 2 or more',
    });
  const { channels, name } = await readManifest(data);
  const standard: Standard = {
    scale: channels.map(({ scale }) => scale),
    mean: channels.map(({ mean }) => mean),
    deviation: channels.map(({ deviation }) => deviation),
  };
  const set = scoredWindows(await loadWindows({ data, split: 'train', order: 'chronological' }));
  const log = new TrainingLog(2 * (1 + folds), onProgress);
  const trainer = new OwnTrainer(set, standard, { seed, folds, log });
  await startTensorflow();
  const { networks, margin, choice, outOfFold } = trainer.run(folds);
  const origin = `littlefirst train ${ownRecipe} --data ${name} --seed ${seed}, training people only`;
  await writeTrained(ownRecipe, set, out, seed, log, {
    description: ownBundle(name, set.grid, standard, margin, origin),
    networks,
    report: { standard, margin },
    validation:
      outOfFold === undefined
        ? undefined
        : validationOf(set, outOfFold, set.grid.classes.length, { subject: 'Big on every window', folds }),
    choices:
      choice === undefined
        ? []
        : [
            pointsOf(
              asMargins(choice),
              'little-first',
              "least lead of Little's winner, output counts",
              'Chosen: the fewest Big runs at no more than half a percentage point below Big on every window.',
            ),
          ],
  });
}

/** The same on any windows of the six activities: each of several people must have done them all. */
export async function trainBundleOn(
  name: string,
  set: WindowSet,
  out: string,
  options: TrainingOptions,
): Promise<void> {
  const folds = options.folds ?? defaultFolds;
  const recipe = recipeOf(name, folds);
  await startTensorflow();
  const [trained, log] = recipe(set, options, folds);
  await writeTrained(name, set, out, options.seed, log, trained);
}

async function writeTrained(
  name: string,
  set: WindowSet,
  out: string,
  seed: number,
  { curves }: TrainingLog,
  trained: Trained,
): Promise<void> {
  makeFolder(out);
  const bundle = await writeBundle(out, trained.description, trained.networks);
  const { validation, choices } = trained;
  const facts = { bundle: name, seed, dataset: set.sha256 };
  const json = { ...facts, ...trained.report, curves, validation };
  await writeFile(join(out, 'training.json'), `${JSON.stringify(json, null, 2)}\n`);
  const html = trainingHtml({
    ...facts,
    people: new Set(set.subjects).size,
    windows: set.starts.length,
    labels: set.grid.classes,
    dataName: set.name === 'uci-har' ? 'UCI HAR' : set.name,
    networks: bundle.networks.map(({ name: network, macs, bytes }) => ({
      name: network,
      macs,
      fileBytes: bytes,
    })),
    curves,
    validation,
    choices,
  });
  await writeFile(join(out, 'training.html'), html);
}

const paperNetworks = 9;
const networksPerPaperFold = 8;

const pointsOf = (
  { chosen, tried }: Choice,
  title: string,
  setting: string,
  why: string,
): OperatingChoice => ({
  title,
  why,
  settings: [setting],
  costName: 'Big runs, % of windows',
  points: tried.map(({ bias, correct, bigRuns, windows }) => ({
    settings: [bias],
    correct,
    windows,
    cost: (100 * bigRuns) / windows,
  })),
  chosen: tried.indexOf(chosen),
});

function paperChoices({ oneVsRest, dual, distance }: GateChoices): OperatingChoice[] {
  const cheapest =
    'Chosen: the fewest Big runs at no more than half a percentage point below Big on every window.';
  return [
    pointsOf(
      oneVsRest,
      '1B6S',
      'bias of the Littles',
      'Chosen: the most accurate of those that run Big on at most 10 % of the windows, which is what the paper saves.',
    ),
    pointsOf(dual, '1B1D', 'bias of the Dual', cheapest),
    pointsOf(distance, '1BDD', 'threshold, counts', cheapest),
  ];
}

function trainPaper(
  set: WindowSet,
  { seed, onProgress }: TrainingOptions,
  folds: number,
): [Trained, TrainingLog] {
  const log = new TrainingLog(networksPerPaperFold * folds + paperNetworks, onProgress);
  const nets = new PaperTrainer(set, { seed, folds, onProgress, log }).run();
  const trained = {
    description: paperBundle(nets, seed),
    networks: nets.networks,
    report: { outOfFold: nets.choices },
    validation: validationOf(set, nets.outOfFold.big, activityNames.length, {
      subject: 'Big (3 inputs) on every window',
      folds,
    }),
    choices: paperChoices(nets.choices),
  };
  return [trained, log];
}

function trainLittleFirst(
  set: WindowSet,
  configuration: Configuration,
  { seed, onProgress }: TrainingOptions,
  folds: number,
): [Trained, TrainingLog] {
  const { little } = configuration;
  const log = new TrainingLog((little === undefined ? 2 : 3) * (1 + folds), onProgress);
  const trainer = new LittleFirstTrainer(set, seed, onProgress, log);
  const everyone = new Set(set.subjects);
  log.part = allPeople;
  const nets = {
    static: trainer.static(everyone, configuration.decimation),
    ...(little === undefined ? {} : { little: trainer.motion(little, everyone) }),
    big: trainer.motion(configuration.big, everyone),
  };
  const drift = trainer.drift(everyone, configuration.decimation);
  const checked =
    folds === 0
      ? undefined
      : crossValidate(set, trainer, configuration, nets, folds, fold => {
          log.part = `fold ${fold + 1} of ${folds}`;
        });
  const trained = {
    description: littleFirstBundle(configuration, nets, drift, seed),
    networks: new Map(Object.entries<TrainedNet>(nets).map(([name, net]) => [name, net.network])),
    report: {
      standard: Object.fromEntries(
        Object.entries<TrainedNet>(nets).map(([name, net]) => [name, net.standard]),
      ),
      ...(checked === undefined ? {} : { operatingPoints: checked.choice }),
    },
    validation: checked?.validation,
    choices: checked === undefined ? [] : [checked.choice],
  };
  return [trained, log];
}
