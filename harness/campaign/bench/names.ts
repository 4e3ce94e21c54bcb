import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { didYouMean } from '../../config/nearest.js';
import { LittlefirstError } from '../../errors.js';
import { bareName, packagePath, shippedPrefix } from '../../package-root.js';

/** Bench files and bundles that the package ships, and how they are named from anywhere. */

export const shippedBenches = packagePath('fixtures', 'benches');
export const shippedBundles = packagePath('fixtures', 'bundles');

export const benchNames = (): string[] =>
  readdirSync(shippedBenches)
    .filter(file => file.endsWith('.yaml'))
    .map(file => file.slice(0, -'.yaml'.length));

export const bundleNames = (): string[] =>
  readdirSync(shippedBundles).filter(name => existsSync(join(shippedBundles, name, 'bundle.yaml')));

const unknown = (
  code: 'LF_CONFIG_INVALID' | 'LF_BUNDLE_INVALID',
  what: string,
  name: string,
  known: string[],
) =>
  new LittlefirstError(code, `There is no ${what} "${name}"`, {
    expected: `a path, or one of ${known.join(', ')}`,
    received: name,
    hint: didYouMean(name, known),
  });

/**
 * The file of a bench: a path, or the name of a shipped one where no such file is there.
 * @throws LF_CONFIG_INVALID for a bare name of neither
 */
export function benchFile(name: string, cwd = process.cwd()): string {
  const path = resolve(cwd, name);
  if (existsSync(path)) return path;
  const known = benchNames();
  const bare = bareName(name);
  if (known.includes(bare)) return join(shippedBenches, `${bare}.yaml`);
  if (/[\\/]|\.ya?ml$/.test(name)) return path;
  throw unknown('LF_CONFIG_INVALID', 'bench', bare, known);
}

/**
 * The folder of a bundle: a path relative to `folder`, or the name of a shipped one, which `littlefirst:` may stand before so that no
 * folder of that name is meant.
 * @throws LF_BUNDLE_INVALID for a bare name of neither
 */
export function bundleFolder(name: string, folder = process.cwd()): string {
  const path = resolve(folder, name);
  const isShipped = name.startsWith(shippedPrefix);
  if (!isShipped && (/[\\/]/.test(name) || existsSync(path))) return path;
  const [known, bare] = [bundleNames(), bareName(name)];
  if (known.includes(bare)) return join(shippedBundles, bare);
  const listed = isShipped ? known.map(one => shippedPrefix + one) : known;
  throw unknown('LF_BUNDLE_INVALID', isShipped ? 'shipped bundle' : 'bundle', name, listed);
}
