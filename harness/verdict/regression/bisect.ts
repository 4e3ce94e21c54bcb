import type { Confirmation } from './confirm.js';

/** What is known of an image of a row: of the first it is that it is good, of the last that it is bad. */
export interface Tried {
  /** Index in the row. */
  at: number;
  verdict: Confirmation;
}

/** Where a search for the first bad image stands. */
export interface Search {
  /** Last image that is known to be good, and first that is known to be bad. */
  good: number;
  bad: number;
  /** Image that is to be compared with the first next; undefined: the search has ended. */
  next: number | undefined;
  /** Images between that could not be told: with any of them the first bad one may lie there. */
  untold: number[];
}

/**
 * Search for the first bad image of a row, `good` < `bad`, by halves. An image about which nothing can be told is left out, and the nearest
 * other one is tried in its place. The row is taken to change once; what was tried is believed.
 * @param count images in the row: the first is good, the last bad
 */
export function searchFirstBad(count: number, tried: readonly Tried[]): Search {
  let [good, bad] = [0, count - 1];
  for (const { at, verdict } of tried) {
    if (verdict === 'regressed') bad = Math.min(bad, at);
    else if (verdict !== 'cannot tell') good = Math.max(good, at);
  }
  const untold = tried
    .filter(({ verdict, at }) => verdict === 'cannot tell' && at > good && at < bad)
    .map(({ at }) => at);
  const middle = (good + bad) / 2;
  const open = Array.from({ length: Math.max(0, bad - good - 1) }, (_, i) => good + 1 + i).filter(
    at => !untold.includes(at),
  );
  const next = open.reduce<number | undefined>(
    (best, at) => (best === undefined || Math.abs(at - middle) < Math.abs(best - middle) ? at : best),
    undefined,
  );
  return { good, bad, next, untold };
}
