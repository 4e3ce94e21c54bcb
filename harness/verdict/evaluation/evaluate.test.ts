import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { LittlefirstError } from '../../errors.js';
import type { CampaignRecord, JournalRecord } from '../../record/journal/records.js';
import type { Target } from '../../record/targets.js';
import { evaluate } from './evaluate.js';
import { judge } from './judge.js';
import { envelope, pairedDifference95, peopleInterval95, wilson95 } from './statistics.js';

const t = '2026-01-01T00:00:00.000Z';
const windows = 40;
const truth = Array.from({ length: windows }, (_, w) => (w === 39 ? 255 : Math.floor(w / 20)));

const campaign = (targets: Target[]): CampaignRecord => ({
  kind: 'campaign',
  schema: 'littlefirst.journal/1',
  id: 'run-1',
  t,
  bench: {},
  targets,
  provenance: {
    energy: 'modelled',
    harness: { version: '0', commit: 'c', dirty: false },
    firmware: [{ sha256: 'f', board: 'b', compiler: 'gcc' }],
    models: [],
    dataset: { name: 'synthetic', split: 'test', order: 'published', windows, sha256: 'd' },
    meter: { driver: 'direct', model: 'ideal', emulated: true },
    chip: [{ name: 'c', sha256: 's' }],
    host: { platform: 'p', node: 'n', cpu: 'x' },
  },
  labels: ['A', 'B'],
  truth,
  subjects: truth.map((_, w) => w % 8),
  resets: [0],
  periodSeconds: 1,
  batteries: [{ name: 'cell', joules: 864, source: 'test' }],
});

interface Shape {
  strategy: string;
  labels: number[];
  big: number[];
  /** Microjoules a window of gate and Big. */
  gate: number;
  bigEnergy: number;
  gainTerm?: number;
  noiseTerm?: number;
  end?: boolean;
}

function blockRecords(block: number, shape: Shape): JournalRecord[] {
  const { strategy, labels, big } = shape;
  const key = { board: 'b', chip: 'c', level: { name: 'L', mV: 1000, Hz: 1e6 }, bundle: 'm', strategy };
  const zeros = labels.map(() => 0);
  const gated = (value: number) => labels.map(() => (strategy === 'big-only' ? 0 : value));
  const bigs = (value: number) => big.map(b => b * value);
  const records: JournalRecord[] = [
    { kind: 'golden', t, bundle: 'm', strategy, labels, big, nets: zeros, macs: big.map(b => 10 + 90 * b) },
    { kind: 'block-start', t, block, attempt: 1, key },
    {
      kind: 'windows',
      t,
      block,
      from: 0,
      labels,
      path: big.map(b => (b === 1 ? 'b' : 'g')).join(''),
      nets: zeros,
      gateCycles: gated(100),
      bigCycles: bigs(1000),
      otherCycles: zeros,
    },
    {
      kind: 'energy',
      t,
      block,
      from: 0,
      gateMicrojoules: gated(shape.gate),
      bigMicrojoules: bigs(shape.bigEnergy),
      otherMicrojoules: zeros,
      gateSeconds: gated(1e-4),
      bigSeconds: bigs(1e-3),
      otherSeconds: zeros,
    },
    {
      kind: 'block-energy',
      t,
      block,
      idleMicrowatts: 5,
      uncertainty: [
        { term: 'gain', microjoules: shape.gainTerm ?? 0, kind: 'B', source: 's' },
        { term: 'edge timing', microjoules: shape.noiseTerm ?? 0, kind: 'B', source: 's' },
      ],
      samples: 1000,
      lostSamples: 0,
      saturatedSamples: 0,
      problems: [],
    },
  ];
  if (shape.end !== false) records.push({ kind: 'block-end', t, block, valid: true });
  return records;
}

const perfect = truth.map(label => (label === 255 ? 0 : label));
const always = truth.map(() => 1);
const rarely = truth.map((_, w) => (w % 20 === 0 ? 1 : 0));
const bigOnly: Shape = { strategy: 'big-only', labels: perfect, big: always, gate: 0, bigEnergy: 100 };
const cascade: Shape = { strategy: '1B6S', labels: perfect, big: rarely, gate: 10, bigEnergy: 100 };
const finish: JournalRecord = { kind: 'finish', t, outcome: 'complete' };
const saving = (atLeast: number): Target => ({
  name: 's',
  metric: 'energy-saving',
  strategies: ['1B6S'],
  atLeast,
});

const run = (targets: Target[], ...shapes: Shape[]) =>
  evaluate([campaign(targets), ...shapes.flatMap((shape, i) => blockRecords(i, shape)), finish]);

