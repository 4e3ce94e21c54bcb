import type { Gate, WindowFormat } from '../bundle/schema.js';
import { type CompiledDrift, compileDrift, q15 } from './filtered/compile.js';
import { DriftGate, driftOperations } from './filtered/drift.js';
import { computeFeatures, featureOperations } from './filtered/features.js';
import type { WindowCounts } from './step.js';

/**
 * The `drift` gate of a `hold` strategy. **The contract of `firmware/core/drift_gate.c`.**
 *
 * It looks at every window, whatever decides about Big:
 *
 * 1. dynamic = motion above the threshold; flip = differs from the window before (not on the first).
 * 2. change = `DriftGate.change` of the features' distances from the anchor; on a flip at least `flipChange`; 0 on the first window.
 * 3. It asks if change > `changeAbove` (Q15; the strategy parameter overrides it, in per mille).
 * 4. After the decision the anchor is set on the features if Big ran or on the first window, else it follows.
 */
export class DriftWatch {
  readonly #numbers: CompiledDrift;
  readonly #gate: DriftGate;
  readonly #channels: number;
  readonly #flipChange: number;
  readonly #changeAbove: number;
  #values: Int16Array = new Int16Array();
  #wasDynamic: boolean | undefined;
  /** Operations of a look. */
  readonly operations: number;

  constructor(
    name: string,
    gate: Extract<Gate, { type: 'drift' }>,
    window: WindowFormat,
    parameter?: number,
  ) {
    this.#numbers = compileDrift({ ...gate, name }, window);
    this.#gate = new DriftGate(this.#numbers.drift);
    this.#channels = window.channels.length;
    this.#flipChange = q15(gate.flipChange);
    this.#changeAbove = parameter === undefined ? q15(gate.changeAbove) : q15(parameter / 1000);
    this.operations = featureOperations(this.#numbers.features, window.samples) + driftOperations;
  }

  reset(): void {
    this.#gate.reset();
    this.#wasDynamic = undefined;
  }

  /** @returns whether it asks for Big */
  look(window: WindowCounts): boolean {
    const { values, motion } = computeFeatures(window, this.#channels, this.#numbers.features);
    const dynamic = motion > this.#numbers.motionThreshold;
    const first = this.#wasDynamic === undefined;
    const flip = !first && this.#wasDynamic !== dynamic;
    this.#values = values;
    this.#wasDynamic = dynamic;
    if (first) return false;
    const change = this.#gate.change(this.#gate.distances(values), dynamic);
    return (flip ? Math.max(change, this.#flipChange) : change) > this.#changeAbove;
  }

  /** @param big whether Big ran on the window looked at */
  settle(big: boolean): void {
    this.#gate.follow(this.#values, big);
  }
}
