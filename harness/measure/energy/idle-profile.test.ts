import { expect } from 'chai';
import { normalSource } from '../../emulator/instruments/noise.js';
import { student95 } from '../uncertainty.js';
import { idleBudget } from './baseline.js';
import { IdleProfile, settledMean } from './idle-profile.js';

const period = 1e-5;

/** A profile of noise about a power, with what the samples have in common: x = rho x' + e, as an AR(1) process. */
function noisy(watts: number, sigma: number, samples: number, seed: number, rho = 0) {
  const normal = normalSource(seed);
  const profile = new IdleProfile();
  let error = sigma * normal();
  for (let i = 0; i < samples; i += 1) {
    profile.add(watts + error, period);
    error = rho * error + Math.sqrt(1 - rho ** 2) * sigma * normal();
  }
  const settled = profile.settle();
  if (settled === undefined) throw new Error('nothing settled');
  return settled;
}

describe('settled idle', () => {
  it('should leave out what follows and precedes an edge, and tell how much that was', () => {
    const profile = new IdleProfile();
    for (let i = 0; i < 5000; i += 1) profile.add(1e-5 + 1e-2 * Math.exp(-i / 20), period);
    for (let i = 0; i < 3; i += 1) profile.add(5e-3, period);
    const settled = profile.settle();
    expect(settled?.watts).to.be.closeTo(1e-5, 1e-10);
    expect(settled?.headJoules).to.be.closeTo(1e-2 * 20.5 * period, 2e-8);
    expect(settled?.tailJoules).to.be.closeTo(3 * (5e-3 - 1e-5) * period, 1e-9);
  });

  it('should take no more of a stretch than is asked for, at the end that is', () => {
    const profile = new IdleProfile();
    for (let i = 0; i < 1000; i += 1) profile.add(1, period);
    for (let i = 0; i < 2000; i += 1) profile.add(5, period);
    expect(profile.settle({ seconds: 1000 * period, at: 'start' })?.watts).to.be.closeTo(1, 1e-9);
    expect(profile.settle({ seconds: 1000 * period, at: 'end' })?.watts).to.be.closeTo(5, 1e-9);
  });

  it('should average long samples and short ones by time, in bounded memory', () => {
    const profile = new IdleProfile();
    profile.add(1, 0.5);
    for (let i = 0; i < 1e5; i += 1) profile.add(3, 5e-6);
    const settled = profile.settle();
    expect(settled?.watts).to.be.closeTo((1 * 0.3 + 3 * 0.48) / 0.78, 2e-3);
    expect(settled?.groups).to.have.length(32);
    expect(new IdleProfile().settle()).to.equal(undefined);
  });

  it('should not be biased by noise far above the mean, and cover it at 95 %', () => {
    let covered = 0;
    let sum = 0;
    for (let seed = 1; seed <= 300; seed += 1) {
      const mean = settledMean([noisy(1e-6, 5e-5, 2000, seed), noisy(1e-6, 5e-5, 2000, 1000 + seed)]);
      if (mean === undefined) throw new Error('no mean');
      sum += mean.watts;
      if (Math.abs(mean.watts - 1e-6) <= 2 * mean.sigma) covered += 1;
    }
    expect(covered / 300).to.be.within(0.92, 0.985);
    expect(sum / 300).to.be.closeTo(1e-6, 2e-7);
  });

  for (const rho of [0.9, 0.99, 0.998])
    it(`should cover the mean of noise correlated by ${rho} from sample to sample`, () => {
      let covered = 0;
      for (let seed = 1; seed <= 200; seed += 1) {
        const mean = settledMean([
          noisy(1e-5, 1e-6, 5000, seed, rho),
          noisy(1e-5, 1e-6, 5000, 999 + seed, rho),
        ]);
        if (mean === undefined) continue;
        if (Math.abs(mean.watts - 1e-5) <= student95(mean.degrees) * mean.sigma) covered += 1;
      }
      expect(covered / 200).to.be.at.least(0.92);
    });

  it('should budget offset, drift and spread, and nothing without a stretch', () => {
    const accuracy = {
      gainRelative: 0.01,
      offsetAmps: 1e-7,
      resolutionAmps: 0,
      edgeNs: 0,
      voltageRelative: 0,
      clockRelative: 0,
      source: 'a test',
    };
    const common = { accuracy, supplyVolts: 3, noiseWatts: 0, sampleSeconds: period };
    expect(idleBudget({ ...common, before: [], after: [] })).to.equal(undefined);
    const budget = idleBudget({
      ...common,
      before: [noisy(1e-5, 1e-7, 2000, 1)],
      after: [noisy(1.2e-5, 1e-7, 2000, 2)],
    });
    const term = (name: string) =>
      budget?.terms.find(({ term: own }) => own === name)?.microwatts ?? Number.NaN;
    expect(budget?.microwatts).to.be.closeTo(11, 0.02);
    expect(term('offset')).to.be.closeTo(0.3, 1e-9);
    expect(term('gain')).to.be.closeTo(0.11, 1e-3);
    expect(term('drift')).to.be.closeTo(1 / Math.sqrt(3), 0.02);
    expect(term('repeatability')).to.be.within(1e-3, 5e-3);
  });
});
