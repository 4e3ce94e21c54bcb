import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { thrown } from '../../testing/failure.js';
import { TestNetworkBuilder } from '../../testing/model/networks.js';
import { randomCase } from '../../testing/model/random-bundle.js';
import { fitAffine } from '../bundle/input-plan.js';
import type { BundleDescription } from '../bundle/schema.js';
import { loadBundle } from '../load.js';
import type { Network } from '../tflite/network.js';
import { type PackOptions, packBundle } from './bundle.js';
import { lowerNetwork } from './lower.js';
import type { KernelLayout } from './step.js';

const board: PackOptions = {
  core: 'm3',
  levels: [{ name: 'only', millivolts: 1100, hertz: 48_000_000, registers: [1, 2] }],
  flashBytes: 2 ** 20,
  ramArenaBytes: 2 ** 18,
};

function pack(
  changes: Partial<PackOptions> = {},
  change: (network: Network, d: BundleDescription) => void = () => {},
) {
  const { network, description } = randomCase(7);
  change(network, description);
  return packBundle({ description, networks: [{ network }] }, { ...board, ...changes });
}

describe('packBundle', () => {
  it('should name the budget that a bundle exceeds', () => {
    const { blob, arenaBytes } = pack();
    const flash = thrown(() => pack({ flashBytes: blob.length - 1 }));
    expect(flash.code).to.equal('LF_BUNDLE_TOO_LARGE');
    expect(flash.detail.fields).to.include({
      budget: 'flash',
      needed: blob.length,
      available: blob.length - 1,
    });
    const ram = thrown(() => pack({ ramArenaBytes: arenaBytes - 1 }));
    expect(ram.code).to.equal('LF_BUNDLE_TOO_LARGE');
    expect(ram.detail.fields).to.include({ budget: 'RAM', needed: arenaBytes, available: arenaBytes - 1 });
    expect(pack({ flashBytes: blob.length, ramArenaBytes: arenaBytes }).blob).to.deep.equal(blob);
  });

  it('should name the operator it cannot pack', () => {
    const error = thrown(() =>
      pack({}, network => {
        const operator = network.operators.find(
          ({ kind }) => kind === 'softmax' || kind === 'fully-connected',
        )!;
        const weights = network.tensors[operator.inputs[1]];
        weights.quantisation!.scales = [1e9];
        network.tensors[operator.outputs[0]].quantisation!.scales = [1e-3];
      }),
    );
    expect(error.code).to.equal('LF_MODEL_UNSUPPORTED');
    expect(error.message).to.match(/FULLY_CONNECTED.*32 bits/);
  });

  it('should refuse inputs that do not fit the window, and texts and levels that do not fit the blob', () => {
    const cases: ((network: Network, d: BundleDescription) => void)[] = [
      (_, d) => d.networks[0].inputs[0].channels.push(0),
      (_, d) => d.networks[0].inputs[0].channels.fill(99),
      (_, d) => d.labels.push('a label that is longer than its field'),
    ];
    for (const change of cases) expect(thrown(() => pack({}, change)).code).to.equal('LF_BUNDLE_INVALID');
    const level = { name: 'five words', millivolts: 1, hertz: 1, registers: [1, 2, 3, 4, 5] };
    expect(thrown(() => pack({ levels: [level] })).code).to.equal('LF_BUNDLE_INVALID');
  });

  it('should give each step to the first layout of the core that supports it', () => {
    const layout = (id: number, core: KernelLayout['core'], ops: string[]): KernelLayout => ({
      ...{ id, core, name: `layout-${id}` },
      supports: ({ op }) => ops.includes(op),
      arrange: () => new Uint8Array(8),
      scratchBytes: () => 16,
    });
    const layouts = [
      layout(48, 'm4', ['fullyConnected']),
      layout(32, 'm3', ['fullyConnected']),
      layout(33, 'm3', ['conv', 'fullyConnected']),
    ];
    const kernelOf = (choice: Partial<PackOptions>): Set<string> => {
      const steps = pack({ layouts, ...choice }).perNetwork[0].steps;
      return new Set(steps.filter(({ op }) => op === 'fullyConnected').map(({ kernel }) => kernel));
    };
    expect(kernelOf({})).to.deep.equal(new Set(['layout-32']));
    expect(kernelOf({ core: 'm4' })).to.deep.equal(new Set(['layout-48']));
    expect(kernelOf({ core: 'm0p' })).to.deep.equal(new Set(['reference']));
    expect(kernelOf({ kernels: 'reference' })).to.deep.equal(new Set(['reference']));
  });

  it("should spend a bundle's flash on the fastest layouts if all fit, on those that are not roomy if some do, or on none", () => {
    const layout = (id: number, name: string, bytes: number, roomy = false): KernelLayout => ({
      ...{ id, name, roomy, core: 'm3' },
      supports: ({ op }) => op === 'fullyConnected',
      arrange: () => new Uint8Array(bytes),
      scratchBytes: () => 0,
    });
    const layouts = [layout(32, 'roomy', 4000, true), layout(33, 'lean', 2000), layout(34, 'small', 8)];
    const kernelsOf = (blobBytes: number) => {
      const { blob, perNetwork } = pack({ layouts }, (_, description) => {
        description.blobBytes = blobBytes;
      });
      const dense = perNetwork[0].steps.filter(({ op }) => op === 'fullyConnected');
      return { bytes: blob.length, kernels: new Set(dense.map(({ kernel }) => kernel)) };
    };
    const most = kernelsOf(2 ** 20);
    expect(most.kernels).to.deep.equal(new Set(['roomy']));
    const fewer = kernelsOf(most.bytes - 1);
    expect([...fewer.kernels])
      .to.include('lean')
      .and.not.include('roomy');
    expect(fewer.bytes).to.be.at.most(most.bytes - 1);
    expect(kernelsOf(1024).kernels).to.deep.equal(new Set(['small']));
  });
});

