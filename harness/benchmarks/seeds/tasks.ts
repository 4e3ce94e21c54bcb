import type { Judged } from './judge.js';

/**
 * Who trains and who is judged. `folds`: training people only, three folds by person. `test`: all training people train, the test people
 * are judged. `people`: each of the thirty in turn is judged by what the other twenty-nine trained.
 */
export const modes = ['folds', 'test', 'people'] as const;
export type Mode = (typeof modes)[number];

/** One training and what it is judged on: what one process does. */
export interface Task {
  mode: Mode;
  bundle: string;
  seed: number;
  /** Fold (from 0) or number of the person held out; absent for `test`. */
  part?: number;
}

export interface Result extends Task {
  /** SHA-256 over the sources of the recipe; results of another recipe do not mix with these. */
  recipe: string;
  trainingSeconds: number;
  /** By order or stream. */
  judged: Record<string, Judged>;
}

export const foldCount = 3;
const peopleCount = 30;

/** All tasks of a mode. */
export function tasksOf(mode: Mode, bundles: readonly string[], seeds: readonly number[]): Task[] {
  const parts: (number | undefined)[] =
    mode === 'test'
      ? [undefined]
      : Array.from({ length: mode === 'folds' ? foldCount : peopleCount }, (_, i) =>
          mode === 'folds' ? i : i + 1,
        );
  return seeds.flatMap(seed =>
    bundles.flatMap(bundle =>
      parts.map(part => ({ mode, bundle, seed, ...(part === undefined ? {} : { part }) })),
    ),
  );
}

/** Folder of a task below the results' folder. */
export const folderOf = ({ mode, bundle, seed, part }: Task): string =>
  `${mode}-${bundle}-seed-${seed}${part === undefined ? '' : `-${mode === 'folds' ? 'fold' : 'person'}-${part}`}`;
