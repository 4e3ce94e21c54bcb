import { z } from 'zod';
import { didYouMean } from './nearest.js';
import { type Unit, withoutUnit } from './quantity.js';

/** What is expected of a value that a schema refuses, in words of our own: none of zod's reaches a user. */

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
  map: 'a block of keys',
  tuple: 'a list',
  null: 'nothing',
  undefined: 'nothing',
};

/** Most choices that are listed. */
const mostChoices = 24;

const choices = (values: readonly unknown[]): string => {
  const texts = values.map(value => (typeof value === 'string' ? value : JSON.stringify(value)));
  if (texts.length === 1) return `${texts[0]}`;
  return `one of ${texts.slice(0, mostChoices).join(', ')}${texts.length > mostChoices ? ', ...' : ''}`;
};

/** Keys that say nothing of a quantity: the key above does, as of \`millivolts: { value: 1100 }\`. */
const plainKeys: ReadonlySet<PropertyKey> = new Set(['value', 'u']);

const keyOf = (path: readonly PropertyKey[] | undefined): string =>
  String(path?.findLast(key => typeof key === 'string' && !plainKeys.has(key)) ?? '');

/** The unit of a value, where something beside its key tells it; undefined where nothing does. */
export type UnitAt = (path: readonly PropertyKey[]) => Unit | undefined;

/** What the schema itself says that it takes. */
const describedBy = (inst: unknown): string | undefined =>
  inst instanceof z.core.$ZodType ? z.globalRegistry.get(inst)?.description : undefined;

function typeText(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>,
  unitAt: UnitAt | undefined,
): string {
  const { expected, input, inst, path } = issue;
  const words = describedBy(inst) ?? typeWords[expected] ?? expected;
  if (input === undefined) return `${words}; it is missing`;
  if ((expected === 'number' || expected === 'int') && typeof input === 'string') {
    const instead = withoutUnit(input, keyOf(path), unitAt?.(path ?? []));
    return instead === undefined ? words : `${words}: ${instead}`;
  }
  if (expected === 'string' && typeof input === 'number')
    return `${words}; numbers are written in quotes: "${input}"`;
  return words;
}

function sizeText(issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>): string {
  const isSmall = issue.code === 'too_small';
  const bound = Number(isSmall ? issue.minimum : issue.maximum);
  if (issue.origin === 'string' && isSmall && bound === 1) return 'text that is not empty';
  if (issue.origin === 'string') return `text of ${isSmall ? 'at least' : 'at most'} ${bound} characters`;
  if (issue.origin === 'array') return `a list of ${isSmall ? 'at least' : 'at most'} ${bound}`;
  const isClosed = issue.inclusive !== false;
  if (isSmall) return `a number ${isClosed ? 'from' : 'above'} ${bound}${isClosed ? ' up' : ''}`;
  const hint =
    typeof issue.input === 'number' && bound === 1 && issue.input <= 100
      ? `: shares, not per cent: write ${issue.input / 100} for ${issue.input} %`
      : '';
  return `a number ${isClosed ? 'up to' : 'below'} ${bound}${hint}`;
}

/** Known keys of an object schema. */
const keysOf = (inst: unknown): string[] =>
  inst instanceof z.core.$ZodObject ? Object.keys(inst._zod.def.shape) : [];

/** What stands between the words for several unknown keys, each of which has a place of its own. */
export const keySeparator = '\n';

/** An error map for one parse: `schema.safeParse(value, { error: ourWords })`. */
export const ourWords: z.core.$ZodErrorMap = issue => wordsFor(issue);

/** The same where units are told by more than the names of keys. */
export const ourWordsWith =
  (unitAt: UnitAt): z.core.$ZodErrorMap =>
  issue =>
    wordsFor(issue, unitAt);

function wordsFor(issue: z.core.$ZodRawIssue, unitAt?: UnitAt): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeText(issue, unitAt);
    case 'invalid_value': {
      const text = choices(issue.values);
      const { input, values } = issue;
      if (input === undefined) return `${text}; it is missing`;
      const names = values.filter(value => typeof value === 'string');
      return typeof input === 'string' && names.length > 1 ? `${text}: ${didYouMean(input, names)}` : text;
    }
    case 'unrecognized_keys': {
      const known = keysOf(issue.inst);
      return issue.keys
        .map(key => `no key "${key}": ${known.length === 0 ? 'remove it' : didYouMean(key, known)}`)
        .join(keySeparator);
    }
    case 'too_small':
    case 'too_big':
      return sizeText(issue);
    case 'invalid_union':
      if ('discriminator' in issue && typeof issue.discriminator === 'string')
        return `a key ${issue.discriminator} that names one of the known kinds`;
      return [...new Set(issue.errors.flatMap(branch => branch.map(({ message }) => message)))].join(' or ');
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return (
        describedBy(issue.inst) ??
        `text of another form${issue.pattern === undefined ? '' : `: ${issue.pattern}`}`
      );
    default:
      return describedBy(issue.inst) ?? 'another value';
  }
}

/** One refused value. */
export interface Refusal {
  path: PropertyKey[];
  /** What is expected there. */
  expected: string;
  /** The key itself is not known, rather than its value wrong. */
  isUnknownKey: boolean;
}

/**
 * The refused values of a parse with {@link ourWords}. Of a union, the values inside the alternative that fits best: that whose own type is right.
 */
export function refusalsOf(
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[] = [],
): Refusal[] {
  return issues.flatMap((issue): Refusal[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const texts = issue.message.split(keySeparator);
      return issue.keys.map((key, i) => ({ path: [...path, key], expected: texts[i], isUnknownKey: true }));
    }
    if (issue.code === 'invalid_union') {
      const inner = issue.errors.find(
        branch =>
          branch.length > 0 && branch.every(one => one.path.length > 0 || one.code === 'unrecognized_keys'),
      );
      if (inner !== undefined) return refusalsOf(inner, path);
    }
    return [{ path, expected: issue.message, isUnknownKey: false }];
  });
}
