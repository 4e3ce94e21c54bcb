import { expect } from 'chai';
import { inUnit, percent, plusMinus, sig } from '../record/format.js';
import { testJournal } from '../testing/record/run.js';
import { evaluateRun } from '../verdict/open-run.js';
import { summaryMarkdown, summaryText } from './summary.js';
import { textTable } from './text-table.js';

describe('summary', () => {
  const target = { name: 'saves', metric: 'energy-saving' as const, strategies: ['1B6S'], atLeast: 0.99 };

  it('should show outcome, blocks and verdicts, and whose energy it is', () => {
    const text = summaryText(evaluateRun(testJournal({ targets: [target] })).record);
    expect(text).to.match(/^FAIL {2}test-run: 6 blocks of 120 windows/);
    expect(text).to.contain('modelled uJ/window').and.to.contain('All energy is MODELLED');
    expect(text).to.contain('0 pass, 3 fail, 0 inconclusive');
    expect(text.split('\n').filter(line => line.startsWith('| 1B6S'))).to.have.length(3);
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

  it('should list the failed verdicts first and count the rest', () => {
    const chips = Array.from({ length: 10 }, (_, i) => `chip-${i}`);
    const easy = { ...target, name: 'easy', atLeast: 0.1 };
    const { record } = evaluateRun(testJournal({ chips, windows: 12, targets: [easy, target] }));
    const text = summaryText(record);
    expect(text).to.contain('30 pass, 30 fail').and.to.contain('40 more are in report.html');
    expect(text).to.not.contain('| pass');
  });

  it('should warn of synthetic data in the terminal and in Markdown', () => {
    const { record } = evaluateRun(testJournal({ dataset: { name: 'synthetic' } }));
    expect(summaryText(record)).to.contain('SYNTHETIC DATA');
    expect(summaryMarkdown(record)).to.contain('> **SYNTHETIC DATA').and.to.contain('## littlefirst: pass');
  });
});

describe('figures', () => {
  it('should round a value to its uncertainty', () => {
    expect(plusMinus(123.4567, 0.0321)).to.equal('123.457 ± 0.032');
    expect(plusMinus(1234.5, 12)).to.equal('1,235 ± 12');
    expect(plusMinus(5, 0)).to.equal('5 ± 0');
    expect(plusMinus(82.908305466631, 2e-14)).to.equal('82.91 ± 0');
    expect(plusMinus(0, 0)).to.equal('0 ± 0');
    expect(plusMinus(0, 0.001)).to.equal('0.0000 ± 0.0010');
    expect(inUnit(0.82908, 1e-16, 'share')).to.equal('82.91 ± 0 %');
    expect(plusMinus(null, 1)).to.equal('–');
  });

  it('should write verdict figures in their units', () => {
    expect(inUnit(0.811, 0.004, 'share')).to.equal('81.10 ± 0.40 %');
    expect(inUnit(42.5, null, 'uJ')).to.equal('42.5 µJ');
    expect(inUnit(null, null, 'ms')).to.equal('–');
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
