import { expect } from 'chai';
import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { hostBoard } from '../../testing/host/program.js';
import { TestNetworkBuilder } from '../../testing/model/networks.js';
import { memoryBundle, randomFiltered } from '../../testing/model/random-filtered.js';
import { type BundleDescription, bundleSchema } from '../bundle/schema.js';
import { GoldenCascade } from '../cascade/golden.js';
import type { Network } from '../tflite/network.js';
import type { BundleInput } from '../write.js';
import { packBundle } from './bundle.js';

type Path = readonly (string | number)[];
type Node = { [key: string]: Node } | Node[] | unknown;

/** Every number of a value, with its path; of a long list the first and the last. */
function numbersOf(node: Node, path: Path = []): { path: Path; value: number }[] {
  if (typeof node === 'number') return [{ path, value: node }];
  if (node === null || typeof node !== 'object') return [];
  const entries: [string | number, Node][] = Array.isArray(node) ? [...node.entries()] : Object.entries(node);
  const some = Array.isArray(node) && entries.length > 2 ? [entries[0], entries.at(-1)!] : entries;
  return some.flatMap(([key, value]) => numbersOf(value, [...path, key]));
}

function withNumber<T>(value: T, path: Path, number: number): T {
  const copy = structuredClone(value);
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1)!] = number;
  return copy;
}

/** What a number of a bundle may be tried with: ends of the blob's fields, of the schema's bounds, and neighbours of the value. */
const tried = [
  ...[0, 1, -1, 0.5, 1e-12, 1e-3, 255, 256, 300, 1001, 32_768, 65_535, 70_000, 2 ** 24, 2 ** 31],
  ...[2 ** 32 - 1, 2 ** 32, 1e9, 1e15, 1e30, -1000, -1e9],
];

const policy = { hysteresis: 2, refreshEvery: 9, bigCap: 3, bigCapWindow: 12 };

/** A bundle of int16 counts with every gate. */
function ofCounts(): { input: BundleInput; networks: Map<string, Network> } {
  const filtered = randomFiltered(4).description.strategies[0];
  if (filtered.kind !== 'filtered') throw new Error('not filtered');
  const { features, drift, dynamicAbove } = filtered;
  const channels = 6;
  const small = (name: string, outputs: number, windows = 1): [string, Network] => {
    const b = new TestNetworkBuilder('int8', outputs);
    const input = b.input([1, 32 * channels * windows], { scales: [0.05], zeroPoints: [3], axis: 0 });
    return [name, b.build(name, [b.dense(input, outputs)])];
  };
  const hold = (gate: object) => ({ kind: 'hold' as const, big: 'big', gate, policy });
  const current = {
    channels: [0, 1, 2, 3, 4, 5],
    normalise: { mean: [0, 0, 0, 1, 0, 0], deviation: [1, 1, 1, 1, 1, 1] },
  };
  const input = {
    schema: 'littlefirst.bundle/1',
    name: 'every-gate',
    description: 'every gate',
    labels: ['rest', 'move'],
    window: {
      ...{
        samples: 32,
        channels: ['a', 'b', 'c', 'd', 'e', 'f'],
        dtype: 'int16',
        stride: 16,
        sampleRateHz: 50,
      },
      scaling: { method: 'counts', scale: Array<number>(channels).fill(2 ** -12) },
    },
    networks: [
      { name: 'big', file: 'big.tflite', inputs: [current] },
      { name: 'pair', file: 'pair.tflite', inputs: [{ ...current, windows: ['previous', 'current'] }] },
    ],
    strategies: [
      { name: 'none', ...hold({ type: 'none' }) },
      { name: 'rest', ...hold({ type: 'one-vs-rest', networks: ['big', 'big'], keep: 1 }) },
      { name: 'pair', ...hold({ type: 'pair-net', network: 'pair', keep: 1 }) },
      { name: 'distance', ...hold({ type: 'distance', channels: [0, 5], threshold: 400 }) },
      { name: 'doubt', ...hold({ type: 'confidence', network: 'big', margin: 9 }) },
      {
        name: 'drift',
        ...hold({
          ...{
            type: 'drift',
            features: { ...features, acceleration: [0, 1, 2], gyro: [3, 4, 5], decimation: 1 },
          },
          ...{ drift, dynamicAbove, flipChange: 0.5, changeAbove: 0.3 },
        }),
      },
      { kind: 'score', name: 'value', network: 'big', score: { of: 'output', number: 1 }, threshold: 0.1 },
    ],
    blobBytes: 60_000,
    origin: 'test',
  } as unknown as BundleInput;
  return { input, networks: new Map([small('big', 2), small('pair', 2, 2)]) };
}

