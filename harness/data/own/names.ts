import { LittlefirstError } from '../../errors.js';
import type { Split } from '../types.js';
import { unscored } from '../window-set.js';
import { mostClasses, mostPeople, nameSchema } from './manifest.js';
import { badInput } from './source-files.js';

const refuse = (summary: string, expected: string, received: string, hint?: string) =>
  new LittlefirstError('LF_USAGE', summary, { expected, received, hint });

/** Some of a long list, for a message. */
export const some = (names: Iterable<string>): string => {
  const all = [...names];
  return all.length > 40 ? `${all.slice(0, 40).join(', ')} and ${all.length - 40} more` : all.join(', ');
};

/** What a source calls people; who is in which split. */
export interface PeopleChoice {
  /** The test people. */
  test: readonly string[];
  /** The training people; absent: everybody else. */
  train?: readonly string[];
}

/** Numbers people as they appear. Somebody who is in neither list is left out. */
export class People {
  readonly people: { name: string; split: Split }[] = [];
  readonly leftOut = new Set<string>();
  readonly #choice: PeopleChoice;
  readonly #numbers = new Map<string, number>();

  /** @throws LF_USAGE for somebody in both lists */
  constructor(choice: PeopleChoice) {
    const both = choice.test.filter(name => choice.train?.includes(name));
    if (both.length > 0)
      throw refuse(
        'Nobody may be in both splits',
        'different people',
        `${some(both)} in --train and in --test`,
      );
    this.#choice = choice;
  }

  /** Place of a person; -1: left out. @throws LF_DATA_CORRUPT for a name that cannot be one */
  placeOf(name: string, file: string, line: number): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (!nameSchema.safeParse(name).success)
      throw badInput({ file, line }, 'a person, 1 to 64 printable characters', name === '' ? 'nobody' : name);
    const { test, train } = this.#choice;
    const split = test.includes(name)
      ? 'test'
      : train === undefined || train.includes(name)
        ? 'train'
        : undefined;
    const place = split === undefined ? -1 : this.people.length;
    this.#numbers.set(name, place);
    if (split === undefined) this.leftOut.add(name);
    else this.people.push({ name, split });
    if (this.#numbers.size > mostPeople)
      throw badInput({ file, line }, `at most ${mostPeople} people`, 'more');
    return place;
  }

  /** @throws LF_USAGE for people who did not appear, or a split without people */
  check(): void {
    const seen = [...this.#numbers.keys()];
    const absent = [...this.#choice.test, ...(this.#choice.train ?? [])].filter(
      name => !this.#numbers.has(name),
    );
    if (absent.length > 0)
      throw refuse('These people are not in the data', `people out of ${some(seen)}`, some(absent));
    for (const split of ['train', 'test'] as const)
      if (!this.people.some(person => person.split === split))
        throw refuse(
          `There are no ${split === 'train' ? 'training' : 'test'} people`,
          'people in both splits, by --test (and --train)',
          `people ${some(seen)}`,
          '--test NAME,NAME',
        );
  }
}

/** What classes are called, and which there are. */
export interface ClassChoice {
  /** Names in the source to the data set's; `-`: none, such samples are not scored. */
  rename: Readonly<Record<string, string>>;
  /** The classes in order; absent: the layout's that appear, or sorted. Others in the source are an error. */
  classes?: readonly string[];
}

/** Numbers classes as they appear; `final` gives their order. */
export class Classes {
  readonly #choice: ClassChoice;
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #used = new Set<string>();

  constructor(choice: ClassChoice) {
    this.#choice = choice;
    const wrong = [...Object.values(choice.rename), ...(choice.classes ?? [])].find(
      name => !nameSchema.safeParse(name).success,
    );
    if (wrong !== undefined)
      throw refuse('A class cannot have this name', '1 to 64 printable characters', wrong);
    const twice = choice.classes?.find((name, i) => choice.classes?.indexOf(name) !== i);
    if (twice !== undefined) throw refuse('--classes names a class twice', 'each once', twice);
  }

  /** Provisional number of a class, 255 for none. @throws LF_DATA_CORRUPT */
  numberOf(activity: string, file: string, line: number): number {
    const known = this.#numbers.get(activity);
    if (known !== undefined) return known;
    const { rename, classes } = this.#choice;
    const isRenamed = Object.hasOwn(rename, activity);
    if (isRenamed) this.#used.add(activity);
    const name = isRenamed ? rename[activity] : activity;
    if (name === '' || name === '-') return this.#keep(activity, unscored);
    if (!nameSchema.safeParse(name).success)
      throw badInput({ file, line }, 'an activity, 1 to 64 printable characters', name);
    if (classes !== undefined && !classes.includes(name))
      throw badInput(
        { file, line },
        `activities ${classes.join(', ')}`,
        name,
        `--label "${name}=..." to call it one of these, or "${name}=-" to leave it unscored`,
      );
    const at = this.#names.indexOf(name);
    if (at >= 0) return this.#keep(activity, at);
    if (this.#names.length === mostClasses)
      throw badInput({ file, line }, `at most ${mostClasses} classes`, 'more');
    return this.#keep(activity, this.#names.push(name) - 1);
  }

  #keep(activity: string, number: number): number {
    this.#numbers.set(activity, number);
    return number;
  }

  /**
   * The classes in their order, and the place of each provisional number.
   * @param order of a layout's classes, by the names in its files
   * @throws LF_USAGE for a name of --label or --classes that did not appear, or no class at all
   */
  final(order: readonly string[] | undefined): { classes: string[]; places: Uint8Array } {
    const { rename, classes } = this.#choice;
    const unused = Object.keys(rename).filter(name => !this.#used.has(name));
    const absent = classes?.filter(name => !this.#names.includes(name)) ?? [];
    if (unused.length > 0 || absent.length > 0)
      throw refuse(
        'The data do not have these activities',
        `activities out of ${some([...this.#numbers.keys()].filter(name => name !== ''))}`,
        some([...unused, ...absent]),
      );
    if (this.#names.length === 0)
      throw refuse(
        'Nothing tells the activities',
        'labelled samples',
        'none with a label',
        '--activity-column NAME, or {activity} in --files',
      );
    const ranks = new Map<string, number>();
    for (const [rank, name] of (order ?? []).entries()) {
      const called = Object.hasOwn(rename, name) ? rename[name] : name;
      if (!ranks.has(called)) ranks.set(called, rank);
    }
    const rank = (name: string): number => ranks.get(name) ?? Number.MAX_SAFE_INTEGER;
    const sorted = classes ?? [...this.#names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return { classes: [...sorted], places: Uint8Array.from(this.#names, name => sorted.indexOf(name)) };
  }
}
