import { Random } from '../data/random.js';
import type { WindowSet } from '../data/types.js';
import type { Network, Quantisation } from '../model/network.js';
import { type Parameters, predict, trainNet } from './fit.js';
import { chooseBias, type GateEvidence, type OperatingPoint } from './keep-bias.js';
import type { NetSpec } from './nets.js';
import { balancedPairs, consecutivePairs, pairSource } from './pair-source.js';
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
} from './paper-nets.js';
import { subjectFolds, windowsOf } from './people.js';
import { calibrate, quantiseNet } from './quantise.js';
import { noAugmentation, windowSource } from './windows-source.js';

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

/** A trained network of the paper's set: float parameters plus what is needed to quantise it. */
interface Trained {
  spec: NetSpec;
  parameters: Parameters;
  network: Network;
}

export interface PaperTrainingOptions {
  seed: number;
  /** Folds of the subject-wise cross-validation that chooses the gates' operating points. */
  folds: number;
  onProgress: (message: string) => void;
}

export interface PaperNets {
  minMax: MinMax;
  networks: Map<string, Network>;
  /** Out-of-fold accuracy of Big alone, and the chosen operating points. */
  bigAccuracy: number;
  oneVsRest: OperatingPoint;
  dual: OperatingPoint;
  distance: OperatingPoint;
}

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
  run(): PaperNets {
    const { set } = this.#evidence();
    const everyone = new Set(this.#set.subjects);
    const networks = new Map<string, Network>();
    const add = (trained: Trained): void => void networks.set(trained.spec.name, trained.network);
    add(this.#window(big3Spec, big3Branches, bigRecipe, everyone));
    add(this.#window(big1Spec, big1Branches, bigRecipe, everyone));
    for (let a = 0; a < activities; a++) {
      add(this.#window(littleSpec(a), [s3], littleRecipe, everyone, a, set.oneVsRest.bias));
    }
    add(this.#dual(everyone, set.dual.bias));
    return { minMax: this.#minMax, networks, ...set };
  }

  /** Out-of-fold predictions of Big, Littles and Dual over all training windows, and the choices made on them. */
  #evidence(): { set: Omit<PaperNets, 'minMax' | 'networks'> } {
    const n = this.#set.starts.length;
    const big = new Uint8Array(n);
    const little = Array.from({ length: activities }, () => new Float32Array(n));
    const dual = new Float32Array(n);
    for (const [f, { train, heldOut }] of subjectFolds(this.#set, this.#options.folds).entries()) {
      const windows = windowsOf(this.#set, heldOut);
      const all = Uint32Array.from(windows.keys());
      const bigNet = this.#window(big3Spec, big3Branches, bigRecipe, train);
      const logits = predict(big3Spec, bigNet.parameters, this.#source(big3Branches, windows, 6), all);
      windows.forEach((w, i) => {
        big[w] = argmax(logits.subarray(i * 6, i * 6 + 6));
      });
      for (let a = 0; a < activities; a++) {
        const net = this.#window(littleSpec(a), [s3], littleRecipe, train, a);
        const z = predict(net.spec, net.parameters, this.#source([s3], windows, 2, a), all);
        windows.forEach((w, i) => {
          little[a][w] = z[2 * i] - z[2 * i + 1];
        });
      }
      const dualNet = this.#dual(train);
      const pairs = consecutivePairs(this.#set, windows);
      const source = pairSource(this.#set, pairs, this.#encode, noAugmentation);
      const z = predict(dualSpec, dualNet.parameters, source, Uint32Array.from(pairs.keys()));
      pairs.forEach((pair, i) => {
        dual[pair.current] = z[2 * i] - z[2 * i + 1];
      });
      this.#options.onProgress(`fold ${f + 1} of ${this.#options.folds} done`);
    }
    return { set: this.#choose(big, little, dual) };
  }

  #choose(
    big: Uint8Array,
    little: Float32Array[],
    dual: Float32Array,
  ): Omit<PaperNets, 'minMax' | 'networks'> {
    const truth = this.#set.labels;
    const reset = (w: number): boolean => w === 0;
    const correct = big.reduce((sum, label, w) => sum + (label === truth[w] ? 1 : 0), 0);
    const evidence = (changed: GateEvidence['changed']): GateEvidence => ({ truth, big, changed, reset });
    const biases = Array.from({ length: 81 }, (_, i) => (i - 40) / 5);
    const distances = this.#distances();
    return {
      bigAccuracy: correct / truth.length,
      oneVsRest: chooseBias(
        evidence((w, held) => little[held][w]),
        biases,
        0.005,
      ),
      dual: chooseBias(
        evidence(w => dual[w]),
        biases,
        0.005,
      ),
      distance: chooseBias(
        evidence(w => distances[w]),
        Array.from({ length: 160 }, (_, i) => 100 * (i + 1)),
        0.005,
      ),
    };
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

  #source(branches: number[][], windows: Uint32Array, classes: number, activity?: number, recipe?: Recipe) {
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

  /** A network over one window: Big (activity undefined) or the Little of one activity. */
  #window(
    spec: NetSpec,
    branches: number[][],
    recipe: Recipe,
    people: Set<number>,
    activity?: number,
    keepBias = 0,
  ): Trained {
    const source = this.#source(branches, windowsOf(this.#set, people), spec.classes, activity, recipe);
    return this.#train(spec, source, recipe, keepBias);
  }

  #dual(people: Set<number>, keepBias = 0): Trained {
    const windows = windowsOf(this.#set, people);
    const pairs = balancedPairs(this.#set, windows, new Random(this.#options.seed));
    const source = pairSource(this.#set, pairs, this.#encode, littleRecipe.augmentation);
    return this.#train(dualSpec, source, littleRecipe, keepBias);
  }

  /** Trains, moves the decision of a two-class gate by `keepBias`, calibrates and quantises. */
  #train(spec: NetSpec, source: ReturnType<typeof windowSource>, recipe: Recipe, keepBias: number): Trained {
    const { seed, onProgress } = this.#options;
    let last = Number.NaN;
    const parameters = trainNet(spec, source, {
      ...recipe,
      weightDecay: 1e-3,
      warmupSteps: 100,
      averageDecay: 0.99,
      seed,
      onEpoch: (_, loss) => {
        last = loss;
      },
    });
    onProgress(`${spec.name}: loss ${last.toFixed(4)} after ${recipe.epochs} epochs`);
    const bias = parameters.get(`d${spec.hidden.length}.b`)!.values;
    if (keepBias !== 0) bias[0] -= keepBias;
    const ranges = calibrate(spec, parameters, source, 1024, seed);
    return { spec, parameters, network: quantiseNet(spec, parameters, ranges, inputQuantisation) };
  }
}

function argmax(values: Float32Array): number {
  return values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
}
