import { LittlefirstError } from '../errors.js';
import type { Bundle } from '../model/bundle.js';
import type { Gate, HoldStrategy } from '../model/bundle-schema.js';
import { argmax, distanceL1, leadOverRunnerUp } from './golden-gates.js';

/** One window in the bundle's format: samples x channels, row-major. */
export type WindowCounts = Int8Array | Uint8Array | Int16Array;

/** What the DUT must answer for one window. */
export interface GoldenStep {
  /** Class index. */
  label: number;
  /** `b` if Big ran on this window, `g` if not. */
  path: 'g' | 'b';
  /** Bit mask of the networks that ran; bit i = network i of the bundle (as an unsigned number, at most 32 networks). */
  nets: number;
  /** Multiply-adds of all networks that ran; a distance counts one per compared value. */
  macs: number;
  big: 0 | 1;
}

/**
 * What a `hold` strategy remembers from one window to the next. All of it is forgotten by `reset` and by choosing a strategy.
 */
interface HoldState {
  /** Big's last label; undefined before the first window. */
  held: number | undefined;
  /** The window before this one, whatever ran on it; before the first window: the first window itself. */
  previous: WindowCounts | undefined;
  /** Windows in a row in which the gate asked for Big, saturating at 255; 0 after a Big run. */
  asks: number;
  /** A Big run that was due but not allowed by the cap is still owed. */
  owed: boolean;
  /** Windows since Big's last run, saturating at 65535; 0 right after Big ran. */
  sinceBig: number;
  /** 1 for each of the last `bigCapWindow - 1` windows (oldest first) in which Big ran. */
  bigHistory: number[];
}

/**
 * The golden interpreter of a bundle's strategy: what the DUT must answer, window by window. **The contract of
 * `firmware/core/cascade.c`.** All arithmetic is integer; a network's answer is its first output tensor in raw counts.
 *
 * A step of a `hold` strategy, in this order:
 *
 * 1. **First window** after `reset` (nothing held): Big runs, whatever gate and policy say; the gate does not run.
 * 2. Otherwise a Big run is **due** if any of these holds, tried in this order, stopping at the first that does:
 *    a. a run is *owed* (see 4);
 *    b. `refreshEvery` K > 0 and `sinceBig + 1 >= K` (so K = 8 runs Big at the latest on every 8th window; K = 1: always);
 *    c. the gate's type is `none`;
 *    d. the **gate runs** and asks for Big, `asks` becomes `min(asks + 1, 255)` and reaches `hysteresis`
 *       (a gate that does not ask sets `asks` to 0).
 *    So the gate does not run, and `asks` stays as it is, when a, b or c already decided.
 * 3. **Cap**: Big is *barred* if `bigCap` > 0 and Big ran on `bigCap` or more of the last `bigCapWindow - 1` windows before this
 *    one (windows before the reset do not exist). So any `bigCapWindow` windows in a row hold at most `bigCap` runs. The cap is looked at
 *    only after 2: a barred window still pays for its gate.
 * 4. Due and not barred: **Big runs** on the current window; held = argmax(Big), `asks` = 0, `sinceBig` = 0, nothing is owed.
 *    Due and barred: the run is *owed*; it happens on the first window that is not barred (2a), and until then no gate runs.
 * 5. Without a Big run: `sinceBig` = `min(sinceBig + 1, 65535)`.
 * 6. The label is the held one (after 4). Last of all, whether Big ran is appended to the history, and the current window becomes the previous one.
 *
 * Gates (all see the current window; label `h` is held):
 * - `one-vs-rest`: runs `networks[h]`; asks if argmax(output) is not `keep`.
 * - `pair-net`: runs `network`; asks if argmax(output) is not `keep`.
 * - `distance`: d = sum of |previous - current| over all samples of the gate's channels, in input counts, as an unsigned 32-bit sum; asks if d > threshold.
 * - `confidence`: runs `network`; w = argmax(output); asks if w is not `h`, or if output[w] minus the largest of the other outputs is < `margin`.
 * argmax: the largest value; of equal ones the first index.
 *
 * Input tensors are filled in the file's order. The values of one window are its named channels row by row (samples x channels). Layout `rows`: the
 * values of each named window in turn; `paired`: value 0 of each named window in turn, then value 1 of each, and so on. Counts go in unchanged.
 *
 * The strategy parameter overrides `threshold` of a `distance` gate (0..4294967295) or `margin` of a `confidence` gate (0..255); other gates take none.
 */
export class GoldenCascade {
  readonly strategy: HoldStrategy;
  readonly #bundle: Bundle;
  readonly #gate: Gate;
  readonly #indexOf: Map<string, number>;
  #state: HoldState = emptyState();

