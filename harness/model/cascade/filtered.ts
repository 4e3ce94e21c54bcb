import { LittlefirstError } from '../../errors.js';
import type { BundleDescription, FilteredStrategy } from '../bundle/schema.js';
import { type CompiledFilter, compileFiltered } from './filtered/compile.js';
import { driftOperations, settleOperations } from './filtered/drift.js';
import { computeFeatures, featureOperations } from './filtered/features.js';
import { FilteredStep } from './filtered/step.js';
import type { Decision, Executor, StepTools, WindowCounts } from './step.js';

/** Integers of a strategy with the parameter in force: `sure` in per mille. @throws LF_USAGE when it is out of range */
function compiled(
  strategy: FilteredStrategy,
  description: BundleDescription,
  parameter: number | undefined,
): CompiledFilter {
  const numbers = compileFiltered(strategy, description);
  if (parameter === undefined) return numbers;
  if (!Number.isInteger(parameter) || parameter < 0 || parameter > 1000) {
    throw new LittlefirstError('LF_USAGE', `parameter of strategy ${strategy.name} is out of range`, {
      expected: 'an integer from 0 to 1000: filter.sure in per mille',
      received: String(parameter),
    });
  }
  return { ...numbers, filter: { ...numbers.filter, sure: Math.round((parameter * 32768) / 1000) } };
}

/** A `filtered` strategy at work on windows of a bundle. **The contract of `firmware/core/filtered.c`**, with `FilteredStep`. */
export class FilteredExecutor implements Executor {
  readonly #strategy: FilteredStrategy;
  readonly #numbers: CompiledFilter;
  readonly #channels: number;
  readonly #operations: number;
  readonly #step: FilteredStep;

  constructor(strategy: FilteredStrategy, description: BundleDescription, parameter?: number) {
    const { samples, channels } = description.window;
    this.#strategy = strategy;
    this.#channels = channels.length;
    this.#numbers = compiled(strategy, description, parameter);
    const { features, filter } = this.#numbers;
    this.#operations =
      featureOperations(features, samples) + driftOperations + (filter.settleNear > 0 ? settleOperations : 0);
    this.#step = new FilteredStep(filter);
  }

  reset(): void {
    this.#step.reset();
  }

  step(window: WindowCounts, { run, count }: StepTools): Decision {
    const features = computeFeatures(window, this.#channels, this.#numbers.features);
    count(this.#operations);
    const { networks } = this.#strategy;
    const { label, ran } = this.#step.step(features, stage => {
      const output = run(networks[stage]!, features.values);
      return output instanceof Int8Array ? output : Int8Array.from(output, value => value - 128);
    });
    return { label, big: ran.includes('big') };
  }
}
