import { expect } from 'chai';
import { earlyThreshold, suspectEarly } from './early.js';
import { normalQuantile, normalTail } from './student.js';
import { knownOf } from './suspect.js';

const fleet = 3.85;
/** Nights of a known spread about 0. */
const calm = (spread: number, n = 60) =>
  Array.from({ length: n }, (_, i) => (i % 2 === 0 ? spread : -spread));
const look = (level: readonly number[], from = 0, wanted?: number) =>
  suspectEarly(level, knownOf([]), { fleet, from, wanted });

describe('an early suspicion', () => {
  it('has the threshold that the wanted step passes in two nights, where the fleet has not and nights can tell', () => {
    expect(earlyThreshold(0.002, 60, fleet)).to.equal(undefined);
    expect(earlyThreshold(0.008, 60, fleet)).to.equal(undefined);
    expect(earlyThreshold(0.005, 60, fleet, 0)).to.equal(undefined);
    const [fine, coarse] = [0.003, 0.0035].map(spread => earlyThreshold(spread, 60, fleet)!);
    expect(fine).to.be.below(fleet).and.above(coarse);
    /* Two nights of 1 % pass it in 97 of 100 cases. */
    const deviate = Math.log1p(0.01) / (0.003 * Math.sqrt(1 / 2 + 1 / 60));
    expect(normalTail(deviate - fine)).to.be.closeTo(0.03, 0.005);
  });

  it('is of the newest night or the newest two, upwards only, and not before what was cleared', () => {
    const level = calm(0.004);
    expect(look(level)).to.equal(undefined);
    const one = look([...level, 0.01])!;
    expect([one.step.at, one.after, one.before]).to.deep.equal([60, 60, 56]);
    expect(look([...level, -0.01])).to.equal(undefined);
    const two = look([...level, 0.007, 0.0075])!;
    expect(two.step.at).to.equal(60);
    expect(two.step.size).to.be.closeTo(0.00725, 1e-4);
    expect(look([...level, 0.009, 0.0075])!.step.at).to.equal(60);
    expect(look([...level, 0.009, 0.0075], 61)!.step.at).to.equal(61);
    expect(look([...level, 0.009, 0.0075], 62)).to.equal(undefined);
    expect(look([...level, 0.01], 0, 0)).to.equal(undefined);
  });

  it('is not made of too few nights, of exact ones, or of those of a bench that hardly repeats itself', () => {
    expect(look([...calm(0.004, 5), 0.01])).to.equal(undefined);
    expect(look([...calm(0.004, 6), 0.012])).to.not.equal(undefined);
    expect(look([...calm(0, 60), 0.01])).to.equal(undefined);
    expect(look([...calm(0.012), 0.03])).to.equal(undefined);
  });

  it('lets chance confirm it the less the oftener it is made', () => {
    for (const spread of [0.003, 0.0035, 0.004, 0.005]) {
      const { threshold, riskOfAlarm } = look([...calm(spread), 0.02])!;
      /* Both of its tests pass by chance as often as this, and half of the risk is on the side of more. */
      expect(2 * normalTail(threshold) * (riskOfAlarm / 2)).to.be.at.most(0.5e-5 * 1.000001);
    }
  });
});

it('the tail of the normal distribution is the inverse of its quantile', () => {
  for (const p of [0.4, 0.1587, 0.05, 1e-3, 1e-5])
    expect(normalTail(-normalQuantile(p)) / p).to.be.closeTo(1, 0.01);
});
