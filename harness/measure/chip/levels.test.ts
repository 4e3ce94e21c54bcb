import { expect } from 'chai';
import { batteries, batteryDays, batteryJoules } from './battery.js';
import { modelPoint, studyLevels } from './levels.js';
import { loadChip } from './profile.js';

describe('level studies', () => {
  it('should add active, wake-up and sleep energy over the period', () => {
    const point = {
      level: 'a',
      millivolts: 1000,
      hertz: 1e6,
      activeMicrojoules: 100,
      activeSeconds: 0.28,
      sleepMicrowatts: 10,
      wakeMicrojoules: 2,
    };
    const { rows } = studyLevels([point], 1.28);
    expect(rows[0].periodMicrojoules).to.be.closeTo(112, 1e-9);
    expect(rows[0].averageMicrowatts).to.be.closeTo(87.5, 1e-9);
    expect(rows[0].idleShare).to.be.closeTo(12 / 112, 1e-12);
    expect(rows[0].batteryDays['CR2032']).to.be.closeTo(2430 / 87.5e-6 / 86400, 1e-9);
  });

  it('should prefer racing to sleep when sleep is cheap and fixed currents are high', async () => {
    const chip = structuredClone(await loadChip('rp2040'));
    chip.sleep.fixedMicroamps.value = 1;
    chip.sleep.activity.value = 0;
    chip.sleep.fixedMicroampsPerVolt = undefined;
    chip.active.fixedMicroampsPerVolt = undefined;
    chip.active.fixedMicroamps.value = 50_000;
    const study = studyLevels(
      chip.levels.map(level => modelPoint(chip, level, 2e6)),
      1.28,
    );
    expect(study.bestPeriod).to.equal(study.raceToSleep.level).and.to.equal('133MHz');
    expect(study.slowAndSteady.level).to.equal('24MHz');
  });

  it('should prefer the lowest voltage when nothing but C V^2 f counts', async () => {
    const chip = structuredClone(await loadChip('ecm3532'));
    chip.active.leakageMicroamps.value = 0;
    chip.active.fixedMicroamps.value = 0;
    const study = studyLevels(
      chip.levels.map(level => modelPoint(chip, level, 2e6)),
      1.28,
    );
    expect(study.minimumEnergy).to.equal('20MHz');
  });

  it('should leave out levels that miss the period and refuse when none is in time', async () => {
    const chip = await loadChip('rp2040');
    const points = chip.levels.map(level => modelPoint(chip, level, 60e6));
    const study = studyLevels(points, 1.28);
    expect(study.rows.map(row => row.isInTime)).to.deep.equal([true, true, true, true, false]);
    expect(study.slowAndSteady.level).to.equal('48MHz');
    expect(() => studyLevels(points, 0.1)).to.throw('no level finishes');
  });

  it('should convert capacities to energy', () => {
    expect(batteryJoules(batteries.CR2032)).to.equal(2430);
    expect(batteryDays(batteries.CR2032, 1000)).to.be.closeTo(28.125, 1e-9);
  });
});
