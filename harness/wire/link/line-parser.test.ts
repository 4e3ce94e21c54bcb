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
