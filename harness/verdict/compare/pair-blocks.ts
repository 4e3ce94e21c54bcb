import type { BlockKey } from '../../record/journal/records.js';

/** What tells blocks of a run apart. */
export const dimensions = ['board', 'chip', 'level', 'bundle', 'strategy'] as const;
export type Dimension = (typeof dimensions)[number];

const partOf = (key: BlockKey, dimension: Dimension): string =>
  dimension === 'level' ? key.level.name : key[dimension];

const valuesOf = (keys: readonly BlockKey[], dimension: Dimension): string[] => [
  ...new Set(keys.map(key => partOf(key, dimension))),
];

/** A dimension in which two runs differ as a whole: each has one value, and not the same. */
export interface Exchange {
  dimension: Dimension;
  baseline: string;
  candidate: string;
}

/** Which blocks of two runs are compared, by index. */
export interface Pairing {
  pairs: [baseline: number, candidate: number][];
  exchanges: Exchange[];
  /** Blocks that the other run has nothing to compare with. */
  unpaired: { baseline: number[]; candidate: number[] };
}

/**
 * Pairs blocks of the same board, chip, level, bundle and strategy. What a run has one of and the other another one of (a board, a bundle that was
 * exchanged as a whole) need not agree.
 */
export function pairBlocks(baseline: readonly BlockKey[], candidate: readonly BlockKey[]): Pairing {
  const exchanges = dimensions.flatMap((dimension): Exchange[] => {
    const [own, other] = [valuesOf(baseline, dimension), valuesOf(candidate, dimension)];
    if (own.length !== 1 || other.length !== 1 || own[0] === other[0]) return [];
    return [{ dimension, baseline: own[0], candidate: other[0] }];
  });
  const exchanged = new Set(exchanges.map(({ dimension }) => dimension));
  const kept = dimensions.filter(dimension => !exchanged.has(dimension));
  const nameOf = (key: BlockKey) => JSON.stringify(kept.map(dimension => partOf(key, dimension)));
  const byName = new Map(candidate.map((key, i) => [nameOf(key), i]));
  const pairs = baseline.flatMap((key, i): [number, number][] => {
    const found = byName.get(nameOf(key));
    return found === undefined ? [] : [[i, found]];
  });
  const [used, usedOthers] = [new Set(pairs.map(([i]) => i)), new Set(pairs.map(([, i]) => i))];
  return {
    pairs,
    exchanges,
    unpaired: {
      baseline: [...baseline.keys()].filter(i => !used.has(i)),
      candidate: [...candidate.keys()].filter(i => !usedOthers.has(i)),
    },
  };
}
