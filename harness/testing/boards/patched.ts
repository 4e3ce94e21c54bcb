import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBench } from '../../campaign/bench/load.js';
import { type PreparedBench, prepareBench } from '../../campaign/bench/prepare.js';
import { symbolsOf } from '../../emulator/elf.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { packagePath } from '../../package-root.js';

/** Thumb code in place of a function's first instructions. */
export const thumb = {
  /** bx lr */
  nothing: Uint8Array.of(0x70, 0x47),
  /** movs r0, #0; bx lr */
  zero: Uint8Array.of(0x00, 0x20, 0x70, 0x47),
} as const;

/** An emulated board of the package with the paper's bundle and a few windows. */
export async function emulatedBench(board: string): Promise<PreparedBench> {
  const folder = makeTemporaryFolder('patched');
  try {
    const file = join(folder, 'bench.yaml');
    const bench = {
      ...{ schema: 'littlefirst.bench/1', name: 'patched', board },
      ...{ bundles: ['littlefirst:paper'], data: { set: 'synthetic', windows: 2 } },
    };
    await writeFile(file, JSON.stringify(bench));
    return (await prepareBench(await loadBench(file))).duts[0];
  } finally {
    removeTemporaryFolder(folder);
  }
}

/** The same bench with an image in which a function does something else, whose hash is right. */
export async function patched(
  prepared: PreparedBench,
  name: string,
  code: Uint8Array,
): Promise<PreparedBench> {
  const { firmware, board } = prepared;
  const symbols = symbolsOf(await readFile(packagePath('firmware', 'prebuilt', `${board.name}.elf`)));
  const [{ address, data }] = firmware.segments;
  const image = data.slice();
  image.set(code, symbols.get(name)! - address);
  const entry = { ...firmware.entry, sha256: createHash('sha256').update(image).digest('hex') };
  return { ...prepared, firmware: { ...firmware, entry, segments: [{ address, data: image }] } };
}
