import { readFileSync, writeFileSync } from 'node:fs';
import { packagePath } from '../../package-root.js';
import { withBoards } from './readme.js';

/** `npm run docs:boards`. */
const readme = packagePath('README.md');
writeFileSync(readme, await withBoards(readFileSync(readme, 'utf8')));
