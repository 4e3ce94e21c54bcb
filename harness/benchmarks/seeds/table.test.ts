import { expect } from 'chai';
import { sealWindowSet } from '../../data/window-set.js';
import type { Judged } from './judge.js';
import { joinSets, windowsOfPeople } from './people.js';
import { medianSeed, peopleTable, rowsOf, seedsTable } from './table.js';
import { folderOf, type Result, tasksOf } from './tasks.js';

const judged = (correct: number, scored: number, macs: number): Judged => ({
  windows: scored + 10,
  scored,
  correct,
  macs: macs * (scored + 10),
  bigRuns: 0,
  people: { 4: { scored, correct } },
  confusion: [],
});
const result = (seed: number, part: number, of: Judged): Result => ({
  mode: 'folds',
  bundle: 'b',
  seed,
  part,
  recipe: '',
  trainingSeconds: 1,
  judged: { published: of },
});

describe('the table of seeds', () => {
  const results = [
    result(1, 0, judged(90, 100, 1000)),
    result(1, 1, judged(300, 300, 3000)),
    result(2, 0, judged(80, 100, 1000)),
    result(2, 1, judged(280, 300, 1000)),
    result(3, 0, judged(100, 100, 1000)),
  ];

  it('should pool the parts of a seed by window and leave out seeds that are not whole', () => {
    const [row] = rowsOf(results, 2);
    expect(row.seeds.map(s => [s.seed, s.accuracy])).to.deep.equal([
      [1, 97.5],
      [2, 90],
    ]);
    expect(row.mean).to.equal(93.75);
    expect(row.deviation).to.be.closeTo(7.5 / Math.SQRT2, 1e-9);
    expect(row.seeds[0].macs).to.be.closeTo((1000 * 110 + 3000 * 310) / 420, 1e-9);
    expect(seedsTable([row])).to.include('| 1: 97.50, 2: 90.00 | 93.75 ± 5.30 |');
  });

  it('should name people with their worst seed', () => {
    expect(peopleTable(results.slice(0, 1).concat(results[2]), 'b', 'published')).to.include(
      '| 4 | 85.0 | 80.0 | 90.0 |',
    );
  });

  it('should ship the lower of the two seeds in the middle, equals by their number', () => {
    const seeds = [97, 95, 96, 96].map((accuracy, i) => ({ seed: i + 1, accuracy, macs: 0 }));
    expect(medianSeed(seeds)).to.equal(3);
    expect(medianSeed(seeds.slice(0, 3))).to.equal(3);
  });

  it('should give every task a folder of its own', () => {
    const all = (['folds', 'test', 'people'] as const).flatMap(mode => tasksOf(mode, ['a', 'b'], [1, 2]));
    expect(all).to.have.length(4 * (3 + 1 + 30));
    expect(new Set(all.map(folderOf)).size).to.equal(all.length);
  });
});

describe('windows of some people', () => {
  const set = sealWindowSet({
    name: 'x',
    split: 'train',
    order: 'chronological',
    samples: Float32Array.from({ length: 9 * 640 }, (_, i) => i),
    starts: Uint32Array.of(0, 64, 128, 192, 256, 320),
    labels: Uint8Array.of(0, 1, 2, 3, 4, 255),
    subjects: Uint8Array.of(1, 1, 2, 2, 3, 3),
    resets: Uint32Array.of(0, 2, 4),
  });

  it('should keep their order and forget where their experiments began', () => {
    const some = windowsOfPeople(set, new Set([1, 3]));
    expect([...some.starts]).to.deep.equal([0, 64, 256, 320]);
    expect([...some.labels]).to.deep.equal([0, 1, 4, 255]);
    expect([...some.resets]).to.deep.equal([0, 2]);
    expect([...windowsOfPeople({ ...set, resets: Uint32Array.of(0) }, new Set([3])).resets]).to.deep.equal([
      0,
    ]);
  });

  it('should stand after those of another set, with samples of their own', () => {
    const both = joinSets(set, windowsOfPeople(set, new Set([2])));
    expect(both.starts.at(-1)).to.equal(640 + 192);
    expect(both.samples[both.starts[6] * 9]).to.equal(set.samples[128 * 9]);
    expect([...both.resets]).to.deep.equal([0, 2, 4, 6]);
  });
});
