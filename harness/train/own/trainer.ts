import type { WindowSet } from '../../data/types.js';
import { sealWindowSet, unscored } from '../../data/window-set.js';
import { LittlefirstError } from '../../errors.js';
import type { Network } from '../../model/tflite/network.js';
import { type Parameters, predict, trainNet } from '../fit.js';
import { type Choice, cheapestWithin } from '../keep-bias.js';
import { allPeople, type TrainingLog } from '../log.js';
import type { NetSpec } from '../nets.js';
import { subjectFolds, windowsOf } from '../people.js';
import { calibrate, quantiseNet } from '../quantise.js';
import { ownExamples, type Standard } from './examples.js';
import { bigSpec, inputQuantisation, littleSpec } from './nets.js';

/** Recipe. Batches are an eighth of few windows, so that an epoch has some steps; warm-up is a fifth of all of them, at most 50. */
const epochs = 30;
const [smallestBatch, largestBatch] = [16, 64];
const longestWarmUp = 50;

function fitOptions(windows: number) {
  const batchSize = Math.max(smallestBatch, Math.min(largestBatch, Math.ceil(windows / 8)));
  const warmupSteps = Math.min(longestWarmUp, Math.ceil((epochs * windows) / batchSize / 5));
  return { epochs, batchSize, learningRate: 0.01, weightDecay: 1e-3, warmupSteps, averageDecay: 0.98 };
}
const calibrationExamples = 1024;
/** The cascade may be so much less accurate, out of fold, than Big on every window. */
const accuracyMargin = -0.005;
/** Steps of Little's SOFTMAX output. */
const outputCounts = 256;

/** The windows that have a class, in the set's order; where others lay between, the cascade goes on as if they did not. */
export function scoredWindows(set: WindowSet): WindowSet {
  const kept = [...set.labels.keys()].filter(w => set.labels[w] !== unscored);
  const place = new Map(kept.map((w, i) => [w, i]));
  const resets = [...set.resets].flatMap(reset => {
    const next = kept.find(w => w >= reset);
    return next === undefined ? [] : [place.get(next)!];
  });
  return sealWindowSet({
    ...set,
    starts: Uint32Array.from(kept, w => set.starts[w]),
    labels: Uint8Array.from(kept, w => set.labels[w]),
    subjects: Uint16Array.from(kept, w => set.subjects[w]),
    transitions: undefined,
    resets: Uint32Array.from(new Set(resets)),
  });
}

/**
 * Every class needs a window, every fold a person.
 * @throws LF_TRAINING_FAILED
 */
function checkEnough({ labels, subjects, grid }: WindowSet, folds: number): void {
  const people = new Set(subjects).size;
  const empty = grid.classes.filter((_, c) => !labels.includes(c));
  if (empty.length === 0 && people >= Math.max(2, folds)) return;
  throw new LittlefirstError('LF_TRAINING_FAILED', 'The data are not enough to train on', {
    expected: `windows of every class by training people, and at least ${Math.max(2, folds)} of them`,
    received:
      empty.length > 0 ? `no window of ${empty.join(', ')} by training people` : `${people} training people`,
    hint: 'import with other --test people, or fewer --folds',
  });
}

export interface OwnNets {
  networks: Map<string, Network>;
  /** Least lead of Little's winner, output counts. */
  margin: number;
  choice?: Choice;
  /** Big's answers, out of fold. */
  outOfFold?: Uint8Array;
}

/** Trains Big and Little on the scored windows of training people, and chooses Little's margin out of fold. */
export class OwnTrainer {
  readonly #set: WindowSet;
  readonly #standard: Standard;
  readonly #seed: number;
  readonly #log: TrainingLog;

  /**
   * @param set scored windows of training people
   * @throws LF_TRAINING_FAILED
   */
  constructor(
    set: WindowSet,
    standard: Standard,
    options: { seed: number; folds: number; log: TrainingLog },
  ) {
    checkEnough(set, options.folds);
    this.#set = set;
    this.#standard = standard;
    this.#seed = options.seed;
    this.#log = options.log;
  }

