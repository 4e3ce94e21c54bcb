import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { codeOf } from '../../testing/failure.js';
import { activeMicroamps, leakageMicroamps, picojoulesPerCycle, sleepMicroamps } from './current.js';
import { checkLevels, frequencyLimitHz, undervoltErrorShare } from './delay.js';
import { checkMemory, chipNames, findLevel, levelsForBoard, loadChip, parseChip } from './profile.js';
import type { ChipProfile } from './schema.js';

describe('chip profiles', () => {
  it('should ship the chips of the design, the STM32L4R5 with and without its converter', async () => {
    expect(await chipNames()).to.deep.equal([
      'apollo2',
      'apollo3',
      'apollo3-artemis',
      'ecm3532',
      'nrf52840',
      'rp2040',
      'rp2350',
      'stm32l4r5',
      'stm32l4r5-smps',
    ]);
  });

  it('should keep every level within the frequency limit, drawing more awake than asleep', async () => {
    for (const name of await chipNames()) {
      const chip = await loadChip(name);
      expect(chip.sha256).to.match(/^[0-9a-f]{64}$/);
      for (const level of chip.levels) {
        expect(level.hertz.value, `${name} ${level.name}`).to.be.at.most(
          frequencyLimitHz(chip, level.millivolts.value),
        );
        expect(activeMicroamps(chip, level, 'big')).to.be.above(sleepMicroamps(chip, level));
      }
    }
  });

  it('should reach the clocks of the RP2040 levels from their PLL words', async () => {
    const chip = await loadChip('rp2040');
    for (const level of levelsForBoard(chip, 'rp2040')) {
      const [vsel, feedback, postDividers, reference] = level.registers['rp2040'];
      const vco = (12e6 / reference) * feedback;
      expect(vco).to.be.within(750e6, 1600e6);
      expect(vco / ((postDividers >> 4) * (postDividers & 15))).to.equal(level.hertz.value);
      expect(850 + (vsel - 6) * 50).to.equal(level.millivolts.value);
    }
  });

  it('should find a minimum-energy point between the fastest and the slowest RP2040 level', async () => {
    const chip = await loadChip('rp2040');
    const energies = chip.levels.map(level => picojoulesPerCycle(chip, level));
    const best = energies.indexOf(Math.min(...energies));
    expect(best).to.be.within(1, chip.levels.length - 2);
  });

  it('should follow C V f for an LDO and C V^2 f / Vs for a buck converter', async () => {
    const chip: ChipProfile = structuredClone(await loadChip('rp2040'));
    const level = chip.levels[0];
    chip.active.leakageMicroamps.value = 0;
    chip.active.fixedMicroampsPerVolt = undefined;
    expect(activeMicroamps(chip, level, 'big')).to.be.closeTo(143e-12 * 1.1 * 133e6 * 1e6, 1e-6);
    chip.regulator.type = 'buck';
    expect(activeMicroamps(chip, level, 'big')).to.be.closeTo((143e-12 * 1.1 ** 2 * 133e6 * 1e6) / 3.3, 1e-6);
  });

  it('should leak less at a lower voltage', async () => {
    const chip = await loadChip('ecm3532');
    expect(leakageMicroamps(chip, 870)).to.equal(15);
    const { diblVoltsPerVolt: dibl, leakageMicroamps: leakage } = chip.active;
    const law = chip.delay;
    const decay = Math.exp((-dibl.value * 240) / (law.slopeFactor.value * law.thermalMillivolts.value));
    expect(leakageMicroamps(chip, 630)).to.be.closeTo(leakage.value * decay, 1e-9);
  });

  it('should scale the limit exponentially below the threshold and by less than the square above it', async () => {
    const chip = await loadChip('ecm3532');
    const slope = Math.LN10 * chip.delay.slopeFactor.value * chip.delay.thermalMillivolts.value;
    const decade = frequencyLimitHz(chip, 150) / frequencyLimitHz(chip, 150 - slope);
    expect(decade * (150 / (150 - slope))).to.be.closeTo(10, 0.5);
    expect(frequencyLimitHz(chip, 1600) / frequencyLimitHz(chip, 1400)).to.be.within(1.1, (1600 / 1400) ** 2);
  });

  it('should refuse a level above the limit of its voltage unless the fault option asks for it', async () => {
    const chip: ChipProfile = structuredClone(await loadChip('rp2040'));
    chip.levels[4].hertz.value = 133_000_000;
    expect(await codeOf(() => checkLevels(chip))).to.equal('LF_LEVEL_REFUSED');
    expect(await codeOf(() => checkLevels(chip, { allowOverclock: true }))).to.equal('none');
    expect(undervoltErrorShare(chip, chip.levels[4])).to.be.within(0.1, 1);
    expect(undervoltErrorShare(chip, chip.levels[0])).to.equal(0);
  });

  it('should say what is wrong with an unknown chip, level, board or file', async () => {
    const chip = await loadChip(packagePath('fixtures', 'chips', 'rp2040.yaml'));
    expect(await codeOf(() => loadChip('rp2041'))).to.equal('LF_UNKNOWN_CHIP');
    expect(await codeOf(() => loadChip('./none.yaml'))).to.equal('LF_UNKNOWN_CHIP');
    expect(await codeOf(() => findLevel(chip, 'fast'))).to.equal('LF_UNKNOWN_LEVEL');
    expect(findLevel(chip, '48MHz').index).to.equal(3);
    for (const written of ['48 MHz', '48mhz', ' 48 MHz ', '0.048 GHz', '48000 kHz', '48_000_000 Hz'])
      expect(findLevel(chip, written).index, written).to.equal(3);
    for (const written of ['48', '48 mV', '48 s', '47 MHz', '48 MHz boost', ''])
      expect(await codeOf(() => findLevel(chip, written)), written).to.equal('LF_UNKNOWN_LEVEL');
    expect(await codeOf(() => levelsForBoard(chip, 'stm32l4r5'))).to.equal('LF_CONFIG_INVALID');
    expect(await codeOf(() => parseChip('levels: [', 'x'))).to.equal('LF_CONFIG_INVALID');
    expect(await codeOf(() => parseChip('schema: littlefirst.chip/1', 'x'))).to.equal('LF_CONFIG_INVALID');
  });

  it('should take a clock that several levels have for none of them, but for the one of that name', async () => {
    const chip = await loadChip('stm32l4r5');
    expect(findLevel(chip, '24 MHz').level.name).to.equal('24MHz');
    expect(findLevel(chip, '24 MHz-range1').level.name).to.equal('24MHz-range1');
    expect(await codeOf(() => findLevel(chip, '0.024 GHz'))).to.equal('LF_UNKNOWN_LEVEL');
  });

  it('should enforce flash and RAM', async () => {
    const chip = await loadChip('ecm3532');
    expect(await codeOf(() => checkMemory(chip, { flashBytes: 524288, ramBytes: 262144 }))).to.equal('none');
    expect(await codeOf(() => checkMemory(chip, { flashBytes: 524289, ramBytes: 0 }))).to.equal(
      'LF_BUNDLE_TOO_LARGE',
    );
    expect(await codeOf(() => checkMemory(chip, { flashBytes: 0, ramBytes: 262145 }))).to.equal(
      'LF_BUNDLE_TOO_LARGE',
    );
  });
});
