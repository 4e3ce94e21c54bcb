import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

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
 * Starts a worker beside the calling module, whether it runs from source (`.ts`) or from the build (`.js`). From source it starts with
 * a small module that installs tsx: a worker of Node 20 does not inherit the loader of its parent. It inherits the parent's options but those that are
 * about the parent's own script, which Node refuses for a worker.
 * @param moduleUrl the caller's `import.meta.url`
 * @param name file name without extension, e.g. `./rp2040-worker`
 */
export function startWorker(moduleUrl: string, name: string, options: WorkerOptions = {}): Worker {
  const execArgv = process.execArgv.filter(word => !word.startsWith('--input-type'));
  return new Worker(workerUrl(moduleUrl, name), { ...options, execArgv });
}

function workerUrl(moduleUrl: string, name: string): URL {
  if (!moduleUrl.endsWith('.ts')) return new URL(`${name}.js`, moduleUrl);
  const loader = new URL('./index.mjs', pathToFileURL(createRequire(moduleUrl).resolve('tsx/esm/api'))).href;
  const entry = new URL(`${name}.ts`, moduleUrl).href;
  const source = `import { register } from ${JSON.stringify(loader)};\nregister();\nawait import(${JSON.stringify(entry)});\n`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/**
 * What `node` is started with to run a module beside the calling one in a process of its own, from source or from the build.
 * @param moduleUrl the caller's `import.meta.url`
 * @param name file name without extension
 */
export function processWords(moduleUrl: string, name: string): string[] {
  const isSource = moduleUrl.endsWith('.ts');
  const file = fileURLToPath(new URL(`${name}.${isSource ? 'ts' : 'js'}`, moduleUrl));
  return [...(isSource ? ['--import', import.meta.resolve('tsx')] : []), file];
}
