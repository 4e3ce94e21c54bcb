import { expect } from 'chai';
import { falseAlarms, findStep, methodsOf, worldOf } from './study.js';

describe('the watch over synthetic series', () => {
  const [ours] = methodsOf(3.85);

  it('names steps of 1 % the same night or the next, on benches that repeat themselves well and less well', () => {
    for (const spread of [0.002, 0.003, 0.005]) {
      const { soon, histories } = findStep(ours, worldOf(spread), 0.01, 150, 3);
      /* 95 % are wanted; four standard deviations of that many histories below it. */
      expect(soon, `spread ${spread}`).to.be.at.least(0.95 - 4 * Math.sqrt((0.95 * 0.05) / histories));
    }
  });

  it('raises no alarm where no image is to blame, but asks more of a bench that repeats itself less well', () => {
    const worlds = [0.002, 0.005].map(spread => falseAlarms(ours, worldOf(spread), 20_000, 3));
    expect(worlds.map(({ alarms }) => alarms)).to.deep.equal([0, 0]);
    expect(worlds[1].suspicions).to.be.above(20 * worlds[0].suspicions);
    const noisy = falseAlarms(ours, worldOf(0.003, { noisier: 2 }), 20_000, 3);
    expect(noisy.alarms).to.equal(0);
  });
});
