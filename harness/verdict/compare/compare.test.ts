import { expect } from 'chai';
import type { JournalRecord } from '../../record/journal/records.js';
import { firstOf, type TestRunOptions, testJournal, testLevels } from '../../testing/record/run.js';
import { evaluateRun } from '../open-run.js';
import { compareRuns } from './compare.js';
import type { Comparison, EffectMetric } from './comparison.js';

/** Measured: a journal of a modelled energy needs the profiles of its chips, or nothing can be said of the change. */
const options: TestRunOptions = { levels: testLevels.slice(0, 1), energy: 'measured' };
const runOf = (change: (records: JournalRecord[]) => void = () => undefined, more: TestRunOptions = {}) => {
  const records = testJournal({ ...options, ...more });
  change(records);
  return evaluateRun(records);
};

function scaleEnergy(records: JournalRecord[], factor: number, isEvery = (_w: number) => true): void {
  for (const record of records)
    if (record.kind === 'energy')
      for (const column of ['gateMicrojoules', 'bigMicrojoules', 'otherMicrojoules'] as const)
        record[column] = record[column].map((value, w) => (isEvery(w) ? value * factor : value));
}

/** Makes `count` answers right, or wrong, of every fourth window. */
function answer(records: JournalRecord[], count: number, isRight: boolean): void {
  const { truth } = firstOf(records, 'campaign');
  for (const record of records)
    if (record.kind === 'windows')
      record.labels = record.labels.map((label, w) => {
        if (w % 4 !== 0 || w / 4 >= count) return label;
        return isRight ? truth[w] : (truth[w] + 1) % 6;
      });
}

const effectsOf = (comparison: Comparison, metric: EffectMetric) =>
  comparison.pairs.flatMap(({ effects }) => effects.filter(effect => effect.metric === metric));

