import { expect } from 'chai';
import {
  combineTerms,
  savingSpread95,
  savingUncertainty,
  student95,
  type UncertaintyTerm,
} from './uncertainty.js';

const term = (name: string, microjoules: number, kind: 'A' | 'B' = 'B'): UncertaintyTerm => ({
  term: name,
  microjoules,
  kind,
  source: 'test',
});

/** Deterministic normal numbers: mulberry32 and Box-Muller. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('uncertainty', () => {
  it("should give Student's quantiles of the tables", () => {
    for (const [degrees, value] of [
      [1, 12.706],
      [4, 2.776],
      [5, 2.571],
      [10, 2.228],
      [30, 2.042],
      [1000, 1.962],
    ]) {
      expect(student95(degrees)).to.be.closeTo(value, 0.01);
    }
    expect(student95(Number.POSITIVE_INFINITY)).to.be.closeTo(1.96, 1e-4);
  });

  it('should combine by root sum of squares with Welch-Satterthwaite degrees', () => {
    const both = combineTerms([term('gain', 3), term('repeatability', 4, 'A')], 6);
    expect(both.u).to.equal(5);
    expect(both.degrees).to.be.closeTo(625 / (256 / 5), 1e-9);
    expect(both.u95).to.be.closeTo(5 * student95(625 / 51.2), 1e-9);
    expect(combineTerms([], 6)).to.deep.include({ u: 0, u95: 0 });
  });

  it('should cancel shared relative errors, and a shared offset at equal power, in a saving', () => {
    const baseline = {
      meanMicrojoules: 100,
      meanSeconds: 1e-3,
      windows: 100,
      terms: [term('gain', 5), term('voltage', 2), term('offset', 1)],
    };
    const candidate = {
      meanMicrojoules: 20,
      meanSeconds: 0.2e-3,
      windows: 100,
      terms: [term('gain', 1), term('voltage', 0.4), term('offset', 0.2)],
    };
    const saving = savingUncertainty(candidate, baseline);
    expect(saving.saving).to.be.closeTo(0.8, 1e-12);
    expect(saving.u).to.be.closeTo(0, 1e-12);
  });

  it('should cover a simulated saving in 95 of 100 cases', () => {
    const normal = normals(7);
    const truth = { candidate: 20, baseline: 100, candidateSeconds: 0.3e-3, baselineSeconds: 1e-3 };
    const gain = 0.05;
    const offsetMicrowatts = 2000;
    const own = { candidate: 0.3, baseline: 0.8 };
    let covered = 0;
    const cases = 2000;
    for (let i = 0; i < cases; i += 1) {
      const g = 1 + gain * normal();
      const o = offsetMicrowatts * normal();
      const measure = (micro: number, seconds: number, u: number) => ({
        meanMicrojoules: g * micro + o * seconds + u * normal(),
        meanSeconds: seconds,
        windows: 100,
        terms: [
          term('gain', gain * micro),
          term('offset', offsetMicrowatts * seconds),
          term('edge timing', u),
        ],
      });
      const saving = savingUncertainty(
        measure(truth.candidate, truth.candidateSeconds, own.candidate),
        measure(truth.baseline, truth.baselineSeconds, own.baseline),
      );
      if (Math.abs(saving.saving - 0.8) <= saving.u95) covered += 1;
    }
    expect(covered / cases).to.be.within(0.935, 0.965);
  });

  it('should see no spread when every window saves the same share', () => {
    const baseline = [100, 110, 90, 105, 95, 100];
    expect(
      savingSpread95(
        baseline.map(value => 0.2 * value),
        baseline,
      ),
    ).to.be.closeTo(0, 1e-12);
    expect(savingSpread95([20, 100, 20, 20, 20, 20], Array(6).fill(100))).to.be.closeTo(
      student95(5) * Math.sqrt((80 ** 2 * (5 / 6)) / 30) * 0.01,
      1e-9,
    );
  });
});
