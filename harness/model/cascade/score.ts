import type { ScoreStrategy } from '../bundle/schema.js';
import {
  compileScore,
  differenceBits,
  multiplierBits,
  type ScoreForm,
  scoreLimits,
} from '../bundle/score-form.js';
import type { Counts } from '../golden/network.js';
import type { Network } from '../tflite/network.js';
import { parameterError } from './parameter.js';
import type { Decision, Executor, StepTools, WindowCounts } from './step.js';

/**
 * A `score` strategy at work. **The contract of `firmware/core/score.c`.**
 *
 * The network runs on every window and counts as Big. With a and b the counts of element i of input and output tensor in int8 form:
 *
 * - `reconstruction`: e = ((a - inputZero) * multiplier + 2^11 >> 12) - (b - outputZero) * 2^4, the shift arithmetic; the score is the sum of all e * e,
 *   shifted right by 8 and at most 2^32 - 1: the sum of squared differences in squared output counts.
 * - `output`: the score is b + 128 of the one output.
 *
 * The label is 1 if the score exceeds the threshold, else 0. Nothing is remembered. The strategy parameter overrides the threshold, as a score.
 */
export class ScoreExecutor implements Executor {
  readonly #network: string;
  readonly #form: ScoreForm;
  readonly #threshold: number;

  /** @throws LF_USAGE when the parameter is out of range */
  constructor(strategy: ScoreStrategy, network: Network, parameter?: number) {
    this.#network = strategy.network;
    this.#form = compileScore(strategy, network);
    const limit = scoreLimits.reconstruction;
    if (parameter !== undefined && !(Number.isInteger(parameter) && parameter >= 0 && parameter <= limit))
      throw parameterError(strategy.name, parameter, limit);
    this.#threshold = parameter ?? this.#form.threshold;
  }

  reset(): void {}

  step(_window: WindowCounts, { run, input }: StepTools): Decision {
    const outputs = run(this.#network);
    const score =
      this.#form.of === 'output'
        ? int8Of(outputs, this.#form.output) + 128
        : reconstructionError(this.#form, input(this.#network), outputs);
    return { label: score > this.#threshold ? 1 : 0, big: true, score };
  }
}

const int8Of = (counts: Counts, i: number): number =>
  counts instanceof Uint8Array ? counts[i] - 128 : counts[i];

/** Sum of squared differences, in squared output counts. Sums stay below 2^53: at most 65,535 squares below 2^29. */
function reconstructionError(
  { multiplier, inputZero, outputZero }: Extract<ScoreForm, { of: 'reconstruction' }>,
  inputs: Counts,
  outputs: Counts,
): number {
  const half = 2 ** (multiplierBits - 1);
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) {
    const wanted = ((int8Of(inputs, i) - inputZero) * multiplier + half) >> multiplierBits;
    const difference = wanted - (int8Of(outputs, i) - outputZero) * 2 ** differenceBits;
    sum += difference * difference;
  }
  return Math.min(scoreLimits.reconstruction, Math.floor(sum / 2 ** (2 * differenceBits)));
}
