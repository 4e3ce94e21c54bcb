import { expect } from 'chai';
import { jsonLine } from './record/journal/journal.js';
import { visible, visibleDeep, visibleLine } from './visible.js';

describe('strings of others', () => {
  const cases: [string, string, string][] = [
    ['an escape sequence', 'a\u001b[31mred', 'a\\x1b[31mred'],
    ['a C1 control sequence introducer', 'a\u009b31m', 'a\\u009b31m'],
    ['a bell and a backspace', '\u0007\b', '\\x07\\x08'],
    ['delete', '\u007f', '\\u007f'],
    ['a carriage return that overwrites', 'FAIL\rPASS', 'FAIL\\x0dPASS'],
    ['an override of the direction', 'a\u202eb', 'a\\u202eb'],
    ['an isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero width', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['half of a pair', 'a\ud800b', 'a\\ud800b'],
    ['a tag character', '\u{e0041}', '\\udb40\\udc41'],
    ['what XML forbids', '\ufffe\u0000', '\\ufffe\\x00'],
    ['ordinary text', 'µJ – 10 % ± 1 😀\tü\n', 'µJ – 10 % ± 1 😀\tü\n'],
  ];
  for (const [name, text, shown] of cases)
    it(`are harmless with ${name}`, () => {
      expect(visible(text)).to.equal(shown);
    });

  it('stand on one line where a line is wanted', () => {
    expect(visibleLine('a\r\nb\tc\n\nd')).to.equal('a b c d');
  });

  it('are made harmless in whatever holds them', () => {
    expect(visibleDeep({ a: ['\u001b', 1, null, { '\u009b': true }] })).to.deep.equal({
      a: ['\\x1b', 1, null, { '\\u009b': true }],
    });
  });

  it('do not reach a terminal that shows the journal, and are read back as they were', () => {
    const record = { message: 'a\u009b31m\u007f\u2028\u001b' };
    const line = jsonLine(record);
    expect(line).to.match(/^[ -~]*$/);
    expect(JSON.parse(line)).to.deep.equal(record);
  });
});
