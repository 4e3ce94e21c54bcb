import { expect } from 'chai';
import fc from 'fast-check';
import { EvenChunks } from './even-chunks.js';
import type { SampleChunk } from './meter.js';

/** A stream of `samples` samples, cut at the given places. */
function stream(samples: number, cuts: readonly number[], gapAt: number): SampleChunk[] {
  const places = [...new Set([0, gapAt, samples, ...cuts])].sort((a, b) => a - b);
  return places.slice(1).map((to, i) => {
    const from = places[i];
    const numbers = Array.from({ length: to - from }, (_, k) => from + k);
    return {
      startNs: 1000 * (from + (from >= gapAt ? 7 : 0)),
      periodNs: 1000,
      current: Float64Array.from(numbers),
      logic: Uint8Array.from(numbers, n => n & 3),
      range: Uint8Array.from(numbers, n => n % 5),
    };
  });
}

function passed(chunks: readonly SampleChunk[]): SampleChunk[] {
  const out: SampleChunk[] = [];
  const even = new EvenChunks(chunk => out.push(chunk));
  for (const chunk of chunks) even.push(chunk);
  even.flush();
  return out;
}

describe('chunks of equal size', () => {
  const size = fc.integer({ min: 1, max: 20_000 });

  it('do not depend on how the samples came, and lose none', () => {
    const cuts = fc.array(fc.nat(20_000), { maxLength: 40 });
    fc.assert(
      fc.property(size, cuts, cuts, fc.nat(20_000), (samples, one, other, gap) => {
        const inside = (list: number[]) => list.filter(place => place < samples);
        const gapAt = Math.min(gap, samples);
        const out = passed(stream(samples, inside(one), gapAt));
        expect(out).to.deep.equal(passed(stream(samples, inside(other), gapAt)));
        expect(out.flatMap(chunk => [...chunk.current])).to.deep.equal([...Array(samples).keys()]);
        for (const { startNs, current, logic, range } of out) {
          expect(startNs).to.equal(1000 * (current[0] + (current[0] >= gapAt ? 7 : 0)));
          expect([...logic]).to.deep.equal([...current].map(n => n & 3));
          expect([...(range ?? [])]).to.deep.equal([...current].map(n => n % 5));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keep apart what differs in more than its time', () => {
    const base = { startNs: 0, periodNs: 10, current: Float64Array.of(1), logic: Uint8Array.of(0) };
    const next = { ...base, startNs: 10 };
    expect(passed([base, next])).to.have.length(1);
    for (const other of [
      { ...next, periodNs: 20 },
      { ...next, nominalNs: 10 },
      { ...next, exactEdges: true },
      { ...next, voltage: Float64Array.of(3) },
      { ...next, range: Uint8Array.of(1) },
      { ...next, startNs: 11 },
    ])
      expect(passed([base, other])).to.have.length(2);
  });
});
