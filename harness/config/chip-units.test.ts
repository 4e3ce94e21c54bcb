import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseChip } from '../measure/chip/profile.js';
import { packagePath } from '../package-root.js';
import { thrown } from '../testing/failure.js';

describe('a chip profile', () => {
  it('with units in text is refused with the number to write, by the key above `value`', () => {
    const text = readFileSync(packagePath('fixtures', 'chips', 'rp2040.yaml'), 'utf8')
      .replace(/hertz: \{ value: \d+/, 'hertz: { value: 48 MHz')
      .replace(/millivolts: \{ value: \d+/, 'millivolts: { value: 1.1 V');
    const { message } = thrown(() => parseChip(text, 'mine.yaml'), 'LF_CONFIG_INVALID');
    expect(message)
      .to.match(/hertz\.value: .*write 48000000, without the unit/)
      .and.to.match(/millivolts\.value: .*write 1100, without the unit/);
  });
});
