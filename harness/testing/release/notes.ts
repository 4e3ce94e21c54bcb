import { LittlefirstError } from '../../errors.js';

const heading = '## Unreleased';

/** A version as the registry takes it, without build metadata; parts as numbers. @throws LF_USAGE */
function parts(version: string): { numbers: number[]; pre: string } {
  const [, numbers, pre = ''] =
    /^((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/.exec(
      version,
    ) ?? [];
  if (numbers !== undefined) return { numbers: numbers.split('.').map(Number), pre };
  throw new LittlefirstError('LF_USAGE', `"${version}" is no version`, {
    expected: 'MAJOR.MINOR.PATCH, e.g. 1.2.0, or 1.2.0-rc.1',
    received: version,
  });
}

/** Whether a version is later than another; one with a suffix comes before the same without. @throws LF_USAGE */
export function isLater(version: string, than: string): boolean {
  const [a, b] = [parts(version), parts(than)];
  const at = a.numbers.findIndex((number, i) => number !== b.numbers[i]);
  if (at >= 0) return a.numbers[at] > b.numbers[at];
  if (a.pre === '' || b.pre === '') return a.pre === '' && b.pre !== '';
  return a.pre.localeCompare(b.pre, 'en', { numeric: true }) > 0;
}

/**
 * The changelog of a release: what was unreleased stands under the version and its date, and there is room for what comes.
 * @returns the changelog's text, and the notes of this version
 * @throws LF_USAGE where nothing is unreleased, or the version is there already
 */
export function released(
  changelog: string,
  version: string,
  date: string,
): { changelog: string; notes: string } {
  const begin = changelog.indexOf(`${heading}\n`);
  const after = begin + heading.length;
  const next = changelog.indexOf('\n## ', after);
  const notes = begin < 0 ? '' : changelog.slice(after, next < 0 ? undefined : next).trim();
  if (notes === '' || changelog.includes(`\n## ${version} `))
    throw new LittlefirstError('LF_USAGE', `There is nothing to release as ${version}`, {
      expected: `a section "${heading}" with text, and none of ${version}`,
      received: notes === '' ? 'nothing unreleased' : `a section of ${version}`,
      hint: 'tell the changes in CHANGELOG.md first',
    });
  const rest = next < 0 ? '' : changelog.slice(next);
  return {
    changelog: `${changelog.slice(0, after)}\n\n## ${version} (${date})\n\n${notes}\n${rest}`,
    notes,
  };
}
