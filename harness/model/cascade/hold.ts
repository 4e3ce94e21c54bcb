import { LittlefirstError } from '../../errors.js';
import type { Gate, HoldStrategy, WindowFormat } from '../bundle/schema.js';
import { DriftWatch } from './drift.js';
import { argmax, distanceL1, leadOverRunnerUp } from './gates.js';
import { parameterError } from './parameter.js';
import type { Decision, Executor, StepTools, WindowCounts } from './step.js';

/**
 * What a `hold` strategy remembers from one window to the next. All of it is forgotten by `reset` and by choosing a strategy.
 */
interface HoldState {
  /** Big's last label; undefined before the first window. */
  held: number | undefined;
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
 * A `hold` strategy at work. **The contract of the hold part of `firmware/core/cascade.c`.**
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
 * - `drift`: `DriftWatch` has looked at the window before step 1, as at every window; asks if it does. It settles after step 5.
 * argmax: the largest value; of equal ones the first index.
 *
 * The strategy parameter overrides `threshold` of a `distance` gate (0..4294967295), `margin` of a `confidence` gate (0..255) or, in per mille,
 * `changeAbove` of a `drift` gate (0..1000); other gates take none.
 */
export class HoldExecutor implements Executor {
  readonly #strategy: HoldStrategy;
  readonly #gate: Gate;
  readonly #window: WindowFormat;
  #state: HoldState = emptyState();
  readonly #drift: DriftWatch | undefined;

  /** @throws LF_USAGE when the strategy takes no parameter or it is out of range */
  constructor(strategy: HoldStrategy, window: WindowFormat, parameter?: number) {
    this.#strategy = strategy;
    this.#window = window;
    this.#gate = parameter === undefined ? strategy.gate : withParameter(strategy, parameter);
    if (strategy.gate.type === 'drift')
      this.#drift = new DriftWatch(strategy.name, strategy.gate, window, parameter);
  }

  reset(): void {
    this.#state = emptyState();
    this.#drift?.reset();
  }

  step(window: WindowCounts, { previous, run, count }: StepTools): Decision {
    const state = this.#state;
    const distance = (channels: readonly number[]): number => {
      count(channels.length * this.#window.samples);
      return distanceL1(previous, window, channels, this.#window.channels.length);
    };
    const drifted = this.#drift?.look(window) ?? false;
    if (this.#drift !== undefined) count(this.#drift.operations);
    const due = this.#isDue(state, run, distance, drifted);
    const barred = state.held !== undefined && this.#isBarred(state);
    const big = due && !barred;
    if (big) {
      state.held = argmax(run(this.#strategy.big));
      state.asks = 0;
      state.sinceBig = 0;
    } else {
      state.sinceBig = Math.min(state.sinceBig + 1, 65535);
    }
    state.owed = due && barred;
    this.#drift?.settle(big);
    this.#remember(state, big);
    return { label: state.held!, big };
  }

  #isDue(
    state: HoldState,
    run: StepTools['run'],
    distance: (channels: readonly number[]) => number,
    drifted: boolean,
  ): boolean {
    const { policy } = this.#strategy;
    if (state.held === undefined || state.owed) return true;
    if (policy.refreshEvery > 0 && state.sinceBig + 1 >= policy.refreshEvery) return true;
    if (this.#gate.type === 'none') return true;
    state.asks = gateAsks(this.#gate, state.held, run, distance, drifted) ? Math.min(state.asks + 1, 255) : 0;
    return state.asks >= policy.hysteresis;
  }

  #isBarred(state: HoldState): boolean {
    const { bigCap } = this.#strategy.policy;
    return bigCap > 0 && state.bigHistory.reduce((sum, ran) => sum + ran, 0) >= bigCap;
  }

  #remember(state: HoldState, big: boolean): void {
    state.bigHistory.push(big ? 1 : 0);
    if (state.bigHistory.length >= this.#strategy.policy.bigCapWindow) state.bigHistory.shift();
  }
}

function emptyState(): HoldState {
  return { held: undefined, asks: 0, owed: false, sinceBig: 0, bigHistory: [] };
}

function gateAsks(
  gate: Exclude<Gate, { type: 'none' }>,
  held: number,
  run: StepTools['run'],
  distance: (channels: readonly number[]) => number,
  drifted: boolean,
): boolean {
  switch (gate.type) {
    case 'one-vs-rest':
      return argmax(run(gate.networks[held])) !== gate.keep;
    case 'pair-net':
      return argmax(run(gate.network)) !== gate.keep;
    case 'distance':
      return distance(gate.channels) > gate.threshold;
    case 'drift':
      return drifted;
    case 'confidence': {
      const output = run(gate.network);
      return argmax(output) !== held || leadOverRunnerUp(output) < gate.margin;
    }
  }
}

function withParameter(strategy: HoldStrategy, parameter: number): Gate {
  const { gate } = strategy;
  const limits: Partial<Record<Gate['type'], number>> = {
    distance: 0xffffffff,
    confidence: 255,
    drift: 1000,
  };
  const limit = limits[gate.type];
  if (limit === undefined) {
    throw new LittlefirstError('LF_USAGE', `strategy ${strategy.name} takes no parameter`, {
      received: String(parameter),
      hint: 'only distance gates (threshold), confidence gates (margin) and drift gates (per mille) take one',
    });
  }
  if (!Number.isInteger(parameter) || parameter < 0 || parameter > limit) {
    throw parameterError(strategy.name, parameter, limit);
  }
  if (gate.type === 'drift') return { ...gate, changeAbove: parameter / 1000 };
  return gate.type === 'distance'
    ? { ...gate, threshold: parameter }
    : { ...(gate as Extract<Gate, { type: 'confidence' }>), margin: parameter };
}
