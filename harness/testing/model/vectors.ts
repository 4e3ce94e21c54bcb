/**
 * The networks of fixtures/vectors: small, int8, every operator, rank, stride, padding and edge of rounding. Their answers there are those of TFLite
 * Micro's reference kernels; fixtures/vectors/README.md says how they were made.
 */
import type { Network } from '../../model/tflite/network.js';
import { TestNetworkBuilder } from './networks.js';

export interface VectorNetwork {
  name: string;
  network: Network;
  /** Counts of every input tensor, set by set. */
  inputs: (Int8Array | Uint8Array)[][];
}

type Make = (builder: TestNetworkBuilder) => number;

const setsOfInputs = 4;

/** Scales and zero points at the ends of what converters give. */
const coarse = { scales: [0.9], zeroPoints: [-128], axis: 0 };
const fine = { scales: [0.004], zeroPoints: [127], axis: 0 };

const makers: Record<string, Make> = {
  'conv-3x3-same': b => b.conv(b.input([1, 7, 6, 3]), 5, [3, 3]),
  'conv-3x3-valid-stride-2': b =>
    b.conv(b.input([1, 9, 8, 2]), 4, [3, 3], { padding: 'valid', stride: [2, 2] }),
  'conv-10x4-stride-2': b => b.conv(b.input([1, 13, 6, 1]), 6, [10, 4], { stride: [2, 2] }),
  'conv-1x1-stride-2': b => b.conv(b.input([1, 5, 5, 4]), 3, [1, 1], { stride: [2, 2], activation: 'none' }),
  'conv-dilated': b => b.conv(b.input([1, 9, 9, 2]), 2, [3, 3], { dilation: [2, 2], activation: 'relu6' }),
  'conv-one-scale': b => b.conv(b.input([1, 4, 9, 2]), 3, [2, 3], { perChannel: false, activation: 'none' }),
  'conv-row': b => b.pool('max-pool2d', b.conv(b.input([1, 1, 16, 3]), 4, [1, 3]), [1, 2]),
  'depthwise-3x3': b => b.depthwise(b.input([1, 6, 5, 4]), 1, [3, 3]),
  'depthwise-3x3-stride-2': b =>
    b.depthwise(b.input([1, 8, 8, 4]), 1, [3, 3], { stride: [2, 2], activation: 'none' }),
  'depthwise-multiplier': b => b.depthwise(b.input([1, 9, 1, 3]), 2, [5, 1], { padding: 'valid' }),
  'average-pool-same': b => b.pool('average-pool2d', b.input([1, 7, 5, 3]), [2, 2], 'same'),
  'average-pool-valid': b => b.pool('average-pool2d', b.input([1, 6, 6, 2], coarse), [3, 2]),
  'max-pool-same': b => b.pool('max-pool2d', b.input([1, 5, 7, 2]), [2, 3], 'same'),
  'mean-rescaled': b => b.reduce('mean', b.input([1, 5, 6, 3]), [1, 2], { keepDims: true }),
  'dense-rank-2': b => b.dense(b.input([1, 37]), 9, 'relu'),
  'dense-deep': b => b.dense(b.dense(b.input([1, 20], fine), 30, 'relu6'), 3),
  'softmax-fine': b => b.softmax(b.input([1, 11], fine)),
  'softmax-coarse': b => b.softmax(b.input([1, 7], coarse)),
  add: b => b.elementwise('add', b.input([1, 4, 5, 3]), b.input([1, 4, 5, 3])),
  'add-relu-unequal': b =>
    b.elementwise('add', b.input([1, 30], coarse), b.input([1, 30], fine), 'relu', {
      scales: [0.5],
      zeroPoints: [-128],
      axis: 0,
    }),
  sub: b => b.elementwise('sub', b.input([1, 3, 4, 2]), b.input([1, 3, 4, 2])),
  'sub-unequal': b =>
    b.elementwise('sub', b.input([1, 40], fine), b.input([1, 40], coarse), 'none', {
      scales: [0.7],
      zeroPoints: [3],
      axis: 0,
    }),
  mul: b =>
    b.elementwise('mul', b.input([1, 4, 3, 2]), b.input([1, 4, 3, 2]), 'none', {
      scales: [0.05],
      zeroPoints: [-7],
      axis: 0,
    }),
  'mul-relu6': b =>
    b.elementwise('mul', b.input([1, 33]), b.input([1, 33]), 'relu6', {
      scales: [0.03],
      zeroPoints: [-128],
      axis: 0,
    }),
  'pad-image': b =>
    b.conv(
      b.pad(b.input([1, 5, 6, 2]), [
        [0, 0],
        [0, 1],
        [1, 2],
        [0, 0],
      ]),
      3,
      [3, 3],
      { padding: 'valid', stride: [2, 2] },
    ),
  'quantize-rescale': b => b.quantize(b.input([1, 50], coarse), { scales: [0.31], zeroPoints: [5], axis: 0 }),
  logistic: b => b.logistic(b.input([1, 64], { scales: [0.06], zeroPoints: [4], axis: 0 })),
  'logistic-coarse': b => b.logistic(b.input([1, 64], coarse)),
  'resize-nearest': b => b.resizeNearest(b.input([1, 4, 3, 2]), [8, 6]),
  'resize-corners': b => b.resizeNearest(b.input([1, 5, 4, 1]), [7, 3], { alignCorners: true }),
  'resize-centres': b => b.resizeNearest(b.input([1, 3, 5, 2]), [7, 4], { halfPixelCenters: true }),
  concatenation: b => b.concatenate([b.input([1, 4, 3, 2], coarse), b.input([1, 4, 3, 5], coarse)], 3),
  'residual-block': b => {
    const first = b.conv(b.input([1, 8, 8, 3]), 4, [3, 3]);
    const second = b.conv(b.conv(first, 4, [3, 3]), 4, [3, 3], { activation: 'none' });
    const sum = b.elementwise('add', first, second, 'relu', { scales: [0.08], zeroPoints: [-128], axis: 0 });
    return b.softmax(b.dense(b.pool('average-pool2d', sum, [8, 8]), 5));
  },
  'separable-blocks': b => {
    let x = b.conv(b.input([1, 12, 10, 1]), 8, [3, 3], { stride: [2, 2] });
    for (const stride of [1, 2])
      x = b.conv(b.depthwise(x, 1, [3, 3], { stride: [stride, stride] }), 8, [1, 1]);
    return b.softmax(b.dense(x, 4));
  },
};

/** Inputs: random, and one set at the ends of the range. */
export function vectorNetworks(): VectorNetwork[] {
  return Object.entries(makers).map(([name, make], index) => {
    const builder = new TestNetworkBuilder('int8', 500 + index);
    const network = builder.build(name, [make(builder)]);
    const random = Array.from({ length: setsOfInputs - 1 }, () => builder.counts());
    const ends = builder.counts().map(counts => counts.map(count => (count < 0 ? -128 : 127)));
    return { name, network, inputs: [...random, ends] };
  });
}
