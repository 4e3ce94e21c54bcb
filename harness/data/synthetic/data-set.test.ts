import { expect } from 'chai';
import { listDataSets, loadWindows } from '../load.js';
import { Random } from '../random.js';
import { activityNames, type WindowSet } from '../types.js';
import { synthesizeWearer } from './data-set.js';

/** Mean of a channel over a window. */
function mean(set: WindowSet, w: number, channel: number): number {
  let sum = 0;
  for (let t = 0; t < 128; t++) sum += set.samples[(set.starts[w] + t) * 9 + channel];
  return sum / 128;
}

/** Standard deviation of a channel over a window. */
function spread(set: WindowSet, w: number, channel: number): number {
  const centre = mean(set, w, channel);
  let sum = 0;
  for (let t = 0; t < 128; t++) sum += (set.samples[(set.starts[w] + t) * 9 + channel] - centre) ** 2;
  return Math.sqrt(sum / 128);
}

/** Median over the windows of an activity. */
function medianOf(set: WindowSet, activity: number, value: (w: number) => number): number {
  const values = Array.from(set.labels.keys())
    .filter(w => set.labels[w] === activity)
    .map(value)
    .sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

describe('Synthetic wearer', () => {
  const set = synthesizeWearer({ split: 'test', order: 'chronological', windows: 1200 });

  it('is the same for the same seed, another for another seed or split', () => {
    const make = (split: 'train' | 'test', seed: number): string =>
      synthesizeWearer({ split, order: 'published', windows: 40, seed }).sha256;
    expect(make('test', 1)).to.equal(make('test', 1));
    expect(new Set([make('test', 1), make('test', 2), make('train', 1)])).to.have.property('size', 3);
  });

  it('begins alike however many windows are asked for', () => {
    for (const windows of [1, 41, 300]) {
      const few = synthesizeWearer({ split: 'test', order: 'chronological', windows });
      expect(few.starts).to.deep.equal(set.starts.slice(0, windows));
      const rows = few.starts[windows - 1] + 128;
      expect(few.samples.subarray(0, rows * 9)).to.deep.equal(set.samples.subarray(0, rows * 9));
    }
  });

  it('has runs of 6 to 40 windows of every activity and a reset for each person', () => {
    expect(set.starts).to.have.lengthOf(1200);
    expect(new Set(set.labels)).to.have.property('size', activityNames.length);
    const changes = Array.from(set.labels.keys()).filter(
      w => w === 0 || set.labels[w] !== set.labels[w - 1] || set.resets.includes(w),
    );
    const runs = changes.slice(1).map((w, i) => w - changes[i]);
    expect(Math.min(...runs)).to.be.at.least(6);
    expect(Math.max(...runs)).to.be.at.most(80);
    expect([...set.resets]).to.deep.equal(
      Array.from(set.subjects.keys()).filter(w => w === 0 || set.subjects[w] !== set.subjects[w - 1]),
    );
  });

  it('overlaps windows by half within a run', () => {
    const steps = Array.from(set.starts.keys())
      .slice(1)
      .filter(w => set.labels[w] === set.labels[w - 1] && set.starts[w] - set.starts[w - 1] === 64);
    expect(steps.length).to.be.greaterThan(1000);
  });

  it('shows gravity as a phone at the waist does', () => {
    for (const activity of [0, 1, 2, 3, 4]) {
      expect(medianOf(set, activity, w => mean(set, w, 6))).to.be.within(0.85, 1.05);
    }
    expect(medianOf(set, 5, w => mean(set, w, 6))).to.be.within(-0.2, 0.3);
    expect(medianOf(set, 5, w => Math.hypot(mean(set, w, 7), mean(set, w, 8)))).to.be.within(0.9, 1.1);
  });

  it('moves as the training people of UCI HAR do', () => {
    const published = [0.22, 0.249, 0.371, 0.0035, 0.0033, 0.007];
    published.forEach((value, activity) => {
      expect(medianOf(set, activity, w => spread(set, w, 0))).to.be.within(value * 0.6, value * 1.6);
    });
    const jitter = (activity: number): number => medianOf(set, activity, w => spread(set, w, 3));
    expect(jitter(4)).to.be.greaterThan(2 * jitter(3));
    expect(jitter(0)).to.be.greaterThan(10 * jitter(4));
  });

  it('needs no file and warns that nobody wore it', async () => {
    const loaded = await loadWindows({ data: 'synthetic', split: 'test', order: 'published', limit: 10 });
    expect(loaded.starts).to.have.lengthOf(10);
    expect([...loaded.resets]).to.deep.equal([0]);
    expect(loaded.caution).to.match(/synthetic/i);
    const entries = await listDataSets('/nonexistent');
    expect(entries.map(({ name, available }) => [name, available])).to.deep.equal([
      ['uci-har', false],
      ['hapt', false],
      ['synthetic', true],
    ]);
  });
});

describe('Seeded random numbers', () => {
  it('are uniform, normal, and bounded', () => {
    const random = new Random(7);
    const uniform = Array.from({ length: 20000 }, () => random.uniform());
    expect(uniform.reduce((a, b) => a + b) / 20000).to.be.closeTo(0.5, 0.01);
    expect(uniform.every(value => value >= 0 && value < 1)).to.equal(true);
    const normal = Array.from({ length: 20000 }, () => random.normal(2));
    expect(normal.reduce((a, b) => a + b) / 20000).to.be.closeTo(0, 0.06);
    expect(normal.reduce((a, b) => a + b * b) / 20000).to.be.closeTo(4, 0.2);
    const whole = new Set(Array.from({ length: 500 }, () => random.integer(3, 6)));
    expect([...whole].sort()).to.deep.equal([3, 4, 5, 6]);
    expect(random.shuffle([1, 2, 3, 4]).sort()).to.deep.equal([1, 2, 3, 4]);
  });
});
