import { expect } from 'chai';
import { sleepStates } from './break-even.js';
import { loadChip } from './profile.js';

describe('break-even of sleep states', () => {
  it('should have one state where a profile names no deeper one', async () => {
    const chip = await loadChip('apollo3');
    const [state, ...others] = sleepStates(chip, chip.levels[0]);
    expect(others).to.have.length(0);
    expect(state.microwatts).to.be.closeTo(2.5 * 3.3, 1e-9);
    expect(state.breakEvenMicroseconds).to.equal(undefined);
  });

  it('should ask for the energy and for the time of a deeper state', async () => {
    const chip = await loadChip('rp2040');
    const [level] = chip.levels;
    const [, gated, , lowered] = sleepStates(chip, level);
    expect(gated.breakEvenMicroseconds).to.be.below(1);
    expect(lowered.microwatts).to.be.closeTo(276 * 3.3, 1e-9);
    const { enter, leave, wake } = chip.sleep.states![2];
    expect(lowered.breakEvenMicroseconds).to.be.closeTo(
      Math.max(
        enter.microseconds.value + leave.microseconds.value + wake.microseconds.value,
        (1e6 * (lowered.microjoules - sleepStates(chip, level)[2].microjoules)) / ((1.1 * 416 - 276) * 3.3),
      ),
      1e-6,
    );
    /* firmware/ports/common/pico_sleep.c stops from 2 ms on: no sooner than it can, and at no loss against gating. */
    expect(lowered.microseconds).to.be.below(2000);
    expect(lowered.microjoules - gated.microjoules).to.be.below(
      (gated.microwatts - lowered.microwatts) * 2e-3,
    );
  });

  it("should know the power of each state as well as the profile's figures, and keep the profile", async () => {
    const chip = await loadChip('rp2040');
    const before = structuredClone(chip);
    const [, gated, , lowered] = sleepStates(chip, chip.levels[0]);
    const factor = 1.6 ** 1.96;
    expect(lowered.microwattsCI95[0]).to.be.closeTo(lowered.microwatts / factor, 1);
    expect(lowered.microwattsCI95[1]).to.be.closeTo(lowered.microwatts * factor, 1);
    const [low, high] = gated.microwattsCI95;
    expect(high / gated.microwatts).to.be.within(1.1, 1.4);
    expect(low / gated.microwatts).to.be.within(0.6, 0.9);
    expect(chip).to.deep.equal(before);
  });

  it('should never choose a deeper state that draws more', async () => {
    const chip = structuredClone(await loadChip('rp2040'));
    chip.sleep.states![2].fixedMicroamps.value = 5000;
    expect(sleepStates(chip, chip.levels[0])[3].breakEvenMicroseconds).to.equal(Number.POSITIVE_INFINITY);
  });
});
