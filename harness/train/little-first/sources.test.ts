import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { runsOfWindows } from '../../testing/train/toys.js';
import { featureParameters } from './feature-set.js';
import { staticInputs } from './nets.js';
import { StaticExamples } from './sources.js';

describe('StaticExamples', () => {
  const set = runsOfWindows([
    { label: 4, subject: 1, windows: 3 },
    { label: 5, subject: 1, windows: 3 },
    { label: 0, subject: 1, windows: 3 },
  ]);
  const everyWindow = Uint32Array.from(set.starts.keys());
  const width = staticInputs.length;
  /** The toy's acceleration is at the end of its range from the first window on: 2 units an axis of this standard. */
  const standard = { mean: Array(width).fill(0), deviation: Array(width).fill(16_384) };
  const [standing, lying] = [2, 4];
  const examples = new StaticExamples(set, everyWindow, featureParameters(2), { shifted: false, standard });

  it('should hold the windows of postures alone, one hot', () => {
    const { inputs, targets, size } = examples.batch(Uint32Array.of(standing, lying), new Random(1), false);
    expect([examples.count, size]).to.deep.equal([6, 2]);
    expect([...targets]).to.deep.equal([0, 1, 0, 0, 0, 1]);
    for (const i of [0, 1, 2, width, width + 1, width + 2]) expect(inputs[0][i]).to.be.closeTo(2, 0.001);
  });

  it('should tilt everybody a little and roll who lies about the long axis', () => {
    const random = new Random(7);
    const rolls: number[] = [];
    for (let n = 0; n < 200; n++) {
      const [input] = examples.batch(Uint32Array.of(standing, lying), random, true).inputs;
      for (const axis of [0, 1, 2]) expect(input[axis]).to.be.within(1.7, 2.3);
      const [x, y, z] = input.subarray(width, width + 3);
      expect(x).to.be.within(1.7, 2.3);
      expect(Math.hypot(y, z)).to.be.closeTo(2 * Math.SQRT2, 0.3);
      rolls.push(Math.atan2(z, y));
    }
    for (let quarter = -2; quarter < 2; quarter++) {
      const within = rolls.filter(roll => Math.floor((2 * roll) / Math.PI) === quarter).length;
      expect(within, `quarter ${quarter}`).to.be.within(25, 75);
    }
  });
});
