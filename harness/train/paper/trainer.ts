import { Random } from '../../data/random.js';
import type { WindowSet } from '../../data/types.js';
import type { Network, Quantisation } from '../../model/tflite/network.js';
import { type ExampleSource, type Parameters, predict, trainNet } from '../fit.js';
import { type Choice, cheapestWithin, type GateEvidence, mostAccurateWithin } from '../keep-bias.js';
import { allPeople, type TrainingLog } from '../log.js';
import type { NetSpec } from '../nets.js';
import { subjectFolds, windowsOf } from '../people.js';
import { calibrate, quantiseNet } from '../quantise.js';
import { noAugmentation, windowSource } from '../windows-source.js';
import {
  big1Branches,
  big1Spec,
  big3Branches,
  big3Spec,
  bigRecipe,
  dualSpec,
  littleRecipe,
  littleSpec,
  type Recipe,
  s3,
} from './nets.js';
import { balancedPairs, consecutivePairs, pairSource } from './pair-source.js';

/** int8 inputs q stand for q / 64: a power of two, about -2..2. */
export const inputQuantisation: Quantisation = { scales: [1 / 64], zeroPoints: [0], axis: 0 };

export interface MinMax {
  min: number[];
  max: number[];
}

/** Physical value to the network's real-valued input, through the window's int8 form (bundle scaling `minmax`). */
export function int8Encoder({ min, max }: MinMax): (value: number, channel: number) => number {
  return (value, channel) => {
    const q = Math.trunc(((value - min[channel]) / (max[channel] - min[channel])) * 255);
    return (Math.max(0, Math.min(255, q)) - 128) / 64;
  };
}

/**
 * Channel ranges for the int8 window: the 0.1 and 99.9 percentiles of the training people. Rare peaks saturate, which
 * leaves finer steps for everything else.
 */
export function robustMinMax(set: WindowSet): MinMax {
  const min: number[] = [];
  const max: number[] = [];
  const rows = set.samples.length / 9;
  for (let c = 0; c < 9; c++) {
    const column = Float64Array.from({ length: rows }, (_, r) => set.samples[r * 9 + c]).sort();
    min.push(column[Math.floor(0.001 * rows)]);
    max.push(column[Math.floor(0.999 * rows)]);
  }
  return { min, max };
}

/** A gate may cost this much accuracy, out of fold, for fewer Big runs. */
const accuracyMargin = -0.005;
/** 1B6S may run Big this often: with a Little that costs a tenth of Big, that saves 80 % of its energy, the paper's figure. */
const largestBigShare = 0.1;

export interface PaperTrainingOptions {
  seed: number;
  /** Folds of the subject-wise cross-validation that chooses the gates' operating points. */
  folds: number;
  onProgress: (message: string) => void;
  /** Listens to every epoch. */
  log?: TrainingLog;
}

/** Out-of-fold predictions over all training windows: nobody's windows are judged by a network that saw that person. */
export interface OutOfFold {
  /** Big's label of each window. */
  big: Uint8Array;
  /** Each Little's evidence that the window is not its activity: logit 0 minus logit 1. */
  little: Float32Array[];
  /** The Dual's evidence that the window differs from the one before. */
  dual: Float32Array;
}

/** Operating points chosen on out-of-fold predictions. */
export interface GateChoices {
  bigAccuracy: number;
  oneVsRest: Choice;
  dual: Choice;
  distance: Choice;
}

export interface PaperNets {
  minMax: MinMax;
  networks: Map<string, Network>;
  choices: GateChoices;
}

type Model = { spec: NetSpec; source: ExampleSource; recipe: Recipe };

const activities = 6;

/** Trains the paper's networks on training people only. */
export class PaperTrainer {
  readonly #set: WindowSet;
  readonly #options: PaperTrainingOptions;
  readonly #minMax: MinMax;
  readonly #encode: (value: number, channel: number) => number;

  constructor(set: WindowSet, options: PaperTrainingOptions) {
    this.#set = set;
    this.#options = options;
    this.#minMax = robustMinMax(set);
    this.#encode = int8Encoder(this.#minMax);
  }

  /** Cross-validates for the operating points, then trains every network on all training people. */
  run(): PaperNets & { outOfFold: OutOfFold } {
    const outOfFold = this.outOfFold();
    return { ...this.quantise(this.trainAll(), this.choose(outOfFold)), outOfFold };
  }

