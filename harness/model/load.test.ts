import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { LittlefirstError } from '../errors.js';
import { packagePath } from '../package-root.js';
import { failure } from '../testing/failure.js';
import { TestNetworkBuilder } from '../testing/model/networks.js';
import { describeBundle } from './bundle/inspect.js';
import { loadBundle, parseBundle } from './load.js';
import type { Network } from './tflite/network.js';
import { type BundleInput, type HoldInput, writeBundle } from './write.js';

function network(outputs: number, shape = [1, 4, 2]): Network {
  const builder = new TestNetworkBuilder('int8', outputs);
  return builder.build('n', [builder.dense(builder.input(shape), outputs)]);
}

const networks = new Map([
  ['big', network(3)],
  ['little', network(2)],
]);

type HoldBundle = BundleInput & { strategies: HoldInput[] };

function description(): HoldBundle {
  return {
    schema: 'littlefirst.bundle/1',
    name: 'sample',
    description: 'made in a test',
    labels: ['A', 'B', 'C'],
    window: {
      samples: 4,
      channels: ['x', 'y'],
      dtype: 'int8',
      stride: 2,
      sampleRateHz: 50,
      scaling: { method: 'minmax', fittedOn: 'train', min: [-1, -1], max: [1, 2] },
    },
    networks: [
      { name: 'big', file: 'big.tflite', inputs: [{ channels: [0, 1] }] },
      { name: 'little', file: 'little.tflite', inputs: [{ channels: [0, 1] }] },
    ],
    strategies: [
      { kind: 'hold', name: 'big-only', big: 'big', gate: { type: 'none' } },
      {
        kind: 'hold',
        name: 'gated',
        big: 'big',
        gate: { type: 'one-vs-rest', networks: ['little', 'little', 'little'] },
      },
    ],
    origin: 'made in a test',
  };
}

