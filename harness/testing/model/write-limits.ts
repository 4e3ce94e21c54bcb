import { readFileSync, writeFileSync } from 'node:fs';
import { packagePath } from '../../package-root.js';
import { withLimits } from './limits-table.js';

/** `npm run docs:limits`. */
const guide = packagePath('docs', 'bring-your-own-model.md');
writeFileSync(guide, withLimits(readFileSync(guide, 'utf8')));
