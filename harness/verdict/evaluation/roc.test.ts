import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { areaInterval95, areaUnderCurve } from './roc.js';

describe('the interval of an area under the ROC curve', () => {
  it('should hold the true area of normal scores in about 95 of 100 samples', () => {
    const random = new Random(7);
    /* Two normal scores one standard deviation apart: the true area is the normal distribution at 1 / sqrt(2). */
    const truth = 0.7602499;
    const trials = 1000;
    let held = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const isPositive = Array.from({ length: 60 }, (_, i) => i % 2 === 0);
      const area = areaUnderCurve(
        isPositive.map(positive => random.normal(1) + (positive ? 1 : 0)),
        isPositive,
      )!;
      const [low, high] = areaInterval95(area, 30, 30);
      if (low <= truth && truth <= high) held += 1;
    }
    expect(held / trials).to.be.within(0.93, 0.985);
  });

  it('should not be certain of a perfect order, and narrow with more windows', () => {
    const [low, high] = areaInterval95(1, 10, 10);
    expect(high).to.equal(1);
    expect(low).to.be.within(0.75, 0.95);
    expect(areaInterval95(1, 1000, 1000)[0]).to.be.above(0.99);
    expect(areaInterval95(0.5, 10, 10)).to.satisfy(([l, h]: [number, number]) => l < 0.3 && h > 0.7);
  });
});
