import { expect } from 'chai';
import { sleepMicroamps } from './current.js';
import { leastSleepMicroamps } from './least-sleep.js';
import { loadChip } from './profile.js';
import type { Fact } from './schema.js';

const fact = (value: number, u: number): Fact => ({ value, u, kind: 'assumed', source: 'a test' });

describe('least sleep current of a profile', () => {
  it('should be the lower end of its interval', async () => {
    const chip = await loadChip('rp2040');
    const [level] = chip.levels;
    chip.sleep = { fixedMicroamps: fact(100, 10), activity: fact(0, 0) };
    expect(leastSleepMicroamps(chip, level)).to.be.closeTo(100 - 19.6, 1e-9);
    chip.sleep = { ...chip.sleep, fixedMicroampsPerVolt: fact(1e4, 1000) };
    const volts = level.millivolts.value / 1000;
    expect(leastSleepMicroamps(chip, level)).to.be.closeTo(
      100 + 1e4 * volts - Math.hypot(19.6, 1960 * volts),
      1e-6,
    );
  });

  for (const name of ['rp2040', 'ecm3532', 'apollo2', 'apollo3', 'stm32l4r5'])
    it(`should leave ${name} asleep, and lie below its modelled sleep`, async () => {
      const chip = await loadChip(name);
      for (const level of chip.levels)
        expect(leastSleepMicroamps(chip, level)).to.be.within(
          0.1 * sleepMicroamps(chip, level),
          sleepMicroamps(chip, level),
        );
    });
});
