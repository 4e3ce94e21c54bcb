import type { Scalar, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { Random } from '../data/random.js';
import { createState, disposeState, forward, type NetSpec, type NetState } from './nets.js';
import { tf } from './tensorflow.js';

/** A batch: one Float32Array [size, rows, channels] a branch, and target distributions [size, classes]. */
export interface Batch {
  size: number;
  inputs: Float32Array[];
  targets: Float32Array;
}

/** Where the training examples come from; augmentation happens in here. */
export interface ExampleSource {
  count: number;
  batch(indices: Uint32Array, random: Random, augment: boolean): Batch;
}

export interface FitOptions {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  /** Steps of linear warm-up before the cosine decay to zero. */
  warmupSteps: number;
  /** Decay of the moving average of the weights; 0 = none. */
  averageDecay: number;
  seed: number;
  onEpoch?: (epoch: number, loss: number) => void;
}

/** Batches of fewer examples than this, an epoch's remainder, are left out. */
export const dropRemainderAbove = 16;

/** Values of all parameters by name, with their shapes: what a finished training leaves behind. */
export type Parameters = Map<string, { shape: number[]; values: Float32Array }>;

function parametersOf(state: NetState): Parameters {
  return new Map(
    [...state.trainable, ...state.buffers].map(([key, v]) => [
      key,
      { shape: v.shape, values: v.dataSync() as Float32Array },
    ]),
  );
}

/** A state whose variables hold `parameters`; dispose it with `disposeState`. */
export function restoreState(spec: NetSpec, parameters: Parameters): NetState {
  const state = createState(spec, new Random(0));
  for (const [key, variable] of [...state.trainable, ...state.buffers]) {
    const { shape, values } = parameters.get(key)!;
    variable.assign(tf.tensor(values, shape));
  }
  return state;
}

/**
 * Trains with AdamW (decoupled weight decay on matrices), warm-up and cosine decay, cross-entropy on logits, and an
 * exponential moving average of weights and buffers, which is what it returns. Deterministic for a seed.
 */
export function trainNet(spec: NetSpec, source: ExampleSource, options: FitOptions): Parameters {
  const random = new Random(options.seed);
  const state = createState(spec, random);
  const variables = [...state.trainable.values()];
  const averaged = [...state.trainable, ...state.buffers];
  const averages = new Map<string, Tensor>(averaged.map(([key, v]) => [key, tf.clone(v)]));
  const optimiser = tf.train.adam(options.learningRate, 0.9, 0.999, 1e-7);
  let order = Array.from({ length: source.count }, (_, i) => i);
  const stepsPerEpoch = Math.ceil(source.count / options.batchSize);
  const totalSteps = stepsPerEpoch * options.epochs;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    order = random.shuffle(order);
    let lossSum = 0;
    let batches = 0;
    for (let from = 0; from < source.count; from += options.batchSize) {
      const indices = Uint32Array.from(order.slice(from, from + options.batchSize));
      if (indices.length < dropRemainderAbove && from > 0) continue;
      const batch = source.batch(indices, random, true);
      const rate = learningRateAt(step, totalSteps, options);
      Object.assign(optimiser, { learningRate: rate });
      const dropoutSeed = random.integer(1, 0x7fffffff);
      tf.tidy(() => {
        const inputs = batch.inputs.map((values, b) =>
          tf.tensor3d(values, [batch.size, spec.rows, spec.branches[b]]),
        );
        const targets = tf.tensor2d(batch.targets, [batch.size, spec.classes]);
        if (options.weightDecay > 0) {
          for (const [key, v] of state.trainable) {
            if (key.endsWith('w')) v.assign(tf.mul(v, 1 - rate * options.weightDecay));
          }
        }
        const loss = optimiser.minimize(
          () => crossEntropy(forward(spec, state, inputs, { training: true, dropoutSeed }), targets),
          true,
          variables,
        );
        lossSum += loss!.dataSync()[0];
      });
      batches++;
      const decay = Math.min(options.averageDecay, (1 + step) / (10 + step));
      for (const [key, v] of averaged) {
        const previous = averages.get(key)!;
        averages.set(
          key,
          tf.tidy(() => tf.add(tf.mul(previous, decay), tf.mul(v, 1 - decay))),
        );
        previous.dispose();
      }
      step++;
    }
    options.onEpoch?.(epoch, lossSum / batches);
  }
  for (const [key, v] of averaged) {
    v.assign(averages.get(key)!);
    averages.get(key)!.dispose();
  }
  const result = parametersOf(state);
  disposeState(state);
  optimiser.dispose();
  return result;
}

/** Linear warm-up, then a cosine decay to zero. */
export function learningRateAt(step: number, totalSteps: number, options: FitOptions): number {
  const warm = Math.min(1, (step + 1) / Math.max(1, options.warmupSteps));
  return options.learningRate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / totalSteps));
}

function crossEntropy(logits: Tensor2D, targets: Tensor2D): Scalar {
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
}

/** Float logits [count, classes] of the given examples, without augmentation. */
export function predict(
  spec: NetSpec,
  parameters: Parameters,
  source: ExampleSource,
  indices: Uint32Array,
): Float32Array {
  const state = restoreState(spec, parameters);
  const out = new Float32Array(indices.length * spec.classes);
  const random = new Random(0);
  for (let from = 0; from < indices.length; from += 256) {
    const batch = source.batch(indices.subarray(from, from + 256), random, false);
    const logits = tf.tidy(() =>
      forward(spec, state, tensorsOf(spec, batch), { training: false }).dataSync(),
    );
    out.set(logits, from * spec.classes);
  }
  disposeState(state);
  return out;
}

/** The batch's inputs as tensors. */
export function tensorsOf(spec: NetSpec, batch: Batch): Tensor3D[] {
  return batch.inputs.map((values, b) => tf.tensor3d(values, [batch.size, spec.rows, spec.branches[b]]));
}
