import { expect } from 'chai';
import fc from 'fast-check';
import { cut, fold } from './fold.js';

describe('lines on a narrow terminal', () => {
  it('are folded at spaces, under their text', () => {
    expect(fold('fail  target saves: 70 % is less than 75 %', 24)).to.deep.equal([
      'fail  target saves: 70 %',
      '      is less than 75 %',
    ]);
    expect(fold('      next: look at the report', 20)).to.deep.equal([
      '      next: look at',
      '      the report',
    ]);
  });

  it('stay whole where they are tables, paths or short', () => {
    expect(fold('| a | b | c |', 5)).to.deep.equal(['| a | b | c |']);
    expect(fold('/a/very/long/path/to/report.html', 10)).to.deep.equal(['/a/very/long/path/to/report.html']);
    expect(fold('short', Number.POSITIVE_INFINITY)).to.deep.equal(['short']);
  });

  it('lose no word and end', () => {
    const text = fc.array(fc.stringMatching(/^[a-zµ]{1,12}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 60 }), (words, width) => {
        const lines = fold(words.join(' '), width);
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).to.deep.equal(words);
        for (const line of lines)
          if (/\S\s+\S/.test(line.trim())) expect([...line].length).to.be.at.most(Math.max(width, 26));
      }),
      { numRuns: 200 },
    );
  });

  it('are cut where they are drawn over', () => {
    expect(cut('abcdef', 4)).to.equal('abc…');
    expect(cut('abcd', 4)).to.equal('abcd');
  });
});
