/** Uniform numbers in [0, 1): mulberry32, 32-bit state, the same on every machine. */
export function uniformSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers of mean 0 and variance 1 (Box-Muller), the same for the same seed. */
export function normalSource(seed: number): () => number {
  const uniform = uniformSource(seed);
  let spare = Number.NaN;
  return () => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

const tableBits = 16;
let table: Float64Array | undefined;

function normalTable(): Float64Array {
  if (table !== undefined) return table;
  const values = Float64Array.from({ length: 1 << tableBits }, normalSource(1));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  table = values.map(value => (value - mean) / Math.sqrt(variance));
  return table;
}

/**
 * Normal numbers at a few nanoseconds each: drawn by a 32-bit generator from a table of 65,536 that has exactly mean 0 and variance 1.
 * For noise added to millions of samples.
 */
export function fastNormalSource(seed: number): () => number {
  const values = normalTable();
  let state = Math.imul(seed, 0x9e3779b1) | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return values[state >>> (32 - tableBits)];
  };
}
