import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { everyOperator, TestNetworkBuilder } from '../../testing/model/networks.js';
import { referenceOutput } from '../../testing/model/reference-kernels.js';
import { macsOf } from '../tflite/macs.js';
import type { Network, Operator, Quantisation } from '../tflite/network.js';
import { GoldenNetwork } from './network.js';
import { expOfNegative } from './softmax.js';

/** Counts of every operator's output agree with the plain reference, on several inputs. */
function expectReference(builder: TestNetworkBuilder, output: number, rounds = 5): void {
  const network = builder.build('test', [output]);
  const golden = new GoldenNetwork(network);
  for (let round = 0; round < rounds; round++) {
    const inputs = builder.counts();
    expect(Array.from(golden.run(inputs)[0])).to.deep.equal(referenceOutput(network, inputs));
  }
}

for (const type of ['int8', 'uint8'] as const) {
  describe(`GoldenNetwork (${type}) against plain 64-bit arithmetic`, () => {
    const kernels: [number, number][] = [
      [1, 3],
      [3, 1],
      [3, 3],
      [2, 2],
      [1, 1],
    ];
    for (const kernel of kernels) {
      for (const padding of ['same', 'valid'] as const) {
        it(`should convolve ${kernel.join('x')} with padding ${padding}`, () => {
          const builder = new TestNetworkBuilder(type, 3);
          const [height, width] = kernel[0] === 1 ? [1, 13] : kernel[1] === 1 ? [13, 1] : [7, 6];
          const input = builder.input([1, height, width, 3]);
          expectReference(builder, builder.conv(input, 4, kernel, { padding }));
        });
      }
    }

    it('should convolve with strides, dilation and ReLU6', () => {
      const builder = new TestNetworkBuilder(type, 5);
      const input = builder.input([1, 11, 10, 2]);
      const strided = builder.conv(input, 3, [3, 3], { stride: [2, 3], activation: 'relu6' });
      expectReference(builder, strided);
      const dilated = new TestNetworkBuilder(type, 6);
      const source = dilated.input([1, 12, 11, 2]);
      expectReference(dilated, dilated.conv(source, 3, [3, 3], { dilation: [2, 3], activation: 'none' }));
    });

    it('should convolve each channel by itself, with a multiplier too', () => {
      for (const multiplier of [1, 3]) {
        const builder = new TestNetworkBuilder(type, 8);
        const input = builder.input([1, 17, 1, 4]);
        expectReference(builder, builder.depthwise(input, multiplier, [5, 1], { stride: [2, 1] }));
      }
    });

    it('should run a dense layer', () => {
      const builder = new TestNetworkBuilder(type, 9);
      expectReference(builder, builder.dense(builder.input([1, 4, 6]), 5, 'relu'));
    });

    for (const kind of ['max-pool2d', 'average-pool2d'] as const) {
      for (const padding of ['same', 'valid'] as const) {
        it(`should ${kind} with padding ${padding}`, () => {
          const builder = new TestNetworkBuilder(type, 10);
          expectReference(builder, builder.pool(kind, builder.input([1, 7, 5, 3]), [2, 2], padding));
        });
      }
    }

    it('should take mean and maximum over axes', () => {
      for (const kind of ['mean', 'reduce-max'] as const) {
        for (const axes of [[1, 2], [-2], [1, 3]]) {
          const builder = new TestNetworkBuilder(type, 11);
          const input = builder.input([1, 5, 7, 3]);
          const positive = axes.map(axis => (axis < 0 ? axis + 4 : axis));
          expectReference(builder, builder.reduce(kind, input, positive, { keepDims: axes.length === 1 }));
        }
      }
    });

    it('should concatenate, rescaling inputs of another scale', () => {
      const builder = new TestNetworkBuilder(type, 12);
      const parts = [1, 2, 3].map(size => builder.input([1, 4, size, 2]));
      expectReference(builder, builder.concatenate(parts, 2));
    });

    it('should run a whole network of every operator', () => {
      const { builder, network } = everyOperator(type, 13);
      const golden = new GoldenNetwork(network);
      for (let round = 0; round < 20; round++) {
        const inputs = builder.counts();
        expect(Array.from(golden.run(inputs)[1])).to.deep.equal(
          referenceOutput({ ...network, outputs: [network.outputs[1]] }, inputs),
        );
      }
    });
  });
}

