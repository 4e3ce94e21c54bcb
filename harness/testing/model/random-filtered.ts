/** For tests: random bundles with a `filtered` strategy, and streams of windows that bring it into all its states. */
import { Random } from '../../data/random.js';
import { checkDescription, checkNetworkUse } from '../../model/bundle/check.js';
import { InputAssembler } from '../../model/bundle/input-assembler.js';
import { featureCount } from '../../model/bundle/limits.js';
import { type BundleDescription, bundleSchema } from '../../model/bundle/schema.js';
import { checkStrategies } from '../../model/cascade/check.js';
import { GoldenNetwork } from '../../model/golden/network.js';
import type { Bundle } from '../../model/load.js';
import type { Network } from '../../model/tflite/network.js';
import type { BundleInput } from '../../model/write.js';
import { TestNetworkBuilder } from './networks.js';

/** A bundle as `loadBundle` returns it, without files. */
export function memoryBundle(input: BundleInput, networks: ReadonlyMap<string, Network>): Bundle {
  const description = bundleSchema.parse(input);
  checkDescription(description, 'memory');
  checkStrategies(description);
  const loaded = description.networks.map((entry, index) => {
    const network = networks.get(entry.name)!;
    const golden = new GoldenNetwork(network);
    const assembler = new InputAssembler(entry, network, description.window, index);
    return {
      ...{
        name: entry.name,
        entry,
        path: entry.file,
        bytes: 0,
        sha256: '',
        macs: golden.macs,
        network,
        golden,
      },
      inputsOf: (current: ArrayLike<number>, previous: ArrayLike<number>) =>
        assembler.assemble(current, previous),
    };
  });
  checkNetworkUse(description, loaded);
  return { folder: '', description, networks: loaded };
}

const labels = ['walk', 'up', 'down', 'sit', 'stand', 'lie'];
const accelerationScale = 2 ** -13;
const gyroScale = 2 ** -12;
const inputQuantisation = { scales: [1 / 32], zeroPoints: [0], axis: 0 };

function dense(seed: number, features: number, outputs: number): Network {
  const b = new TestNetworkBuilder('int8', seed);
  const hidden = b.dense(b.input([1, features], inputQuantisation), 8, 'relu');
  return b.build('static', [b.softmax(b.dense(hidden, outputs))]);
}

function motion(seed: number, type: 'int8' | 'uint8', samples: number, outputs: number): Network {
  const b = new TestNetworkBuilder(type, seed);
  const quantisation = type === 'int8' ? inputQuantisation : { ...inputQuantisation, zeroPoints: [128] };
  const row = b.input([1, 1, samples, 6], quantisation);
  const first = b.conv(b.depthwise(row, 1, [1, 9], { stride: [1, 4], activation: 'none' }), 5, [1, 1]);
  const mean = b.reduce('mean', first, [1, 2], { quantisation: b.tensors[first].quantisation });
  const both = b.concatenate([mean, b.reduce('reduce-max', first, [1, 2])], 1);
  return b.build('motion', [b.softmax(b.dense(both, outputs))]);
}

/**
 * A random bundle of one strategy `filtered`.
 * @param wearable its channels are gyroscope x, y, z, accelerometer x, y, z, and so are the axes, as in our own bundles; else in any order, maybe with others
 */
