import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { benchNames, bundleNames, shippedBenches } from '../campaign/bench/names.js';
import { findDevices } from '../campaign/doctor/access.js';
import { type FilledIn, fillIn, wouldFillIn } from '../campaign/doctor/fill-in.js';
import type { DoctorFinding } from '../campaign/doctor/finding.js';
import { benchText, type NewBench } from '../campaign/init/bench-text.js';
import { type CiName, ciRecipes } from '../campaign/init/ci.js';
import { asLittlefirstError, LittlefirstError } from '../errors.js';
import { makeFolder } from '../host/make-folder.js';
import { shippedPrefix } from '../package-root.js';
import type { DeviceSources } from '../wire/devices/identity.js';

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

/** A shipped bench of real hardware, and how much of what it names is connected. */
export interface ConnectedBench {
  name: string;
  filledIn: FilledIn[];
  /** Every device that it names is there. */
  isComplete: boolean;
}

/**
 * What `doctor` finds connected, and the shipped benches that name any of it, the complete ones first.
 * @param sources where devices are looked for; default: this machine
 */
export async function connectedBenches(
  sources: DeviceSources = {},
): Promise<{ devices: DoctorFinding[]; benches: ConnectedBench[] }> {
  const devices = await findDevices(sources);
  const benches: ConnectedBench[] = [];
  for (const name of benchNames()) {
    const filledIn = await wouldFillIn(join(shippedBenches, `${name}.yaml`), sources);
    const there = filledIn.filter(({ serialNumber }) => serialNumber !== undefined);
    if (there.length > 0) benches.push({ name, filledIn, isComplete: there.length === filledIn.length });
  }
  const rank = ({ isComplete }: ConnectedBench) => (isComplete ? 0 : 1);
  return { devices, benches: benches.sort((a, b) => rank(a) - rank(b)) };
}

/** How a bundle is named in a bench file: a shipped one by name, a folder as seen from the file. */
function bundleAsNamed(bundle: string, folder: string, cwd: string): string {
  if (bundle.startsWith(shippedPrefix)) return bundle;
  if (bundleNames().includes(bundle) && !existsSync(resolve(cwd, bundle))) return shippedPrefix + bundle;
  const path = relative(folder, resolve(cwd, bundle)).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
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
  sources: DeviceSources = {},
): Promise<Initialised> {
  const path = resolve(cwd, file);
  const folder = dirname(path);
  const text = await benchText({ ...bench, bundle: bundleAsNamed(bench.bundle, folder, cwd) }, folder);
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
  const filledIn = bench.from === undefined ? [] : await fillIn(path, sources);
  return { files: [path, ...recipes.map(recipe => recipe.path)], filledIn };
}
