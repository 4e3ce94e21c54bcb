import type { RunRecord } from '../../record/run-record.js';
import type { Exchange } from './pair-blocks.js';

/** `no difference shown`: the interval holds 0; that nothing changed is not said. `not comparable`: nothing can be said. */
export type Change = 'better' | 'worse' | 'no difference shown' | 'not comparable';

/** Of two runs: `mixed` where something is better and something worse. */
export type ComparisonVerdict = Change | 'mixed';

/** What is compared; all but accuracy and mismatches as a relative change. */
export type EffectMetric = 'accuracy' | 'energy' | 'energy with sleep' | 'active time' | 'mismatches';

/** One figure of a pair of blocks. */
export interface Effect {
  metric: EffectMetric;
  /** Shares, microjoules a window, microjoules a period, milliseconds, windows. */
  unit: 'share' | 'uJ' | 'ms' | 'windows';
  baseline: number | null;
  candidate: number | null;
  /**
   * Candidate minus baseline: a difference of shares or windows, else relative to the baseline; with its 95 % interval. Null where nothing can be
   * compared.
   */
  change: { value: number; low: number; high: number; isRelative: boolean } | null;
  /** Half widths (95 %) that the interval is made of: the choice of windows (and people), the meter, the model (0 where silicon was measured). */
  parts?: { windows: number; meter: number; model: number };
  /** Exact McNemar test of the accuracies, and the windows that only one got right. */
  paired?: { p: number; onlyCandidate: number; onlyBaseline: number };
  verdict: Change;
  /** Why nothing can be compared, or what must be known. */
  note?: string;
}

/** Two blocks that were compared over the same windows. */
export interface ComparedPair {
  /** Board, chip, level, bundle and strategy; where one was exchanged, the baseline's. */
  name: string;
  baselineBlock: string;
  candidateBlock: string;
  windows: number;
  effects: Effect[];
}

/** Something about the runs that is not the same. */
export interface Difference {
  what: string;
  baseline: string;
  candidate: string;
}

interface Side {
  id: string;
  startedAt: string;
  outcome: RunRecord['outcome'];
  energy: RunRecord['provenance']['energy'];
}

/** A run compared with an earlier or another one. */
export interface Comparison {
  schema: 'littlefirst.compare/1';
  baseline: Side;
  candidate: Side;
  verdict: ComparisonVerdict;
  /** What differs between the runs, besides their figures. */
  differences: Difference[];
  exchanges: Exchange[];
  cautions: string[];
  pairs: ComparedPair[];
  /** Blocks without a counterpart. */
  unpaired: { baseline: string[]; candidate: string[] };
}

/** The verdict of several: mixed where some are better and some worse. */
export function combineChanges(changes: readonly Change[]): ComparisonVerdict {
  const [better, worse] = [changes.includes('better'), changes.includes('worse')];
  if (better && worse) return 'mixed';
  if (better) return 'better';
  if (worse) return 'worse';
  return changes.includes('no difference shown') ? 'no difference shown' : 'not comparable';
}