describe('evaluate', () => {
  it('computes accuracy, energy, saving, power and battery life from the columns', () => {
    const record = run([saving(0.8)], bigOnly, cascade);
    const [big, little] = record.blocks;
    expect(big).to.include({ windows: 40, scored: 39, correct: 39, accuracy: 1, bigRuns: 40, gateRuns: 0 });
    expect(little).to.include({ bigRuns: 2, gateRuns: 40, goldenMismatches: 0 });
    expect(little.macsPerWindow).to.equal((2 * 100 + 38 * 10) / 40);
    expect(little.energyPerWindow_uJ!.value).to.be.closeTo(10 + (2 * 100) / 40, 1e-9);
    expect(little.energyPerWindow_uJ!.idle.value).to.be.closeTo(5 * (1 - 1e-4 - 1e-3 / 20), 1e-9);
    expect(little.savingVsBigOnly!.energy).to.be.closeTo(0.85, 1e-9);
    expect(little.savingVsBigOnly!.macs).to.be.closeTo(0.855, 1e-9);
    const power = little.energyPerWindow_uJ!.value + (little.energyPerWindow_uJ!.idle.value ?? 0);
    expect(little.averagePower_uW?.value).to.be.closeTo(power, 1e-9);
    expect(little.batteryDays!.cell.value).to.be.closeTo(864 / (power * 1e-6) / 86400, 1e-6);
    expect(little.confusion).to.deep.equal([
      [20, 0],
      [0, 19],
    ]);
    expect(record.outcome).to.equal('pass');
  });

  it('counts answers outside the classes as unknown: wrong where there is a true label, and in no column', () => {
    const labels = perfect.map((label, w) => (w % 10 === 0 ? 2 : label));
    const [block] = run([], { ...cascade, labels }).blocks;
    expect(block.unknown).to.equal(4);
    const hits = truth.filter((label, w) => label !== 255 && w % 10 !== 0).length;
    expect(block).to.include({ scored: 39, correct: hits });
    expect(block.confusion.flat().reduce((a, b) => a + b, 0)).to.equal(hits);
    expect(run([], cascade).blocks[0]).not.to.have.property('unknown');
  });

  it('reports transitions and other unscored windows of a stream apart, and nothing where all are scored', () => {
    const stream = {
      ...campaign([]),
      truth: truth.map((label, w) => (w === 19 || w === 20 || w === 21 ? 255 : label)),
      transitions: [20, 21],
    };
    const [block] = evaluate([stream, ...blockRecords(0, cascade), finish]).blocks;
    const meanOf = (windows: number, big: number) => ({
      windows,
      bigRuns: big,
      gateRuns: windows,
      macsPerWindow: (100 * big + 10 * (windows - big)) / windows,
      energyPerWindow_uJ: (10 * windows + 100 * big) / windows,
    });
    expect(block.windowKinds).to.deep.equal([
      { kind: 'scored', ...meanOf(36, 1) },
      { kind: 'transition', ...meanOf(2, 1) },
      { kind: 'unlabelled', ...meanOf(2, 0) },
    ]);
    expect(block.scored).to.equal(36);
    const all = { ...campaign([]), truth: truth.map(() => 0) };
    expect(evaluate([all, ...blockRecords(0, cascade), finish]).blocks[0]).to.not.have.property(
      'windowKinds',
    );
  });

  it('lets a shared gain error cancel in the saving, but not an independent one', () => {
    const shared = run([], { ...bigOnly, gainTerm: 10 }, { ...cascade, gainTerm: 1.5 });
    expect(shared.blocks[1].energyPerWindow_uJ!.u95).to.be.greaterThan(2);
    expect(shared.blocks[1].savingVsBigOnly!.u95).to.be.closeTo(0, 1e-12);
    const own = run([], { ...bigOnly, noiseTerm: 10 }, { ...cascade, noiseTerm: 1.5 });
    expect(own.blocks[1].savingVsBigOnly!.u95).to.be.closeTo(1.96 * 0.15 * Math.SQRT2 * 0.1, 1e-4);
  });

  it('judges three ways: pass, fail, inconclusive', () => {
    const noisy = { ...cascade, noiseTerm: 1 };
    const outcome = (limit: number) => run([saving(limit)], bigOnly, noisy).outcome;
    expect(outcome(0.8)).to.equal('pass');
    expect(outcome(0.9)).to.equal('fail');
    expect(outcome(0.85)).to.equal('inconclusive');
  });

  it('asserts a target only on the data sets that it is for', () => {
    const missed = saving(0.9);
    const verdicts = (data: ('uci-har' | 'hapt' | 'synthetic')[]) =>
      run([{ ...missed, data }], bigOnly, cascade).verdicts.map(({ verdict }) => verdict);
    const all = ['uci-har', 'hapt', 'synthetic'] as const;
    expect(all.map(name => verdicts([name]).length).sort()).to.deep.equal([0, 0, 1]);
    expect(verdicts([...all])).to.deep.equal(['fail']);
  });

  it('never passes on an invalid, unfinished or missing block', () => {
    const unfinished = run([saving(0.1)], bigOnly, { ...cascade, end: false });
    expect(unfinished.outcome).to.equal('error');
    expect(unfinished.blocks[1].energyPerWindow_uJ).to.equal(null);
    expect(unfinished.verdicts[0]).to.include({ verdict: 'error', value: null });
    expect(run([saving(0.1)], bigOnly).outcome).to.equal('inconclusive');
    expect(evaluate([campaign([]), ...blockRecords(0, bigOnly)]).outcome).to.equal('error');
  });

  it('counts a wrong label or a wrong path as a golden mismatch', () => {
    const records = [campaign([]), ...blockRecords(0, cascade), finish];
    const answered = records.find(r => r.kind === 'windows');
    if (answered?.kind !== 'windows') throw new Error('no windows record');
    answered.labels = [...answered.labels];
    answered.labels[3] = 1 - answered.labels[3];
    answered.path = `${answered.path.slice(0, 5)}b${answered.path.slice(6)}`;
    expect(evaluate(records).blocks[0].goldenMismatches).to.equal(2);
  });

  it('takes only the last attempt of a block', () => {
    const wrong = { ...bigOnly, labels: perfect.map(l => 1 - l) };
    const record = evaluate([campaign([]), ...blockRecords(0, wrong), ...blockRecords(0, bigOnly), finish]);
    expect(record.blocks).to.have.length(1);
    expect(record.blocks[0].windows).to.equal(40);
    expect(record.blocks[0].accuracy).to.equal(1);
  });

  it('compares accuracy with big-only window by window', () => {
    const worse = { ...cascade, labels: perfect.map((l, w) => (w < 12 ? 1 - l : l)) };
    const target: Target = { name: 'a', metric: 'accuracy-vs-big-only', strategies: ['1B6S'], atLeast: 0 };
    const [verdict] = run([target], bigOnly, worse).verdicts;
    expect(verdict.value).to.be.closeTo(-12 / 39, 1e-9);
    expect(verdict.verdict).to.equal('fail');
  });

  it('refuses a journal without a campaign record', () => {
    expect(() => evaluate([finish]))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_RUN_CORRUPT');
  });
});

