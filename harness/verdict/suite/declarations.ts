import type { Block, RunRecord } from '../../record/run-record.js';
import type { Target } from '../../record/targets.js';
import type { Run } from '../run.js';

/** Which block of a run is meant; what is left out may be anything, as long as one block is left. */
export interface BlockSelector {
  board?: string;
  chip?: string;
  /** Name of the level, e.g. `48MHz`. */
  level?: string;
  bundle?: string;
  strategy?: string;
}

/** What `saveEnergy` leads to: the saving is asserted when the baseline is named. */
export interface SavingAssertion {
  /** @param baseline strategy at the same board, chip and level (of the block's own bundle, or the run's first), or a selector of what is other */
  versus(baseline: string | BlockSelector): void;
}

/** What the assertions are made on. */
export type AssertionSubject = Run | Block | RunRecord['verdicts'][number];

declare global {
  namespace Chai {
    interface Assertion {
      /**
       * On a run: every block that the target is for meets it. On a block (with its run as the second argument): that
       * block does. Throws `Inconclusive` where the 95 % interval holds the limit, `Broken` where the block broke.
       */
      meetTarget(target: Target, run?: Run): Assertion;
      /** On a verdict of a run record: it is a pass. Throws `Inconclusive` when it is inconclusive, `Broken` when it is an error. */
      passVerdict(): Assertion;
      /** On a block: the campaign found nothing that forbids its use. Throws `Inconclusive` where a rule of the method was broken, else `Broken`. */
      validBlock: Assertion;
      /** On a block: every label and path is the golden interpreter's. */
      goldenAnswers: Assertion;
      /** On a run: turns to the one block that the selector leaves. Throws LF_USAGE when there is none or several. */
      block(selector: BlockSelector): Assertion;
      /** On a block of a run: saves at least this share of another's active energy, named by `versus`. */
      saveEnergy(share: number): SavingAssertion;
      /** On a block of a run: answers at least this share of the scored windows rightly. */
      reachAccuracy(share: number): Assertion;
      /** On a block of a run: takes at most this many microjoules of active energy a window. */
      takeAtMostMicrojoules(microjoules: number): Assertion;
      /** On a block of a run: no window takes longer than this. */
      answerWithinMilliseconds(milliseconds: number): Assertion;
    }
  }
}
