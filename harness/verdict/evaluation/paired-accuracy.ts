import type { CampaignRecord } from '../../record/journal/records.js';
import type { Interval } from './judge.js';
import { envelope, type PersonSum, pairedDifference95, peopleInterval95 } from './statistics.js';
import { unscored } from './window-kinds.js';

/** How the answers of two blocks to the same windows differ. */
export interface PairedAccuracy {
  /** Scored windows that both answered. */
  scored: number;
  /** Of them, those that each got right. */
  ownCorrect: number;
  otherCorrect: number;
  /** Windows that only the first got right, and only the second. */
  better: number;
  worse: number;
  /** First minus second, as a share: the wider of the intervals over windows and over people. */
  interval: Interval;
}

/**
 * Compares answers window by window.
 * @returns undefined where no window that both answered is scored
 */
export function pairedAccuracy(
  own: readonly number[],
  other: readonly number[],
  { truth, subjects }: Pick<CampaignRecord, 'truth' | 'subjects'>,
): PairedAccuracy | undefined {
  const sums = { scored: 0, ownCorrect: 0, otherCorrect: 0, better: 0, worse: 0 };
  const people = new Map<number, PersonSum>();
  for (let w = 0; w < Math.min(own.length, other.length); w++) {
    if (truth[w] === unscored || truth[w] === undefined) continue;
    const [hit, otherHit] = [Number(own[w] === truth[w]), Number(other[w] === truth[w])];
    sums.scored += 1;
    sums.ownCorrect += hit;
    sums.otherCorrect += otherHit;
    if (hit > otherHit) sums.better += 1;
    if (hit < otherHit) sums.worse += 1;
    const person = people.get(subjects[w]) ?? { sum: 0, n: 0 };
    people.set(subjects[w], { sum: person.sum + hit - otherHit, n: person.n + 1 });
  }
  if (sums.scored === 0) return undefined;
  const { value, half } = pairedDifference95(sums.better, sums.worse, sums.scored);
  const overWindows = { value, low: value - half, high: value + half };
  return { ...sums, interval: envelope(overWindows, peopleInterval95([...people.values()])) };
}
