/** `npm run firmware:prebuilt`: builds all boards and puts images and manifest into firmware/prebuilt. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBridge } from './bridge.js';
import { buildAll, manifestText, prebuiltFolder } from './build.js';

const boards = buildAll();
mkdirSync(prebuiltFolder, { recursive: true });
for (const { entry, files, name } of boards) {
  for (const [file, data] of files) writeFileSync(join(prebuiltFolder, file), data);
  console.log(`${name}: ${entry.bytes} bytes, sha256 ${entry.sha256}`);
}
writeFileSync(join(prebuiltFolder, 'manifest.json'), manifestText(boards));
for (const [file, data] of buildBridge()) writeFileSync(join(prebuiltFolder, file), data);
