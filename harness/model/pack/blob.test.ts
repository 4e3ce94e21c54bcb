import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { compileForHost } from '../../testing/host/program.js';
import { blobMagic, blobRecords, blobVersion, gateTypes, sectionTypes, stepFlags, stepOps } from './blob.js';
import { StructLayout } from './struct.js';

const snake = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

/** A C program that prints sizes, offsets and constants of blob.h, one a line, in the order of `expected`. */
function program(): { source: string; expected: string[] } {
  const lines: string[] = [];
  const expected: string[] = [];
  const add = (label: string, expression: string, value: number): void => {
    lines.push(`printf("${label} %lu\\n", (unsigned long)(${expression}));`);
    expected.push(`${label} ${value}`);
  };
  for (const [record, layout] of Object.entries(blobRecords)) {
    add(record, `sizeof(${record})`, layout.bytes);
    for (const [field, offset] of Object.entries(layout.offsets))
      add(`${record}.${field}`, `offsetof(${record}, ${snake(field)})`, offset);
  }
  add('magic', 'LF_BLOB_MAGIC', blobMagic);
  add('version', 'LF_BLOB_VERSION', blobVersion);
  add('labels', 'LF_SECTION_LABELS', sectionTypes.labels);
  add('confidence', 'LF_GATE_CONFIDENCE', gateTypes.confidence);
  add('copy', 'LF_OP_COPY', stepOps.copy);
  add('softmax', 'LF_OP_SOFTMAX', stepOps.softmax);
  add('roundUnsigned', 'LF_STEP_ROUND_UNSIGNED', stepFlags.roundUnsigned);
  const source = `#include <stddef.h>\n#include <stdio.h>\n#include "blob.h"\nint main(void) {\n${lines.join('\n')}\nreturn 0;\n}\n`;
  return { source, expected };
}

describe('blob layout', () => {
  it('should be the same in TypeScript and in C', () => {
    const { source, expected } = program();
    const file = packagePath('firmware', 'build', 'blob-layout.c');
    mkdirSync(packagePath('firmware', 'build'), { recursive: true });
    writeFileSync(file, source);
    const { stdout } = spawnSync(compileForHost('blob-layout', [file]), { encoding: 'utf8' });
    expect(stdout.trim().split('\n')).to.deep.equal(expected);
  });

  it('should refuse values that a field cannot hold', () => {
    const layout = new StructLayout({ small: 'u8', text: ['char', 4], list: ['i16', 2] });
    expect(layout.bytes).to.equal(10);
    expect(() => layout.encode({ small: 256, text: '', list: [] })).to.throw(RangeError, 'small');
    expect(() => layout.encode({ small: 0, text: 'abcde', list: [] })).to.throw(RangeError, 'text');
    expect(() => layout.encode({ small: 0, text: '', list: [1, 2, 3] })).to.throw(RangeError, 'list');
    expect(Array.from(layout.encode({ small: 7, text: 'ab', list: [-2] }))).to.deep.equal([
      7, 97, 98, 0, 0, 0, 254, 255, 0, 0,
    ]);
  });
});
