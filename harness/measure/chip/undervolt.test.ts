import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { undervoltedWindow } from './undervolt.js';

const flippedBits = (before: Uint8Array, after: Uint8Array, width: number): number[][] =>
  Array.from({ length: before.length / width }, (_, value) => {
    const bits: number[] = [];
    for (let bit = 0; bit < 8 * width; bit += 1) {
      const at = value * width + (bit >> 3);
      if (((before[at] ^ after[at]) >> (bit & 7)) & 1) bits.push(bit);
    }
    return bits;
  });

describe('undervolted computation', () => {
  const window = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 37) & 0xff);

  it('leaves a chip within its limit alone, and never changes what it is given', () => {
    const given = window.slice();
    expect(undervoltedWindow(given, 8, 0, new Random(1))).to.deep.equal(window);
    undervoltedWindow(given, 8, 1, new Random(1));
    expect(given).to.deep.equal(window);
  });

  for (const bits of [8, 16] as const)
    it(`gets the share of ${bits}-bit values wrong, each in one bit, upper bits most often`, () => {
      const width = bits / 8;
      const flips = flippedBits(window, undervoltedWindow(window, bits, 0.25, new Random(5)), width);
      const wrong = flips.filter(list => list.length > 0);
      expect(wrong.every(list => list.length === 1)).to.equal(true);
      expect(wrong.length / flips.length).to.be.closeTo(0.25, 0.02);
      const shareOf = (bit: number) => wrong.filter(([flipped]) => flipped === bit).length / wrong.length;
      expect(shareOf(bits - 1)).to.be.closeTo(0.5, 0.03);
      expect(shareOf(bits - 2)).to.be.closeTo(0.25, 0.03);
      expect(shareOf(bits - 3)).to.be.closeTo(0.125, 0.03);
    });

  it('does the same again with the same seed, and something else with another', () => {
    const once = undervoltedWindow(window, 8, 0.1, new Random(7, 3));
    expect(undervoltedWindow(window, 8, 0.1, new Random(7, 3))).to.deep.equal(once);
    expect(undervoltedWindow(window, 8, 0.1, new Random(7, 4))).to.not.deep.equal(once);
  });
});
