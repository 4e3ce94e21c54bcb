import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../../model/load.js';
import type { Network, Tensor } from '../../model/tflite/network.js';
import { type BundleInput, type HoldInput, writeBundle } from '../../model/write.js';

/**
 * A dense network over one int8 window of 2 samples x 2 channels that answers `rows[class] . window + biases[class]` (clamped to int8): one
 * can say by the window what each network of a cascade answers.
 */
export function linearNetwork(
  name: string,
  rows: number[][],
  biases: number[] = rows.map(() => 0),
  depth = 4,
): Network {
  const activation = (tensorName: string, shape: number[]): Tensor => ({
    name: tensorName,
    shape,
    type: 'int8',
    quantisation: { scales: [1], zeroPoints: [0], axis: 0 },
  });
  const tensors: Tensor[] = [
    activation('window', [1, depth / 2, 2]),
    {
      ...activation('weights', [rows.length, depth]),
      data: Int8Array.from(rows.flat()),
    },
    { name: 'bias', shape: [rows.length], type: 'int32', data: Int32Array.from(biases) },
    activation('scores', [1, rows.length]),
  ];
  return {
    name,
    tensors,
    operators: [
      { kind: 'fully-connected', activation: 'none', keepNumDims: false, inputs: [0, 1, 2], outputs: [3] },
    ],
    inputs: [0],
    outputs: [3],
  };
}

/**
 * Three labels. A window is [a, b, c, d] (2 samples x 2 channels). Big's scores: a, b, 0. Gate networks see c only: `keeps-N` says "keep"
 * (index 1) when c > 0; `guess` scores c, d, 0; `pair` says "keep" when the current a equals or exceeds the previous a.
 */
export const testNetworks = new Map<string, Network>([
  [
    'big',
    linearNetwork('big', [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ]),
  ],
  [
    'keeps',
    linearNetwork('keeps', [
      [0, 0, 0, 0],
      [0, 0, 1, 0],
    ]),
  ],
  [
    'guess',
    linearNetwork('guess', [
      [0, 0, 1, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 0],
    ]),
  ],
  [
    'pair',
    linearNetwork(
      'pair',
      [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0],
      ],
      [-1, 0],
      8,
    ),
  ],
]);

type Strategy = BundleInput['strategies'][number];

/** Writes a bundle with these strategies to a temporary folder and loads it. */
export async function testBundle(strategies: Strategy[]): Promise<Bundle> {
  const current = [{ channels: [0, 1] }];
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-'));
  try {
    return await writeBundle(
      folder,
      {
        schema: 'littlefirst.bundle/1',
        name: 'test',
        description: 'made in a test',
        labels: ['A', 'B', 'C'],
        window: {
          samples: 2,
          channels: ['x', 'y'],
          dtype: 'int8',
          stride: 1,
          sampleRateHz: 50,
          scaling: { method: 'minmax', fittedOn: 'constants', min: [0, 0], max: [1, 1] },
        },
        networks: [
          { name: 'big', file: 'big.tflite', inputs: current },
          { name: 'keeps', file: 'keeps.tflite', inputs: current },
          { name: 'guess', file: 'guess.tflite', inputs: current },
          {
            name: 'pair',
            file: 'pair.tflite',
            inputs: [{ windows: ['previous', 'current'], channels: [0, 1] }],
          },
        ],
        strategies,
        origin: 'made in a test',
      },
      testNetworks,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const gates = {
  none: { type: 'none' },
  oneVsRest: { type: 'one-vs-rest', networks: ['keeps', 'keeps', 'keeps'] },
  pair: { type: 'pair-net', network: 'pair' },
  distance: { type: 'distance', channels: [1], threshold: 10 },
  confidence: { type: 'confidence', network: 'guess', margin: 5 },
} as const satisfies Record<string, HoldInput['gate']>;
