import { Belief } from './belief.js';
import { DriftGate, type DriftParameters } from './drift.js';
import type { Features } from './features.js';
import { flatLikelihood, likelihoodQ15, power1p5Q15 } from './fixed.js';

/** The networks that a `filtered` cascade may run. */
export type Stage = 'static' | 'little' | 'big';

/** Numbers of a `filtered` cascade beyond its features; probabilities in Q15. */
export interface FilterParameters {
  classes: number;
  /** A window is dynamic if its motion exceeds this (counts). */
  motionThreshold: number;
  drift: DriftParameters;
  /** Least probability of a change when the window is dynamic and the one before was not, or the reverse. */
  flipChange: number;
  /** The anchor restarts when the probability of a change exceeds this, or on a flip. */
  restartChange: number;
  /** Classes of static and of dynamic windows, in the order of the networks' outputs. */
  staticClasses: readonly number[];
  dynamicClasses: readonly number[];
  /** Likelihood of the classes that a stage does not speak of. */
  missing: number;
  /** No network runs on a dynamic window while the belief in its best class is at least this. */
  sure: number;
  /** Big does not run if the belief after Little is at least this; above 32768: Little never suffices. */
  accept: number;
  hasLittle: boolean;
  /** Big's likelihood is raised to the power 1.5. */
  sharpenBig: boolean;
  /** The answer is unknown while the belief in the likeliest class is below this. */
  reject: number;
  /**
   * A dynamic window waits for its networks until the movement has settled: until its distance from the window before, as the
   * drift gate measures it (norms of mean and of movement, Q8), is at most this. 0 = no waiting.
   */
  settleNear: number;
  settleFar: number;
  /** At most `cap` windows with Little or Big among the last `capWindow`; 0 = no cap. */
  cap: number;
  capWindow: number;
}

export interface FilterStep {
  /** A class, or the number of classes: unknown. */
  label: number;
  /** Stages that ran. */
  ran: readonly Stage[];
}

/**
 * One `filtered` cascade at work: drift gate, Bayes filter and the choice of networks. A step, in this order:
 *
 * 1. dynamic = motion > `motionThreshold`; flip = differs from the window before (not on the first).
 * 2. c = `drift.change`; on a flip at least `flipChange`. The first window predicts nothing: the belief is uniform.
 * 3. The anchor restarts on a flip or if c > `restartChange`, else follows.
 * 4. The belief is predicted with c.
 * 5. Static window: the static network runs; its classes get its likelihoods, the others `missing`.
 * 6. Dynamic window: if the belief is `sure` among the dynamic classes, or the window must wait (not settled, or capped), no network
 *    runs and they get 1/3 each. Else Little (if there is one) runs; if the belief updated with it is at least `accept`, that
 *    update stands. Otherwise Big runs and the belief from before Little is updated with Big alone. Others get `missing`.
 * 7. label = the likeliest class, or the number of classes ("unknown") if the belief in it is below `reject`.
 */
export class FilteredStep {
  readonly #parameters: FilterParameters;
  readonly #gate: DriftGate;
  readonly #neighbour: DriftGate;
  readonly #belief: Belief;
  #wasDynamic: boolean | undefined;
  #history: number[] = [];

  constructor(parameters: FilterParameters) {
    this.#parameters = parameters;
    this.#gate = new DriftGate(parameters.drift);
    this.#neighbour = new DriftGate(parameters.drift);
    this.#belief = new Belief(parameters.classes);
  }

  reset(): void {
    this.#gate.reset();
    this.#neighbour.reset();
    this.#belief.reset();
    this.#wasDynamic = undefined;
    this.#history = [];
  }

  /**
   * @param features of the current window
   * @param run runs a network on the current window and returns its int8 softmax output (scale 1/256, zero point -128)
   */
  step({ values, motion }: Features, run: (stage: Stage) => Int8Array): FilterStep {
    const p = this.#parameters;
    const dynamic = motion > p.motionThreshold;
    const flip = this.#wasDynamic !== undefined && this.#wasDynamic !== dynamic;
    if (this.#wasDynamic !== undefined) {
      let change = this.#gate.change(this.#gate.distances(values), dynamic);
      if (flip) change = Math.max(change, p.flipChange);
      this.#gate.follow(values, flip || change > p.restartChange);
      this.#belief.predict(change);
    } else {
      this.#gate.follow(values, true);
    }
    const waits = dynamic && this.#mustWait(values);
    this.#neighbour.follow(values, true);
    this.#wasDynamic = dynamic;
    const ran = dynamic ? this.#dynamic(run, waits) : this.#static(run);
    this.#history.push(ran.some(stage => stage !== 'static') ? 1 : 0);
    if (this.#history.length >= p.capWindow) this.#history.shift();
    const best = this.#belief.best();
    return { label: this.#belief.p[best] < 2 * p.reject ? p.classes : best, ran };
  }

  /** True if the window is not settled or the cap is reached. */
  #mustWait(values: Int16Array): boolean {
    const { settleNear, settleFar, cap } = this.#parameters;
    if (cap > 0 && this.#history.reduce((sum, ran) => sum + ran, 0) >= cap) return true;
    if (settleNear === 0 || this.#wasDynamic === undefined) return false;
    const d = this.#neighbour.distances(values);
    return d[12] > settleNear || d[13] > settleFar;
  }

  #static(run: (stage: Stage) => Int8Array): Stage[] {
    this.#belief.update(this.#likelihoods(this.#parameters.staticClasses, run('static'), false));
    return ['static'];
  }

  #dynamic(run: (stage: Stage) => Int8Array, waits: boolean): Stage[] {
    const p = this.#parameters;
    if (waits || this.#belief.isSure(p.dynamicClasses, p.sure)) {
      const flat = new Uint32Array(p.classes).fill(p.missing);
      for (const c of p.dynamicClasses) flat[c] = flatLikelihood(p.dynamicClasses.length);
      this.#belief.update(flat);
      return [];
    }
    const before = this.#belief.p.slice();
    if (p.hasLittle) {
      this.#belief.update(this.#likelihoods(p.dynamicClasses, run('little'), false));
      if (this.#belief.isSure(p.dynamicClasses, p.accept)) return ['little'];
      this.#belief.p.set(before);
    }
    this.#belief.update(this.#likelihoods(p.dynamicClasses, run('big'), p.sharpenBig));
    return p.hasLittle ? ['little', 'big'] : ['big'];
  }

  #likelihoods(classes: readonly number[], output: Int8Array, sharpen: boolean): Uint32Array {
    const likelihoods = new Uint32Array(this.#parameters.classes).fill(this.#parameters.missing);
    classes.forEach((c, i) => {
      const share = likelihoodQ15(output[i]);
      likelihoods[c] = sharpen ? Math.max(1, power1p5Q15(share)) : share;
    });
    return likelihoods;
  }
}
