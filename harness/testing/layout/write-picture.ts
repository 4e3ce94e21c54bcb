/** `npm run docs:layout`: draws the rooms into `docs/layout.svg`. */
import { writeFileSync } from 'node:fs';
import { packagePath } from '../../package-root.js';
import { drawProject } from './picture.js';

const { house, svg } = await drawProject();
writeFileSync(packagePath('docs', 'layout.svg'), svg);
const rooms = house.floors.flat();
const arrows = rooms.reduce((sum, room) => sum + room.imports.length, 0);
process.stdout.write(`docs/layout.svg: ${rooms.length} rooms, ${arrows} arrows between them\n`);
