/**
 * Normal quantile by Acklam's rational approximation (P. J. Acklam, "An algorithm for computing the inverse normal cumulative
 * distribution function", 2003; relative error below 1.2e-9).
 * @param p in 0 to 1, exclusive
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const top =
      ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) *
        q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const bottom =
      (((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) *
        q +
      1;
    return top / bottom;
  }
  const q = p - 0.5;
  const r = q * q;
  const top =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return (q * top) / bottom;
}

/** D. L. Wallace, "Bounds on normal approximations to Student's and the chi-square distributions", Ann. Math. Stat. 30, 1959. */
const wallace = (degrees: number): number => (8 * degrees + 1) / (8 * degrees + 3);

/** The normal deviate that is as improbable as a value of Student's t (within 2 % of it from 2 degrees on). */
export function normalOf(t: number, degrees: number): number {
  if (!Number.isFinite(degrees)) return t;
  return Math.sign(t) * wallace(degrees) * Math.sqrt(degrees * Math.log1p((t * t) / degrees));
}

/** Two-sided quantile of Student's t: what its size exceeds with the given probability. The inverse of {@link normalOf}. */
export function studentQuantile(probability: number, degrees: number): number {
  const z = -normalQuantile(probability / 2);
  if (!Number.isFinite(degrees)) return z;
  return Math.sqrt(degrees * Math.expm1((z / wallace(degrees)) ** 2 / degrees));
}

/** What a normal deviate exceeds with which chance (Abramowitz and Stegun 26.2.17, error below 1e-7), one side. @param z not negative */
export function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
