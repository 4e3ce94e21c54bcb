import { expect } from 'chai';
import { canonicalJournal } from './canonical.js';
import type { JournalRecord } from './records.js';

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
const key = (strategy: string) => ({
  board: 'rp2040',
  chip: 'rp2040',
  level: { name: '24MHz', mV: 900, Hz: 24e6 },
  bundle: 'paper',
  strategy,
});

/** Two blocks' records, with what only the hour and the host decide taken from `seed`. */
function block(index: number, seed: number): JournalRecord[] {
  const common = { t: at(seed), block: index };
  return [
    { kind: 'block-start', ...common, attempt: 1, key: key(`s${index}`) },
    {
      kind: 'identity',
      ...common,
      nonce: `${seed}`,
      image: 'aa',
      blob: 'bb',
      bundle: 'paper',
      level: { mV: 900, Hz: 24e6, registers: '0' },
      since: `${seed}`,
    },
    { kind: 'block-end', ...common, valid: true, sha256: String(seed).padStart(64, '0') },
  ];
}

describe("a journal's canonical form", () => {
  it('is the same for other times, nonces, hashes and another order of the blocks', () => {
    const [a, b] = [block(0, 1), block(1, 2)];
    const [c, d] = [block(0, 8), block(1, 9)];
    const interleaved = [d[0], c[0], d[1], c[1], c[2], d[2]];
    expect(canonicalJournal(interleaved)).to.deep.equal(canonicalJournal([...a, ...b]));
    expect(JSON.stringify(canonicalJournal(a))).to.not.match(/nonce|since|"t"|sha256/);
  });

  it('differs where anything else does', () => {
    const records = block(0, 1);
    const [start, identity, end] = records;
    for (const other of [
      [start, { ...identity, image: 'ab' }, end],
      [start, identity, { ...end, valid: 'edges' }],
      [start, identity],
    ] as JournalRecord[][])
      expect(canonicalJournal(other)).to.not.deep.equal(canonicalJournal(records));
  });
});
