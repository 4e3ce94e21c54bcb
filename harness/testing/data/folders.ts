import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { channelNames } from '../../data/types.js';
import { channelScales } from '../../data/window-set.js';

/**
 * Writes a UCI HAR folder with three test windows over 320 rows, counts 0, 1, 2, ...: two standing windows of
 * experiment 4 that overlap, then one walking window of experiment 3.
 */
export async function writeTinyUciHar(root: string): Promise<void> {
  const folder = join(root, 'uci-har');
  await mkdir(folder);
  const facts = { windows: 3, samples: 320 };
  const files: Record<string, string | Uint8Array> = {
    'uci-har.json': JSON.stringify({
      windowSamples: 128,
      channels: channelNames,
      scale: channelScales,
      splits: { train: facts, test: facts },
    }),
    'test.samples.i16': new Uint8Array(Int16Array.from({ length: 320 * 9 }, (_, i) => i).buffer),
    'test.starts.u32': new Uint8Array(Uint32Array.of(0, 64, 192).buffer),
    'test.labels.u8': Uint8Array.of(5, 5, 1),
    'test.subjects.u8': Uint8Array.of(2, 2, 2),
    'windows.csv': [
      'split,index,label,subject,experiment,sourceStart,sampleOffset',
      'test,0,5,2,4,249,0',
      'test,1,5,2,4,313,64',
      'test,2,1,2,3,7000,192',
    ].join('\n'),
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
}
