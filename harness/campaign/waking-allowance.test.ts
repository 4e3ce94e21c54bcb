import { expect } from 'chai';
import { loadChip } from '../measure/chip/profile.js';
import { wakingAllowance } from './waking-allowance.js';

describe('what a wake-up may draw outside the windows', () => {
  it('is that of plain sleep where guards are short, and the way back from the deepest where they have time for it', async () => {
    const chip = await loadChip('rp2040');
    const { enter, leave } = chip.sleep.states!.at(-1)!;
    const needed = enter.microseconds.value + leave.microseconds.value;
    const short = wakingAllowance(chip, needed - 1, 3300);
    const long = wakingAllowance(chip, needed, 3300);
    const plain = 4 * 6000e-6 * 0.1e-6 * 3.3;
    expect(short.wakeJoules).to.be.closeTo(plain, 1e-12);
    expect(long.wakeJoules).to.be.closeTo(plain + 4 * leave.microjoules.value * 1e-6, 1e-12);
    for (const { deeper } of [short, long])
      expect(deeper).to.deep.equal({
        enterJoules: 4 * enter.microjoules.value * 1e-6,
        leaveJoules: long.wakeJoules,
      });
  });

  it('knows of no deeper sleep where the profile has none, however long the guards', async () => {
    const { sleep, ...chip } = await loadChip('rp2040');
    const { states: _, ...plain } = sleep;
    const { wakeJoules, deeper } = wakingAllowance({ ...chip, sleep: plain }, 1e6, 3300);
    expect(deeper).to.equal(undefined);
    expect(wakeJoules).to.be.below(1e-8);
  });
});
