import type { Random } from '../../data/random.js';
import type { Parameters } from '../fit.js';

interface Slot {
  shape: number[];
  value: Float64Array;
  gradient: Float64Array;
  /** First and second moments of Adam. */
  moments: [Float64Array, Float64Array];
  average: Float64Array;
  /** Absent: followed statistics, which are averaged and not trained. */
  trained: boolean;
  decays: boolean;
}

const [firstDecay, secondDecay, epsilon] = [0.9, 0.999, 1e-7];

/** Parameters by name with their gradients, AdamW, and the moving average of their values. */
export class Store {
  readonly #slots = new Map<string, Slot>();
  #firstLeft = 1;
  #secondLeft = 1;

  /** Adds a matrix of normal deviates; weight decay is for these. */
  addNormal(key: string, shape: [number, number], deviation: number, random: Random): void {
    const slot = this.#add(key, shape, true);
    slot.decays = true;
    slot.value.forEach((_, i) => {
      slot.value[i] = random.normal() * deviation;
    });
    slot.average.set(slot.value);
  }

  addConstant(key: string, length: number, value: number, trained: boolean): void {
    const slot = this.#add(key, [length], trained);
    slot.value.fill(value);
    slot.average.fill(value);
  }

  value(key: string): Float64Array {
    return this.#slots.get(key)!.value;
  }

  gradient(key: string): Float64Array {
    return this.#slots.get(key)!.gradient;
  }

  /** One step of Adam on the gradients, after decoupled weight decay. */
  step(rate: number, weightDecay: number): void {
    this.#firstLeft *= firstDecay;
    this.#secondLeft *= secondDecay;
    const [firstScale, secondScale] = [1 / (1 - this.#firstLeft), 1 / (1 - this.#secondLeft)];
    for (const { value, gradient, moments, trained, decays } of this.#slots.values()) {
      if (!trained) continue;
      const [first, second] = moments;
      const kept = decays ? 1 - rate * weightDecay : 1;
      for (let i = 0; i < value.length; i++) {
        const g = gradient[i];
        first[i] += (1 - firstDecay) * (g - first[i]);
        second[i] += (1 - secondDecay) * (g * g - second[i]);
        const scale = Math.sqrt(second[i] * secondScale) + epsilon;
        value[i] = value[i] * kept - (rate * first[i] * firstScale) / scale;
      }
    }
  }

  /** Moves the averages towards the values: `decay` of them stays. */
  follow(decay: number): void {
    for (const { value, average } of this.#slots.values())
      for (let i = 0; i < value.length; i++) average[i] = decay * average[i] + (1 - decay) * value[i];
  }

  /** The averages, rounded to 32 bits. */
  averages(): Parameters {
    return new Map(
      [...this.#slots].map(([key, { shape, average }]) => [
        key,
        { shape, values: Float32Array.from(average) },
      ]),
    );
  }

  #add(key: string, shape: number[], trained: boolean): Slot {
    const zeros = (): Float64Array => new Float64Array(shape.reduce((n, size) => n * size, 1));
    const slot: Slot = {
      ...{ shape, value: zeros(), gradient: zeros(), average: zeros() },
      ...{ moments: [zeros(), zeros()], trained, decays: false },
    };
    this.#slots.set(key, slot);
    return slot;
  }
}
