/** `npm run firmware:check`: builds all boards anew and compares them with firmware/prebuilt byte for byte. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBridge } from './bridge.js';
import {
  buildAll,
  compilerVersion,
  firmwareFolder,
  type ManifestEntry,
  manifestText,
  prebuiltFolder,
} from './build.js';

const manifestFile = join(prebuiltFolder, 'manifest.json');
const committed = readFileSync(manifestFile, 'utf8');
const entries = Object.values((JSON.parse(committed) as { boards: Record<string, ManifestEntry> }).boards);
const compiler = compilerVersion();
const other = entries.find(entry => entry.compiler !== compiler);
if (other !== undefined) {
  console.error(
    `The prebuilt images cannot be compared: they were made by another compiler.\n  expected: ${other.compiler}\n  received: ${compiler}\n` +
      '  try: install that version of gcc-arm-none-eabi, or run `npm run firmware:prebuilt` and commit what it makes',
  );
  process.exit(1);
}
execFileSync('make', ['-s', 'clean'], { cwd: firmwareFolder });
const boards = buildAll();
const different = [...boards.map(({ files }) => files), buildBridge()].flatMap(files =>
  [...files].filter(([file, data]) => Buffer.compare(readFileSync(join(prebuiltFolder, file)), data) !== 0),
);
for (const [file] of different) console.error(`firmware/prebuilt/${file} is not what the sources give`);
if (committed !== manifestText(boards))
  console.error('firmware/prebuilt/manifest.json is not what the sources give');
if (different.length > 0 || committed !== manifestText(boards)) {
  console.error('  try: npm run firmware:prebuilt, and commit firmware/prebuilt');
  process.exit(1);
}
console.log(
  `${boards.length} boards and the INA bridge equal the prebuilt images byte for byte (${compiler})`,
);
