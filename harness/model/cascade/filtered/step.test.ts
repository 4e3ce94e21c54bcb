import { expect } from 'chai';
import { Random } from '../../../data/random.js';
import { featureCount } from '../../bundle/limits.js';
import { Belief } from './belief.js';
import type { Features } from './features.js';
import { FloatStep } from './float-form.js';
import { FilteredStep, type FilterParameters, type FilterStep, type Stage } from './step.js';

/** Parameters like those of the shipped cascades. */
const parameters: FilterParameters = {
  classes: 6,
  motionThreshold: 30_000,
  drift: {
    scale: [1280, 1280, 1280, ...new Array<number>(9).fill(1775)],
    static: { bias: -4 * 65536, weights: new Array<number>(14).fill(256) },
    dynamic: { bias: -5 * 65536, weights: new Array<number>(14).fill(256) },
    floor: 328,
  },
  flipChange: 16384,
  restartChange: 16384,
  staticClasses: [3, 4, 5],
  dynamicClasses: [0, 1, 2],
  missing: 3,
  sure: 31130,
  accept: 26214,
  hasLittle: true,
  sharpenBig: true,
  reject: 0,
  settleNear: 0,
  settleFar: 0,
  cap: 0,
  capWindow: 47,
};

interface Moment {
  features: Features;
  outputs: Record<Stage, Int8Array>;
}

/** Activities of some windows each, with features that wander about a centre and networks that are mostly right. */
function life(seed: number, count: number): Moment[] {
  const random = new Random(seed);
  const moments: Moment[] = [];
  const softmax = (truth: number, strength: number): Int8Array => {
    const logits = [0, 1, 2].map(c => random.normal() + (c === truth ? strength : 0));
    const sum = logits.reduce((total, z) => total + Math.exp(z), 0);
    return Int8Array.from(logits, z => Math.min(127, Math.round((256 * Math.exp(z)) / sum) - 128));
  };
  while (moments.length < count) {
    const label = random.integer(0, 5);
    const centre = Array.from({ length: featureCount }, () => random.integer(-8000, 12_000));
    for (let left = random.integer(2, 30); left > 0 && moments.length < count; left--) {
      const values = Int16Array.from(centre, c => c + Math.round(random.normal(60)));
      const motion = label < 3 ? 100_000 : 5000;
      const outputs = { static: softmax(label - 3, 3), little: softmax(label, 2), big: softmax(label, 4) };
      moments.push({ features: { values, motion }, outputs });
    }
  }
  return moments;
}

const run = (cascade: FilteredStep | FloatStep, moment: Moment): FilterStep =>
  cascade.step(moment.features, stage => moment.outputs[stage]);

describe('FilteredStep', () => {
  it('should label as the floating-point form on all but 0.2 % of 20,000 windows, and run networks as often within 5 %', () => {
    const fixed = new FilteredStep(parameters);
    const float = new FloatStep(parameters);
    const moments = life(1, 20_000);
    const pairs = moments.map(moment => [run(fixed, moment), run(float, moment)]);
    const others = pairs.filter(([a, b]) => a.label !== b.label);
    expect(others.length / moments.length).to.be.below(0.002);
    for (const stage of ['little', 'big'] as const) {
      const [a, b] = [0, 1].map(form => pairs.filter(pair => pair[form].ran.includes(stage)).length);
      expect(a).to.be.within(0.95 * b, 1.05 * b);
    }
  });

  it('should answer unknown, the number of classes, while no class is likely enough, and change nothing else', () => {
    const moments = life(3, 2000);
    const plain = new FilteredStep(parameters);
    const rejecting = new FilteredStep({ ...parameters, reject: 26214 });
    const pairs = moments.map(moment => [run(plain, moment), run(rejecting, moment)]);
    const unknown = pairs.filter(([, { label }]) => label === parameters.classes);
    expect(unknown.length).to.be.within(20, 1000);
    for (const [a, b] of pairs) {
      expect(b.ran).to.deep.equal(a.ran);
      expect([a.label, parameters.classes]).to.include(b.label);
    }
  });

  it('should run Big only where Little does not suffice, and nothing when it is sure', () => {
    const cascade = new FilteredStep(parameters);
    const seen = life(2, 3000).map(moment => run(cascade, moment).ran.join('+'));
    const share = (ran: string): number => seen.filter(s => s === ran).length / seen.length;
    expect(share('static')).to.be.within(0.4, 0.6);
    expect(share('')).to.be.greaterThan(share('little'));
    expect(share('little')).to.be.greaterThan(0);
    expect(share('little+big')).to.be.greaterThan(0);
    expect(share('big')).to.equal(0);
  });

  it('should forget everything at a reset', () => {
    const cascade = new FilteredStep({
      ...parameters,
      cap: 2,
      capWindow: 9,
      settleNear: 300,
      settleFar: 900,
    });
    const moments = life(3, 200);
    const first = moments.map(moment => run(cascade, moment));
    cascade.reset();
    expect(moments.map(moment => run(cascade, moment))).to.deep.equal(first);
  });

  it('should run Little or Big on at most cap of capWindow windows in a row', () => {
    const moments = life(4, 4000);
    const ranOf = (cap: number): number[] => {
      const cascade = new FilteredStep({ ...parameters, sure: 32768, cap, capWindow: 7 });
      return moments.map(moment => (run(cascade, moment).ran.some(stage => stage !== 'static') ? 1 : 0));
    };
    const most = (ran: number[]): number =>
      Math.max(...ran.map((_, i) => ran.slice(i, i + 7).reduce((sum, v) => sum + v, 0)));
    expect(most(ranOf(0))).to.equal(7);
    expect(most(ranOf(3))).to.equal(3);
  });

  it('should wait until the movement has settled', () => {
    const { outputs } = life(5, 1)[0];
    const at = (level: number): Moment => ({
      features: { values: new Int16Array(featureCount).fill(level), motion: 100_000 },
      outputs,
    });
    const cascade = new FilteredStep({ ...parameters, sure: 32768, settleNear: 256, settleFar: 256 });
    const ran = [0, 0, 8000, -8000, -8000, -8000].map(level => run(cascade, at(level)).ran.length > 0);
    expect(ran).to.deep.equal([true, true, false, false, true, true]);
  });
});

describe('Belief', () => {
  it('should stay within 0.015, 0.0005 in the mean, of the floating-point form over 100,000 steps when a change is never less likely than 0.01', () => {
    const random = new Random(6);
    const belief = new Belief(6);
    let exact = new Array<number>(6).fill(1 / 6);
    let worst = 0;
    let total = 0;
    for (let n = 0; n < 100_000; n++) {
      const change = Math.round(32768 * (random.uniform() < 0.9 ? 0.01 : 0.01 + 0.99 * random.uniform()));
      const likelihoods = Array.from({ length: 6 }, () =>
        random.uniform() < 0.3 ? 3 : 64 * (2 * random.integer(0, 255) + 1),
      );
      belief.predict(change);
      belief.update(likelihoods);
      const c = change / 32768;
      const products = exact.map((p, i) => ((1 - c) * p + (c * (1 - p)) / 5) * likelihoods[i]);
      const sum = products.reduce((total, v) => total + v, 0);
      exact = products.map(v => v / sum);
      const differences = exact.map((p, i) => Math.abs(belief.p[i] / 65536 - p));
      worst = Math.max(worst, ...differences);
      total += differences.reduce((a, b) => a + b, 0) / 6;
    }
    expect(worst).to.be.within(1e-5, 0.015);
    expect(total / 100_000).to.be.below(0.0005);
  });
});
