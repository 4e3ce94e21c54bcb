import { expect } from 'chai';
import type { JournalRecord } from '../../record/journal/records.js';
import { abMarkdown, abText } from '../../report/compare/ab.js';
import { firstOf, testJournal, testLevels } from '../../testing/record/run.js';
import { evaluateRun } from '../open-run.js';
import type { Run } from '../run.js';
import { type AbOptions, judgeAb, type RunRound } from './ab.js';

const options: AbOptions = { spread: 0.002, degrees: 20, rounds: 4 };

const runOf = (factor: number, change: (records: JournalRecord[]) => void = () => undefined): Run => {
  const records = testJournal({
    ...{ windows: 40, levels: testLevels.slice(0, 1), energy: 'measured' },
  });
  for (const record of records)
    if (record.kind === 'energy')
      for (const column of ['gateMicrojoules', 'bigMicrojoules', 'otherMicrojoules'] as const)
        record[column] = record[column].map(value => value * factor);
  change(records);
  return evaluateRun(records);
};
const roundOf = (before: Run, after: Run): RunRound => [before, after, after, before];

describe('A against B', () => {
  const before = runOf(1);

  it('is regressed, improved, not regressed, or cannot be told, each block for itself', () => {
    const of = (factor: number, rounds = 1) =>
      judgeAb(Array(rounds).fill(roundOf(before, runOf(factor))), options);
    const worse = of(1.05);
    expect([worse.verdict, worse.blocks.map(({ verdict }) => verdict)]).to.deep.equal([
      'regressed',
      ['regressed', 'regressed'],
    ]);
    expect(worse.blocks[0].change!.value).to.be.closeTo(0.05, 1e-9);
    expect(of(0.95).verdict).to.equal('improved');
    expect(of(1.004).verdict).to.equal('cannot tell');
    expect(of(1, 4).verdict).to.equal('not regressed');
    expect(judgeAb([roundOf(before, runOf(1.05))], { ...options, leastEffect: 0.1 }).verdict).to.equal(
      'not regressed',
    );
  });

  it('is regressed where B answers worse, whatever it needs', () => {
    const wrong = runOf(0.9, records => {
      const { truth } = firstOf(records, 'campaign');
      for (const record of records)
        if (record.kind === 'windows')
          record.labels = record.labels.map((label, w) => (w < 20 ? (truth[w] + 1) % 6 : label));
    });
    const answer = judgeAb([roundOf(before, wrong)], options);
    expect(answer.verdict).to.equal('regressed');
    expect(answer.worseAnswers).to.have.length(2);
    expect(abText(answer)).to.match(/^REGRESSED[\s\S]*B answers worse than A/);
  });

  it('cannot be told of a block that is not valid, and says why', () => {
    const broken = runOf(1, records => {
      for (const record of records) if (record.kind === 'block-end') record.valid = 'the meter lost samples';
    });
    const answer = judgeAb([roundOf(before, broken)], options);
    expect(answer.verdict).to.equal('cannot tell');
    expect(answer.blocks[0].note).to.contain('the meter lost samples');
  });

  it('is Markdown for a comment, in which no name does anything', () => {
    const text = abMarkdown(judgeAb([roundOf(before, runOf(1.05))], options), ['a`b', '<img src=x>']);
    expect(text).to.match(/^## littlefirst ab: regressed\n/);
    expect(text).to.match(/\+5/);
    expect(text.split('\n').length).to.be.below(60);
    expect(text).to.contain("`a'b`");
  });
});
