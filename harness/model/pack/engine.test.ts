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
