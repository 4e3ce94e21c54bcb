import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { compileCascade, runCascades } from '../../testing/host/cascade.js';
import { hostBoard } from '../../testing/host/program.js';
import { TestNetworkBuilder } from '../../testing/model/networks.js';
import { memoryBundle } from '../../testing/model/random-filtered.js';
import type { Bundle } from '../load.js';
import { packBundle } from '../pack/bundle.js';
import type { Network } from '../tflite/network.js';
import type { BundleInput } from '../write.js';
import { GoldenCascade } from './golden.js';

const quantised = (scale: number, zeroPoint: number) => ({
  scales: [scale],
  zeroPoints: [zeroPoint],
  axis: 0,
});

/** A network of `width` inputs and outputs with a narrow middle. */
function narrow(type: 'int8' | 'uint8', width: number, seed: number, inputScale = 0.05): Network {
  const b = new TestNetworkBuilder(type, seed);
  const input = b.input([1, width], quantised(inputScale, type === 'int8' ? 12 : 140));
  return b.build('narrow', [b.dense(b.dense(input, 5, 'relu'), width)]);
}

function bundleOf(
  network: Network,
  width: number,
  strategies: BundleInput['strategies'],
  dtype: 'int8' | 'uint8' = 'int8',
): Bundle {
  return memoryBundle(
    {
      schema: 'littlefirst.bundle/1',
      name: 'scores',
      description: 'scores',
      labels: ['usual', 'odd'],
      window: {
        samples: 1,
        channels: width,
        dtype,
        stride: 1,
        sampleRateHz: 10,
        scaling: { method: 'minmax', fittedOn: 'constants', min: [0], max: [1] },
      },
      networks: [{ name: 'narrow', file: 'narrow.tflite', inputs: [{ channels: 'all' }] }],
      strategies,
      origin: 'test',
    },
    new Map([['narrow', network]]),
  );
}

const reconstruct = (threshold: number): BundleInput['strategies'][number] => ({
  kind: 'score',
  name: 'big-only',
  network: 'narrow',
  score: { of: 'reconstruction' },
  threshold,
});

function windowsOf(dtype: 'int8' | 'uint8', width: number, count: number): (Int8Array | Uint8Array)[] {
  const random = new Random(9);
  return Array.from({ length: count }, () => {
    const counts = Uint8Array.from({ length: width }, () => random.integer(0, 255));
    return dtype === 'int8' ? new Int8Array(counts.buffer) : counts;
  });
}

describe('a score strategy', () => {
  let program = '';
  before(function () {
    this.timeout(60_000);
    program = compileCascade();
  });

  for (const [type, width, inputScale] of [
    ['int8', 24, 0.05],
    ['uint8', 7, 0.02],
    ['int8', 300, 0.1],
  ] as const)
    it(`should score ${width} values of ${type} on the DUT as the golden interpreter does`, () => {
      const network = narrow(type, width, width, inputScale);
      const bundle = bundleOf(
        network,
        width,
        [
          reconstruct(1),
          {
            kind: 'score',
            name: 'last',
            network: 'narrow',
            score: { of: 'output', number: width - 1 },
            threshold: 0,
          },
        ],
        type,
      );
      const { blob } = packBundle(bundle, hostBoard);
      const windows = windowsOf(type, width, 40);
      for (const [strategy, { name }] of bundle.description.strategies.entries()) {
        const plain = new GoldenCascade(bundle, name);
        const scores = windows.map(window => plain.step(window).score!);
        const middle = [...scores].sort((a, b) => a - b)[20];
        const golden = new GoldenCascade(bundle, name, middle);
        const expected = windows.map(window => {
          const { label, big, nets, score } = golden.step(window);
          return { label, big, nets, score };
        });
        expect(new Set(expected.map(({ label }) => label)), name).to.deep.equal(new Set([0, 1]));
        const [{ status, steps }] = runCascades(program, [
          { blob, strategy, parameter: middle, windows, resets: new Set([0]) },
        ]);
        expect(status).to.equal(0);
        expect(steps).to.deep.equal(expected);
      }
    });

  it('should be the mean squared difference in the unit of the outputs', () => {
    const width = 24;
    const network = narrow('int8', width, 3);
    const bundle = bundleOf(network, width, [reconstruct(2)]);
    const [{ golden, inputsOf, network: own }] = bundle.networks;
    const realOf = (counts: ArrayLike<number>, tensor: number): number[] => {
      const { scales, zeroPoints } = own.tensors[tensor].quantisation!;
      return Array.from(counts, count => (count - zeroPoints[0]) * scales[0]);
    };
    const cascade = new GoldenCascade(bundle, 'big-only');
    for (const window of windowsOf('int8', width, 20)) {
      const inputs = realOf(inputsOf(window, window)[0].slice(), own.inputs[0]);
      const outputs = realOf(golden.run(inputsOf(window, window))[0], own.outputs[0]);
      const squares = outputs.map((value, i) => (value - inputs[i]) ** 2);
      const mean = squares.reduce((a, b) => a + b, 0) / width;
      const scale = own.tensors[own.outputs[0]].quantisation!.scales[0];
      const { score, label } = cascade.step(window);
      expect((score! * scale ** 2) / width).to.be.within(mean * 0.98, mean * 1.02);
      if (Math.abs(mean - 2) > 0.05) expect(label).to.equal(mean > 2 ? 1 : 0);
    }
  });

  it('should refuse what no score can be made of, and say why', () => {
    const network = narrow('int8', 24, 3);
    const refusal = (strategy: BundleInput['strategies'][number], of = network, width = 24): string => {
      try {
        bundleOf(of, width, [strategy]);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const output = (number: number, threshold: number) =>
      ({ kind: 'score', name: 's', network: 'narrow', score: { of: 'output', number }, threshold }) as const;
    expect(refusal(output(24, 0))).to.match(/score\.number[\s\S]*from 0 to 23/);
    expect(refusal(output(0, 1e6))).to.match(/threshold[\s\S]*0 to 255/);
    expect(refusal(reconstruct(-1))).to.match(/threshold[\s\S]*0 to 4294967295/);
    expect(refusal(reconstruct(1), narrow('int8', 24, 3, 9))).to.match(/input scale/);
    const b = new TestNetworkBuilder('int8', 1);
    const wide = b.build('wide', [b.dense(b.input([1, 24]), 25)]);
    expect(refusal(reconstruct(1), wide)).to.match(/as many outputs as inputs[\s\S]*25 outputs of 24/);
    expect(refusal(reconstruct(1))).to.equal('');
  });
});
