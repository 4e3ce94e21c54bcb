import type { WindowSet } from '../data/types.js';

/** Windows of some people, in the set's order. */
export function windowsOf(set: WindowSet, subjects: ReadonlySet<number>): Uint32Array {
  return Uint32Array.from(set.subjects.keys()).filter(w => subjects.has(set.subjects[w]));
}

/** Subject-wise folds: person i (by rising number) goes to fold i mod `folds`. Each fold lists its held-out people. */
export function subjectFolds(set: WindowSet, folds: number): { train: Set<number>; heldOut: Set<number> }[] {
  const people = [...new Set(set.subjects)].sort((a, b) => a - b);
  return Array.from({ length: folds }, (_, f) => ({
    train: new Set(people.filter((_, i) => i % folds !== f)),
    heldOut: new Set(people.filter((_, i) => i % folds === f)),
  }));
}
