import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { DriftGate } from '../../model/cascade/filtered/drift.js';
import type { Features } from '../../model/cascade/filtered/features.js';
import { runsOfWindows } from '../../testing/train/toys.js';
import { distanceScales, fitLogistic, solvePositive, trainDrift } from './drift-training.js';

describe('solvePositive', () => {
  it('should solve a positive definite system', () => {
    const random = new Random(4);
    const m = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => random.normal()));
    const a = m.map((row, i) =>
      m.map((other, j) => row.reduce((s, v, k) => s + v * other[k], 0) + (i === j ? 0.1 : 0)),
    );
    const x = [1, -2, 3, 0, 0.5, -1];
    const b = a.map(row => row.reduce((s, v, i) => s + v * x[i], 0));
    solvePositive(a, b).forEach((v, i) => {
      expect(v).to.be.closeTo(x[i], 1e-8);
    });
  });
});

describe('fitLogistic', () => {
  it('should find which distance matters', () => {
    const random = new Random(2);
    const list = Array.from({ length: 600 }, () => {
      const d = Array.from({ length: 14 }, () => random.uniform() * 4);
      return { d, changed: (d[12] + random.normal(0.5) > 2 ? 1 : 0) as 0 | 1 };
    });
    const w = fitLogistic(list);
    expect(w).to.have.length(15);
    expect(w[12]).to.be.greaterThan(1);
    for (let i = 0; i < 12; i++) expect(Math.abs(w[i])).to.be.lessThan(0.25 * w[12]);
    expect(w[14] + 2 * w[12]).to.be.closeTo(
      w.slice(0, 14).reduce((s, v, i) => (i === 12 ? s : s - 2 * v), 0),
      0.6,
    );
  });
});

describe('trainDrift', () => {
  const set = runsOfWindows(
    [1, 2].flatMap(subject => [0, 1, 2, 3, 4, 5].map(label => ({ label, subject, windows: 12 }))),
  );
  /** Each activity holds the sensor its own way, a little differently from window to window. */
  const random = new Random(8);
  const features: Features[] = Array.from(set.labels, label => ({
    values: Int16Array.from({ length: 12 }, (_, i) =>
      Math.round(
        (i < 3 ? 3000 * Math.cos(label + i) : 9000 + 700 * Math.sin(label * 2 + i)) + random.normal(40),
      ),
    ),
    motion: 0,
  }));
  const everyone = Uint32Array.from(set.labels.keys());

  it('should tell a change from a window of the same activity', () => {
    const parameters = trainDrift(set, features, everyone, 0.005, 1);
    expect(parameters.floor).to.equal(164);
    expect(parameters.scale).to.deep.equal(distanceScales);
    for (const kind of ['static', 'dynamic'] as const) {
      const { bias, weights } = parameters[kind];
      expect(weights).to.have.length(14);
      const of = kind === 'static' ? [3, 4, 5] : [0, 1, 2];
      const score = (from: number, to: number): number => {
        const gate = new DriftGate(parameters);
        gate.follow(features[from].values, true);
        return [...gate.distances(features[to].values)].reduce((s, d, i) => s + weights[i] * d, bias);
      };
      const windowOf = (label: number, n: number): number => set.labels.indexOf(label) + n;
      for (const label of of) {
        expect(score(windowOf(label, 1), windowOf(label, 5))).to.be.lessThan(0);
        for (const other of of)
          if (other !== label) expect(score(windowOf(label, 1), windowOf(other, 5))).to.be.greaterThan(0);
      }
    }
  });

  it('should be the same for a seed', () => {
    const train = (): unknown => trainDrift(set, features, everyone, 0.005, 3);
    expect(train()).to.deep.equal(train());
  });
});
