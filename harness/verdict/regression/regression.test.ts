import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { searchFirstBad, type Tried } from './bisect.js';
import { type ConfirmOptions, confirm, confirmBy, type Round } from './confirm.js';
import { largestStep, repeatabilityOf, unknownRepeatability } from './step.js';
import { normalOf, normalQuantile, studentQuantile } from './student.js';
import { knownOf, suspect } from './suspect.js';
import { simulatedRates, thresholdOf, thresholdOfRate } from './threshold.js';
import { twinVerdict } from './twin.js';

describe('quantiles', () => {
  it('are those of the tables', () => {
    for (const [p, z] of [
      [0.975, 1.95996],
      [0.999, 3.09023],
      [0.0001, -3.71902],
      [0.5, 0],
    ])
      expect(normalQuantile(p)).to.be.closeTo(z, 1e-4);
    for (const [p, degrees, t] of [
      [0.05, 20, 2.086],
      [0.01, 5, 4.032],
      [0.001, 10, 4.587],
      [0.001, 30, 3.646],
    ]) {
      expect(studentQuantile(p, degrees) / t).to.be.closeTo(1, 0.01);
      expect(normalOf(studentQuantile(p, degrees), degrees)).to.be.closeTo(-normalQuantile(p / 2), 1e-9);
    }
  });
});

describe('a step in a series', () => {
  const noise = (seed: number, n: number, spread = 0.002) => {
    const random = new Random(seed);
    return Array.from({ length: n }, () => random.normal(spread));
  };

  /** The definition, place by place. */
  const plain = (points: readonly number[]) => {
    const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;
    const squares = (of: readonly number[]) => of.reduce((sum, x) => sum + (x - mean(of)) ** 2, 0);
    let best = { at: 0, t: 0 };
    for (let at = 5; at < points.length; at++) {
      const [a, b] = [points.slice(0, at), points.slice(at)];
      const s = Math.sqrt((squares(a) + squares(b)) / (points.length - 2));
      const t = (mean(b) - mean(a)) / (s * Math.sqrt(1 / a.length + 1 / b.length));
      if (Math.abs(t) > Math.abs(best.t)) best = { at, t };
    }
    return { at: best.at, deviate: normalOf(best.t, points.length - 2) };
  };

  it('is the largest t of all places', () => {
    for (let seed = 0; seed < 30; seed++) {
      const points = noise(seed, 12 + seed).map((x, i) => (i > 8 ? x + 0.003 : x));
      const [found, asDefined] = [largestStep(points)!, plain(points)];
      expect(found.at).to.equal(asDefined.at);
      expect(found.deviate).to.be.closeTo(asDefined.deviate, 1e-6);
    }
  });

  it('is looked for in the newest 90 points, and not in equal or few ones', () => {
    const points = [...noise(1, 200), ...noise(2, 3).map(x => x + 0.02)];
    expect(largestStep(points)!.at).to.equal(200);
    expect(largestStep(points)!.size).to.be.closeTo(0.02, 0.003);
    expect(largestStep([...Array(30).fill(1), ...noise(3, 90).map(() => 2)])).to.equal(undefined);
    expect(largestStep(Array(20).fill(Math.log(3.3)))).to.equal(undefined);
    expect(largestStep([1, 2, 3, 4, 5])).to.equal(undefined);
  });

  it('is judged by the larger of floor and spread, with what earlier levels have shown', () => {
    const [level] = [noise(4, 6, 0.0001)];
    const known = repeatabilityOf([noise(5, 40), noise(6, 40).map(x => x + 1)], 0);
    expect(known.degrees).to.equal(78);
    expect(Math.sqrt(known.squares / known.degrees)).to.be.closeTo(0.002, 0.0004);
    expect(Math.abs(largestStep(level, known)!.deviate)).to.be.below(1);
    const floor = { ...unknownRepeatability, floor: 0.01 };
    expect(largestStep(level, floor)!.spread).to.equal(0.01);
  });

  it('of 1 % is suspected with its first point, one of 0.1 % never', () => {
    const points = noise(7, 40);
    const threshold = thresholdOf(100, 52);
    expect(suspect(points, knownOf([]), threshold)).to.equal(undefined);
    const found = suspect([...points, points[39] + 0.012], knownOf([]), threshold)!;
    expect(found.step.at).to.equal(40);
    expect([found.before, found.after]).to.deep.equal([36, 40]);
    expect(found.leastEffect).to.equal(0.005);
    const small = noise(8, 80, 0.0002).map((x, i) => (i < 40 ? x : x + 0.001));
    expect(largestStep(small, knownOf([]))!.deviate).to.be.above(threshold);
    expect(suspect(small, knownOf([]), threshold)).to.equal(undefined);
  });

  it('has a threshold that grows with the fleet', () => {
    for (const [threshold, rate] of simulatedRates) expect(thresholdOfRate(rate)).to.equal(threshold);
    expect(thresholdOf(1000, 52)).to.be.above(thresholdOf(100, 52));
    expect(thresholdOf(1, 52)).to.equal(thresholdOfRate(1e-3));
    expect(thresholdOf(1e9, 52)).to.equal(simulatedRates.at(-1)![0]);
    const rates = simulatedRates.map(([, rate]) => rate);
    expect(rates).to.deep.equal([...rates].sort((a, b) => b - a));
  });
});

