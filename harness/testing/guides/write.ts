import { writeFileSync } from 'node:fs';
import { packagePath } from '../../package-root.js';
import { troubleshootingText } from './troubleshooting.js';

/* `npm run docs:errors` */
writeFileSync(packagePath('docs', 'troubleshooting.md'), troubleshootingText());
