import { expect } from 'chai';
import { activeMicroamps } from '../../measure/chip/current.js';
import { loadChip } from '../../measure/chip/profile.js';
import type { ChipProfile } from '../../measure/chip/schema.js';
import type { JournalRecord } from '../../record/journal/records.js';
import { runRecordSchema } from '../../record/run-record.js';
import type { Target } from '../../record/targets.js';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { evaluate } from './evaluate.js';

const levels = [{ name: '133MHz', mV: 1100, Hz: 133e6 }];
const idle = (microwatts: number, sigma: number) => ({
  microwatts,
  beforeMicrowatts: microwatts,
  afterMicrowatts: microwatts,
  seconds: 0.15,
  stretches: 4,
  degrees: 40,
  terms: [
    { term: 'gain', microwatts: 0.02 * microwatts, kind: 'B' as const, source: 'a test' },
    { term: 'repeatability', microwatts: sigma, kind: 'A' as const, source: 'a test' },
  ],
});

describe('energy with the intervals of meter and model', () => {
  let chip: ChipProfile;
  before(async () => {
    chip = await loadChip('rp2040');
  });

  /** A journal whose energies follow the profile, its sleep measured as told. */
  function journal(targets: Target[] = [], sleep = idle(64_000, 10), isMeasured = false): JournalRecord[] {
    const records = testJournal({ levels, targets, energy: isMeasured ? 'measured' : 'modelled' });
    if (!isMeasured) firstOf(records, 'campaign').model = { ambientCelsius: 25, chips: [chip] };
    for (const record of records) {
      if (record.kind === 'block-energy')
        Object.assign(record, { idle: sleep, idleMicrowatts: sleep.microwatts });
      if (record.kind !== 'energy') continue;
      const microjoules = (seconds: number[], what: 'gate' | 'big' | 'transfer') =>
        seconds.map(time => time * activeMicroamps(chip, chip.levels[0], what) * 3.3);
      record.gateMicrojoules = microjoules(record.gateSeconds, 'gate');
      record.bigMicrojoules = microjoules(record.bigSeconds, 'big');
      record.otherMicrojoules = microjoules(record.otherSeconds, 'transfer');
    }
    return records;
  }
  const cascadeOf = (records: JournalRecord[]) => {
    const block = evaluate(records).blocks.find(({ strategy }) => strategy === '1B6S');
    if (block === undefined) throw new Error('no cascade');
    return block;
  };

  it('should give the parts and their root of squares, and the saving a model that is not zero', () => {
    const { energyPerWindow_uJ: energy, savingVsBigOnly: saving } = cascadeOf(journal());
    if (energy === null || saving === null) throw new Error('no energy');
    expect(energy.u95).to.be.closeTo(Math.hypot(energy.u95Meter ?? 0, energy.u95Model ?? 0), 1e-9);
    expect((energy.u95Model ?? 0) / energy.value).to.be.within(0.2, 0.45);
    expect(saving.u95Model).to.be.within(0.005, 0.05);
    expect(saving.terms?.length).to.be.above(0);
    expect(saving.sensitivity?.[0].parameter).to.be.oneOf([
      'cycles of the gate',
      'cycles of Big',
      'active.activity.gate',
    ]);
    expect(saving.withSleep?.energy).to.be.within(0, 0.02);
    expect(evaluate(journal()).model).to.deep.include({ ambientCelsius: 25, draws: 2000 });
  });

  it('should be the same each time, and have no model where silicon was measured', () => {
    expect(evaluate(journal())).to.deep.equal(evaluate(journal()));
    const { energyPerWindow_uJ: energy, savingVsBigOnly: saving } = cascadeOf(
      journal([], idle(64_000, 10), true),
    );
    expect([energy?.u95Model, saving?.u95Model]).to.deep.equal([0, 0]);
    expect(energy?.u95).to.equal(energy?.u95Meter);
    expect(saving?.sensitivity).to.equal(undefined);
  });

  it('should let what operands leave open of the cycles reach energy, saving and the longest latency', () => {
    const targets: Target[] = [{ name: 'soon', metric: 'latency-max', atMost: 1e6, strategies: ['1B6S'] }];
    const withEarly = (range: (cycles: number) => number) => {
      const records = journal(targets);
      for (const record of records) {
        if (record.kind !== 'windows' || record.from !== 0) continue;
        const total = (column: readonly (number | null)[]) =>
          Math.round(range(column.reduce<number>((sum, cycles) => sum + (cycles ?? 0), 0)));
        record.earlyCycles = { gate: 0, big: total(record.bigCycles), other: 0 };
      }
      return { block: cascadeOf(records), latency: evaluate(records).verdicts[0] };
    };
    const [none, wide] = [withEarly(() => 0), withEarly(cycles => 0.4 * cycles)];
    expect(none.block.savingVsBigOnly?.sensitivity?.map(({ parameter }) => parameter)).to.not.include(
      'early end of long multiplications and divisions',
    );
    expect(wide.block.savingVsBigOnly?.sensitivity?.map(({ parameter }) => parameter)).to.include(
      'early end of long multiplications and divisions',
    );
    expect(wide.block.savingVsBigOnly?.u95Model).to.be.above(
      1.02 * (none.block.savingVsBigOnly?.u95Model ?? Number.POSITIVE_INFINITY),
    );
    const relative = ({ latency: { u95, value } }: typeof none) => (u95 ?? 0) / (value ?? 0);
    expect(relative(none), 'twice 5 % of the M0+').to.be.closeTo(0.1, 1e-9);
    const cycles = wide.block.cyclesPerWindow;
    if (cycles === null) throw new Error('no cycles');
    const share = (0.4 * cycles.big) / cycles.mean / Math.sqrt(12);
    expect(relative(wide)).to.be.closeTo(2 * Math.hypot(0.05, share), 1e-4);
  });

  it('should judge a saving on meter and model together', () => {
    const { savingVsBigOnly: saving } = cascadeOf(journal());
    const limit = (saving?.energy ?? 0) - (saving?.u95Model ?? 0) / 2;
    const target: Target = { name: 's', metric: 'energy-saving', strategies: ['1B6S'], atLeast: limit };
    const [modelled] = evaluate(journal([target])).verdicts;
    expect(modelled.verdict).to.equal('inconclusive');
    const [measured] = evaluate(journal([target], idle(64_000, 10), true)).verdicts;
    expect(measured.verdict).to.equal('pass');
  });

  it('should say of a sleep power below its noise only what it is at most, and the rest as far as it is known', () => {
    for (const microwatts of [2, 0, -3]) {
      const block = cascadeOf(journal([], idle(microwatts, 5)));
      const figure = block.energyPerWindow_uJ?.idle;
      expect(figure?.value).to.equal(null);
      expect(figure?.unresolved).to.contain('not resolved');
      expect(figure?.atMost).to.be.within(9, 20);
      expect(block.averagePower_uW?.value ?? 0, 'the active part is far above the noise').to.be.above(5);
      expect(block.batteryDays?.['CR2032'].u95).to.be.above(0);
    }
    const lost = cascadeOf(journal([], idle(2, 5000)));
    expect(lost.averagePower_uW?.value).to.equal(null);
    expect(lost.batteryDays?.['CR2032']).to.deep.include({ value: null });
  });

  it('should judge power, days and the saving with sleep, and leave what is not resolved open', () => {
    const of = (metric: Target['metric'], rest: Partial<Target>): Target =>
      ({ name: metric, metric, strategies: ['1B6S'], ...rest }) as Target;
    const targets = [
      of('average-power', { atMost: 200_000 }),
      of('battery-days', { battery: 'CR2032', atLeast: 0.1 }),
      of('energy-saving-with-sleep', { atLeast: 0.5 }),
    ];
    const verdicts = (sleep = idle(64_000, 10)) =>
      evaluate(journal(targets, sleep)).verdicts.map(({ verdict }) => verdict);
    expect(verdicts()).to.deep.equal(['pass', 'pass', 'fail']);
    expect(verdicts(idle(2, 5000)).slice(0, 2)).to.deep.equal(['inconclusive', 'inconclusive']);
  });

  it('should read run records of the older version', () => {
    const record = evaluate(journal());
    const old = JSON.parse(JSON.stringify({ ...record, schema: 'littlefirst.run/1', model: undefined }));
    for (const block of old.blocks) {
      const { value, u95, gate, big, other } = block.energyPerWindow_uJ;
      block.energyPerWindow_uJ = { value, u95, gate, big, other, idle: 5 };
      block.savingVsBigOnly = block.savingVsBigOnly && { energy: 0.8, u95: 0.01, macs: 0.8 };
      block.averagePower_uW = 12;
      block.batteryDays = { CR2032: 100 };
    }
    const { schema, blocks } = runRecordSchema.parse(old);
    expect(schema).to.equal('littlefirst.run/2');
    expect(blocks[0].averagePower_uW).to.deep.equal({ value: 12, u95: null, u95Meter: null, u95Model: null });
    expect(blocks[0].energyPerWindow_uJ?.u95Model).to.equal(null);
    expect(runRecordSchema.parse(JSON.parse(JSON.stringify(record)))).to.deep.equal(record);
  });
});