  run(folds: number): OwnNets {
    const checked = folds === 0 ? undefined : this.#crossValidate(folds);
    this.#log.part = allPeople;
    const everyone = new Set(this.#set.subjects);
    const networks = new Map(
      [bigSpec, littleSpec].map(specOf => {
        const spec = specOf(this.#set.grid);
        const windows = windowsOf(this.#set, everyone);
        const parameters = this.#train(spec, windows);
        const source = ownExamples(this.#set, windows, this.#standard);
        const ranges = calibrate(spec, parameters, source, calibrationExamples, this.#seed);
        const softmax = true;
        return [spec.name, quantiseNet(spec, parameters, ranges, inputQuantisation, { softmax })];
      }),
    );
    return {
      networks,
      margin: checked === undefined ? defaultMargin : -checked.choice.chosen.bias,
      ...checked,
    };
  }

  #train(spec: NetSpec, windows: Uint32Array): Parameters {
    const source = ownExamples(this.#set, windows, this.#standard);
    return trainNet(spec, source, {
      ...fitOptions(windows.length),
      seed: this.#seed,
      onEpoch: this.#log.follow(spec.name, epochs),
    });
  }

  /** Shares of the classes, for windows of people whom the network has not seen. */
  #predict(spec: NetSpec, train: Uint32Array, heldOut: Uint32Array): Float32Array {
    const source = ownExamples(this.#set, heldOut, this.#standard);
    const logits = predict(spec, this.#train(spec, train), source, Uint32Array.from(heldOut.keys()));
    for (let at = 0; at < logits.length; at += spec.classes) softmax(logits.subarray(at, at + spec.classes));
    return logits;
  }

  #crossValidate(folds: number): { choice: Choice; outOfFold: Uint8Array } {
    const { grid, labels: truth, resets } = this.#set;
    const big = new Uint8Array(truth.length);
    const little = new Uint8Array(truth.length);
    const lead = new Float64Array(truth.length);
    for (const [f, { train, heldOut }] of subjectFolds(this.#set, folds).entries()) {
      this.#log.part = `fold ${f + 1} of ${folds}`;
      const windows = windowsOf(this.#set, heldOut);
      const seen = windowsOf(this.#set, train);
      const ofBig = this.#predict(bigSpec(grid), seen, windows);
      const ofLittle = this.#predict(littleSpec(grid), seen, windows);
      const classes = grid.classes.length;
      windows.forEach((w, i) => {
        big[w] = topTwo(ofBig.subarray(i * classes, (i + 1) * classes)).winner;
        const { winner, by } = topTwo(ofLittle.subarray(i * classes, (i + 1) * classes));
        little[w] = winner;
        lead[w] = by * outputCounts;
      });
    }
    const isReset = new Set(resets);
    const evidence = {
      truth,
      big,
      changed: (w: number, held: number) => (little[w] === held ? -lead[w] : Number.POSITIVE_INFINITY),
      reset: (w: number) => isReset.has(w),
    };
    const margins = Array.from({ length: outputCounts / 4 }, (_, i) => -4 * i);
    return { choice: cheapestWithin(evidence, margins, accuracyMargin), outOfFold: big };
  }
}

/** Margin where nothing was cross-validated: a lead of half of the probability. Assumed. */
const defaultMargin = outputCounts / 2;

function softmax(logits: Float32Array): void {
  const top = Math.max(...logits);
  let sum = 0;
  logits.forEach((value, i) => {
    logits[i] = Math.exp(value - top);
    sum += logits[i];
  });
  for (let i = 0; i < logits.length; i++) logits[i] /= sum;
}

function topTwo(shares: Float32Array): { winner: number; by: number } {
  let winner = 0;
  for (let i = 1; i < shares.length; i++) if (shares[i] > shares[winner]) winner = i;
  let second = 0;
  shares.forEach((share, i) => {
    if (i !== winner) second = Math.max(second, share);
  });
  return { winner, by: shares[winner] - second };
}
