import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { multiplyByQuantisedMultiplier } from '../tflite/fixed-point.js';
import { type ChannelRange, quietChannel } from './quiet.js';

const countOf = (
  { multiplier, shift, zero, clampMin, clampMax }: Omit<ChannelRange, 'low' | 'high'>,
  accumulator: number,
): number =>
  Math.min(
    clampMax,
    Math.max(clampMin, zero + multiplyByQuantisedMultiplier(accumulator, multiplier, shift)),
  );

describe('quietChannel', () => {
  it('should leave a channel alone that the tuned kernels can run', () => {
    const common = { zero: 0, clampMin: -128, clampMax: 127 };
    expect(quietChannel({ ...common, low: -9000, high: 9000, multiplier: 2 ** 30, shift: -7 })).to.equal(
      undefined,
    );
  });

  it('should give nearly dead channels the same values by smaller numbers', () => {
    const random = new Random(4);
    const found = { constant: 0, step: 0 };
    for (let round = 0; round < 4000; round++) {
      const bias =
        random.integer(0, 1) === 0
          ? 2 ** 30 - random.integer(0, 2 ** 22)
          : random.integer(-(2 ** 30), 2 ** 29);
      const spread = random.integer(1, 2 ** random.integer(4, 21));
      const range = {
        ...{ low: bias - spread, high: bias + spread },
        ...{ multiplier: random.integer(2 ** 30, 2 ** 31 - 1), shift: -random.integer(22, 31) },
        zero: random.integer(-128, 127),
        ...{ clampMin: -128, clampMax: 127 },
      };
      const quiet = quietChannel(range);
      if (quiet === undefined) continue;
      found[quiet.constant ? 'constant' : 'step']++;
      const probes = [
        range.low,
        range.high,
        ...Array.from({ length: 8 }, () => random.integer(range.low, range.high)),
      ];
      const accumulators = probes.map(at => (quiet.constant ? quiet.bias : at + quiet.bias));
      const counts = accumulators.map(accumulator => countOf({ ...range, ...quiet }, accumulator));
      expect(Math.max(...accumulators.map(Math.abs))).to.be.below(2 ** 28);
      expect(counts).to.deep.equal(probes.map(at => countOf(range, at)));
    }
    expect(found.constant).to.be.above(100);
    expect(found.step).to.be.above(10);
  });
});