describe('compareRuns', () => {
  it('should show no difference between a run and itself, and find nothing else that differs', () => {
    const comparison = compareRuns(runOf(), runOf());
    expect(comparison.verdict).to.equal('no difference shown');
    expect(comparison.differences).to.deep.equal([]);
    expect(comparison.pairs).to.have.length(2);
    for (const { change } of effectsOf(comparison, 'energy')) expect(change?.value).to.equal(0);
  });

  it('should not judge a change of energies whose model is not told, however large', () => {
    const comparison = compareRuns(
      runOf(() => undefined, { energy: 'modelled' }),
      runOf(records => scaleEnergy(records, 0.5), { energy: 'modelled' }),
    );
    const effects = [...effectsOf(comparison, 'energy'), ...effectsOf(comparison, 'energy with sleep')];
    expect(effects).not.to.have.length(0);
    for (const { change, verdict, note, parts, baseline, candidate } of effects) {
      expect([change, verdict, parts]).to.deep.equal([null, 'not comparable', undefined]);
      expect(note).to.match(/model is not stated|no interval/);
      expect(candidate).to.be.below(baseline!);
    }
    expect(effects.some(({ note }) => note?.includes('model is not stated'))).to.equal(true);
    expect(comparison.cautions.join()).to.match(/does not tell the model/);
  });

  it('should call a candidate better that draws less in every window, by the ratio and its interval', () => {
    const comparison = compareRuns(
      runOf(),
      runOf(records => scaleEnergy(records, 0.9)),
    );
    expect(comparison.verdict).to.equal('better');
    for (const { change, parts } of effectsOf(comparison, 'energy')) {
      expect(change?.value).to.be.closeTo(-0.1, 1e-9);
      expect(change?.high).to.be.below(0);
      expect(parts?.windows).to.be.below(1e-9);
    }
    expect(
      compareRuns(
        runOf(records => scaleEnergy(records, 0.9)),
        runOf(),
      ).verdict,
    ).to.equal('worse');
  });

  it('should show no difference that hangs on one window', () => {
    const comparison = compareRuns(
      runOf(),
      runOf(records => scaleEnergy(records, 1.5, w => w === 7)),
    );
    expect(comparison.verdict).to.equal('no difference shown');
  });

  it('should count the errors of both instruments in full where they are not known to be one', () => {
    const smaller = (records: JournalRecord[]) => scaleEnergy(records, 0.999);
    const asMeasured = (serial: string) => (records: JournalRecord[]) => {
      smaller(records);
      Object.assign(firstOf(records, 'campaign').provenance.meter, { serial, emulated: false });
    };
    const measured = { energy: 'measured' } as const;
    const same = compareRuns(runOf(asMeasured('1'), measured), runOf(asMeasured('1'), measured));
    const other = compareRuns(runOf(asMeasured('1'), measured), runOf(asMeasured('2'), measured));
    const meterOf = (comparison: Comparison) => effectsOf(comparison, 'energy')[0].parts?.meter ?? 0;
    expect(meterOf(other)).to.be.above(3 * meterOf(same));
    expect(other.cautions.join()).to.contain('not known to be the same');
    expect(other.differences.map(({ what }) => what)).to.deep.equal(['meter']);
  });

  it('should judge accuracy by the windows that only one got right', () => {
    const comparison = compareRuns(
      runOf(records => answer(records, 30, false)),
      runOf(records => answer(records, 30, true)),
    );
    const [effect] = effectsOf(comparison, 'accuracy');
    expect(effect.verdict).to.equal('better');
    expect(effect.paired).to.include({ onlyCandidate: 30, onlyBaseline: 0 });
    expect(effect.change?.value).to.be.closeTo(30 / 120, 1e-12);
    const few = compareRuns(
      runOf(records => answer(records, 5, false)),
      runOf(records => answer(records, 5, true)),
    );
    expect(effectsOf(few, 'accuracy')[0].verdict).to.equal('no difference shown');
  });

  it('should call any more answers that are not golden worse', () => {
    const comparison = compareRuns(
      runOf(),
      runOf(records => answer(records, 1, false)),
    );
    expect(effectsOf(comparison, 'mismatches').map(({ verdict }) => verdict)).to.deep.equal([
      'worse',
      'worse',
    ]);
  });

  it('should compare bundles that were exchanged as a whole, and say so', () => {
    const comparison = compareRuns(runOf(), runOf(undefined, { bundles: ['other'] }));
    expect(comparison.exchanges).to.deep.equal([
      { dimension: 'bundle', baseline: 'paper', candidate: 'other' },
    ]);
    expect(comparison.pairs).to.have.length(2);
  });

  it('should list blocks without a counterpart', () => {
    const comparison = compareRuns(runOf(undefined, { levels: testLevels.slice(0, 2) }), runOf());
    expect(comparison.pairs).to.have.length(2);
    expect(comparison.unpaired.baseline).to.have.length(2);
  });

  it('should pair nothing where the windows are others', () => {
    for (const dataset of [{ name: 'synthetic' }, { order: 'chronological' }, { sha256: 'a'.repeat(64) }]) {
      const comparison = compareRuns(runOf(), runOf(undefined, { dataset }));
      expect(comparison.verdict).to.equal('not comparable');
      expect(comparison.pairs).to.deep.equal([]);
      expect(comparison.cautions[0]).to.contain('other windows');
    }
  });

  it('should compare the first windows of a run with all of a shorter one', () => {
    const short = (records: JournalRecord[]) => {
      const longer = testJournal(options);
      firstOf(records, 'campaign').truth = firstOf(longer, 'campaign').truth.slice(0, 60);
      firstOf(records, 'campaign').subjects = firstOf(longer, 'campaign').subjects.slice(0, 60);
    };
    const comparison = compareRuns(runOf(), runOf(short, { windows: 60 }));
    expect(comparison.pairs.map(({ windows }) => windows)).to.deep.equal([60, 60]);
    expect(comparison.cautions.join()).to.contain('the first 60 of both');
    expect(comparison.verdict).to.equal('no difference shown');
  });

  it('should say why an invalid energy is not compared, and still compare the answers', () => {
    const broken = (records: JournalRecord[]) => {
      const end = firstOf(records, 'block-end');
      Object.assign(end, { valid: 'too many lost samples', invalidity: 'method' });
    };
    const [{ effects }] = compareRuns(runOf(), runOf(broken)).pairs;
    const energy = effects.find(({ metric }) => metric === 'energy');
    expect(energy).to.include({ verdict: 'not comparable', change: null });
    expect(energy?.note).to.contain('too many lost samples');
    expect(effects[0]).to.include({ metric: 'accuracy', verdict: 'no difference shown' });
  });

  it('should survive runs without windows, without energy and of one window', () => {
    const none = runOf(records => {
      records.splice(
        0,
        records.length,
        ...records.filter(({ kind }) => !['windows', 'energy', 'block-energy'].includes(kind)),
      );
    });
    expect(compareRuns(none, runOf()).verdict).to.equal('not comparable');
    const one = compareRuns(runOf(undefined, { windows: 1 }), runOf(undefined, { windows: 1 }));
    expect(effectsOf(one, 'energy')[0].verdict).to.equal('not comparable');
    expect(JSON.stringify([none.record, one])).to.not.match(/NaN|Infinity/);
  });
});
