import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageRoot } from '../package-root.js';

function fromEnvironment(variable: string): string | undefined {
  const value = process.env[variable];
  return value === undefined || value === '' ? undefined : resolve(value);
}

function besideThePackage(...parts: string[]): string | undefined {
  const folder = join(packageRoot, '..', 'shared', ...parts);
  return existsSync(folder) ? folder : undefined;
}

/**
 * The folder with `uci-har/` and `hapt/`, as the user names it in `LITTLEFIRST_DATA`.
 * @returns an absolute path (existing or not: the loaders say what is missing), or undefined when the variable is unset or empty
 */
export function findDataRoot(): string | undefined {
  return fromEnvironment('LITTLEFIRST_DATA');
}

/** The folder with the paper authors' .tflite files, as the user names it in `LITTLEFIRST_MODELS`; else undefined. */
export function findReferenceModels(): string | undefined {
  return fromEnvironment('LITTLEFIRST_MODELS');
}

/** For tests only: `findDataRoot()`, else `../shared/data` beside the package if it exists. */
export function findDataRootForTests(): string | undefined {
  return findDataRoot() ?? besideThePackage('data');
}

/** For tests only: `findReferenceModels()`, else `../shared/reference-models/big-little-tflite` beside the package if it exists. */
export function findReferenceModelsForTests(): string | undefined {
  return findReferenceModels() ?? besideThePackage('reference-models', 'big-little-tflite');
}
