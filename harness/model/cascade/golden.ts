import { LittlefirstError } from '../../errors.js';
import type { GoldenBundle } from '../bundle/read.js';
import type { StrategyDescription } from '../bundle/schema.js';
import { FilteredExecutor } from './filtered.js';
import { HoldExecutor } from './hold.js';
import { ScoreExecutor } from './score.js';
import type { Executor, GoldenStep, StepTools, WindowCounts } from './step.js';

export type { GoldenStep, WindowCounts } from './step.js';

/**
 * The golden interpreter of a bundle's strategy: what the DUT must answer, window by window. All arithmetic is integer. What a step does:
 * `HoldExecutor` for strategies of kind `hold`, `FilteredStep` for kind `filtered`, `ScoreExecutor` for kind `score`; these are the contract of the firmware.
 *
 * Input tensors are filled in the file's order. The values of one window are its named channels row by row (samples x channels). Layout `rows`: the
 * values of each named window in turn; `paired`: value 0 of each named window in turn, then value 1 of each, and so on. Windows scaled by minmax go in
 * unchanged; counts and features go through `planInput`. Before the first window the previous one is the first window itself.
 */
export class GoldenCascade {
  readonly strategy: StrategyDescription;
  readonly #bundle: GoldenBundle;
  readonly #executor: Executor;
  readonly #indexOf: Map<string, number>;
  #previous: WindowCounts | undefined;

  /**
   * @param bundle a loaded bundle
   * @param strategyName name of one of its strategies
   * @param parameter overrides the threshold of a distance gate, the margin of a confidence gate, the threshold of a score (as a score) or, in per mille, `filter.sure` of a `filtered` strategy
   * @throws LF_UNKNOWN_STRATEGY; LF_USAGE when the strategy takes no parameter or the parameter is out of range
   */
  constructor(bundle: GoldenBundle, strategyName: string, parameter?: number) {
    const { description } = bundle;
    const strategy = description.strategies.find(candidate => candidate.name === strategyName);
    if (strategy === undefined) {
      throw new LittlefirstError(
        'LF_UNKNOWN_STRATEGY',
        `bundle ${description.name} has no strategy "${strategyName}"`,
        { expected: `one of ${description.strategies.map(({ name }) => name).join(', ')}` },
      );
    }
    this.#bundle = bundle;
    this.strategy = strategy;
    this.#indexOf = new Map(bundle.networks.map(({ name }, index) => [name, index]));
    this.#executor = this.#executorOf(strategy, parameter);
  }

  #executorOf(strategy: StrategyDescription, parameter?: number): Executor {
    const { description, networks } = this.#bundle;
    switch (strategy.kind) {
      case 'hold':
        return new HoldExecutor(strategy, description.window, parameter);
      case 'filtered':
        return new FilteredExecutor(strategy, description, parameter);
      case 'score':
        return new ScoreExecutor(strategy, networks[this.#indexOf.get(strategy.network)!].network, parameter);
    }
  }

  /** Forgets everything, as `lf reset%` does on the DUT. */
  reset(): void {
    this.#previous = undefined;
    this.#executor.reset();
  }

  /** Answers one window. The array is copied; the caller may reuse it. */
  step(window: WindowCounts): GoldenStep {
    const previous = this.#previous ?? window;
    const tally = { nets: 0, macs: 0 };
    const tools: StepTools = {
      previous,
      run: (name, features) => {
        const index = this.#indexOf.get(name)!;
        const network = this.#bundle.networks[index];
        tally.nets = (tally.nets | (1 << index)) >>> 0;
        tally.macs += network.golden.macs;
        const ofFeatures = network.entry.inputs[0].source === 'features';
        return network.golden.run(network.inputsOf(ofFeatures ? features! : window, previous))[0];
      },
      input: name => this.#bundle.networks[this.#indexOf.get(name)!].inputsOf(window, previous)[0],
      count: operations => {
        tally.macs += operations;
      },
    };
    const { label, big, score } = this.#executor.step(window, tools);
    this.#previous = window.slice();
    const step: GoldenStep = { label, path: big ? 'b' : 'g', ...tally, big: big ? 1 : 0 };
    return score === undefined ? step : { ...step, score };
  }
}
