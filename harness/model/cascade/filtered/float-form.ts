/** For tests: the filtered cascade in floating point, as the recipe has it, to bound what the fixed point form loses. */
import { type DriftModel, driftFeatures } from './drift.js';
import type { Features } from './features.js';
import type { FilterParameters, FilterStep, Stage } from './step.js';

const largestDistance = 6;

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

/** `FilteredStep` with real numbers; no rules of settling and cap. */
export class FloatStep {
  readonly #p: FilterParameters;
  #anchor: number[] | undefined;
  #wasDynamic = false;
  /** Probabilities of the classes. */
  belief: number[];

  constructor(parameters: FilterParameters) {
    this.#p = parameters;
    this.belief = new Array<number>(parameters.classes).fill(1 / parameters.classes);
  }

  step({ values, motion }: Features, run: (stage: Stage) => Int8Array): FilterStep {
    const p = this.#p;
    const dynamic = motion > p.motionThreshold;
    this.#predict(Array.from(values.subarray(0, driftFeatures)), dynamic);
    const ran: Stage[] = dynamic ? this.#dynamic(run) : ['static'];
    if (!dynamic) this.#update(p.staticClasses, run('static'), 1);
    return { label: this.belief.indexOf(Math.max(...this.belief)), ran };
  }

  #predict(values: number[], dynamic: boolean): void {
    const p = this.#p;
    if (this.#anchor === undefined) {
      this.#anchor = values;
    } else {
      const anchor = this.#anchor;
      const flip = dynamic !== this.#wasDynamic;
      const d = values.map((v, i) => {
        const unit = (65536 * 256) / (16 * p.drift.scale[i]);
        return Math.min(largestDistance, Math.abs(v - anchor[i]) / unit);
      });
      let change = this.#change(dynamic ? p.drift.dynamic : p.drift.static, d);
      if (flip) change = Math.max(change, p.flipChange / 32768);
      const restart = flip || change > p.restartChange / 32768;
      this.#anchor = restart ? values : anchor.map((a, i) => a + (values[i] - a) / 4);
      const others = p.classes - 1;
      this.belief = this.belief.map(b => (1 - change) * b + (change * (1 - b)) / others);
    }
    this.#wasDynamic = dynamic;
  }

  #change({ bias, weights }: DriftModel, d: number[]): number {
    const inputs = [...d, norm(d.slice(0, 3)), norm(d.slice(3, driftFeatures))];
    const score = inputs.reduce((sum, v, i) => sum + (v * weights[i]) / 256, bias / 65536);
    return Math.max(this.#p.drift.floor / 32768, 1 / (1 + Math.exp(-score)));
  }

  #dynamic(run: (stage: Stage) => Int8Array): Stage[] {
    const p = this.#p;
    if (this.#isSure(p.sure)) {
      this.#multiply(p.dynamicClasses, () => 1 / p.dynamicClasses.length);
      return [];
    }
    const before = this.belief;
    if (p.hasLittle) {
      this.#update(p.dynamicClasses, run('little'), 1);
      if (this.#isSure(p.accept)) return ['little'];
      this.belief = before;
    }
    this.#update(p.dynamicClasses, run('big'), p.sharpenBig ? 1.5 : 1);
    return p.hasLittle ? ['little', 'big'] : ['big'];
  }

  #isSure(share: number): boolean {
    const parts = this.#p.dynamicClasses.map(c => this.belief[c]);
    return Math.max(...parts) >= (share / 32768) * parts.reduce((sum, v) => sum + v, 0);
  }

  #update(classes: readonly number[], output: Int8Array, power: number): void {
    this.#multiply(classes, i => ((output[i] + 128.5) / 256) ** power);
  }

  #multiply(classes: readonly number[], likelihood: (i: number) => number): void {
    const all = new Array<number>(this.belief.length).fill(this.#p.missing / 32768);
    classes.forEach((c, i) => {
      all[c] = likelihood(i);
    });
    const products = this.belief.map((b, c) => b * all[c]);
    const sum = products.reduce((total, v) => total + v, 0);
    this.belief = products.map(v => v / sum);
  }
}
