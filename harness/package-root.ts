import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/**
 * URL of a worker entry beside the calling module, whether it runs from source (`.ts`) or from the build (`.js`).
 * @param moduleUrl the caller's `import.meta.url`
 * @param name file name without extension, e.g. `./rp2040-worker`
 */
export function workerUrl(moduleUrl: string, name: string): URL {
  return new URL(`${name}${moduleUrl.endsWith('.ts') ? '.ts' : '.js'}`, moduleUrl);
}