/** A bundle of bytes with an autoencoder. */
function ofBytes(): { input: BundleInput; networks: Map<string, Network> } {
  const b = new TestNetworkBuilder('int8', 8);
  const network = b.build('mirror', [b.dense(b.input([1, 24]), 24)]);
  const input: BundleInput = {
    ...{ schema: 'littlefirst.bundle/1', name: 'bytes', description: 'bytes', labels: ['usual', 'odd'] },
    window: {
      ...{ samples: 8, channels: ['a', 'b', 'c'], dtype: 'int8', stride: 8, sampleRateHz: 100 },
      scaling: { method: 'minmax', fittedOn: 'train', min: [-1, -1, -1], max: [1, 2, 3] },
    },
    networks: [{ name: 'mirror', file: 'mirror.tflite', inputs: [{ channels: [0, 1, 2] }] }],
    strategies: [
      { kind: 'score', name: 's', network: 'mirror', score: { of: 'reconstruction' }, threshold: 1 },
    ],
    origin: 'test',
  };
  return { input, networks: new Map([['mirror', network]]) };
}

function ofFiltered(): { input: BundleInput; networks: Map<string, Network> } {
  const { description, networks } = randomFiltered(11);
  const strategies = description.strategies.map(strategy =>
    strategy.kind === 'filtered'
      ? {
          ...strategy,
          filter: { ...strategy.filter, reject: 0.4 },
          policy: { ...strategy.policy, settle: { near: 2, far: 4 } },
        }
      : strategy,
  );
  const input = { ...description, strategies } as unknown as BundleInput;
  return { input, networks: new Map(networks.map(({ name, network }) => [name, network])) };
}

/** Packs a bundle and answers one window of it. @returns undefined, or the error's code and text */
function attempt(input: BundleInput, networks: ReadonlyMap<string, Network>): [string, string] | undefined {
  try {
    const bundle = memoryBundle(input, networks);
    packBundle(bundle, hostBoard);
    const { window, strategies } = bundle.description;
    const count = window.samples * window.channels.length;
    const Counts = window.dtype === 'int16' ? Int16Array : Int8Array;
    for (const { name } of strategies) new GoldenCascade(bundle, name).step(new Counts(count).fill(3));
    return undefined;
  } catch (error) {
    if (error instanceof z.ZodError) return ['schema', error.message];
    if (error instanceof LittlefirstError) return [error.code, error.message];
    throw error;
  }
}

describe('every number of a bundle', () => {
  it('should have both its bounds in the schema', () => {
    const schema = z.toJSONSchema(bundleSchema, { io: 'input', unrepresentable: 'any' });
    const open: string[] = [];
    let seen = 0;
    const visit = (node: unknown, path: string): void => {
      if (node === null || typeof node !== 'object') return;
      const {
        type,
        const: only,
        minimum,
        maximum,
        exclusiveMinimum,
        exclusiveMaximum,
      } = node as Record<string, unknown>;
      if ((type === 'number' || type === 'integer') && only === undefined) {
        seen += 1;
        const low = minimum ?? exclusiveMinimum;
        const high = maximum ?? exclusiveMaximum;
        if (low === undefined || high === undefined || high === Number.MAX_SAFE_INTEGER) open.push(path);
      }
      for (const [key, value] of Object.entries(node)) visit(value, `${path}/${key}`);
    };
    visit(schema, '');
    expect(open).to.deep.equal([]);
    expect(seen).to.be.at.least(60);
  });

  for (const [name, make] of Object.entries({ ofCounts, ofBytes, ofFiltered }))
    it(`should be refused by name, or packed and run, whatever it is: ${name}`, function () {
      this.timeout(60_000);
      const { input, networks } = make();
      expect(attempt(input, networks), 'as it stands').to.equal(undefined);
      const numbers = numbersOf(bundleSchema.parse(input) as unknown as BundleDescription);
      const kinds = new Set(numbers.map(({ path }) => path.at(-1)));
      expect(kinds.size).to.be.above(3);
      const outcomes = new Set<string>();
      for (const { path } of numbers)
        for (const value of tried) {
          const failed = attempt(withNumber(input, path, value), networks);
          outcomes.add(failed?.[0] ?? 'ran');
          expect(failed?.[1] ?? '', `${path.join('.')} = ${value}`).not.to.match(/does not fit the blob/);
          expect(failed?.[0], `${path.join('.')} = ${value}`).not.to.equal('LF_INTERNAL');
        }
      expect([...outcomes]).to.include.members(['ran', 'schema', 'LF_BUNDLE_INVALID']);
    });
});
