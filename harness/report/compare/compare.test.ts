import { expect } from 'chai';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { compareRuns } from '../../verdict/compare/compare.js';
import { evaluateRun } from '../../verdict/open-run.js';
import { comparisonHtml } from './html.js';
import { comparisonMarkdown, comparisonText } from './text.js';

const hostile = '<script>alert(1)</script>| `[a](b)\u001b[2J';

function comparisonOf(chips: string[] = ['rp2040'], id = 'before') {
  const options = { chips, energy: 'measured' } as const;
  const [before, after] = [testJournal(options), testJournal(options)];
  firstOf(before, 'campaign').id = id;
  firstOf(after, 'campaign').id = 'after';
  firstOf(after, 'campaign').provenance.harness.commit = 'd'.repeat(40);
  for (const record of after)
    if (record.kind === 'energy') record.bigMicrojoules = record.bigMicrojoules.map(value => value * 0.8);
  return compareRuns(evaluateRun(before), evaluateRun(after));
}

describe('a comparison', () => {
  it('should say the same in terminal, Markdown and page, worst first', () => {
    const comparison = comparisonOf();
    const forms = [comparisonText(comparison), comparisonMarkdown(comparison), comparisonHtml([comparison])];
    for (const form of forms) {
      expect(form).to.match(/BETTER: 6 better, 0 worse/);
      expect(form)
        .to.contain('energy / window')
        .and.to.match(/-19\.9\d* % \\?\[-2/);
      expect(form).to.contain('harness');
    }
    expect(comparisonHtml([comparison])).to.not.match(/NaN|undefined|Infinity/);
  });

  it('should draw every relative change with its interval, and say it to those who do not see it', () => {
    const html = comparisonHtml([comparisonOf()]);
    const [, label] = /<svg class="plot" role="img" aria-label="([^"]*)"/.exec(html) ?? [];
    expect(label).to.match(/measured energy \/ window, [^;]+: -19\.9\d* % \[-2[^;]+, better/);
    const drawing = html.slice(html.indexOf('<svg class="plot"'));
    expect(drawing.match(/<g class="whisker">/g)?.length).to.equal(label.split('; ').length);
  });

  it('should fit a comment: Markdown stays within 60 lines', () => {
    const comparison = comparisonOf(Array.from({ length: 20 }, (_, i) => `chip-${i}`));
    const markdown = comparisonMarkdown(comparison);
    expect(markdown.split('\n').length).to.be.at.most(60);
    expect(markdown).to.match(/\d+ more rows are not shown/);
    expect(markdown).to.contain('would differ by chance');
  });

  it('should let no name act', () => {
    const comparison = comparisonOf(['rp2040'], hostile);
    const html = comparisonHtml([comparison]);
    expect(html).to.not.contain('<script');
    expect(html).to.contain('&lt;script&gt;');
    expect(comparisonMarkdown(comparison)).to.not.match(/<script(?![^`]*`)/);
    expect(comparisonText(comparison)).to.not.contain('\u001b');
  });
});