describe('softmax in fixed point', () => {
  it('should compute exp within 2^-21 of the real one', () => {
    for (let i = 0; i < 4000; i++) {
      const x = -(i * i) / 500000;
      const fixed = expOfNegative(Math.round(x * 2 ** 26)) / 2 ** 31;
      expect(fixed).to.be.closeTo(Math.exp(Math.round(x * 2 ** 26) / 2 ** 26), 2 ** -21);
    }
  });

  for (const type of ['int8', 'uint8'] as const) {
    it(`should be within one count of the real softmax (${type})`, () => {
      const builder = new TestNetworkBuilder(type, 14);
      const quantisation: Quantisation = { scales: [0.07], zeroPoints: [3], axis: 0 };
      const network = builder.build('softmax', [builder.softmax(builder.input([1, 6], quantisation))]);
      const golden = new GoldenNetwork(network);
      for (let round = 0; round < 200; round++) {
        const [counts] = builder.counts();
        const [output] = golden.run([counts]);
        const exponentials = Array.from(counts, count => Math.exp((count - Math.max(...counts)) * 0.07));
        const sum = exponentials.reduce((total, value) => total + value, 0);
        exponentials.forEach((value, index) => {
          const real = Math.min(255, (value / sum) * 256) + (type === 'int8' ? -128 : 0);
          expect(Math.abs(output[index] - real)).to.be.at.most(1);
        });
      }
    });
  }

  it('should give equal inputs equal shares and a clear winner all', () => {
    const builder = new TestNetworkBuilder('int8', 15);
    const input = builder.input([1, 4], { scales: [0.5], zeroPoints: [0], axis: 0 });
    const golden = new GoldenNetwork(builder.build('softmax', [builder.softmax(input)]));
    expect(Array.from(golden.run([Int8Array.of(5, 5, 5, 5)])[0])).to.deep.equal([-64, -64, -64, -64]);
    expect(Array.from(golden.run([Int8Array.of(-128, 127, -128, -128)])[0])).to.deep.equal([
      -128, 127, -128, -128,
    ]);
  });
});

describe('macsOf', () => {
  it('should count taps times channels at every position, padding included, and dense layers', () => {
    const builder = new TestNetworkBuilder('int8');
    const wide = builder.conv(builder.input([1, 1, 128, 3]), 4, [1, 3]);
    const deep = builder.depthwise(wide, 2, [1, 5], { stride: [1, 2] });
    const network = builder.build('n', [builder.dense(builder.pool('max-pool2d', deep, [1, 2]), 6)]);
    expect(macsOf(network)).to.equal(128 * 4 * 3 * 3 + 64 * 8 * 5 + 32 * 8 * 6);
    expect(new GoldenNetwork(network).macs).to.equal(macsOf(network));
  });

  it("should count the paper's one-input Big as 63,168", () => {
    const builder = new TestNetworkBuilder('int8');
    let last = builder.reshape(builder.input([1, 128, 9]), [1, 1, 128, 9]);
    for (const filters of [4, 8, 16, 32, 8]) {
      last = builder.pool('max-pool2d', builder.conv(last, filters, [1, 3]), [1, 2]);
    }
    expect(macsOf(builder.build('big-1', [builder.dense(last, 6)]))).to.equal(63168);
  });
});

describe('GoldenNetwork on what does not fit', () => {
  const simple = (): { network: Network; golden: GoldenNetwork } => {
    const builder = new TestNetworkBuilder('int8');
    const network = builder.build('n', [builder.dense(builder.input([1, 4]), 2)]);
    return { network, golden: new GoldenNetwork(network) };
  };

  it('should refuse an input of another length or type', () => {
    const { golden } = simple();
    for (const wrong of [new Int8Array(5), new Uint8Array(4)]) {
      expect(() => golden.run([wrong]))
        .to.throw(LittlefirstError)
        .with.property('code', 'LF_INTERNAL');
    }
  });

  it('should refuse a float network and name the tensor', () => {
    const tensors: Network['tensors'] = ['in', 'out'].map(name => ({ name, shape: [1, 4], type: 'float32' }));
    const operators: Operator[] = [{ kind: 'reshape', inputs: [0], outputs: [1] }];
    const network = { name: 'float', tensors, operators, inputs: [0], outputs: [1] };
    expect(() => new GoldenNetwork(network))
      .to.throw(LittlefirstError, /"in" of type float32/)
      .with.property('code', 'LF_MODEL_UNSUPPORTED');
  });
});
