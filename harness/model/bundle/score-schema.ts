import { z } from 'zod';
import { nameSchema } from './name-schema.js';

/**
 * Schema of strategies of kind `score`: one network runs on every window, a number is made of its outputs, and the label says whether that
 * exceeds a threshold: label 1 (an anomaly, say) if it does, label 0 if not (step by step: `ScoreExecutor`).
 */
export const scoreStrategySchema = z.strictObject({
  kind: z.literal('score'),
  name: nameSchema,
  /** Takes the current window. */
  network: nameSchema,
  /**
   * `reconstruction`: mean squared difference of outputs and inputs, in the squared unit of the output tensor, as autoencoders of anomaly
   * detection are judged. `output`: the value of one output, of a regression or of a classifier with one output.
   */
  score: z.discriminatedUnion('of', [
    z.strictObject({ of: z.literal('reconstruction') }),
    z.strictObject({ of: z.literal('output'), number: z.number().int().min(0).max(65535).default(0) }),
  ]),
  /** Label 1 above it, in the unit of the score. */
  threshold: z.number().min(-1e9).max(1e9),
});

export type ScoreStrategy = z.infer<typeof scoreStrategySchema>;
