import { InvalidArgumentError, Option } from 'commander';

/** `a,b` as a list, or `all`. */
export function listOrAll(text: string): 'all' | string[] {
  const names = text.split(',').map(name => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('names joined by "," or "all" are expected');
  return names.length === 1 && names[0] === 'all' ? 'all' : names;
}

/** A whole number above 0, or `all`. */
export function countOrAll(text: string): 'all' | number {
  if (text === 'all') return 'all';
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number above 0 or "all" is expected');
  return value;
}

/** A whole number above 0. */
export function positiveCount(text: string): number {
  const value = countOrAll(text);
  if (value === 'all') throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
}

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
}

export const dataOption = (): Option =>
  new Option('--data <name>', 'data set').choices(['uci-har', 'hapt', 'synthetic']);
export const orderOption = (): Option =>
  new Option('--order <order>', 'order of the windows').choices(['published', 'chronological']);
