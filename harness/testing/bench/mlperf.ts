import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Random } from '../../data/random.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import { loadBundle } from '../../model/load.js';
import { TestBench } from './test-bench.js';

const windowBytes = 128 * 3;

/** A small bundle, a data folder in the stock runner's layout for it, and a bench file that knows nothing else of the DUT. */
export interface MlperfTestBench {
  folder: string;
  benchFile: string;
  dataFolder: string;
  /** What the DUT must answer, and what the truth file says (every fourth is wrong on purpose). */
  answers: number[];
  truth: number[];
  remove(): Promise<void>;
}

/** @param changes what the bench file says beside or instead of the usual */
export async function makeMlperfBench(
  inputs: number,
  changes: Record<string, unknown> = {},
): Promise<MlperfTestBench> {
  const bench = await TestBench.make();
  const { folder } = bench;
  const golden = new GoldenCascade(await loadBundle(join(folder, 'bundle')), 'big-only');
  const random = new Random(7);
  const dataFolder = join(folder, 'small');
  await mkdir(dataFolder);
  const answers: number[] = [];
  const truth: number[] = [];
  const lines: string[] = [];
  for (let i = 0; i < inputs; i += 1) {
    const window = Int8Array.from({ length: windowBytes }, () => random.integer(-128, 127));
    answers.push(golden.step(window).label);
    truth.push(i % 4 === 3 ? (answers[i] + 1) % 6 : answers[i]);
    lines.push(`input${i}.bin, 6, ${truth[i]}`);
    await writeFile(join(dataFolder, `input${i}.bin`), window);
  }
  await writeFile(join(dataFolder, 'y_labels.csv'), `${lines.join('\n')}\n`);
  const benchFile = join(folder, 'mlperf.yaml');
  await writeFile(
    benchFile,
    stringify({
      schema: 'littlefirst.bench/1',
      protocol: 'mlperf-tiny',
      name: 'stranger',
      board: 'rp2040',
      emulated: { bundle: 'bundle', level: '133MHz' },
      data: { set: 'mlperf-folder', folder: 'small' },
      modes: [{ mode: 'accuracy' }],
      ...changes,
    }),
  );
  return { folder, benchFile, dataFolder, answers, truth, remove: () => bench.remove() };
}