describe('statistics of a run', () => {
  it('gives the Wilson interval', () => {
    const [low, high] = wilson95(2750, 2947);
    expect(low).to.be.closeTo(0.9236, 1e-4);
    expect(high).to.be.closeTo(0.9417, 1e-4);
  });

  it('gives a paired difference whose width depends on the discordant pairs only', () => {
    expect(pairedDifference95(10, 10, 1000)).to.deep.include({ value: 0 });
    expect(pairedDifference95(10, 10, 1000).half).to.be.closeTo(1.96 * Math.sqrt(20) * 1e-3, 1e-5);
  });

  it('takes people as the unit, or says that there are too few', () => {
    const people = Array.from({ length: 9 }, (_, i) => ({ sum: 90 + i, n: 100 }));
    const interval = peopleInterval95(people)!;
    // Deviations -4 .. 4: sqrt(60 * 9 / 8) / 900 = 0.00913, times Student's 2.306.
    expect(interval.value).to.be.closeTo(0.94, 1e-12);
    expect(interval.high - interval.value).to.be.closeTo(2.306 * 0.009129, 1e-4);
    expect(peopleInterval95(people.slice(0, 4))).to.equal(null);
  });

  it('covers the mean of people who differ, where an interval over windows does not', () => {
    const random = new Random(3);
    let [byPeople, byWindows] = [0, 0];
    for (let run = 0; run < 400; run += 1) {
      const people = Array.from({ length: 9 }, () => {
        const share = Math.min(1, Math.max(0, 0.85 + random.normal(0.08)));
        return { sum: Math.round(share * 300), n: 300 };
      });
      const { value, low, high } = peopleInterval95(people)!;
      const wilson = wilson95(Math.round(value * 2700), 2700);
      if (low <= 0.849 && 0.849 <= high) byPeople += 1;
      if (wilson[0] <= 0.849 && 0.849 <= wilson[1]) byWindows += 1;
    }
    expect(byPeople / 400).to.be.within(0.91, 0.98);
    expect(byWindows / 400).to.be.below(0.6);
  });

  it('judges accuracy by the wider of both intervals', () => {
    expect(
      envelope({ value: 0.9, low: 0.88, high: 0.92 }, { value: 0.9, low: 0.8, high: 0.91 }),
    ).to.deep.equal({
      value: 0.9,
      low: 0.8,
      high: 0.92,
    });
    const worst = perfect.map((label, w) => (w % 8 === 0 ? 1 - label : label));
    const target: Target = { name: 'a', metric: 'accuracy', atLeast: 0.7 };
    const [verdict] = run([target], { ...bigOnly, labels: worst }).verdicts;
    expect(verdict.verdict).to.equal('inconclusive');
    expect(verdict.value).to.be.closeTo(34 / 39, 1e-9);
  });

  it('leaves NaN inconclusive', () => {
    expect(judge({ value: Number.NaN, low: Number.NaN, high: Number.NaN }, { atMost: 1 })).to.equal(
      'inconclusive',
    );
  });
});
