import type { FitOptions } from '../fit.js';

export type Recipe = Omit<FitOptions, 'seed' | 'onEpoch'>;

/** AdamW with warm-up, cosine decay and averaged weights, for the motion networks. */
export const motionRecipe: Recipe = {
  epochs: 60,
  batchSize: 128,
  learningRate: 5e-3,
  weightDecay: 1e-3,
  warmupSteps: 100,
  averageDecay: 0.99,
};

/** The same for the static classifier, whose examples are five times as many and tiny. */
export const staticRecipe: Recipe = {
  epochs: 10,
  batchSize: 256,
  learningRate: 1e-2,
  weightDecay: 1e-2,
  warmupSteps: 100,
  averageDecay: 0.99,
};
