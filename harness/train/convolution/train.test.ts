import type { Tensor2D, Variable } from '@tensorflow/tfjs';
import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { branchedSpec, toyFit, toySpec, Waves } from '../../testing/train/toys.js';
import { predict, restoreState } from '../fit.js';
import { disposeState, forward, type NetSpec } from '../nets.js';
import { startTensorflow, tf } from '../tensorflow.js';
import { ConvolutionNet, isPlain } from './network.js';
import { crossEntropy, trainConvolutions } from './train.js';

/** Both kinds of layers, sizes that leave rows and columns over in every tile, kernels that reach over the window's ends. */
const plainSpec: NetSpec = {
  ...toySpec,
  name: 'plain',
  rows: 15,
  branches: [3],
  layers: [
    { kind: 'conv', filters: 5, kernel: 4, stride: 2, batchNorm: true, pool: 1 },
    { kind: 'separable', filters: 7, kernel: 5, stride: 1 },
    { kind: 'separable', filters: 3, kernel: 3, stride: 2 },
  ],
  dropout: 0,
};
const separableFirst: NetSpec = { ...plainSpec, name: 'separable first', layers: plainSpec.layers.slice(1) };
const size = 13;
const everyone = Uint32Array.from({ length: size }, (_, i) => i);

describe('plain convolutional networks', function () {
  this.timeout(60_000);
  before(startTensorflow);

  for (const spec of [plainSpec, separableFirst])
    it(`should have TensorFlow's logits, gradients and statistics, ${spec.name}`, () => {
      const net = new ConvolutionNet(spec, size, new Random(3));
      const { inputs, targets } = new Waves(spec, size).batch(everyone, new Random(1), false);
      const state = restoreState(spec, net.store.averages());
      const gradient = new Float64Array(size * spec.classes);
      net.forward(Float64Array.from(inputs[0]), size, new Random(1));
      const loss = crossEntropy(net.logits, targets, size, spec.classes, gradient);
      net.backward(gradient, size);
      const { value, grads } = tf.variableGrads(() => {
        const input = tf.tensor3d(inputs[0], [size, spec.rows, spec.branches[0]]);
        const logits = forward(spec, state, [input], { training: true });
        const shares = tf.mul(tf.tensor2d(targets, [size, spec.classes]), tf.logSoftmax(logits));
        return tf.neg(tf.mean(tf.sum(shares as Tensor2D, 1)));
      }, [...state.trainable.values()]);
      const same = (found: Float64Array, expected: ArrayLike<number>, what: string): void => {
        expect(found.length, what).to.equal(expected.length);
        for (const [i, v] of found.entries()) expect(v, `${what}[${i}]`).to.be.closeTo(expected[i], 2e-5);
      };
      same(Float64Array.of(loss), value.dataSync(), 'loss');
      const valuesOf = (variable: Variable): ArrayLike<number> => variable.dataSync();
      for (const [key, variable] of state.trainable)
        same(net.store.gradient(key), grads[variable.name].dataSync(), key);
      for (const [key, variable] of state.buffers) same(net.store.value(key), valuesOf(variable), key);
      disposeState(state);
    });

  it('should learn a separable problem, and find the same parameters twice for a seed, others for another', () => {
    const source = new Waves(plainSpec, 128);
    const losses: number[] = [];
    const options = { ...toyFit, onEpoch: (_: number, loss: number) => losses.push(loss) };
    const spec = { ...plainSpec, dropout: 0.1 };
    const parameters = trainConvolutions(spec, source, options);
    expect(losses).to.have.length(toyFit.epochs);
    expect(losses.at(-1)!).to.be.lessThan(0.5 * losses[0]);
    const all = Uint32Array.from({ length: 128 }, (_, i) => i);
    const logits = predict(spec, parameters, source, all);
    const right = [...all].filter(i => logits[2 * i + 1] > logits[2 * i] === (Waves.classOf(i) === 1));
    expect(right.length).to.be.at.least(125);
    expect(trainConvolutions(spec, source, toyFit)).to.deep.equal(parameters);
    expect(trainConvolutions(spec, source, { ...toyFit, seed: 6 })).to.not.deep.equal(parameters);
  });

  it('should be told from networks that need TensorFlow', () => {
    expect([plainSpec, separableFirst].map(isPlain)).to.deep.equal([true, true]);
    expect([toySpec, branchedSpec, { ...plainSpec, layers: [] }].map(isPlain)).to.deep.equal([
      false,
      false,
      false,
    ]);
  });
});
