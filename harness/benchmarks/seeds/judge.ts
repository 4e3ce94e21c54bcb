import { scaleWindows } from '../../data/scaling.js';
import type { WindowSet } from '../../data/types.js';
import { unscored } from '../../data/window-set.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import type { Bundle } from '../../model/load.js';

/** What a bundle answers on some windows, in the DUT's integer arithmetic. */
export interface Judged {
  windows: number;
  /** Windows with an activity of their own; the others, transitions, are paid for and not scored. */
  scored: number;
  correct: number;
  /** Multiply-adds of all windows together, features and drift gate included. */
  macs: number;
  bigRuns: number;
  /** Scored and correct windows by person. */
  people: Record<string, { scored: number; correct: number }>;
  /** Scored windows by true class, then by answer (the last one: unknown). */
  confusion: number[][];
}

/** Runs the golden cascade of a bundle over a set in its order. */
export function judge(bundle: Bundle, set: WindowSet): Judged {
  const [strategy] = bundle.description.strategies;
  const cascade = new GoldenCascade(bundle, strategy.name);
  const windows = scaleWindows(set, bundle.description.window);
  const resets = new Set(set.resets);
  const classes = bundle.description.labels.length;
  const judged: Judged = {
    windows: windows.count,
    scored: 0,
    correct: 0,
    macs: 0,
    bigRuns: 0,
    people: {},
    confusion: Array.from({ length: classes }, () => new Array<number>(classes + 1).fill(0)),
  };
  for (let i = 0; i < windows.count; i++) {
    if (resets.has(i)) cascade.reset();
    const step = cascade.step(windows.window(i));
    judged.macs += step.macs;
    judged.bigRuns += step.big;
    const truth = set.labels[i];
    if (truth === unscored) continue;
    judged.people[set.subjects[i]] ??= { scored: 0, correct: 0 };
    const person = judged.people[set.subjects[i]];
    const right = step.label === truth ? 1 : 0;
    person.scored += 1;
    person.correct += right;
    judged.scored += 1;
    judged.correct += right;
    judged.confusion[truth][Math.min(step.label, classes)] += 1;
  }
  return judged;
}
