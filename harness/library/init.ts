import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type FilledIn, fillIn } from '../campaign/doctor/fill-in.js';
import { benchText, type NewBench } from '../campaign/init/bench-text.js';
import { type CiName, ciRecipes } from '../campaign/init/ci.js';
import { asLittlefirstError, LittlefirstError } from '../errors.js';
import { makeFolder } from '../host/make-folder.js';

export interface InitOptions extends NewBench {
  /** Recipes that are wanted beside the bench file. */
  ci?: readonly CiName[];
}

export interface Initialised {
  /** Files that were written, absolute. */
  files: string[];
  /** Of a bench of real hardware: which serial numbers were found connected. */
  filledIn: FilledIn[];
}

/** @throws LF_USAGE where the file is there already, or cannot be written */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    makeFolder(dirname(file));
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new LittlefirstError(
      'LF_USAGE',
      isThere ? `${file} is there already` : `${file} cannot be written`,
      {
        expected: 'a new file in a folder that may be written to',
        received: isThere ? 'a file' : asLittlefirstError(cause).message,
        hint: 'name another file; nothing is overwritten',
        cause,
      },
    );
  }
}

/**
 * Writes a bench file, and on request recipes for continuous integration. A bench of real hardware gets the serial numbers of what is connected.
 * @param file of the bench, relative to `cwd`
 * @throws LF_USAGE where a file is there already, before any is written; as `benchText`
 */
export async function initBench(
  file: string,
  { ci = [], ...bench }: InitOptions,
  cwd = process.cwd(),
): Promise<Initialised> {
  const path = resolve(cwd, file);
  const text = await benchText(bench, dirname(path));
  const recipes = ci.map(name => ({
    path: join(cwd, ciRecipes[name].path),
    text: ciRecipes[name].text(file),
  }));
  const there = [path, ...recipes.map(recipe => recipe.path)].find(existsSync);
  if (there !== undefined)
    throw new LittlefirstError('LF_USAGE', `${there} is there already`, {
      expected: 'a new file',
      received: 'a file',
      hint: 'name another file; nothing is overwritten',
    });
  await writeNew(path, text);
  for (const recipe of recipes) await writeNew(recipe.path, recipe.text);
  const filledIn = bench.from === undefined ? [] : await fillIn(path);
  return { files: [path, ...recipes.map(recipe => recipe.path)], filledIn };
}
