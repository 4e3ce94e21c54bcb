import { expect } from 'chai';
import { formatPpk2Metadata, ppk2Calibrations } from '../../../emulator/instruments/ppk2/metadata.js';
import { nominalPpk2Ranges, parsePpk2Metadata } from './metadata.js';
import { Ppk2TextFinder } from './text-finder.js';

/** Text of a real instrument, with the figures in its own order (published with the tests of a Rust client). */
const real = formatPpk2Metadata(ppk2Calibrations.realistic, {
  calibrated: false,
  vddMillivolts: 3741,
  mode: 2,
});
const edited = (pattern: RegExp, by: string) => parsePpk2Metadata(real.replace(pattern, by)).problems;

describe('PPK2 metadata', () => {
  it('should read what a real instrument writes', () => {
    const metadata = parsePpk2Metadata(real);
    expect(metadata.ranges).to.deep.equal(ppk2Calibrations.realistic);
    expect(metadata).to.deep.include({
      calibrated: false,
      vddMillivolts: 3741,
      hardware: '9173',
      problems: [],
    });
    expect(parsePpk2Metadata(real.replaceAll('\n', '\r\n')).problems).to.deep.equal([]);
  });

  it('should read a text without "Calibrated:", as some stand-ins write it, and keep that apart', () => {
    const lines = ['R', 'GS', 'GI', 'O', 'S', 'I', 'UG'].flatMap(key =>
      nominalPpk2Ranges().map((range, i) => `${key}${i}: ${range[key as 'R']}`),
    );
    const metadata = parsePpk2Metadata([...lines, 'VDD: 3700', 'Mode: 2', 'HW: 9', 'END'].join('\n'));
    expect(metadata).to.deep.include({ calibrated: undefined, problems: [], ranges: nominalPpk2Ranges() });
  });

  const faults: [string, RegExp, string, RegExp][] = [
    ['R a thousand times too large', /R0: .*/, 'R0: 1003350.6', /range 0 is implausible/],
    ['R of 1 where it should be 1,000', /R0: .*/, 'R0: 1', /range 0 is implausible/],
    ['R of 1 where it should be 0.05', /R4: .*/, 'R4: 1', /range 4 is implausible/],
    ['a negative R', /R2: /, 'R2: -', /range 2 is implausible/],
    ['R of 0', /R1: .*/, 'R1: 0.0000', /R1 is 0/],
    ['R1 to R3 absent', /R[123]: .*\n/g, '', /R1 is missing,.*R2 is missing,.*R3 is missing/],
    ['a cut text', /GI2: [\s\S]*(?=END)/, '', /GI2 is missing.*UG4 is missing/],
    ['a decimal comma', /R0: 1003\./, 'R0: 1003,', /R0 is 1003,3506, not a number/],
    ['-nan', /GS1: .*/, 'GS1: -nan', /GS1 is -nan, not a number/],
    ['an infinite gain', /GI3: .*/, 'GI3: 1e999', /GI3 is 1e999, not a number/],
    ['a gain of 0', /GI2: .*/, 'GI2: 0', /range 2 is implausible/],
    ['an offset of half the range', /O1: .*/, 'O1: 3000', /range 1 is implausible/],
    ['S a million times too large', /\nS0: .*/, '\nS0: 0.048', /range 0 is implausible/],
    ['a user gain of 100', /UG3: .*/, 'UG3: 100', /range 3 is implausible/],
    ['a figure with two values', /R3: /, 'R3: 0.9\nR3: ', /R3 twice/],
  ];
  for (const [what, pattern, by, expected] of faults)
    it(`should name ${what}, and not measure by nominal figures in silence`, () => {
      expect(edited(pattern, by).join(', ')).to.match(expected);
    });

  it('should refuse anything else', () => {
    for (const text of ['Calibrated: 0\nR0: 1', 'hello END', 'Calibrated: 1\nEND', ''])
      expect(() => parsePpk2Metadata(text), text).to.throw('incomplete');
  });
});

describe('PPK2 text in the stream of samples', () => {
  const samples = Buffer.from(Uint8Array.from({ length: 9000 }, (_, i) => (i * 37) & 255));

  it('should be found however the bytes are cut, with the samples around it', () => {
    for (const cut of [1, 3, 64, 1000, 20_000]) {
      const all = Buffer.concat([samples, Buffer.from(real), samples.subarray(0, 10)]);
      const finder = new Ppk2TextFinder();
      const before: Buffer[] = [];
      let text: string | undefined;
      for (let at = 0; at < all.length && text === undefined; at += cut) {
        const found = finder.push(all.subarray(at, at + cut));
        before.push(found.samples);
        text = found.text;
      }
      expect(text, `cut by ${cut}`).to.equal(real.trimEnd());
      expect(Buffer.concat(before).equals(samples)).to.equal(true);
    }
  });

  it('should not be seen in samples that spell END', () => {
    const finder = new Ppk2TextFinder();
    const bytes = Buffer.from('END'.repeat(5000));
    const { samples: passed, text } = finder.push(bytes);
    expect(text).to.equal(undefined);
    expect(Buffer.concat([passed, finder.flush()]).equals(bytes)).to.equal(true);
  });
});
