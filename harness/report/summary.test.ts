import { expect } from 'chai';
import type { Figure } from '../record/energy-figures.js';
import { figureText, savingText } from '../record/figure-text.js';
import { percent, sig } from '../record/format.js';
import { testJournal } from '../testing/record/run.js';
import { evaluateRun } from '../verdict/open-run.js';
import { answerOf } from './answer/answer.js';
import { fromTheWorst } from './answer/target-rows.js';
import { systemCells, targetCells } from './answer/text.js';
import { checkResults } from './check-results.js';
import { reportHtml } from './html/page.js';
import { summaryMarkdown, summaryText } from './summary.js';
import { textTable } from './text-table.js';

describe('summary', () => {
  const target = { name: 'saves', metric: 'energy-saving' as const, strategies: ['1B6S'], atLeast: 0.99 };

  it('should answer first: what is missed, by how much, where, and what to do', () => {
    const lines = summaryText(evaluateRun(testJournal({ targets: [target] })).record).split('\n');
    expect(lines[0]).to.equal('FAIL  1 target: 1 missed; 6 of 6 blocks valid');
    expect(lines[1]).to.match(/^fail {2}target saves: rp2040\/rp2040\/\w+\/paper\/1B6S and 2 more$/);
    expect(lines[2]).to.contain('wanted at least 99 %');
    expect(lines[3]).to.contain('next: littlefirst compare');
    expect(lines.join('\n')).to.contain('All energy is MODELLED').and.to.contain('saves (modelled)');
  });

  it('should say the same in terminal, Markdown and page', () => {
    const run = evaluateRun(testJournal({ targets: [target, { ...target, name: 'easy', atLeast: 0.5 }] }));
    const answer = answerOf(run.record, checkResults(run));
    const plain = (html: string) => html.replace(/<[^>]+>/g, '').replaceAll('&#39;', "'");
    const page = plain(reportHtml(run));
    const text = summaryText(run.record, { checks: checkResults(run) });
    const markdown = summaryMarkdown(run.record).replaceAll('\\', '');
    const cells = [
      answer.headline,
      ...answer.targets.flatMap(targetCells),
      ...answer.systems.flatMap(systemCells),
      ...answer.problems.flatMap(({ what, where, reason, next }) => [
        what,
        where,
        reason,
        next.replace(/<.*/, ''),
      ]),
      ...answer.facts.map(([, fact]) => fact),
    ];
    expect(cells.length).to.be.greaterThan(30);
    for (const form of [text, markdown, page]) for (const cell of cells) expect(form).to.contain(cell);
  });

  it('should keep the columns of a table in line and pipes out of the cells', () => {
    const lines = textTable(
      ['a', 'b'],
      [
        ['µ | x', '1'],
        ['y\nz', '22'],
      ],
    ).split('\n');
    expect(new Set(lines.map(line => [...line].length)).size).to.equal(1);
    expect(lines[2]).to.contain('µ \\| x');
  });

  it('should have one row a target, the worst first, however many blocks it is for', () => {
    const chips = Array.from({ length: 10 }, (_, i) => `chip-${i}`);
    const easy = { ...target, name: 'easy', atLeast: 0.1 };
    const { record } = evaluateRun(testJournal({ chips, windows: 12, targets: [easy, target] }));
    const rows = answerOf(record).targets;
    expect(rows.map(row => [row.target, row.verdict, row.met])).to.deep.equal([
      ['saves (modelled)', 'fail', '0 of 30'],
      ['easy (modelled)', 'pass', '30 of 30'],
    ]);
    const markdown = summaryMarkdown(record);
    expect(markdown.split('\n').length).to.be.at.most(60);
    expect(markdown).to.contain('8 more are in the report');
  });

  it('should count the margin from the near end of an interval that need not be symmetric', () => {
    const accurate = { name: 'accurate', metric: 'accuracy' as const, atLeast: 0.5 };
    const { record } = evaluateRun(testJournal({ targets: [accurate], windows: 120 }));
    const [verdict] = fromTheWorst(record.verdicts);
    const [low, high] = verdict.ci95 ?? [];
    expect(high! - verdict.value!).to.be.below(verdict.value! - low!);
    const [row] = answerOf(record).targets;
    expect(row.margin).to.equal(`+${((low! - 0.5) * 100).toPrecision(3)} points`);
    expect(row.value).to.match(/^9\d\.\d % \[8\d\.\d, 9\d\.\d\]$/);
    const time = { name: 'quick', metric: 'latency-max' as const, atMost: 1000 };
    expect(answerOf(evaluateRun(testJournal({ targets: [time] })).record).targets[0].margin).to.match(
      /^\+9\d\d\.?\d? ms$/,
    );
  });

  it('should tell what many blocks broke once, and not again what only follows from it', () => {
    const records = testJournal({ targets: [{ ...target, strategies: undefined }] });
    for (const record of records)
      if (record.kind === 'block-end')
        Object.assign(record, { valid: `edges explain ${record.block}.5 % of it`, invalidity: 'method' });
    const { problems } = answerOf(evaluateRun(records).record);
    expect(problems.map(({ what, where }) => [what, where])).to.deep.equal([
      ['block not valid', 'rp2040/rp2040/24MHz/paper/big-only and 5 more'],
    ]);
  });

  it('should put errors before failures before what is open, and say how to go on with a torn run', () => {
    const run = evaluateRun(testJournal({ targets: [target], isTorn: true }));
    const { problems } = answerOf(run.record, checkResults(run));
    expect(problems.map(({ verdict }) => verdict)).to.deep.equal(['error', 'fail']);
    expect(problems[0].next).to.contain('--resume');
  });

  it('should show accuracy and both savings of one and the same block, where it saves least', () => {
    const { record } = evaluateRun(testJournal());
    const row = answerOf(record).systems.find(({ system }) => system === '1B6S');
    const block = record.blocks.find(one => one.strategy === '1B6S' && one.level.name === row?.level);
    const least = Math.min(
      ...record.blocks.flatMap(one =>
        one.strategy === '1B6S' ? one.savingVsBigOnly!.energy! - one.savingVsBigOnly!.u95! : [],
      ),
    );
    expect(block!.savingVsBigOnly!.energy! - block!.savingVsBigOnly!.u95!).to.equal(least);
    expect(row?.saving).to.contain('model error not stated');
    expect(JSON.stringify(answerOf(record))).to.not.contain('± 0');
  });

  it('should set a table that a terminal has no room for as lists', () => {
    const { record } = evaluateRun(testJournal({ targets: [target] }));
    for (const line of summaryText(record, { width: 80 })
      .split('\n')
      .filter(one => one.startsWith('|')))
      expect(line.length).to.be.at.most(80);
    expect(summaryText(record, { width: 80 })).to.contain('  limit:');
  });

  it('should warn of synthetic data in the terminal and in Markdown', () => {
    const { record } = evaluateRun(testJournal({ dataset: { name: 'synthetic' } }));
    expect(summaryText(record)).to.contain('SYNTHETIC DATA');
    expect(summaryMarkdown(record)).to.contain('> **SYNTHETIC DATA').and.to.contain('## littlefirst: pass');
  });
});