  /**
   * @param bundle a loaded bundle
   * @param strategyName name of one of its strategies
   * @param parameter overrides the threshold of a distance gate or the margin of a confidence gate
   * @throws LF_UNKNOWN_STRATEGY; LF_USAGE when the strategy takes no parameter or the parameter is out of range
   */
  constructor(bundle: Bundle, strategyName: string, parameter?: number) {
    const strategy = bundle.description.strategies.find(candidate => candidate.name === strategyName);
    if (strategy === undefined) {
      throw new LittlefirstError(
        'LF_UNKNOWN_STRATEGY',
        `bundle ${bundle.description.name} has no strategy "${strategyName}"`,
        { expected: `one of ${bundle.description.strategies.map(({ name }) => name).join(', ')}` },
      );
    }
    this.#bundle = bundle;
    this.strategy = strategy;
    this.#gate = parameter === undefined ? strategy.gate : withParameter(strategy, parameter);
    this.#indexOf = new Map(bundle.networks.map(({ name }, index) => [name, index]));
  }

  /** Forgets everything, as `lf reset%` does on the DUT. */
  reset(): void {
    this.#state = emptyState();
  }

  /** Answers one window. The array is copied; the caller may reuse it. */
  step(window: WindowCounts): GoldenStep {
    const state = this.#state;
    const previous = state.previous ?? window;
    const tally = { nets: 0, macs: 0 };
    const run = (name: string): Int8Array | Uint8Array => {
      const index = this.#indexOf.get(name)!;
      const network = this.#bundle.networks[index];
      tally.nets = (tally.nets | (1 << index)) >>> 0;
      tally.macs += network.golden.macs;
      return network.golden.run(network.inputsOf(window, previous))[0];
    };
    const distance = (channels: readonly number[]): number => {
      tally.macs += channels.length * this.#bundle.description.window.samples;
      return distanceL1(previous, window, channels, this.#bundle.description.window.channels.length);
    };

    const due = this.#isDue(state, run, distance);
    const barred = state.held !== undefined && this.#isBarred(state);
    const big = due && !barred;
    if (big) {
      state.held = argmax(run(this.strategy.big));
      state.asks = 0;
      state.sinceBig = 0;
    } else {
      state.sinceBig = Math.min(state.sinceBig + 1, 65535);
    }
    state.owed = due && barred;
    this.#remember(state, window, big);
    return { label: state.held!, path: big ? 'b' : 'g', ...tally, big: big ? 1 : 0 };
  }

  #isDue(
    state: HoldState,
    run: (name: string) => Int8Array | Uint8Array,
    distance: (channels: readonly number[]) => number,
  ): boolean {
    const { policy } = this.strategy;
    if (state.held === undefined || state.owed) return true;
    if (policy.refreshEvery > 0 && state.sinceBig + 1 >= policy.refreshEvery) return true;
    if (this.#gate.type === 'none') return true;
    state.asks = gateAsks(this.#gate, state.held, run, distance) ? Math.min(state.asks + 1, 255) : 0;
    return state.asks >= policy.hysteresis;
  }

  #isBarred(state: HoldState): boolean {
    const { bigCap } = this.strategy.policy;
    return bigCap > 0 && state.bigHistory.reduce((sum, ran) => sum + ran, 0) >= bigCap;
  }

  #remember(state: HoldState, window: WindowCounts, big: boolean): void {
    state.bigHistory.push(big ? 1 : 0);
    if (state.bigHistory.length >= this.strategy.policy.bigCapWindow) state.bigHistory.shift();
    state.previous = window.slice();
  }
}

function emptyState(): HoldState {
  return { held: undefined, previous: undefined, asks: 0, owed: false, sinceBig: 0, bigHistory: [] };
}

function gateAsks(
  gate: Exclude<Gate, { type: 'none' }>,
  held: number,
  run: (name: string) => Int8Array | Uint8Array,
  distance: (channels: readonly number[]) => number,
): boolean {
  switch (gate.type) {
    case 'one-vs-rest':
      return argmax(run(gate.networks[held])) !== gate.keep;
    case 'pair-net':
      return argmax(run(gate.network)) !== gate.keep;
    case 'distance':
      return distance(gate.channels) > gate.threshold;
    case 'confidence': {
      const output = run(gate.network);
      return argmax(output) !== held || leadOverRunnerUp(output) < gate.margin;
    }
  }
}

function withParameter(strategy: HoldStrategy, parameter: number): Gate {
  const { gate } = strategy;
  const limit = gate.type === 'distance' ? 0xffffffff : gate.type === 'confidence' ? 255 : undefined;
  if (limit === undefined) {
    throw new LittlefirstError('LF_USAGE', `strategy ${strategy.name} takes no parameter`, {
      received: String(parameter),
      hint: 'only distance gates (threshold) and confidence gates (margin) take one',
    });
  }
  if (!Number.isInteger(parameter) || parameter < 0 || parameter > limit) {
    throw new LittlefirstError('LF_USAGE', `parameter of strategy ${strategy.name} is out of range`, {
      expected: `an integer from 0 to ${limit}`,
      received: String(parameter),
    });
  }
  return gate.type === 'distance'
    ? { ...gate, threshold: parameter }
    : { ...(gate as Extract<Gate, { type: 'confidence' }>), margin: parameter };
}
