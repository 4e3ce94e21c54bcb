import { type Command, InvalidArgumentError, Option } from 'commander';

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

/** What the user accepts, and what more shall fail. */
export interface Judging {
  allow?: string[];
  failOn?: 'inconclusive';
}

/** What a nightly accepts: names joined by ",". */
export const allowOption = (): Option =>
  new Option(
    '--allow <names>',
    'accept these without failing: "inconclusive", or targets by name, joined by ","; errors are never accepted',
  ).argParser(text => text.split(',').map(name => name.trim()));
export const failOnOption = (): Option =>
  new Option('--fail-on <verdict>', 'exit with 1 on this verdict too').choices(['inconclusive']);

/** Permissions in octal. */
export const folderModeOption = (): Option =>
  new Option(
    '--folder-mode <octal>',
    'permissions of a new run folder (default: 700, its owner only)',
  ).argParser(text => {
    if (!/^[0-7]{3}$/.test(text)) throw new InvalidArgumentError('three octal digits are expected, e.g. 755');
    return Number.parseInt(text, 8);
  });

export const quietOption = (): Option =>
  new Option('--quiet', 'print the verdict and where the report is, without progress').conflicts('json');
export const jsonOption = (): Option => new Option('--json', 'print JSON');

export const budgetOption = (): Option =>
  new Option('--budget', 'print the uncertainty budgets of energies and savings, term by term');

export const dataOption = (): Option =>
  new Option('--data <name>', 'data set: uci-har, hapt, synthetic, or the folder of an imported one');
export const orderOption = (): Option =>
  new Option('--order <order>', 'order of the windows').choices(['published', 'chronological']);

/** Adds what says which blocks of a bench are run, and on which windows. */
export const chosenBlocks = (command: Command): Command =>
  command
    .option('--board <name>', "board instead of the bench file's")
    .option('--chip <name>', 'chip profile (name or file)')
    .option('--level <names>', 'levels joined by ",", or "all"', listOrAll)
    .option('--strategy <names>', 'strategies joined by ",", or "all"', listOrAll)
    .addOption(dataOption())
    .addOption(orderOption())
    .option('--windows <count>', 'number of windows, or "all"', countOrAll);
