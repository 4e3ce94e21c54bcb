import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagePath } from '../../package-root.js';

/** Rooms that decide what a training gives and what the interpreter answers. */
const folders = [
  ['harness', 'train'],
  ['harness', 'train', 'convolution'],
  ['harness', 'train', 'little-first'],
  ['harness', 'model', 'cascade'],
  ['harness', 'model', 'cascade', 'filtered'],
];

/** SHA-256 over the sources of the recipe and of the cascade, tests left out. */
export function recipeDigest(): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const path = packagePath(...folder);
    for (const name of readdirSync(path).sort()) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      hash.update(`${folder.join('/')}/${name}\n`).update(readFileSync(join(path, name)));
    }
  }
  return hash.digest('hex');
}