describe('figures', () => {
  const figure = (value: number, below: number, above = below, parts: Partial<Figure> = {}): Figure => ({
    value,
    u95: Math.max(below, above),
    u95Meter: below,
    u95Model: 0,
    ci95: [value - below, value + above],
    ...parts,
  });

  it('should round a value to the second digit of its shorter side', () => {
    expect(figureText(figure(123.4567, 0.0321))).to.equal('123.457 [123.425, 123.489]');
    expect(figureText(figure(1234.5, 12), 'uJ')).to.equal('1,235 µJ [1,223, 1,247]');
    expect(figureText(figure(5.4, 3.2, 6.2), 'uJ')).to.equal('5.4 µJ [2.2, 11.6]');
    expect(figureText(figure(5, 0))).to.equal('5');
    expect(figureText(figure(82.908305466631, 2e-14))).to.equal('82.9083');
    expect(figureText(undefined)).to.equal('–');
  });

  it('should write the parts of an interval beside it, and what is not told', () => {
    const saving = (u95Meter: number | null, u95Model: number | null, u95: number | null = 0.0102) =>
      savingText({ energy: 0.9573, u95, u95Meter, u95Model });
    expect(saving(0.001, 0.01015)).to.equal('95.7 % [94.7, 96.8] (meter 0.1, model 1.0)');
    expect(saving(3e-6, 0.0102)).to.equal('95.7 % [94.7, 96.8] (meter 0.0003, model 1.0)');
    expect(saving(0.0102, null)).to.equal('95.7 % [94.7, 96.8] (meter only; model error not stated)');
    expect(saving(null, null, null)).to.equal('95.73 % (interval not stated)');
    const lost = { value: null, u95: 3, u95Meter: 3, u95Model: 0, unresolved: 'why', atMost: 3 };
    expect(figureText(lost, 'uW')).to.equal('unresolved (below 3 µW)');
  });

  it('should bound what records of before `ci95` say: nothing below 0, no saving above 100 %', () => {
    const old = { u95: 8, u95Meter: 8, u95Model: 0 };
    expect(figureText({ value: 5, ...old }, 'uJ')).to.equal('5.0 µJ [0.0, 13.0]');
    expect(savingText({ energy: 0.99, ...old, u95: 0.05 })).to.equal('99.0 % [94.0, 100.0]');
  });

  it('should say that a life whose power may be 0 has no upper end', () => {
    expect(figureText(figure(1000, 550, 0, { ci95: [450, null], u95: null }), 'days')).to.equal(
      '1,000 days [450, no upper end]',
    );
  });

  it('should never print what is no number', () => {
    expect([sig(Number.NaN), sig(undefined), percent(Number.POSITIVE_INFINITY)]).to.deep.equal([
      '–',
      '–',
      '–',
    ]);
    expect(sig(161856)).to.equal('161,900');
    expect([sig(1.23456e-14), sig(1e-7), sig(0)]).to.deep.equal(['1.235e-14', '1e-7', '0']);
  });
});
