import { join } from 'node:path';
import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { loadBundle } from '../../model/load.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import type { BlockData } from '../../verdict/evaluation/block-data.js';
import { strangerMismatches } from '../../verdict/evaluation/mlperf-score.js';
import type { MlperfGolden } from './bench-file.js';
import { StrangerGolden } from './golden.js';

const inputBytes = 128 * 3;

describe('the golden interpreter of a DUT that is not ours', () => {
  let bench: TestBench;
  const load = (changes: Partial<MlperfGolden> = {}) =>
    StrangerGolden.load({
      model: join(bench.folder, 'bundle', 'big.tflite'),
      input: 'counts',
      compare: 'outputs',
      tolerance: 0.0005,
      ...changes,
    });
  const random = new Random(3);
  const counts = Int8Array.from({ length: inputBytes }, () => random.integer(-128, 127));
  const asFile = (part: Uint8Array) => ({ file: `${part.length}-${part[0]}.bin`, truth: 0, parts: [part] });

  before(async () => {
    bench = await TestBench.make();
  });
  after(() => bench.remove());

  it('gives the dequantised outputs, whatever the bytes of an input are to the firmware', async () => {
    const [big] = (await loadBundle(join(bench.folder, 'bundle'))).networks;
    const [outputs] = big.golden.run([counts]);
    const { scales, zeroPoints } = big.network.tensors[big.network.outputs[0]].quantisation!;
    const expected = Array.from(outputs, count => scales[0] * (count - zeroPoints[0]));
    expect(new Set(expected).size, 'different outputs').to.be.greaterThan(1);

    const of = big.network.tensors[big.network.inputs[0]].quantisation!;
    const floats = Float32Array.from(counts, count => of.scales[0] * (count - of.zeroPoints[0]));
    const files: [MlperfGolden['input'], Uint8Array][] = [
      ['counts', new Uint8Array(counts.buffer)],
      ['minus-128', Uint8Array.from(counts, count => count + 128)],
      ['float32', new Uint8Array(floats.buffer)],
    ];
    for (const [input, bytes] of files)
      expect(await (await load({ input })).outputs(asFile(bytes), true), input).to.deep.equal(expected);
  });

  it('averages the parts of an input in mode accuracy, and takes the first in the others', async () => {
    const golden = await load();
    const parts = [counts, counts.map(count => -count - 1)].map(part => new Uint8Array(part.buffer));
    const [one, two] = [
      await golden.outputs(asFile(parts[0]), true),
      await golden.outputs(asFile(parts[1]), true),
    ];
    const sample = { file: 'both.bin', truth: 0, parts };
    expect(await golden.outputs(sample, true)).to.deep.equal(one.map((value, i) => (value + two[i]) / 2));
    expect(await golden.outputs(sample, false)).to.deep.equal(one);
    expect(two).to.not.deep.equal(one);
  });

  it('says when bytes or file do not fit', async () => {
    const short = (await load()).outputs(asFile(new Uint8Array(5)), true);
    expect(String(await short.catch(String))).to.contain('expected: 384 bytes (golden.input: counts)');
    expect(String(await load({ model: '/nowhere.tflite' }).catch(String))).to.contain('golden.model');
  });

  it('counts answers that are off by more than what three printed digits hide', () => {
    const block = (outputs: number[][]) =>
      ({ outputs, labels: outputs.map(row => row.indexOf(Math.max(...row))) }) as BlockData;
    const exact = [
      [0.2504, 0.7496],
      [0.9, 0.1],
    ];
    const golden = {
      kind: 'golden',
      t: '',
      bundle: 'kws01',
      strategy: 'accuracy',
      labels: [1, 0],
      nets: [0, 0],
      macs: [1, 1],
      big: [0, 0],
    } as const;
    const of = (outputs: number[][], changes = {}) =>
      strangerMismatches(block(outputs), {
        ...golden,
        labels: [1, 0],
        nets: [],
        macs: [],
        big: [],
        ...changes,
      });
    const numbers = { outputs: exact, tolerance: 0.0005 };
    expect(
      of(
        [
          [0.25, 0.75],
          [0.9, 0.1],
        ],
        numbers,
      ),
    ).to.equal(0);
    expect(
      of(
        [
          [0.251, 0.749],
          [0.9, 0.1],
        ],
        numbers,
      ),
    ).to.equal(1);
    expect(
      of(
        [
          [0.25, 0.75],
          [0.9, Number.NaN],
        ],
        numbers,
      ),
    ).to.equal(1);
    expect(
      of(
        [
          [0.25, 0.75],
          [0.9, 0.1],
          [0.5, 0.5],
        ],
        numbers,
      ),
      'an answer too many',
    ).to.equal(1);
    expect(
      of([
        [0, 1],
        [1, 0],
      ]),
    ).to.equal(0);
    expect(
      of([
        [1, 0],
        [1, 0],
      ]),
    ).to.equal(1);
    expect(strangerMismatches(block([[1, 0]]), undefined)).to.equal(0);
  });
});
