import { expect } from 'chai';
import { featureCount } from '../../bundle/limits.js';
import { computeFeatures, featureOperations } from './features.js';
import { log2Q10 } from './fixed.js';

const parameters = {
  acceleration: [3, 4, 5],
  gyro: [0, 1, 2],
  decimation: 2,
  lag: 16,
  offsets: { step: 10, gyro: 20, acceleration: 30 },
};

/** Channel c at sample t is `of(c, t)`. */
const windowOf = (of: (channel: number, sample: number) => number): Int16Array =>
  Int16Array.from({ length: 128 * 6 }, (_, i) => of(i % 6, Math.floor(i / 6)));

describe('computeFeatures', () => {
  it('should add up what each sensor does, axis by axis', () => {
    const gyro = [-7, 0, 300];
    const { values, motion } = computeFeatures(
      windowOf((c, t) => (c < 3 ? gyro[c] : 100 * c + t)),
      6,
      parameters,
    );
    expect(values).to.have.length(featureCount);
    expect([...values]).to.deep.equal([
      ...[363, 463, 563],
      ...[0, 0, 0].map(() => log2Q10(64 + 10)),
      ...[0, 0, 0].map(() => log2Q10(20)),
      ...[0, 0, 0].map(() => log2Q10(56 * 16 + 30)),
      ...gyro.map(rate => log2Q10(64 * Math.abs(rate) + 20)),
    ]);
    expect(motion).to.equal(3 * 64);
  });

  it('should tell a slow turn from a tremor of the same size', () => {
    const slow = computeFeatures(
      windowOf(c => (c < 3 ? 50 : 0)),
      6,
      parameters,
    ).values;
    const tremor = computeFeatures(
      windowOf((c, t) => (c < 3 ? (t % 4 < 2 ? 50 : -50) : 0)),
      6,
      parameters,
    ).values;
    for (const axis of [0, 1, 2]) expect(slow[12 + axis]).to.be.greaterThan(tremor[12 + axis] + 4096);
  });

  it('should count an addition a term for each sum, two for each difference', () => {
    expect(featureOperations(parameters, 128)).to.equal(6 * 64 + 2 * 3 * 64 + 2 * 6 * 56);
  });
});
