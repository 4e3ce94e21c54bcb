import { expect } from 'chai';
import { withoutUnit } from './quantity.js';

describe('numbers that were written with a unit', () => {
  for (const [text, key, instead] of [
    ['97 %', 'atLeast', 'write 0.97 for 97 %'],
    ['5 uJ', 'atMost', 'write 5, without "uJ", in the unit that the file counts in'],
    ['48 MHz', 'hertz', 'write 48, without "MHz", in the unit that the file counts in'],
    ['48 MHz', 'sampleRateHz', 'write 48000000, without the unit'],
    ['3.3V', 'supplyMillivolts', 'write 3300, without the unit'],
    ['100 µs', 'guardMicroseconds', 'write 100, without the unit'],
    ['1_000', 'windows', 'write 1000 without quotes'],
    ['many', 'windows', undefined],
    ['', 'windows', undefined],
    ['1 2', 'windows', undefined],
  ] as const)
    it(`${JSON.stringify(text)} for ${key}`, () => {
      expect(withoutUnit(text, key)).to.equal(instead);
    });
});
