import { isqrt, sigmoidQ15 } from './fixed.js';

/** A logistic model over the 12 distances and the two norms. */
export interface DriftModel {
  /** Q16. */
  bias: number;
  /** Q8, int16, 14 of them: 12 distances, norm of the first three, norm of the other nine. */
  weights: readonly number[];
}

export interface DriftParameters {
  /** Distance of feature i in Q8 = |feature - anchor| in Q4, times `scale[i]`, shifted right by 16; below 4096. */
  scale: readonly number[];
  /** Models for static and dynamic windows; the score is the log-odds that the activity has changed. */
  static: DriftModel;
  dynamic: DriftModel;
  /** Least probability of a change, Q15. */
  floor: number;
}

/** The gate looks at the first so many features. */
export const driftFeatures = 12;
export const driftInputs = driftFeatures + 2;
const largestDistance = 6 << 8;

/** Multiply-adds of the drift gate: distances, norms and the logistic model. */
export const driftOperations = driftFeatures + driftFeatures + driftInputs;
/** Multiply-adds of the distances from the window before: those of a settling rule. */
export const settleOperations = driftFeatures + driftFeatures;

/** The gate's memory: a running anchor of the present segment. */
export class DriftGate {
  readonly #parameters: DriftParameters;
  /** Q4, or undefined before the first window. */
  #anchor: Int32Array | undefined;

  constructor(parameters: DriftParameters) {
    this.#parameters = parameters;
  }

  reset(): void {
    this.#anchor = undefined;
  }

  /**
   * Distances of the features from the anchor and the two norms, Q8; zeros before the first window.
   * @param values as `Features.values`
   */
  distances(values: Int16Array): Int32Array {
    const d = new Int32Array(driftInputs);
    const anchor = this.#anchor;
    if (anchor === undefined) return d;
    let near = 0;
    let far = 0;
    for (let i = 0; i < driftFeatures; i++) {
      const difference = Math.abs((values[i] << 4) - anchor[i]);
      d[i] = Math.min(largestDistance, (Math.min(difference, 0xfffff) * this.#parameters.scale[i]) >>> 16);
      if (i < 3) near += d[i] * d[i];
      else far += d[i] * d[i];
    }
    d[driftFeatures] = isqrt(near);
    d[driftFeatures + 1] = isqrt(far);
    return d;
  }

  /** Probability in Q15 that the activity has changed, not below the floor. */
  change(distances: Int32Array, dynamic: boolean): number {
    const { bias, weights } = dynamic ? this.#parameters.dynamic : this.#parameters.static;
    let score = bias;
    for (let i = 0; i < driftInputs; i++) score += weights[i] * distances[i];
    return Math.max(this.#parameters.floor, sigmoidQ15(score >> 8));
  }

  /** Moves the anchor a quarter of the way to the features, or sets it on them. */
  follow(values: Int16Array, restart: boolean): void {
    if (restart || this.#anchor === undefined) {
      this.#anchor = Int32Array.from(values.subarray(0, driftFeatures), v => v << 4);
      return;
    }
    for (let i = 0; i < driftFeatures; i++) this.#anchor[i] += ((values[i] << 4) - this.#anchor[i]) >> 2;
  }
}