describe('A B B A', () => {
  const options: ConfirmOptions = { leastEffect: 0.005, spread: 0.002, degrees: 20, rounds: 4 };
  const round = (effect: number, drift = 0): Round => [0, effect + drift, effect + 2 * drift, 3 * drift];

  it('has three answers, and improvements', () => {
    expect(confirm([round(0.02)], options).verdict).to.equal('regressed');
    expect(confirm([round(-0.02)], options).verdict).to.equal('improved');
    expect(confirm([round(0.004)], options).verdict).to.equal('cannot tell');
    expect(confirm(Array(4).fill(round(0)), options).verdict).to.equal('not regressed');
    expect(confirm(Array(4).fill(round(0.0045)), options).verdict).to.not.equal('not regressed');
  });

  it('is free of a drift within the night', () => {
    const told = confirm([round(0.02, 0.005)], options);
    expect(told.effect).to.be.closeTo(0.02, 1e-12);
    expect(told.spread).to.be.below(0.002);
  });

  it('calls what is surely small not regressed, even where it is surely not zero', () => {
    const sharp = { ...options, spread: 0.0003 };
    const told = confirm(Array(4).fill(round(0.002)), sharp);
    expect(told.half).to.be.below(0.002);
    expect(told.verdict).to.equal('not regressed');
  });

  it('ends at the first answer or with the last round', async () => {
    let asked = 0;
    const by = (effect: number) =>
      confirmBy(async () => {
        asked++;
        return round(effect);
      }, options);
    expect((await by(0.05)).verdict).to.equal('regressed');
    expect(asked).to.equal(1);
    asked = 0;
    const noisy = await confirmBy(async n => round(n % 2 === 0 ? 0.008 : -0.008), {
      ...options,
      leastEffect: 0.003,
    });
    expect([noisy.verdict, noisy.rounds]).to.deep.equal(['cannot tell', 4]);
  });

  it('is wrong about equal images no more often than said', () => {
    const random = new Random(17);
    const draw = () => random.normal(0.002);
    const count = 20_000;
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const rounds: Round[] = [];
      let verdict = 'cannot tell';
      while (verdict === 'cannot tell' && rounds.length < 4) {
        rounds.push([draw(), draw(), draw(), draw()]);
        verdict = confirm(rounds, options).verdict;
      }
      if (verdict === 'regressed' || verdict === 'improved') wrong++;
    }
    /* A thousandth is allowed: 20, and four standard deviations of that. */
    expect(wrong).to.be.at.most(38);
  });
});

describe('the twin', () => {
  const side = (image: string, cycles: number | null) => ({ image, cycles });
  it('tells image from bench', () => {
    expect(twinVerdict(side('a', 100), side('a', 100), 0.02)).to.equal('bench');
    expect(twinVerdict(side('a', 1000), side('b', 1020), 0.02)).to.equal('image');
    expect(twinVerdict(side('a', 1000), side('b', 1000), 0.02)).to.equal('not in cycles');
    expect(twinVerdict(side('a', 1000), side('b', 990), 0.02)).to.equal('image and more');
    expect(twinVerdict(side('a', null), side('b', 990), 0.02)).to.equal('unknown');
  });
});

describe('the first bad image', () => {
  const search = (count: number, firstBad: number, untold: readonly number[] = []) => {
    const tried: Tried[] = [];
    for (;;) {
      const found = searchFirstBad(count, tried);
      if (found.next === undefined) return { ...found, runs: tried.length };
      const at = found.next;
      const told = at >= firstBad ? 'regressed' : 'not regressed';
      tried.push({ at, verdict: untold.includes(at) ? 'cannot tell' : told });
    }
  };

  it('is found by halves, wherever it is', () => {
    for (let count = 2; count < 40; count++)
      for (let bad = 1; bad < count; bad++) {
        const found = search(count, bad);
        expect([found.good, found.bad]).to.deep.equal([bad - 1, bad]);
        expect(found.runs).to.be.at.most(Math.ceil(Math.log2(count)));
      }
  });

  it('is a range where images between cannot be told', () => {
    const found = search(17, 9, [8]);
    expect([found.good, found.bad, found.untold]).to.deep.equal([7, 9, [8]]);
  });
});