export function randomFiltered(seed: number, { wearable = false } = {}): Bundle {
  const random = new Random(seed, 77);
  const pick = <T>(values: readonly T[]): T => values[random.integer(0, values.length - 1)];
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const samples = pick([16, 32, 64, 128]);
  const extra = pick([0, 0, 1, 3]);
  const shuffledOrder = random.shuffle([...Array(6 + extra).keys()]);
  const order = wearable ? [3, 4, 5, 0, 1, 2] : shuffledOrder;
  const [acceleration, gyro] = [order.slice(0, 3), order.slice(3, 6)];
  const scale = order.map((_, channel) => (acceleration.includes(channel) ? accelerationScale : gyroScale));
  const shuffled = random.shuffle(labels);
  const split = pick([2, 3, 4]);
  const weights = (): number[] => Array.from({ length: 14 }, () => random.normal(pick([0.1, 1, 30])));
  const staticFeatures = random.shuffle([...Array(featureCount).keys()]).slice(0, 6);
  const standard = {
    mean: Array(6).fill(0),
    deviation: Array(6)
      .fill(0)
      .map(() => between(200, 4000)),
  };
  const hasLittle = random.uniform() < 0.7;
  const movers = {
    channels: [...gyro, ...acceleration],
    normalise: { mean: Array(6).fill(0), deviation: Array(6).fill(1) },
  };
  const input: BundleInput = {
    schema: 'littlefirst.bundle/1',
    name: `filtered-${seed}`,
    description: 'made in a test',
    labels,
    window: {
      ...{
        samples,
        channels: order.map((_, i) => `c${i}`),
        dtype: 'int16',
        stride: samples / 2,
        sampleRateHz: 50,
      },
      scaling: { method: 'counts', scale },
    },
    networks: [
      { name: 'big', file: 'big.tflite', inputs: [movers] },
      {
        ...{ name: 'static', file: 'static.tflite' },
        inputs: [{ source: 'features', channels: staticFeatures, normalise: standard }],
      },
      { name: 'little', file: 'little.tflite', inputs: [movers] },
    ],
    strategies: [
      {
        ...{ kind: 'filtered', name: 'little-first' },
        networks: { static: 'static', big: 'big', ...(hasLittle ? { little: 'little' } : {}) },
        features: {
          ...{ acceleration, gyro, decimation: pick([1, 2, 4, 8]), lag: random.integer(1, 15) },
          floor: { acceleration: pick([0.002, 1]), gyro: 0.002 },
        },
        dynamicAbove: between(0.01, 0.3),
        drift: {
          unit: { acceleration: between(0.05, 1), movement: between(0.2, 1) },
          floor: pick([0, 0.01, 0.3]),
          static: { bias: between(-8, 2), weights: weights() },
          dynamic: { bias: between(-8, 2), weights: weights() },
        },
        filter: {
          ...{ staticLabels: shuffled.slice(0, split), dynamicLabels: shuffled.slice(split) },
          ...{ missing: pick([0.0001, 0.01, 1]), sure: between(0.4, 1), accept: between(0.3, 1) },
          ...{
            flipChange: pick([0, 0.5, 1]),
            restartChange: between(0, 1),
            sharpenBig: random.uniform() < 0.5,
            reject: pick([undefined, between(0.3, 0.9)]),
          },
        },
        policy: {
          settle: random.uniform() < 0.4 ? { near: between(0.1, 6), far: between(0.1, 12) } : undefined,
          ...{ cap: pick([0, 1, 3]), capWindow: random.integer(1, 12) },
        },
      },
    ],
    origin: 'made in a test',
  };
  const dynamicCount = labels.length - split;
  const networks = new Map([
    ['static', dense(seed, staticFeatures.length, split)],
    ['little', motion(seed + 1, pick(['int8', 'uint8']), samples, dynamicCount)],
    ['big', motion(seed + 2, 'int8', samples, dynamicCount)],
  ]);
  return memoryBundle(input, networks);
}

/** A stream of windows: rest, movement of all strengths, silence, saturation, and jumps between them. */
export function randomWindows(seed: number, { window }: BundleDescription, count: number): Int16Array[] {
  const random = new Random(seed, 78);
  const channels = window.channels.length;
  const windows: Int16Array[] = [];
  while (windows.length < count) {
    const offset = Array.from({ length: channels }, () => random.integer(-9000, 9000));
    const strength = random.uniform() < 0.1 ? 2 ** 17 : 2 ** (13 * random.uniform());
    const silent = random.uniform() < 0.1;
    for (let left = random.integer(1, 12); left > 0 && windows.length < count; left--) {
      windows.push(
        Int16Array.from({ length: window.samples * channels }, (_, i) => {
          const value = silent ? 0 : offset[i % channels] + random.normal(strength);
          return Math.max(-32768, Math.min(32767, Math.round(value)));
        }),
      );
    }
  }
  return windows;
}
