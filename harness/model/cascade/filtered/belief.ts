/**
 * The Bayes filter's belief over the classes: probabilities in Q16, unsigned 32-bit arithmetic only. At least 1 each, so
 * that no class is ever ruled out for good.
 */
export class Belief {
  readonly p: Uint32Array;

  constructor(classes: number) {
    this.p = new Uint32Array(classes);
    this.reset();
  }

  reset(): void {
    this.p.fill(Math.floor(65536 / this.p.length));
  }

  /** Prediction: with probability `change` (Q15) the activity is another one, all others alike. */
  predict(change: number): void {
    const others = this.p.length - 1;
    for (let i = 0; i < this.p.length; i++) {
      const stay = (32768 - change) * this.p[i];
      this.p[i] = (stay + change * Math.floor((65536 - Math.min(this.p[i], 65536)) / others)) >>> 15;
    }
  }

  /** Update: multiplies by likelihoods in Q15 (1..32768) and normalises. */
  update(likelihoods: ArrayLike<number>): void {
    const products = Uint32Array.from(this.p, (p, i) => (p * likelihoods[i]) >>> 3);
    let sum = 0;
    for (const product of products) sum += product;
    const shift = Math.max(0, 17 - Math.clz32(sum));
    const divisor = Math.max(1, sum >>> shift);
    for (let i = 0; i < this.p.length; i++) {
      this.p[i] = Math.max(1, Math.floor(((products[i] >>> shift) << 16) / divisor));
    }
  }

  /** True if the likeliest of the given classes has at least `share` (Q15) of what these classes have together. */
  isSure(classes: readonly number[], share: number): boolean {
    let sum = 0;
    let best = 0;
    for (const c of classes) {
      sum += this.p[c];
      best = Math.max(best, this.p[c]);
    }
    return best * 32768 >= share * sum;
  }

  /** The likeliest class; of equal ones the first. */
  best(): number {
    let winner = 0;
    for (let i = 1; i < this.p.length; i++) if (this.p[i] > this.p[winner]) winner = i;
    return winner;
  }
}
