import type { WindowSet } from '../../data/types.js';
import type { DriftParameters } from '../../model/cascade/filtered/drift.js';
import type { FeatureParameters } from '../../model/cascade/filtered/features.js';
import type { Network, Quantisation } from '../../model/tflite/network.js';
import { isPlain } from '../convolution/network.js';
import { trainConvolutions } from '../convolution/train.js';
import { type ExampleSource, type Parameters, predict, trainNet } from '../fit.js';
import type { TrainingLog } from '../log.js';
import type { NetSpec } from '../nets.js';
import { subjectFolds, windowsOf } from '../people.js';
import { calibrate, quantiseNet } from '../quantise.js';
import { noAugmentation, windowSource } from '../windows-source.js';
import { trainDrift } from './drift-training.js';
import { featureParameters, featuresOf } from './feature-set.js';
import { staticSpec, windowChannels } from './nets.js';
import { motionRecipe, type Recipe, staticRecipe } from './recipes.js';
import { softmaxOutputs } from './simulate.js';
import { channelStandard, motionSource, type Standard, StaticExamples } from './sources.js';

/** int8 inputs q stand for q / 32: standardised values from -4 to 4. */
export const inputQuantisation: Quantisation = { scales: [1 / 32], zeroPoints: [0], axis: 0 };

/** Least probability of a change from one window to the next, before any evidence. */
export const changeFloor = 0.002;

export interface TrainedNet {
  spec: NetSpec;
  standard: Standard;
  parameters: Parameters;
  network: Network;
}

/** Trains the parts of the little-first cascade on some people of a set. */
export class LittleFirstTrainer {
  readonly #set: WindowSet;
  readonly #seed: number;
  readonly #onProgress: (message: string) => void;
  readonly #log: TrainingLog | undefined;

  constructor(set: WindowSet, seed: number, onProgress: (message: string) => void, log?: TrainingLog) {
    this.#set = set;
    this.#seed = seed;
    this.#onProgress = onProgress;
    this.#log = log;
  }

  /** A classifier of the walking types. */
  motion(spec: NetSpec, people: ReadonlySet<number>): TrainedNet {
    const windows = windowsOf(this.#set, people);
    const moving = windows.filter(w => this.#set.labels[w] < 3);
    const standard = channelStandard(this.#set, moving);
    const source = motionSource(this.#set, windows, standard);
    return this.#train(spec, standard, source, motionRecipe(spec));
  }

  /** The classifier of the postures. */
  static(people: ReadonlySet<number>, decimation: number): TrainedNet {
    const windows = windowsOf(this.#set, people);
    const source = new StaticExamples(this.#set, windows, featureParameters(decimation), { shifted: true });
    return this.#train(staticSpec, source.standard, source, staticRecipe);
  }

  drift(people: ReadonlySet<number>, decimation: number): DriftParameters {
    const features = featuresOf(this.#set, featureParameters(decimation));
    return trainDrift(this.#set, features, windowsOf(this.#set, people), changeFloor, this.#seed);
  }

  #train(spec: NetSpec, standard: Standard, source: ExampleSource, recipe: Recipe): TrainedNet {
    const onEpoch = this.#log?.follow(spec.name, recipe.epochs);
    const train = isPlain(spec) ? trainConvolutions : trainNet;
    const parameters = train(spec, source, { ...recipe, seed: this.#seed, onEpoch });
    const ranges = calibrate(spec, parameters, source, 2048, this.#seed);
    const network = quantiseNet(spec, parameters, ranges, inputQuantisation, { softmax: true });
    this.#onProgress(`${spec.name} trained on ${source.count} examples`);
    return { spec, standard, parameters, network };
  }
}

/**
 * Softmax outputs [windows of the set][3] of a float network on some windows; zeros elsewhere.
 * @param decimation of the features, for the static network
 */
export function outputsOn(
  set: WindowSet,
  net: TrainedNet,
  windows: Uint32Array,
  feature: FeatureParameters,
): Int8Array {
  const { spec, standard, parameters } = net;
  const isStatic = spec.name === staticSpec.name;
  const source = isStatic
    ? new StaticExamples(set, windows, feature, { shifted: false, standard, everyWindow: true })
    : windowSource(set, {
        windows,
        branches: [windowChannels],
        encode: (value, channel) => {
          const i = windowChannels.indexOf(channel);
          return (value - standard.mean[i]) / standard.deviation[i];
        },
        augmentation: noAugmentation,
        classes: 3,
        classOf: () => 0,
        smoothing: 0,
      });
  const outputs = new Int8Array(set.starts.length * 3);
  const shares = softmaxOutputs(predict(spec, parameters, source, Uint32Array.from(windows.keys())), 3);
  windows.forEach((w, i) => {
    outputs.set(shares.subarray(3 * i, 3 * i + 3), 3 * w);
  });
  return outputs;
}

/** Out-of-fold outputs of a kind of network over a whole training set. */
export function outOfFold(
  set: WindowSet,
  folds: number,
  feature: FeatureParameters,
  train: (people: ReadonlySet<number>) => TrainedNet,
): Int8Array {
  const all = new Int8Array(set.starts.length * 3);
  for (const { train: people, heldOut } of subjectFolds(set, folds)) {
    const part = outputsOn(set, train(people), windowsOf(set, heldOut), feature);
    part.forEach((v, i) => {
      all[i] += v;
    });
  }
  return all;
}