/** The paper's Big of three branches, without its training. */
function bigThreeInputs(): Network {
  const builder = new TestNetworkBuilder('int8');
  const scores = { scales: [0.1], zeroPoints: [-128], axis: 0 };
  const branches = [0, 1, 2].map(() => {
    let tensor = builder.input([1, 1, 128, 3]);
    for (const filters of [4, 8, 16, 32, 8]) {
      const convolved = builder.conv(tensor, filters, [1, 3]);
      tensor = builder.pool('max-pool2d', builder.reshape(convolved, turned(builder, convolved)), [2, 1]);
      tensor = builder.reshape(tensor, turned(builder, tensor));
    }
    builder.tensors[tensor].quantisation = scores;
    return builder.reshape(tensor, [1, 32]);
  });
  return builder.build('big', [builder.dense(builder.concatenate(branches, 1), 6)]);
}

function turned(builder: TestNetworkBuilder, tensor: number): number[] {
  const [, height, width, channels] = builder.tensors[tensor].shape;
  return [1, width, height, channels];
}

describe('lowerNetwork', () => {
  it('should fuse pools, drop reshapes, write concatenated branches in place and finish one branch before the next', () => {
    const { nodes } = lowerNetwork(bigThreeInputs());
    const branch = ['input', 'conv', 'conv', 'conv', 'conv', 'conv'];
    expect(nodes.map(({ step }) => step.op)).to.deep.equal([
      ...branch,
      ...branch,
      ...branch,
      'fullyConnected',
    ]);
    const first = nodes[1].step;
    expect(first).to.include({
      inH: 1,
      inW: 128,
      convW: 128,
      outW: 64,
      poolW: 2,
      poolStrideW: 2,
      padLeft: 1,
    });
  });

  it('should name an operator in a form that the firmware does not run', () => {
    const builder = new TestNetworkBuilder('int8');
    const dilated = builder.conv(builder.input([1, 1, 16, 2]), 3, [1, 3], { dilation: [1, 2] });
    const network = builder.build('dilated', [builder.dense(dilated, 2)]);
    const error = thrown(() => lowerNetwork(network));
    expect(error.code).to.equal('LF_MODEL_UNSUPPORTED');
    expect(error.message).to.match(/operator 0, CONV_2D: dilation 1 x 2/);
  });

  it('should refuse a second output, which the firmware does not return', () => {
    const builder = new TestNetworkBuilder('int8');
    const input = builder.input([1, 8]);
    const two = builder.build('two', [builder.dense(input, 17), builder.dense(input, 3)]);
    expect(thrown(() => lowerNetwork(two)).code).to.equal('LF_MODEL_UNSUPPORTED');
  });
});

describe('blobs of the shipped cascades', () => {
  /* as many as the chips of the boards have at most, see fixtures/chips */
  const levels = Array.from({ length: 5 }, (_, index) => ({
    ...{ name: `level-${index}`, millivolts: 1100, hertz: 48_000_000, registers: [index] },
  }));
  const most = { 'little-first-a': 16 * 1024, 'little-first-b': 6 * 1024 };
  for (const [name, bytes] of Object.entries(most))
    it(`should take at most ${bytes} bytes of ${name} on every core, with five levels`, async () => {
      const bundle = await loadBundle(packagePath('fixtures', 'bundles', name));
      for (const core of ['m0p', 'm3', 'm4'] as const) {
        const { blob } = packBundle(bundle, { core, levels, flashBytes: 2 ** 20, ramArenaBytes: 2 ** 16 });
        expect(blob.length, core).to.be.at.most(bytes);
      }
    });
});

describe('fitAffine', () => {
  it('should stay within half a step and a rounding of the exact map over all counts', () => {
    for (const [slope, offset] of [
      [0.0123, -3.3],
      [1, 0],
      [0.9, 100],
      [2 ** -9, -128],
      [3.7, 12],
    ]) {
      const { multiplier, shift, bias } = fitAffine(slope, offset);
      for (let count = -32768; count <= 32767; count += 7) {
        const q = Math.max(-128, Math.min(127, (count * multiplier + bias) >> shift));
        const exact = Math.max(-128, Math.min(127, count * slope + offset));
        expect(Math.abs(q - exact)).to.be.at.most(0.53);
      }
    }
  });

  it('should refuse maps beyond 32 bits', () => {
    expect(thrown(() => fitAffine(1e6, 0)).code).to.equal('LF_MODEL_UNSUPPORTED');
    expect(thrown(() => fitAffine(1, 1e12)).code).to.equal('LF_MODEL_UNSUPPORTED');
    expect(thrown(() => fitAffine(1e-12, 0)).code).to.equal('LF_MODEL_UNSUPPORTED');
  });
});
