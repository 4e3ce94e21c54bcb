import { expect } from 'chai';
import { withoutUnit } from './quantity.js';

describe('numbers that were written with a unit', () => {
  for (const [text, key, instead] of [
    ['97 %', 'atLeast', 'write 0.97 for 97 %'],
    ['5 uJ', 'atMost', 'write 5, without "uJ", in the unit that the file counts in'],
    ['48 MHz', 'hertz', 'write 48000000, without the unit'],
    ['25 °C', 'ambientCelsius', 'write 25, without the unit'],
    ['25 C', 'ambientCelsius', 'write 25, without the unit'],
    ['10 min', 'meterWarmUpMinutes', 'write 10, without the unit'],
    ['0.5 h', 'meterWarmUpMinutes', 'write 30, without the unit'],
    ['10 min', 'minimumSeconds', 'write 600, without the unit'],
    ['330 Ω', 'ohms', 'write 330, without the unit'],
    ['1 kOhm', 'ohms', 'write 1000, without the unit'],
    ['70 nA', 'offsetAmps', 'write 7e-8, without the unit'],
    ['4 kB', 'blobBytes', 'write 4000, without the unit'],
    ['115200 baud', 'baudRate', 'write 115200, without the unit'],
    ['50 ppm', 'oscillatorPpm', 'write 50, without the unit'],
    ['1 MHz', 'speedKilohertz', 'write 1000, without the unit'],
    ['5 %', 'sampleRateHz', 'write 5, without "%", in the unit that the file counts in'],
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
