import { expect } from 'chai';
import { synthesizeWearer } from './synthetic/data-set.js';
import { channelCount, GrowingSamples, releaseSamples } from './window-set.js';

describe('samples of a window set', () => {
  const rows = (count: number, value: number) => new Float32Array(count * channelCount).fill(value);

  it('should grow piece by piece without moving, and refuse more than was said', () => {
    const grown = new GrowingSamples(5);
    const { samples } = grown;
    grown.push(rows(2, 1));
    grown.push(rows(3, 2));
    expect(grown.rows).to.equal(5);
    expect([...samples]).to.deep.equal([...rows(2, 1), ...rows(3, 2)]);
    expect(() => grown.push(rows(1, 3))).to.throw(RangeError);
  });

  it('should give the memory of a synthetic wearer back at once, and leave samples from files alone', () => {
    const set = synthesizeWearer({ split: 'test', order: 'published', windows: 8 });
    expect(set.samples.length).to.be.above(8 * 64 * channelCount);
    releaseSamples(set);
    expect(set.samples.buffer.byteLength).to.equal(0);
    const samples = rows(2, 1);
    releaseSamples({ samples });
    expect([...samples]).to.deep.equal([...rows(2, 1)]);
  });

  it('should reserve enough for any number of windows', () => {
    for (const windows of [1, 5, 7, 41, 500])
      for (const seed of [1, 2, 3])
        expect(
          synthesizeWearer({ split: 'train', order: 'published', windows, seed }).starts.length,
        ).to.equal(windows);
  });
});
