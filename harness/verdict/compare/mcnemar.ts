/**
 * Exact two-sided McNemar test (Q. McNemar, Psychometrika 12, 1947; exact form: Edwards 1948): of the windows that only one of two
 * classifiers got right, either is as likely as the other.
 * @param better windows that only the first got right
 * @param worse windows that only the second got right
 * @returns the probability of a difference at least as large by chance; 1 where there is none
 */
export function mcnemarExact(better: number, worse: number): number {
  const n = better + worse;
  const least = Math.min(better, worse);
  /* log(C(n, k) / 2^n), from k = 0 on: 2^-n itself leaves the range of a double from n = 1075 on. */
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= least; k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
