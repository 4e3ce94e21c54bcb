import type { BlockData, JournalData } from '../evaluation/block-data.js';

/** The windows that two runs have in common: the first `count` of both; or why their windows cannot be paired. */
export type Common = { count: number; caution?: string } | { reason: string };

/** Whether two lists begin alike. */
const beginAlike = (a: readonly number[], b: readonly number[], count: number): boolean =>
  a.slice(0, count).every((value, i) => value === b[i]);

/** Finds out whether the n-th window of two runs is the same window. */
export function commonWindows(baseline: JournalData, candidate: JournalData): Common {
  const [own, other] = [baseline.campaign.provenance.dataset, candidate.campaign.provenance.dataset];
  const describe = ({ name, split, order }: typeof own) => `${name} (${split}, ${order} order)`;
  if (describe(own) !== describe(other))
    return { reason: `other windows: ${describe(own)} against ${describe(other)}` };
  if (own.windows === other.windows && own.sha256 !== other.sha256)
    return { reason: `other windows: the hashes of the data differ, as with another seed` };
  const count = Math.min(baseline.campaign.truth.length, candidate.campaign.truth.length);
  const isSame = (['truth', 'subjects'] as const).every(column =>
    beginAlike(baseline.campaign[column], candidate.campaign[column], count),
  );
  if (!isSame) return { reason: 'other windows: their labels or people differ' };
  if (own.windows === other.windows) return { count };
  return {
    count,
    caution: `The runs have ${own.windows} and ${other.windows} windows: the first ${count} of both are compared; labels and people of these agree.`,
  };
}

/** A block as if its campaign had only the first `count` windows. */
export function firstWindows(block: BlockData, count: number): BlockData {
  const cut = <T>(column: readonly T[]): T[] => column.slice(0, count);
  return {
    ...block,
    labels: cut(block.labels),
    path: block.path.slice(0, count),
    nets: cut(block.nets),
    gateCycles: cut(block.gateCycles),
    bigCycles: cut(block.bigCycles),
    otherCycles: cut(block.otherCycles),
    gate: cut(block.gate),
    big: cut(block.big),
    other: cut(block.other),
    gateSeconds: cut(block.gateSeconds),
    bigSeconds: cut(block.bigSeconds),
    otherSeconds: cut(block.otherSeconds),
    outputs: cut(block.outputs),
    seconds: cut(block.seconds),
    ...(block.passes === undefined ? {} : { passes: block.passes.map(pass => firstWindows(pass, count)) }),
  };
}
