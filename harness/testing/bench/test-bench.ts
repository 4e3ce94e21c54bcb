import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Network } from '../../model/tflite/network.js';
import { writeBundle } from '../../model/write.js';
import { TestNetworkBuilder } from '../model/networks.js';

/** A small network over a window of 128 samples x 3 channels, with made-up weights. */
function smallNetwork(name: string, classes: number, seed: number): Network {
  const builder = new TestNetworkBuilder('int8', seed);
  const row = builder.reshape(builder.input([1, 128, 3]), [1, 128, 1, 3]);
  const features = builder.conv(row, 4, [5, 1], { stride: [8, 1] });
  const pooled = builder.pool('max-pool2d', features, [4, 1]);
  const flat = builder.reshape(pooled, [1, 16]);
  return builder.build(name, [builder.dense(flat, classes)]);
}

/** A temporary folder with a small bundle and a bench file that streams the synthetic wearer to an emulated rp2040. */
export class TestBench {
  private constructor(
    readonly folder: string,
    readonly benchFile: string,
  ) {}

  /** @param changes what the bench file says beside or instead of the usual */
  static async make(changes: Record<string, unknown> = {}): Promise<TestBench> {
    const folder = await mkdtemp(join(tmpdir(), 'littlefirst-bench-'));
    const channels = [0, 1, 2];
    await writeBundle(
      join(folder, 'bundle'),
      {
        schema: 'littlefirst.bundle/1',
        name: 'small',
        description: 'made in a test',
        labels: ['WALKING', 'WALKING_UPSTAIRS', 'WALKING_DOWNSTAIRS', 'SITTING', 'STANDING', 'LAYING'],
        window: {
          samples: 128,
          channels: ['total_acc_x', 'total_acc_y', 'total_acc_z'],
          dtype: 'int8',
          stride: 64,
          sampleRateHz: 50,
          scaling: { method: 'minmax', fittedOn: 'constants', min: [-2, -2, -2], max: [2, 2, 2] },
        },
        networks: [
          { name: 'big', file: 'big.tflite', inputs: [{ channels }] },
          { name: 'keeps', file: 'keeps.tflite', inputs: [{ channels }] },
        ],
        strategies: [
          { kind: 'hold', name: 'big-only', big: 'big', gate: { type: 'none' } },
          {
            kind: 'hold',
            name: '1B6S',
            big: 'big',
            gate: { type: 'one-vs-rest', networks: new Array<string>(6).fill('keeps') },
          },
          {
            kind: 'hold',
            name: '1BDD',
            big: 'big',
            gate: { type: 'distance', channels: [0], threshold: 900 },
          },
        ],
        origin: 'made in a test',
      },
      new Map([
        ['big', smallNetwork('big', 6, 3)],
        ['keeps', smallNetwork('keeps', 2, 4)],
      ]),
    );
    const benchFile = join(folder, 'bench.yaml');
    const bench = {
      schema: 'littlefirst.bench/1',
      name: 'test',
      board: 'rp2040',
      bundles: ['bundle'],
      levels: ['133MHz', '48MHz'],
      data: { set: 'synthetic', windows: 40, seed: 3 },
      ...changes,
    };
    await writeFile(benchFile, stringify(bench));
    return new TestBench(folder, benchFile);
  }

  /** A new folder for a run. */
  async runFolder(): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    return mkdtemp(join(this.folder, 'run-'));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
