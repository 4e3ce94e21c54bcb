import { expect } from 'chai';
import { LineParser } from './line-parser.js';

function linesOf(chunks: string[], limit?: number): { lines: string[]; overflows: number } {
  const parser = new LineParser(limit);
  const lines: string[] = [];
  let overflows = 0;
  parser.on('overflow', () => {
    overflows += 1;
  });
  for (const chunk of chunks) {
    parser.write(Buffer.from(chunk, 'latin1'));
    for (let line = parser.read(); line !== null; line = parser.read()) lines.push(line);
  }
  return { lines, overflows };
}

describe('LineParser', () => {
  it('joins and splits chunks into lines', () => {
    expect(linesOf(['ab', 'c\nd', 'ef\ng\n']).lines).to.deep.equal(['abc', 'def', 'g']);
  });

  const kinds: [what: string, end: string][] = [
    ['CR LF', '\r\n'],
    ['LF', '\n'],
    ['CR CR LF', '\r\r\n'],
    ['LF CR', '\n\r'],
    ['CR', '\r'],
    ['CR LF NUL', '\r\n\0'],
    ['XOFF CR XON LF', '\x13\r\x11\n'],
  ];
  for (const [what, end] of kinds)
    it(`ends lines at ${what}, in one piece or byte by byte`, () => {
      const lines = ['m-lap-us-12', 'a line of a log', 'm-results-[1.000]', 'm-ready'];
      const text = lines.map(line => line + end).join('');
      for (const chunks of [[text], [...text]])
        expect(linesOf(chunks).lines.filter(line => line !== '')).to.deep.equal(lines);
    });

  it('drops CR and NUL within a line once lines have ended in LF, as the stock runner does', () => {
    expect(linesOf(['m-ready\nm-re\rad\0y\n\rm-load-\rdone\r\n']).lines).to.deep.equal([
      'm-ready',
      'm-ready',
      'm-load-done',
    ]);
  });

  it('knows lines that end in CR alone behind others that did not', () => {
    const { lines } = linesOf(['boot\r\nm-init-done\rm-ready\rm-name-dut-[x]\rm-ready\r']);
    expect(lines.filter(line => line !== '')).to.deep.equal([
      'boot',
      'm-init-done',
      'm-ready',
      'm-name-dut-[x]',
      'm-ready',
    ]);
  });

  it('drops a line beyond the limit whole, keeps its neighbours, and says so', () => {
    const long = 'x'.repeat(50);
    for (const chunks of [
      [`one\n${long}\ntwo\n`],
      ['on', `e\n${long}`, `${long}\ntwo`, '\n'],
      ['one\nxx', long, long, '\ntwo\n'],
    ])
      expect(linesOf(chunks, 20)).to.deep.equal({ lines: ['one', 'two'], overflows: 1 });
  });

  it('never holds more than the limit of an endless line', () => {
    const parser = new LineParser(64);
    for (let i = 0; i < 1000; i += 1) parser.write(Buffer.alloc(100, 'y'));
    expect(parser.buffer.length).to.be.at.most(64);
  });

  it('keeps bytes above 127 as one character each', () => {
    expect(linesOf(['\u00ff\u0080\n']).lines).to.deep.equal(['\u00ff\u0080']);
  });

  it('does not pass a partial line off as a whole one at the end', () => {
    const parser = new LineParser();
    parser.end(Buffer.from('whole\npart'));
    expect(parser.read()).to.equal('whole');
    expect(parser.read()).to.equal(null);
  });
});
