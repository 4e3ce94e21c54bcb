import { expect } from 'chai';
import { thrown } from '../../../testing/failure.js';
import { memoryMapLimit, parseMemoryMap } from './memory-map.js';

const flash =
  '<memory type="flash" start="0x0" length="0x1000"><property name="blocksize">0x100</property></memory>';

describe('GDB memory maps', () => {
  it('are read with comments, a document type and empty elements', () => {
    const text = `<?xml version="1.0"?><!DOCTYPE memory-map><memory-map><!-- x -->${flash}<memory type="ram" start="0x20000000" length="0x10"/></memory-map>`;
    expect(parseMemoryMap(text, 'x').map(({ type, length }) => [type, length])).to.deep.equal([
      ['flash', 0x1000],
      ['ram', 0x10],
    ]);
  });

  it('are refused where elements stand within each other deeper than in any map, and where they are too large', () => {
    for (const text of ['<a>'.repeat(9), '<a><b/>'.repeat(9), `<memory-map>${' '.repeat(memoryMapLimit)}`])
      expect(thrown(() => parseMemoryMap(text, 'x')).code, text.slice(0, 20)).to.equal('LF_FLASH_FAILED');
  });
});
