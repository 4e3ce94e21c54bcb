import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { packagePath } from '../../package-root.js';
import { compileEngine, type HostCase, runOnHost } from '../../testing/host/pack.js';
import { compileForHost, hostBoard } from '../../testing/host/program.js';
import { randomCase } from '../../testing/model/random-bundle.js';
import { planInput, quantiseInput, type WindowValues } from '../bundle/input-plan.js';
import type { BundleDescription } from '../bundle/schema.js';
import { GoldenNetwork } from '../golden/network.js';
import type { Network } from '../tflite/network.js';
import { packBundle } from './bundle.js';

function randomWindows(random: Random, { window }: BundleDescription, count: number): WindowValues[] {
  const length = window.samples * window.channels.length;
  const types = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array };
  return Array.from({ length: count }, () => {
    const values = new types[window.dtype](length);
    for (let i = 0; i < length; i++) values[i] = random.integer(-32768, 32767);
    return values;
  });
}

/** What the golden interpreter says to each window, in the DUT's int8 form. */
function goldenScores(
  network: Network,
  description: BundleDescription,
  windows: readonly WindowValues[],
): number[][] {
  const golden = new GoldenNetwork(network);
  const [entry] = description.networks;
  const plans = network.inputs.map((tensor, i) =>
    planInput(description.window, entry.inputs[i], network.tensors[tensor], network.name),
  );
  return windows.map((window, i) => {
    const inputs = plans.map(plan =>
      quantiseInput(plan, description.window.channels.length, window, windows[Math.max(0, i - 1)]),
    );
    const [output] = golden.run(inputs);
    return Array.from(output, count => (output instanceof Uint8Array ? count - 128 : count));
  });
}

function hostCase(network: Network, description: BundleDescription, windows: WindowValues[]): HostCase {
  const { blob } = packBundle({ description, networks: [{ network }] }, hostBoard);
  return { blob, network: 0, windows, windowBytes: windows[0].byteLength };
}

/** The network with most channels of its convolutions dead: weights at their zero point, some biases 0. */
function deadened(network: Network, random: Random): Network {
  const tensors = network.tensors.slice();
  for (const { kind, inputs } of network.operators) {
    if (kind !== 'conv2d' && kind !== 'depthwise-conv2d') continue;
    const weights = tensors[inputs[1]];
    const values = (weights.data as Int8Array | Uint8Array).slice();
    const bias = (tensors[inputs[2]]?.data as Int32Array | undefined)?.slice();
    const channels = kind === 'conv2d' ? weights.shape[0] : weights.shape[3];
    const taps = values.length / channels;
    for (let channel = 0; channel < channels; channel++) {
      if (random.uniform() < 0.3) continue;
      for (let tap = 0; tap < taps; tap++)
        values[kind === 'conv2d' ? channel * taps + tap : tap * channels + channel] =
          weights.quantisation!.zeroPoints[0];
      if (bias !== undefined && random.uniform() < 0.6) bias[channel] = 0;
    }
    tensors[inputs[1]] = { ...weights, data: values };
    if (bias !== undefined) tensors[inputs[2]] = { ...tensors[inputs[2]], data: bias };
  }
  return { ...network, tensors };
}

describe('engine in C', () => {
  let program = '';
  before(function () {
    this.timeout(600_000);
    program = compileEngine();
  });

  it('should answer as the golden interpreter on random networks', function () {
    this.timeout(600_000);
    const cases = Array.from({ length: 1500 }, (_, seed) => {
      const { network, description } = randomCase(seed);
      const windows = randomWindows(new Random(seed), description, 3);
      return { network, description, windows };
    });
    const results = runOnHost(
      program,
      cases.map(({ network, description, windows }) => hostCase(network, description, windows)),
    );
    const spread = new Set<number>();
    cases.forEach(({ network, description, windows }, i) => {
      const expected = goldenScores(network, description, windows);
      expect(results[i].status, network.name).to.equal(0);
      const scores = results[i].scores.map((values, w) => Array.from(values.subarray(0, expected[w].length)));
      expect(scores, network.name).to.deep.equal(expected);
      for (const value of expected.flat()) spread.add(value);
    });
    expect(spread.size).to.be.greaterThan(200);
  });

  it('should answer as the golden interpreter where channels are dead and left out, padding or not', () => {
    const cases = Array.from({ length: 100 }, (_, seed) => {
      const { network, description } = randomCase(seed, {
        body: ['conv', 'conv', 'depthwise'],
        maxFilters: 20,
      });
      const random = new Random(seed, 17);
      return {
        network: deadened(network, random),
        description,
        windows: randomWindows(random, description, 2),
      };
    });
    const results = runOnHost(
      program,
      cases.map(({ network, description, windows }) => hostCase(network, description, windows)),
    );
    let smaller = 0;
    cases.forEach(({ network, description, windows }, i) => {
      const { perNetwork } = packBundle({ description, networks: [{ network }] }, hostBoard);
      const [{ steps, macs }] = perNetwork;
      if (steps.reduce((sum, step) => sum + step.macs, 0) < macs) smaller++;
      const expected = goldenScores(network, description, windows);
      expect(
        results[i].scores.map((values, w) => Array.from(values.subarray(0, expected[w].length))),
        network.name,
      ).to.deep.equal(expected);
    });
    expect(smaller).to.be.greaterThan(40);
  });

  it('should quantise windows of counts as quantiseInput does', () => {
    const cases = Array.from({ length: 300 }, (_, seed) => {
      const { network, description } = randomCase(seed);
      const random = new Random(seed, 16);
      const channels = description.window.channels.length;
      const scale = Array.from({ length: channels }, () => 2 ** -random.integer(4, 12));
      const inputs = description.networks[0].inputs.map(input => {
        const values = (low: number, high: number): number[] =>
          input.channels.map(() => low + (high - low) * random.uniform());
        return { ...input, normalise: { mean: values(-1, 1), deviation: values(0.1, 3) } };
      });
      const counting: BundleDescription = {
        ...description,
        window: { ...description.window, dtype: 'int16', scaling: { method: 'counts', scale } },
        networks: [{ ...description.networks[0], inputs }],
      };
      return { network, description: counting, windows: randomWindows(random, counting, 2) };
    });
    const results = runOnHost(
      program,
      cases.map(({ network, description, windows }) => hostCase(network, description, windows)),
    );
    cases.forEach(({ network, description, windows }, i) => {
      const expected = goldenScores(network, description, windows);
      expect(
        results[i].scores.map((values, w) => Array.from(values.subarray(0, expected[w].length))),
      ).to.deep.equal(expected, network.name);
    });
  });
});

describe('memory functions of the firmware', () => {
  it('should do what byte loops do at every alignment and length', () => {
    const renamed = ['memcpy', 'memmove', 'memset', 'memcmp'].map(name => `-D${name}=own_${name}`);
    const sources = [
      packagePath('firmware', 'test', 'engine', 'mem_main.c'),
      packagePath('firmware', 'core', 'mem.c'),
    ];
    const flags = [...renamed, '-O2', '-fno-builtin', '-fno-tree-loop-distribute-patterns'];
    const { stdout } = spawnSync(compileForHost('mem-host', sources, flags), { encoding: 'utf8' });
    expect(stdout).to.equal('0 failures\n');
  });
});
