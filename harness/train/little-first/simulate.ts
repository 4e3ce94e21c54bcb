import { driftOperations } from '../../model/cascade/filtered/drift.js';
import type { Features } from '../../model/cascade/filtered/features.js';
import { FilteredStep, type FilterParameters, type Stage } from '../../model/cascade/filtered/step.js';

/** What every stage would answer on every window: int8 softmax outputs [windows][3]. */
export interface Evidence {
  features: readonly Features[];
  outputs: Record<Stage, Int8Array>;
}

/** Cost of the parts, multiply-adds (feature additions count as such). */
export interface Costs {
  features: number;
  static: number;
  little: number;
  big: number;
}

export interface Simulation {
  scored: number;
  correct: number;
  runs: Record<Stage, number>;
  macsPerWindow: number;
  labels: Uint8Array;
}

/** int8 softmax outputs (scale 1/256, zero point -128) of float logits [windows][classes]. */
export function softmaxOutputs(logits: Float32Array, classes: number): Int8Array {
  const out = new Int8Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes);
    const peak = Math.max(...row);
    const powers = Array.from(row, z => Math.exp(z - peak));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((v, c) => {
      out[from + c] = Math.max(-128, Math.min(127, Math.round((v / sum) * 256) - 128));
    });
  }
  return out;
}

/**
 * Runs the cascade over windows in the given order.
 * @param order indices into the evidence; @param resets positions in `order` where the state is forgotten
 * @param truth class of each window; 255 = not scored
 */
export function simulate(
  parameters: FilterParameters,
  evidence: Evidence,
  order: ArrayLike<number>,
  resets: ReadonlySet<number>,
  truth: Uint8Array,
  costs: Costs,
): Simulation {
  const cascade = new FilteredStep(parameters);
  const runs = { static: 0, little: 0, big: 0 };
  const labels = new Uint8Array(order.length);
  let correct = 0;
  let scored = 0;
  for (let i = 0; i < order.length; i++) {
    const w = order[i];
    if (resets.has(i)) cascade.reset();
    const step = cascade.step(evidence.features[w], stage =>
      evidence.outputs[stage].subarray(3 * w, 3 * w + 3),
    );
    for (const stage of step.ran) runs[stage]++;
    labels[i] = step.label;
    if (truth[w] === 255) continue;
    scored++;
    if (step.label === truth[w]) correct++;
  }
  const spent = runs.static * costs.static + runs.little * costs.little + runs.big * costs.big;
  return {
    scored,
    correct,
    runs,
    labels,
    macsPerWindow: costs.features + driftOperations + spent / order.length,
  };
}
