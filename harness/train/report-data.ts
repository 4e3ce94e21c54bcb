import type { WindowSet } from '../data/types.js';
import type { Curve } from './log.js';

/** What `training.html` shows; `training.json` keeps most of it. */
export interface TrainingReport {
  bundle: string;
  seed: number;
  /** SHA-256 of the training windows. */
  dataset: string;
  people: number;
  windows: number;
  labels: readonly string[];
  /** What the training data are called. */
  dataName: string;
  /** Multiply-adds and file size of each network of the bundle. */
  networks: { name: string; macs: number; fileBytes: number }[];
  curves: Curve[];
  /** Absent when the training was not cross-validated. */
  validation?: Validation;
  choices: OperatingChoice[];
}

/** Answers on training people that the networks had not seen. */
export interface Validation {
  /** Whose answers: `big-3in on every window`, say. */
  subject: string;
  folds: number;
  /** Windows by true label (row) and answer (column). */
  confusion: number[][];
  people: { person: string; correct: number; windows: number }[];
}

/** An operating point out of several that were tried on out-of-fold answers. */
export interface OperatingChoice {
  title: string;
  /** How the chosen one was found. */
  why: string;
  /** What is varied, such as `bias`. */
  settings: string[];
  /** What a point costs, such as `Big runs`. */
  costName: string;
  points: TriedPoint[];
  chosen: number;
}

export interface TriedPoint {
  settings: number[];
  correct: number;
  windows: number;
  cost: number;
}

/** Counts answers by true label and by person. @param answers label of every window of the set */
export function validationOf(
  set: WindowSet,
  answers: Uint8Array,
  classes: number,
  facts: Pick<Validation, 'subject' | 'folds'>,
): Validation {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const people = new Map<number, { person: string; correct: number; windows: number }>();
  answers.forEach((answer, w) => {
    const subject = set.subjects[w];
    const person = set.people?.[subject - 1] ?? String(subject);
    const count = people.get(subject) ?? { person, correct: 0, windows: 0 };
    people.set(subject, count);
    confusion[set.labels[w]][answer]++;
    count.windows++;
    if (answer === set.labels[w]) count.correct++;
  });
  return { ...facts, confusion, people: [...people].sort(([a], [b]) => a - b).map(([, count]) => count) };
}
