import type { Network } from '../../../model/tflite/network.js';
import { type Filter, type Image, TrialNetwork } from './network.js';

/** One shape of an operator that kernels compute. */
export interface Trial {
  title: string;
  network: Network;
}

type Draw = (net: TrialNetwork) => number;
type Convolution = Filter & { filters: number; pool?: boolean };

const convolutions: readonly (readonly [Image, Convolution])[] = [
  [[1, 12, 3], { filters: 5, kernel: [1, 3], activation: 'relu', weights: 'small', pool: true }],
  [[1, 12, 8], { filters: 6, kernel: [1, 3] }],
  [[1, 24, 4], { filters: 7, kernel: [1, 5], stride: [1, 2], padding: 'valid', activation: 'relu6' }],
  [[1, 24, 2], { filters: 2, kernel: [1, 3], activation: 'relu', weights: 'wide' }],
  [[1, 12, 16], { filters: 9, kernel: [1, 1], oneScale: true }],
  [[4, 6, 4], { filters: 4, kernel: [3, 3], activation: 'relu' }],
  [[6, 8, 3], { filters: 5, kernel: [3, 3], stride: [2, 2], padding: 'valid' }],
  [[4, 6, 2], { filters: 2, kernel: [3, 2], weights: 'wide' }],
];

const depthwise: readonly (readonly [Image, Convolution])[] = [
  [[1, 12, 6], { filters: 6, kernel: [1, 3], activation: 'relu' }],
  [[1, 24, 3], { filters: 6, kernel: [1, 5], stride: [1, 2], activation: 'relu6' }],
  [[1, 12, 4], { filters: 4, kernel: [1, 3], activation: 'relu', pool: true }],
  [[4, 6, 8], { filters: 8, kernel: [3, 3], activation: 'relu' }],
  [[5, 6, 4], { filters: 4, kernel: [3, 3], stride: [2, 2], padding: 'valid' }],
  [[6, 6, 4], { filters: 4, kernel: [5, 3] }],
  [[4, 6, 3], { filters: 3, kernel: [2, 3], activation: 'relu', weights: 'wide' }],
];

function convolutionTitle(what: string, [rows, columns, channels]: Image, convolution: Convolution): string {
  const {
    filters,
    kernel,
    stride = [1, 1],
    padding = 'same',
    activation = 'none',
    weights,
    pool,
  } = convolution;
  const parts = [
    `${what} ${kernel.join('x')} of ${rows}x${columns}x${channels} to ${filters}`,
    ...(stride[0] * stride[1] > 1 ? [`stride ${stride.join('x')}`] : []),
    padding,
    ...(activation === 'none' ? [] : [activation]),
    ...(weights === undefined ? [] : [`${weights} weights`]),
    ...(pool ? ['pooled'] : []),
  ];
  return parts.join(', ');
}

const half = 1 / 64;

/** Operators that one kernel alone computes, or that are not convolutions. */
const others: readonly (readonly [string, Image, Draw, scale?: number])[] = [
  ['dense of 96 to 12', [1, 12, 8], net => net.dense(net.input, 12)],
  ['dense of 24 to 3', [1, 12, 2], net => net.dense(net.input, 3)],
  ['dense of 36 to 23, relu6', [1, 12, 3], net => net.dense(net.input, 23, { activation: 'relu6' })],
  ['max pool 2x2', [4, 6, 4], net => net.pool('max-pool2d', net.input, [2, 2])],
  ['max pool 3x3, stride 1', [4, 6, 4], net => net.pool('max-pool2d', net.input, [3, 3], [1, 1], 'same')],
  ['average pool 3x2', [4, 6, 4], net => net.pool('average-pool2d', net.input, [3, 2], [1, 1], 'same')],
  ['mean', [4, 6, 4], net => net.reduce('mean', net.input)],
  ['largest of rows and columns', [4, 6, 4], net => net.reduce('reduce-max', net.input)],
  ['sum', [4, 6, 4], net => net.elementwise('add', net.input, smooth(net)), half],
  ['difference', [4, 6, 4], net => net.elementwise('sub', net.input, smooth(net)), half],
  ['product', [4, 6, 4], net => net.elementwise('mul', net.input, smooth(net)), half],
  ['quantize', [1, 12, 5], net => net.quantize(net.input)],
  ['logistic', [1, 12, 5], net => net.probabilities('logistic', net.input), half],
  ['softmax', [1, 12, 6], net => net.probabilities('softmax', net.reshape(net.input, [12, 6])), half],
  [
    'pad',
    [4, 6, 4],
    net =>
      net.pad(net.pool('max-pool2d', net.input, [2, 2]), [
        [0, 0],
        [1, 0],
        [2, 1],
        [0, 0],
      ]),
  ],
  ['resize', [4, 6, 4], net => net.resize(net.pool('max-pool2d', net.input, [2, 1]), [3, 7])],
  [
    'concatenation',
    [4, 6, 4],
    net => {
      const part = net.pool('max-pool2d', net.input, [2, 2]);
      return net.concatenate([part, net.pool('average-pool2d', net.input, [2, 2]), part]);
    },
  ],
];

/** Another tensor of the input's shape. */
const smooth = (net: TrialNetwork): number => net.pool('average-pool2d', net.input, [1, 3], [1, 1], 'same');

/** Operators of uint8 files, as far as the kernel does not see int8. */
const unsigned: readonly (readonly [string, Image, Draw])[] = [
  ['dense of 48 to 5, wide weights', [1, 12, 4], net => net.dense(net.input, 5, { weights: 'wide' })],
  [
    'average pool 3x2 of uint8',
    [4, 6, 4],
    net => net.pool('average-pool2d', net.input, [3, 2], [1, 1], 'same'),
  ],
];

/** Every shape, each with weights of its own that are always the same. */
export function trials(): Trial[] {
  const found: Trial[] = [];
  const add = (title: string, image: Image, type: 'int8' | 'uint8', draw: Draw, scale?: number) => {
    const net = new TrialNetwork(found.length, image, type, scale);
    found.push({ title, network: net.build(`trial${found.length}`, draw(net)) });
  };
  for (const [kind, what, list] of [
    ['conv2d', 'convolution', convolutions],
    ['depthwise-conv2d', 'depthwise convolution', depthwise],
  ] as const)
    for (const [image, convolution] of list)
      add(
        convolutionTitle(what, image, convolution),
        image,
        convolution.weights === 'wide' ? 'uint8' : 'int8',
        net => {
          const output = net.conv(kind, net.input, convolution.filters, convolution);
          return convolution.pool ? net.pool('max-pool2d', output, [1, 2]) : output;
        },
      );
  for (const [title, image, draw, scale] of others) add(title, image, 'int8', draw, scale);
  for (const [title, image, draw] of unsigned) add(title, image, 'uint8', draw);
  return found;
}
