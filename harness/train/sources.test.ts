import { expect } from 'chai';
import { Random } from '../data/random.js';
import { runsOfWindows } from '../testing/train/toys.js';
import { s3 } from './paper/nets.js';
import { balancedPairs, consecutivePairs, pairSource } from './paper/pair-source.js';
import { subjectFolds, windowsOf } from './people.js';
import {
  drawWindow,
  noAugmentation,
  randomRotation,
  shiftRanges,
  tableDeviate,
  windowSource,
} from './windows-source.js';

const set = runsOfWindows([
  { label: 0, subject: 1, windows: 3 },
  { label: 4, subject: 1, windows: 1 },
  { label: 4, subject: 2, windows: 4 },
  { label: 1, subject: 2, windows: 2 },
]);

describe('windows as training examples', () => {
  it('should find the block in which a window may be moved', () => {
    const { first, last } = shiftRanges(set);
    expect([...first]).to.deep.equal([0, 0, 0, 256, 384, 384, 384, 384, 704, 704]);
    expect([...last]).to.deep.equal([128, 128, 128, 256, 576, 576, 576, 576, 768, 768]);
  });

  it('should never draw a moved window from beyond its block', () => {
    const ranges = shiftRanges(set);
    const random = new Random(3);
    const out = new Float64Array(128 * 9);
    const seen = new Set<number>();
    for (let i = 0; i < 400; i++) {
      const w = i % set.starts.length;
      const range = { first: ranges.first[w], last: ranges.last[w] };
      drawWindow(set.samples, set.starts[w], range, { ...noAugmentation, shiftSamples: 32 }, random, out);
      expect(out[0]).to.be.within(range.first, range.last);
      expect(out[0]).to.be.within(set.starts[w] - 32, set.starts[w] + 32);
      expect(out[127 * 9]).to.equal(out[0] + 127);
      seen.add(out[0] - set.starts[w]);
    }
    expect(seen.size).to.be.greaterThan(20);
  });

  it('should rotate without changing lengths and angles', () => {
    const m = randomRotation(new Random(1), 0.7);
    const dot = (a: number, b: number): number =>
      [0, 1, 2].reduce((s, i) => s + m[3 * a + i] * m[3 * b + i], 0);
    for (let a = 0; a < 3; a++)
      for (let b = 0; b < 3; b++) expect(dot(a, b)).to.be.closeTo(a === b ? 1 : 0, 1e-12);
    expect(m[0] + m[4] + m[8]).to.be.closeTo(1 + 2 * Math.cos(0.7), 1e-12);
  });

  it('should keep gravity when the body part of acceleration is scaled', () => {
    const out = new Float64Array(128 * 9);
    drawWindow(set.samples, 0, { first: 0, last: 0 }, { ...noAugmentation, gainSd: 0.3 }, new Random(2), out);
    expect(out[9]).to.not.be.closeTo(set.samples[9], 1e-3);
    expect(out[9 + 6] - out[9]).to.be.closeTo(set.samples[9 + 6] - set.samples[9], 1e-9);
  });

  it('should give the recorded values, in the order of the channels, when nothing is varied', () => {
    const source = windowSource(set, {
      windows: Uint32Array.of(4, 9),
      branches: [[6, 7], [3]],
      encode: value => value,
      augmentation: { ...noAugmentation, shiftSamples: 32, rotationDegrees: 25 },
      classes: 6,
      classOf: w => set.labels[w],
      smoothing: 0.12,
    });
    const { inputs, targets, size } = source.batch(Uint32Array.of(1), new Random(1), false);
    expect([source.count, size, inputs[0].length, inputs[1].length]).to.deep.equal([2, 1, 256, 128]);
    expect(inputs[0][2]).to.be.closeTo(769.06, 1e-3);
    expect(inputs[0][3]).to.be.closeTo(769.07, 1e-3);
    expect(inputs[1][127]).to.be.closeTo(895.03, 1e-3);
    [0.02, 0.9, 0.02, 0.02, 0.02, 0.02].forEach((t, c) => {
      expect(targets[c]).to.be.closeTo(t, 1e-6);
    });
  });
});

describe('pairs of windows as training examples', () => {
  it('should pair consecutive windows of one person', () => {
    expect(consecutivePairs(set, Uint32Array.from(set.starts.keys()))).to.deep.equal([
      { previous: 0, current: 1, same: 1 },
      { previous: 1, current: 2, same: 1 },
      { previous: 2, current: 3, same: 0 },
      { previous: 4, current: 5, same: 1 },
      { previous: 5, current: 6, same: 1 },
      { previous: 6, current: 7, same: 1 },
      { previous: 7, current: 8, same: 0 },
      { previous: 8, current: 9, same: 1 },
    ]);
  });

  it('should add a changed pair of the same person to each', () => {
    const pairs = balancedPairs(set, Uint32Array.from(set.starts.keys()), new Random(1));
    expect(pairs).to.have.length(16);
    for (let i = 1; i < pairs.length; i += 2) {
      const { previous, current, same } = pairs[i];
      expect(same).to.equal(0);
      expect(set.subjects[previous]).to.equal(set.subjects[current]);
      expect(set.labels[previous]).to.not.equal(set.labels[current]);
    }
  });

  it('should lay previous and current window side by side, value by value', () => {
    const source = pairSource(set, [{ previous: 4, current: 8, same: 0 }], v => v, noAugmentation);
    const { inputs, targets } = source.batch(Uint32Array.of(0), new Random(1), true);
    expect(inputs[0]).to.have.length(768);
    [384.06, 704.06, 384.07, 704.07, 384.08, 704.08, 385.06].forEach((v, i) => {
      expect(inputs[0][i]).to.be.closeTo(v, 1e-3);
    });
    expect(s3).to.deep.equal([6, 7, 8]);
    expect([...targets]).to.deep.equal([1, 0]);
  });
});

describe('folds', () => {
  it('should hold every person out once and never train on who is held out', () => {
    const many = runsOfWindows([5, 3, 9, 1, 7].map(subject => ({ label: 0, subject, windows: 2 })));
    const folds = subjectFolds(many, 3);
    expect(folds.flatMap(({ heldOut }) => [...heldOut]).sort()).to.deep.equal([1, 3, 5, 7, 9]);
    for (const { train, heldOut } of folds) {
      expect(windowsOf(many, train).length + windowsOf(many, heldOut).length).to.equal(10);
      for (const person of heldOut) expect(train.has(person)).to.equal(false);
    }
  });
});

describe('noise from a table', () => {
  it('should have the moments of normal deviates', () => {
    const [first, second] = [tableDeviate(), tableDeviate()];
    const [a, b] = [new Random(4), new Random(4)];
    const drawn = Array.from({ length: 20_000 }, () => first(a));
    expect(drawn.slice(0, 50)).to.deep.equal(Array.from({ length: 50 }, () => second(b)));
    const moment = (power: number): number => drawn.reduce((sum, v) => sum + v ** power, 0) / drawn.length;
    expect(moment(1)).to.be.closeTo(0, 0.03);
    expect(moment(2)).to.be.closeTo(1, 0.05);
    expect(moment(4)).to.be.closeTo(3, 0.4);
  });
});