describe('bundles', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-bundle-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** The error of a bundle whose description was changed. */
  async function failureOf(
    change: (bundle: ReturnType<typeof description>) => void,
  ): Promise<LittlefirstError> {
    const changed = description();
    change(changed);
    return failure(() => writeBundle(folder, changed, networks));
  }

  it('should come back as written, defaults and SHA-256 filled in', async () => {
    await writeBundle(folder, description(), networks);
    const bundle = await loadBundle(folder);
    expect(bundle.networks.map(({ name, macs }) => [name, macs])).to.deep.equal([
      ['big', 24],
      ['little', 16],
    ]);
    expect(bundle.description.strategies[1]).to.have.deep.property('policy', {
      hysteresis: 1,
      refreshEvery: 0,
      bigCap: 0,
      bigCapWindow: 47,
    });
    expect(bundle.networks[0].entry.sha256).to.equal(bundle.networks[0].sha256);
  });

  it('should write the same bytes for the same input', async () => {
    await writeBundle(folder, description(), networks);
    const first = await readFile(join(folder, 'bundle.yaml'));
    await writeBundle(folder, description(), networks);
    expect(await readFile(join(folder, 'bundle.yaml'))).to.deep.equal(first);
  });

  it('should find files in the models folder that the bundle does not hold', async () => {
    const models = await mkdtemp(join(tmpdir(), 'littlefirst-models-'));
    try {
      await writeBundle(models, description(), networks);
      await writeFile(join(folder, 'bundle.yaml'), await readFile(join(models, 'bundle.yaml')));
      const error = await failure(() => loadBundle(folder));
      expect(error.code).to.equal('LF_MODEL_MISSING');
      expect(error.message).to.include('big.tflite').and.to.include(folder).and.to.include('--models');
      const bundle = await loadBundle(folder, { models });
      expect(bundle.networks[1].path).to.equal(join(models, 'little.tflite'));
    } finally {
      await rm(models, { recursive: true });
    }
  });

  it('should refuse a file with another SHA-256', async () => {
    await writeBundle(folder, description(), networks);
    const path = join(folder, 'little.tflite');
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    const error = await failure(() => loadBundle(folder));
    expect(error.code).to.equal('LF_MODEL_CORRUPT');
    expect(error.message).to.include('SHA-256');
  });

  it('should say where the description breaks the schema', async () => {
    const text = JSON.stringify({
      ...description(),
      labels: ['A'],
      strategies: [{ kind: 'hold', name: 'a b' }],
    });
    const error = await failure(async () => parseBundle(text, 'bundle.yaml'));
    expect(error.code).to.equal('LF_BUNDLE_INVALID');
    expect(error.message).to.include('labels:').and.to.include('strategies[0].name:');
  });

  it('should refuse what is not YAML and a folder without a bundle', async () => {
    expect((await failure(async () => parseBundle('a: [', 'bundle.yaml'))).code).to.equal(
      'LF_BUNDLE_INVALID',
    );
    expect((await failure(() => loadBundle(folder))).message).to.include('no bundle');
  });

  const mistakes: [what: string, place: string, change: (bundle: HoldBundle) => void][] = [
    [
      'an unknown network',
      'strategies[0].big',
      bundle => {
        bundle.strategies[0].big = 'bigger';
      },
    ],
    [
      'too few networks for the labels',
      'strategies[1].gate.networks',
      bundle => {
        bundle.strategies[1].gate = { type: 'one-vs-rest', networks: ['little'] };
      },
    ],
    [
      'a Big without an output per label',
      'strategies[0].big',
      bundle => {
        bundle.strategies[0].big = 'little';
      },
    ],
    [
      'a class to keep that the network does not have',
      'strategies[0].gate.network',
      bundle => {
        bundle.strategies[0].gate = { type: 'pair-net', network: 'little', keep: 2 };
      },
    ],
    [
      'a channel that the window does not have',
      'networks[0].inputs[0].channels',
      bundle => {
        bundle.networks[0].inputs[0].channels = [0, 2];
      },
    ],
    [
      'a channel of a distance that the window does not have',
      'strategies[0].gate.channels',
      bundle => {
        bundle.strategies[0].gate = { type: 'distance', channels: [7], threshold: 1 };
      },
    ],
    [
      'inputs of another shape than the file',
      'networks[1].inputs[0]',
      bundle => {
        bundle.networks[1].inputs[0].channels = [1];
      },
    ],
    [
      'another number of inputs than the file',
      'networks[1].inputs',
      bundle => {
        bundle.networks[1].inputs.push({ channels: [0, 1] });
      },
    ],
    [
      'a scaling without one constant per channel',
      'window.scaling.max',
      bundle => {
        bundle.window.scaling = { method: 'minmax', fittedOn: 'train', min: [0, 0], max: [1, 1, 1] };
      },
    ],
    [
      'a channel of no range',
      'window.scaling.min[1]',
      bundle => {
        bundle.window.scaling = { method: 'minmax', fittedOn: 'train', min: [0, 1], max: [1, 1] };
      },
    ],
    [
      'a name used twice',
      'strategies',
      bundle => {
        bundle.strategies[1].name = 'big-only';
      },
    ],
    [
      'a file outside the folder',
      'networks[0].file',
      bundle => {
        bundle.networks[0].file = '../elsewhere/big.tflite';
      },
    ],
  ];
  for (const [what, place, change] of mistakes) {
    it(`should refuse ${what}, naming ${place}`, async () => {
      const sound = description();
      await writeBundle(folder, sound, networks);
      const document = parse(await readFile(join(folder, 'bundle.yaml'), 'utf8')) as HoldBundle;
      change(document);
      await writeFile(join(folder, 'bundle.yaml'), JSON.stringify(document));
      const error = await failure(() => loadBundle(folder));
      expect(error.code).to.equal('LF_BUNDLE_INVALID');
      expect(error.message).to.include(place);
      expect(error.detail.expected).to.be.a('string');
    });
  }

  it('should refuse to write a bundle without one of its networks', async () => {
    const error = await failureOf(bundle => {
      bundle.networks[1].name = 'unheard-of';
    });
    expect(error.code).to.equal('LF_BUNDLE_INVALID');
    expect(error.message).to.include('unheard-of');
  });

  it('should give a uint8 window to an int8 network with 128 taken off, and raw counts by the fixed-point map', async () => {
    const unsigned = description();
    unsigned.window.dtype = 'uint8';
    const [big] = (await writeBundle(folder, unsigned, networks)).networks;
    const window = Uint8Array.of(0, 1, 127, 128, 129, 200, 254, 255);
    expect(Array.from(big.inputsOf(window, window)[0])).to.deep.equal([-128, -127, -1, 0, 1, 72, 126, 127]);

    const raw = description();
    raw.window.dtype = 'int16';
    raw.window.scaling = { method: 'counts', scale: [0.001, 0.002] };
    const { network: file, inputsOf } = (await writeBundle(folder, raw, networks)).networks[0];
    const { scales, zeroPoints } = file.tensors[file.inputs[0]].quantisation!;
    const counts = Int16Array.of(0, 0, 100, -100, 900, 1500, -32768, 32767);
    const [values] = inputsOf(counts, counts);
    counts.forEach((count, i) => {
      const real = (count * (i % 2 === 0 ? 0.001 : 0.002)) / scales[0] + zeroPoints[0];
      expect(Math.abs(values[i] - Math.min(127, Math.max(-128, real)))).to.be.at.most(0.51);
    });
  });

  it('should describe a bundle in full', async () => {
    const summary = describeBundle(await writeBundle(folder, description(), networks));
    const [big] = summary.networks;
    expect(big).to.include({ name: 'big', file: 'big.tflite', parameters: 27, parameterBytes: 36, macs: 24 });
    expect(big.peakActivationBytes).to.equal(11);
    expect(big.operators).to.have.length(1);
    expect(big.operators[0]).to.include({ kind: 'fully-connected', options: 'none', weightScales: 1 });
    expect(big.inputs[0].shape).to.deep.equal([1, 4, 2]);
  });

  it("should ask for the paper authors' files with --models", async () => {
    const error = await failure(() => loadBundle(packagePath('fixtures', 'bundles', 'paper-authors')));
    expect(error.code).to.equal('LF_MODEL_MISSING');
    expect(error.message).to.include('B_s123_3IN_91.tflite').and.to.include('--models');
  });
});
