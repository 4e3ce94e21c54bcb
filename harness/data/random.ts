/**
 * Seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
 * 2018), its state filled by a 32-bit integer mixer. The same seed gives the same numbers on every machine.
 */
export class Random {
  readonly #state: Uint32Array;

  /** @param seeds whole numbers; another list is another, unrelated stream */
  constructor(...seeds: number[]) {
    let mixed = 0x9e3779b9;
    for (const seed of seeds) mixed = mix(mixed ^ mix(seed >>> 0)) + 0x9e3779b9;
    this.#state = Uint32Array.from({ length: 4 }, (_, i) => mix(mixed + Math.imul(i + 1, 0x9e3779b9)));
    if (this.#state.every(word => word === 0)) this.#state[0] = 1;
  }

  /** Uniform in 0 (inclusive) to 1 (exclusive), 32 bits. */
  uniform(): number {
    const s = this.#state;
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result / 2 ** 32;
  }

  /** Whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** Normal deviate (Box and Muller's method), mean 0, standard deviation `spread`. */
  normal(spread = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return spread * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}

/** Finaliser of MurmurHash3 (32 bit). */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
