import type { FitOptions } from '../fit.js';
import type { NetSpec } from '../nets.js';
import { smallMotion } from './nets.js';

export type Recipe = Omit<FitOptions, 'seed' | 'onEpoch'>;

/**
 * AdamW with warm-up, cosine decay and averaged weights, for the motion networks. The small one has too few weights to learn its examples
 * by heart and needs longer: out of fold, on training people, 240 epochs leave it about half the errors of 60, and 600 no fewer.
 */
export const motionRecipe = (spec: NetSpec): Recipe => ({
  epochs: spec === smallMotion ? 240 : 60,
  batchSize: 128,
  learningRate: 5e-3,
  weightDecay: 1e-3,
  warmupSteps: 100,
  averageDecay: 0.99,
});

/** The same for the static classifier, whose examples are five times as many and tiny. */
export const staticRecipe: Recipe = {
  epochs: 10,
  batchSize: 256,
  learningRate: 1e-2,
  weightDecay: 1e-2,
  warmupSteps: 100,
  averageDecay: 0.99,
};
