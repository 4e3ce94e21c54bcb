import { expect } from 'chai';
import { branchedSpec, toyFit, toySpec, Waves } from '../testing/train/toys.js';
import { predict, trainNet } from './fit.js';
import { startTensorflow } from './tensorflow.js';

describe('trainNet', function () {
  this.timeout(60_000);
  before(startTensorflow);

  for (const spec of [toySpec, branchedSpec]) {
    it(`should learn a separable problem with the ${spec.name} network, and say its loss every epoch`, () => {
      const losses: number[] = [];
      const source = new Waves(spec, 256);
      const parameters = trainNet(spec, source, {
        ...toyFit,
        onEpoch: (epoch, loss) => {
          expect(epoch).to.equal(losses.length);
          losses.push(loss);
        },
      });
      const logits = predict(
        spec,
        parameters,
        source,
        Uint32Array.from({ length: 256 }, (_, i) => i),
      );
      let correct = 0;
      for (let i = 0; i < 256; i++) {
        const answer = logits[2 * i + 1] > logits[2 * i] ? 1 : 0;
        correct += answer === Waves.classOf(i) ? 1 : 0;
      }
      expect(losses).to.have.length(toyFit.epochs);
      expect(losses.at(-1)!).to.be.lessThan(0.5 * losses[0]);
      expect(correct).to.be.at.least(250);
    });
  }

  it('should find the same parameters twice for one seed, and others for another', () => {
    const valuesFor = (seed: number): number[] =>
      [...trainNet(toySpec, new Waves(toySpec, 64), { ...toyFit, epochs: 2, seed }).values()].flatMap(
        ({ values }) => [...values],
      );
    const first = valuesFor(1);
    expect(first.every(Number.isFinite)).to.equal(true);
    expect(valuesFor(1)).to.deep.equal(first);
    expect(valuesFor(2)).to.not.deep.equal(first);
  });

  it('should predict each example on its own, whatever else is asked for', () => {
    const source = new Waves(toySpec, 300);
    const parameters = trainNet(toySpec, source, { ...toyFit, epochs: 1 });
    const all = predict(
      toySpec,
      parameters,
      source,
      Uint32Array.from({ length: 300 }, (_, i) => i),
    );
    const some = predict(toySpec, parameters, source, Uint32Array.of(299, 3));
    expect(some[0]).to.be.closeTo(all[598], 1e-5);
    expect(some[3]).to.be.closeTo(all[7], 1e-5);
  });
});
