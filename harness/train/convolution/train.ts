import { Random } from '../../data/random.js';
import {
  dropRemainderAbove,
  type ExampleSource,
  type FitOptions,
  learningRateAt,
  type Parameters,
} from '../fit.js';
import type { NetSpec } from '../nets.js';
import { ConvolutionNet } from './network.js';

/**
 * `trainNet` of `fit.ts` for plain convolutional networks (`isPlain`), several times faster: the same optimiser, schedule, loss and
 * average, other random numbers for dropout. Plain arithmetic in a fixed order: a seed gives the same parameters on every machine
 * whose JavaScript engine has the same exponential, logarithm and cosine.
 */
export function trainConvolutions(spec: NetSpec, source: ExampleSource, options: FitOptions): Parameters {
  const random = new Random(options.seed);
  const { batchSize, epochs } = options;
  const net = new ConvolutionNet(spec, Math.min(batchSize, source.count), random);
  const gradient = new Float64Array(batchSize * spec.classes);
  const totalSteps = Math.ceil(source.count / batchSize) * epochs;
  let order = Array.from({ length: source.count }, (_, i) => i);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    order = random.shuffle(order);
    let lossSum = 0;
    let batches = 0;
    for (let from = 0; from < source.count; from += batchSize) {
      const indices = Uint32Array.from(order.slice(from, from + batchSize));
      if (indices.length < dropRemainderAbove && from > 0) continue;
      const { inputs, targets, size } = source.batch(indices, random, true);
      net.forward(Float64Array.from(inputs[0]), size, random);
      lossSum += crossEntropy(net.logits, targets, size, spec.classes, gradient);
      net.backward(gradient, size);
      net.store.step(learningRateAt(step, totalSteps, options), options.weightDecay);
      net.store.follow(Math.min(options.averageDecay, (1 + step) / (10 + step)));
      batches++;
      step++;
    }
    options.onEpoch?.(epoch, lossSum / batches);
  }
  return net.store.averages();
}

/** Mean cross-entropy of softmaxed logits against distributions; its gradient by the logits goes into `gradient`. */
export function crossEntropy(
  logits: Float64Array,
  targets: Float32Array,
  batch: number,
  classes: number,
  gradient: Float64Array,
): number {
  let loss = 0;
  for (let from = 0; from < batch * classes; from += classes) {
    let peak = logits[from];
    for (let c = 1; c < classes; c++) peak = Math.max(peak, logits[from + c]);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[from + c] - peak);
    const logSum = peak + Math.log(sum);
    for (let c = 0; c < classes; c++) {
      const logShare = logits[from + c] - logSum;
      loss -= targets[from + c] * logShare;
      gradient[from + c] = (Math.exp(logShare) - targets[from + c]) / batch;
    }
  }
  return loss / batch;
}
