import { expect } from 'chai';
import fc from 'fast-check';
import { FaultyLine } from './line.js';
import { type LineFault, lineFaultKinds, lineFaultSchema } from './schema.js';

const sent = Buffer.from('abcdefghij');

/** What arrives of `abcdefghij`, sent in pieces of five, with one fault. */
function arrives(
  fault: Partial<LineFault> & Pick<LineFault, 'kind'>,
  chunks = [sent.subarray(0, 5), sent.subarray(5)],
): string {
  const line = new FaultyLine([lineFaultSchema.parse({ at: 2, ...fault })], 1, () => {});
  return chunks.map(chunk => line.pass('to-host', chunk).toString('latin1')).join('');
}

describe('a line with faults', () => {
  const once: [Partial<LineFault> & Pick<LineFault, 'kind'>, string][] = [
    [{ kind: 'drop' }, 'abdefghij'],
    [{ kind: 'drop', bytes: 3 }, 'abfghij'],
    [{ kind: 'drop', times: 3 }, 'abdefgij'],
    [{ kind: 'duplicate', bytes: 2 }, 'abcdcdefghij'],
    [{ kind: 'truncate' }, 'abfghij'],
    [{ kind: 'delay' }, 'abfghijcde'],
    [{ kind: 'reorder' }, 'abdecfghij'],
    [{ kind: 'stuck' }, 'ab\0\0\0\0\0\0\0\0'],
    [{ kind: 'mute' }, 'ab'],
    [{ kind: 'deaf', direction: 'to-dut' }, 'abcdefghij'],
    [{ kind: 'reset' }, 'abcdefghij'],
    [{ kind: 'drop', direction: 'to-dut' }, 'abcdefghij'],
    [{ kind: 'drop', at: 100 }, 'abcdefghij'],
  ];
  for (const [fault, expected] of once)
    it(`makes ${JSON.stringify(expected)} of it by ${JSON.stringify(fault)}`, () => {
      expect(arrives(fault)).to.equal(expected);
    });

  it('flips one bit in each byte that it corrupts', () => {
    const got = Buffer.from(arrives({ kind: 'corrupt', bytes: 2 }), 'latin1');
    const flipped = [...got].map((byte, i) => byte ^ sent[i]);
    expect(flipped.map(bits => bits.toString(2).split('1').length - 1)).to.deep.equal([
      0, 0, 1, 1, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('replays bytes that came before', () => {
    expect(arrives({ kind: 'stale', at: 5, bytes: 3 })).to.match(/^abcde(abc|bcd|cde)ij$/);
  });

  it('babbles among the bytes, and stops when the power is cut', () => {
    const line = new FaultyLine([lineFaultSchema.parse({ kind: 'babble', at: 0, bytes: 4 })], 1, () => {});
    expect(line.pass('to-host', sent)).to.have.length(14);
    expect(line.pass('to-host', sent)).to.have.length(14);
    line.powerCut();
    expect(line.pass('to-host', sent)).to.deep.equal(sent);
  });

  it('passes nothing while the cable is out, until the host has sent enough', () => {
    const line = new FaultyLine([lineFaultSchema.parse({ kind: 'unplug', at: 0, bytes: 15 })], 1, () => {});
    line.pass('to-host', sent);
    expect(line.pass('to-host', sent)).to.have.length(0);
    expect(line.pass('to-dut', sent)).to.have.length(0);
    expect(line.pass('to-dut', sent)).to.have.length(0);
    expect(line.pass('to-dut', sent)).to.deep.equal(sent);
    expect(line.pass('to-host', sent)).to.deep.equal(sent);
  });

  it('does the same for the same seed, and tells of every strike', () => {
    const fault = fc.record({
      kind: fc.constantFrom(...lineFaultKinds),
      direction: fc.constantFrom('to-dut', 'to-host') as fc.Arbitrary<LineFault['direction']>,
      at: fc.integer({ min: 0, max: 40 }),
      bytes: fc.integer({ min: 1, max: 20 }),
      times: fc.integer({ min: 1, max: 3 }),
    });
    const chunk = fc.record({
      direction: fc.constantFrom('to-dut', 'to-host') as fc.Arbitrary<LineFault['direction']>,
      bytes: fc.uint8Array({ maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(fault, { maxLength: 4 }), fc.array(chunk), fc.nat(), (faults, chunks, seed) => {
        const told: string[][] = [];
        const run = () => {
          const strikes: string[] = [];
          const line = new FaultyLine(faults, seed, ({ kind }) => strikes.push(kind));
          told.push(strikes);
          return chunks.map(({ direction, bytes }) =>
            line.pass(direction, Buffer.from(bytes)).toString('hex'),
          );
        };
        const first = run();
        expect(run()).to.deep.equal(first);
        expect(told[1]).to.deep.equal(told[0]);
        const clean = chunks.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
        if (told[0].length === 0) expect(first).to.deep.equal(clean);
      }),
    );
  });
});
