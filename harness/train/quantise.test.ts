import { expect } from 'chai';
import { Random } from '../data/random.js';
import { GoldenNetwork } from '../model/golden/network.js';
import type { Quantisation } from '../model/tflite/network.js';
import { checkNetwork } from '../model/tflite/network-check.js';
import { readTflite } from '../model/tflite/read.js';
import { writeTflite } from '../model/tflite/write.js';
import { branchedSpec, toyFit, toySpec, Waves } from '../testing/train/toys.js';
import { type Parameters, predict, trainNet } from './fit.js';
import type { NetSpec } from './nets.js';
import { activationQuantisation, calibrate, quantiseNet, quantiseWeights } from './quantise.js';
import { startTensorflow } from './tensorflow.js';

const input: Quantisation = { scales: [1 / 64], zeroPoints: [0], axis: 0 };
const examples = 200;

describe('quantiseNet', () => {
  const trained = new Map<string, { source: Waves; parameters: Parameters }>();
  before(async () => {
    await startTensorflow();
    for (const spec of [toySpec, branchedSpec]) {
      const source = new Waves(spec, examples);
      trained.set(spec.name, { source, parameters: trainNet(spec, source, toyFit) });
    }
  });

  /** Real-valued outputs of the integer network on every example. */
  const integerOutputs = (spec: NetSpec, softmax: boolean): number[][] => {
    const { source, parameters } = trained.get(spec.name)!;
    const ranges = calibrate(spec, parameters, source, examples, 1);
    const network = quantiseNet(spec, parameters, ranges, input, { softmax });
    const golden = new GoldenNetwork(network);
    const { scales, zeroPoints } = network.tensors[network.outputs[0]].quantisation!;
    return Array.from({ length: examples }, (_, i) => {
      const { inputs } = batchOf(source, i);
      const counts = inputs.map(values => Int8Array.from(values, v => Math.round(v * 64)));
      return Array.from(golden.run(counts)[0], q => (q - zeroPoints[0]) * scales[0]);
    });
  };
  const batchOf = (source: Waves, i: number) => source.batch(Uint32Array.of(i), new Random(0), false);

  for (const spec of [toySpec, branchedSpec]) {
    it(`should keep the ${spec.name} network's logits, batch normalisation folded in`, () => {
      const { source, parameters } = trained.get(spec.name)!;
      const float = predict(
        spec,
        parameters,
        source,
        Uint32Array.from({ length: examples }, (_, i) => i),
      );
      const integer = integerOutputs(spec, false).flat();
      const span = Math.max(...float) - Math.min(...float);
      const errors = integer.map((v, i) => Math.abs(v - float[i]));
      expect(errors.reduce((a, b) => a + b, 0) / errors.length).to.be.lessThan(0.02 * span);
      const sameAnswer = errors.filter(
        (_, i) => i % 2 === 0 && float[i + 1] > float[i] === integer[i + 1] > integer[i],
      );
      expect(sameAnswer.length).to.be.at.least(0.98 * examples);
    });
  }

  it('should end in probabilities in steps of 1/256 when asked for a softmax', () => {
    const { source, parameters } = trained.get('toy')!;
    const network = quantiseNet(toySpec, parameters, calibrate(toySpec, parameters, source, 64, 1), input, {
      softmax: true,
    });
    expect(network.operators.at(-1)?.kind).to.equal('softmax');
    expect(network.tensors[network.outputs[0]].quantisation).to.deep.equal({
      scales: [1 / 256],
      zeroPoints: [-128],
      axis: 0,
    });
    for (const [a, b] of integerOutputs(toySpec, true)) expect(a + b).to.be.closeTo(1, 2 / 256);
  });

  it('should give a network that is sound and the same after a .tflite file', () => {
    const { source, parameters } = trained.get('branched')!;
    const ranges = calibrate(branchedSpec, parameters, source, 64, 1);
    const network = quantiseNet(branchedSpec, parameters, ranges, input);
    checkNetwork(network);
    const again = readTflite(writeTflite(network), 'branched');
    expect(network.inputs.map(i => network.tensors[i].shape)).to.deep.equal([
      [1, 16, 2],
      [1, 16, 1],
    ]);
    const counts = batchOf(source, 7).inputs.map(values => Int8Array.from(values, v => Math.round(v * 64)));
    expect(new GoldenNetwork(again).run(counts)).to.deep.equal(new GoldenNetwork(network).run(counts));
  });
});

describe('quantisation of values', () => {
  it('should represent zero exactly and cover the range', () => {
    for (const range of [
      { low: 0, high: 3.3 },
      { low: -1.7, high: 0.4 },
      { low: -5, high: 1e-6 },
    ]) {
      const { scales, zeroPoints } = activationQuantisation(range);
      expect(zeroPoints[0]).to.be.within(-128, 127);
      expect((127 - zeroPoints[0]) * scales[0]).to.be.at.least(range.high - scales[0]);
      expect((-128 - zeroPoints[0]) * scales[0]).to.be.at.most(range.low + scales[0]);
    }
  });

  it('should give each channel its own scale, along either axis, and never the weight -128', () => {
    const values = Float32Array.of(1, -2, 0.5, 100, -200, 50);
    const first = quantiseWeights(values, 2, 0);
    expect([...first.data]).to.deep.equal([64, -127, 32, 64, -127, 32]);
    expect(first.quantisation.scales.map(s => s * 127)).to.deep.equal(
      [2, 200].map(p => Math.fround(p / 127) * 127),
    );
    const last = quantiseWeights(values, 3, 3);
    expect(last.quantisation.scales.map(s => Math.round(s * 127))).to.deep.equal([100, 200, 50]);
    expect([...last.data]).to.deep.equal([1, -1, 1, 127, -127, 127]);
  });
});
