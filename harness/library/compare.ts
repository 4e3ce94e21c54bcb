import { resolve } from 'node:path';
import { LittlefirstError } from '../errors.js';
import { compareRuns } from '../verdict/compare/compare.js';
import type { Comparison } from '../verdict/compare/comparison.js';
import { openRun } from '../verdict/open-run.js';

/**
 * Compares runs with the first of them, from their journals.
 * @param folders the baseline and at least one candidate
 * @throws LF_USAGE for fewer than two; LF_RUN_MISSING, LF_RUN_CORRUPT
 */
export async function compareFolders(folders: readonly string[], cwd = process.cwd()): Promise<Comparison[]> {
  if (folders.length < 2)
    throw new LittlefirstError('LF_USAGE', 'One run cannot be compared', {
      expected: 'the folders of at least two runs, the baseline first',
      received: folders.length === 0 ? 'none' : folders[0],
    });
  const [baseline, ...candidates] = folders.map(folder => resolve(cwd, folder));
  const opened = await openRun(baseline);
  const comparisons: Comparison[] = [];
  for (const candidate of candidates) comparisons.push(compareRuns(opened, await openRun(candidate)));
  return comparisons;
}
