import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The folder of the package: `firmware/` and `fixtures/` lie below it, whether sources or the build run. */
export const packageRoot = findRoot();

/** An absolute path below the package, e.g. `packagePath('fixtures', 'boards')`. */
export function packagePath(...parts: string[]): string {
  return join(packageRoot, ...parts);
}

/** What may stand before the name of anything that the package ships: `littlefirst:paper`. */
export const shippedPrefix = 'littlefirst:';

/** A name without {@link shippedPrefix}. */
export const bareName = (name: string): string =>
  name.startsWith(shippedPrefix) ? name.slice(shippedPrefix.length) : name;

/**
 * URL of a worker entry beside the calling module, whether it runs from source (`.ts`) or from the build (`.js`). From source it
 * is a small module that installs tsx first: a worker of Node 20 does not inherit the loader of its parent.
 * @param moduleUrl the caller's `import.meta.url`
 * @param name file name without extension, e.g. `./rp2040-worker`
 */
export function workerUrl(moduleUrl: string, name: string): URL {
  if (!moduleUrl.endsWith('.ts')) return new URL(`${name}.js`, moduleUrl);
  const loader = new URL('./index.mjs', pathToFileURL(createRequire(moduleUrl).resolve('tsx/esm/api'))).href;
  const entry = new URL(`${name}.ts`, moduleUrl).href;
  const source = `import { register } from ${JSON.stringify(loader)};\nregister();\nawait import(${JSON.stringify(entry)});\n`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}