  /** Trains Big, Littles and Dual fold by fold and predicts the people left out. */
  outOfFold(): OutOfFold {
    const n = this.#set.starts.length;
    const result: OutOfFold = {
      big: new Uint8Array(n),
      little: Array.from({ length: activities }, () => new Float32Array(n)),
      dual: new Float32Array(n),
    };
    for (const [f, { train, heldOut }] of subjectFolds(this.#set, this.#options.folds).entries()) {
      this.#enter(`fold ${f + 1} of ${this.#options.folds}`);
      const windows = windowsOf(this.#set, heldOut);
      const all = Uint32Array.from(windows.keys());
      const logits = predict(
        big3Spec,
        this.#train(this.#big(big3Spec, big3Branches, train)),
        this.#source(big3Branches, windows, activities),
        all,
      );
      windows.forEach((w, i) => {
        result.big[w] = argmax(logits.subarray(i * activities, (i + 1) * activities));
      });
      for (let a = 0; a < activities; a++) {
        const source = this.#source([s3], windows, 2, a);
        const z = predict(littleSpec(a), this.#train(this.#little(a, train)), source, all);
        windows.forEach((w, i) => {
          result.little[a][w] = z[2 * i] - z[2 * i + 1];
        });
      }
      const pairs = consecutivePairs(this.#set, windows);
      const source = pairSource(this.#set, pairs, this.#encode, noAugmentation);
      const indices = Uint32Array.from(pairs.keys());
      const z = predict(dualSpec, this.#train(this.#dual(train)), source, indices);
      pairs.forEach((pair, i) => {
        result.dual[pair.current] = z[2 * i] - z[2 * i + 1];
      });
      this.#options.onProgress(`fold ${f + 1} of ${this.#options.folds} done`);
    }
    return result;
  }

  /** Chooses the gates' operating points. */
  choose({ big, little, dual }: OutOfFold): GateChoices {
    const truth = this.#set.labels;
    const reset = (w: number): boolean => w === 0;
    const correct = big.reduce((sum, label, w) => sum + (label === truth[w] ? 1 : 0), 0);
    const evidence = (changed: GateEvidence['changed']): GateEvidence => ({ truth, big, changed, reset });
    const biases = Array.from({ length: 81 }, (_, i) => (i - 40) / 5);
    const thresholds = Array.from({ length: 160 }, (_, i) => 100 * (i + 1));
    const distances = this.#distances();
    return {
      bigAccuracy: correct / truth.length,
      oneVsRest: mostAccurateWithin(
        evidence((w, held) => little[held][w]),
        biases,
        largestBigShare,
      ),
      dual: cheapestWithin(
        evidence(w => dual[w]),
        biases,
        accuracyMargin,
      ),
      distance: cheapestWithin(
        evidence(w => distances[w]),
        thresholds,
        accuracyMargin,
      ),
    };
  }

  /** Trains every network on all training people. */
  trainAll(): Map<string, Parameters> {
    this.#enter(allPeople);
    return new Map(this.#models().map(model => [model.spec.name, this.#train(model)]));
  }

  /** Moves the gates' decisions to the chosen points, calibrates and quantises. */
  quantise(trained: Map<string, Parameters>, choices: GateChoices): PaperNets {
    const networks = new Map<string, Network>();
    for (const { spec, source } of this.#models()) {
      const parameters = trained.get(spec.name)!;
      const bias = parameters.get('d0.b')!.values;
      if (spec.name.startsWith('little')) bias[0] -= choices.oneVsRest.chosen.bias;
      if (spec.name === dualSpec.name) bias[0] -= choices.dual.chosen.bias;
      const ranges = calibrate(spec, parameters, source, 1024, this.#options.seed);
      networks.set(spec.name, quantiseNet(spec, parameters, ranges, inputQuantisation));
    }
    return { minMax: this.#minMax, networks, choices };
  }

  /** Says which people the next trainings see. */
  #enter(part: string): void {
    if (this.#options.log !== undefined) this.#options.log.part = part;
  }

  /** All networks of the bundle, on all training people. */
  #models(): Model[] {
    const everyone = new Set(this.#set.subjects);
    return [
      this.#big(big3Spec, big3Branches, everyone),
      this.#big(big1Spec, big1Branches, everyone),
      ...Array.from({ length: activities }, (_, a) => this.#little(a, everyone)),
      this.#dual(everyone),
    ];
  }

  #big(spec: NetSpec, branches: number[][], people: Set<number>): Model {
    const windows = windowsOf(this.#set, people);
    return {
      spec,
      source: this.#source(branches, windows, activities, undefined, bigRecipe),
      recipe: bigRecipe,
    };
  }

  #little(activity: number, people: Set<number>): Model {
    const source = this.#source([s3], windowsOf(this.#set, people), 2, activity, littleRecipe);
    return { spec: littleSpec(activity), source, recipe: littleRecipe };
  }

  #dual(people: Set<number>): Model {
    const windows = windowsOf(this.#set, people);
    const pairs = balancedPairs(this.#set, windows, new Random(this.#options.seed));
    const source = pairSource(this.#set, pairs, this.#encode, littleRecipe.augmentation);
    return { spec: dualSpec, source, recipe: littleRecipe };
  }

  #train({ spec, source, recipe }: Model): Parameters {
    const { seed, onProgress, log } = this.#options;
    const follow = log?.follow(spec.name, recipe.epochs);
    let last = Number.NaN;
    const parameters = trainNet(spec, source, {
      ...recipe,
      weightDecay: 1e-3,
      warmupSteps: 100,
      averageDecay: 0.99,
      seed,
      onEpoch: (epoch, loss) => {
        last = loss;
        follow?.(epoch, loss);
      },
    });
    onProgress(`${spec.name}: loss ${last.toFixed(4)} after ${recipe.epochs} epochs`);
    return parameters;
  }

  /** Windows as examples; `activity` makes them two-class: class 1 = that activity. Without a recipe: as recorded. */
  #source(
    branches: number[][],
    windows: Uint32Array,
    classes: number,
    activity?: number,
    recipe?: Recipe,
  ): ExampleSource {
    const labels = this.#set.labels;
    return windowSource(this.#set, {
      windows,
      branches,
      encode: this.#encode,
      augmentation: recipe?.augmentation ?? noAugmentation,
      classes,
      classOf: activity === undefined ? w => labels[w] : w => (labels[w] === activity ? 1 : 0),
      smoothing: recipe?.smoothing ?? 0,
    });
  }

  /** L1 distance between consecutive s3 windows in int8 counts, as the `distance` gate computes it. */
  #distances(): Float64Array {
    const { samples, starts } = this.#set;
    const counts = (w: number, i: number): number => {
      const channel = s3[i % 3];
      return this.#encode(samples[(starts[w] + Math.floor(i / 3)) * 9 + channel], channel) * 64;
    };
    return Float64Array.from(starts, (_, w) => {
      let sum = 0;
      for (let i = 0; w > 0 && i < 384; i++) sum += Math.abs(counts(w, i) - counts(w - 1, i));
      return sum;
    });
  }
}

function argmax(values: Float32Array): number {
  return values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
}
