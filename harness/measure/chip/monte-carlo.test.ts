import { expect } from 'chai';
import { activeMicroamps, converterEfficiency, leakageMicroamps, sleepMicroamps } from './current.js';
import { earlyStandard } from './cycles.js';
import { frequencyLimitHz } from './delay.js';
import { modelScenarios, monteCarlo } from './monte-carlo.js';
import { loadChip } from './profile.js';
import { atAmbient } from './temperature.js';
import { valueAt } from './uncertainty.js';

const deviation = (values: Float64Array, from: number) => {
  const drawn = values.subarray(from);
  const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
  return Math.sqrt(drawn.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (drawn.length - 1));
};

describe('propagation of what a chip profile does not know', () => {
  it('should give the closed-form uncertainty of a product of two quantities', async () => {
    const chip = structuredClone(await loadChip('stm32l4r5'));
    for (const fact of [chip.active.fixedMicroamps, chip.active.leakageMicroamps])
      Object.assign(fact, { value: 0, u: 0, uFactor: undefined });
    const { parameters, levels } = modelScenarios(chip, 25);
    const level = levels.get('120MHz-boost');
    if (level === undefined) throw new Error('no level');
    const first = 2 * parameters.length;
    expect(level.big.length).to.equal(first + monteCarlo.draws);
    // uA/MHz 25 of 206, compute 4 %, cycles 3 %.
    const expected = Math.hypot(25 / 206, 0.04, 0.03);
    expect(deviation(level.big, first)).to.be.closeTo(expected, 0.05 * expected);
  });

  it('should draw a quantity once for all levels and kinds of code, and the same each time', async () => {
    const chip = await loadChip('apollo3');
    const [one, two] = [modelScenarios(chip, 25), modelScenarios(chip, 25)];
    const [fast, slow] = ['48MHz', '24MHz'].map(name => one.levels.get(name));
    if (fast === undefined || slow === undefined) throw new Error('no level');
    expect([...fast.big]).to.deep.equal([...(two.levels.get('48MHz')?.big ?? [])]);
    const first = 2 * one.parameters.length;
    const ratio = fast.big.map((value, i) => value / slow.big[i]);
    expect(deviation(ratio, first)).to.be.below(0.03);
    expect(deviation(fast.big, first)).to.be.above(0.1);
    expect(chip.levels[1].microampsPerMegahertz?.value, 'the profile itself is left alone').to.equal(11.5);
  });

  it('should leave early ends anywhere in their range, as the last quantity', async () => {
    const { parameters, early } = modelScenarios(await loadChip('ecm3532'), 25);
    const first = 2 * parameters.length;
    expect(parameters.at(-1)?.name).to.equal('early end of long multiplications and divisions');
    expect([...early.subarray(0, first)].filter(value => value !== 0)).to.deep.equal([-0.5, 0.5]);
    expect(early.length).to.equal(first + monteCarlo.draws);
    expect(deviation(early, first)).to.be.closeTo(earlyStandard(1), 0.01);
    expect(Math.max(...early)).to.be.at.most(0.5);
  });

  it('should keep what cannot be negative from being so', () => {
    const fact = { value: 10, u: 5, kind: 'assumed' as const, source: 's' };
    expect(valueAt(fact, -6)).to.be.above(0);
    expect(valueAt({ ...fact, u: 1 }, 2)).to.equal(12);
    expect(valueAt({ ...fact, u: undefined, uFactor: 3 }, -1)).to.be.closeTo(10 / 3, 1e-12);
    expect(valueAt({ ...fact, value: -1, u: 0.5 }, 1)).to.equal(-0.5);
  });
});

describe('temperature and load', () => {
  it('should leak more and allow a slower or faster clock in heat, as the threshold falls', async () => {
    const chip = await loadChip('ecm3532');
    const hot = atAmbient(chip, 25 + 13.5);
    const rise = leakageMicroamps(hot, 870) / leakageMicroamps(chip, 870);
    expect(rise).to.be.closeTo(2, 1e-9);
    expect(frequencyLimitHz(hot, 500) / frequencyLimitHz(chip, 500)).to.be.above(
      frequencyLimitHz(hot, 870) / frequencyLimitHz(chip, 870),
    );
    expect(sleepMicroamps(hot, hot.levels[3])).to.be.closeTo(7 * (0.4 + 0.6 * 2), 1e-9);
    expect(atAmbient(chip, 25)).to.equal(chip);
  });

  it('should save less by a low voltage when it is hot', async () => {
    const chip = await loadChip('ecm3532');
    const gain = (celsius: number) => {
      const here = atAmbient(chip, celsius);
      const energy = (i: number) => activeMicroamps(here, here.levels[i], 'big') / here.levels[i].hertz.value;
      return 1 - energy(3) / energy(0);
    };
    expect(gain(85)).to.be.below(gain(25) - 0.1);
  });

  it('should convert worse at light load, and follow the stall voltage asleep', async () => {
    const chip = await loadChip('ecm3532');
    expect(converterEfficiency(chip, 3000, 870)).to.be.closeTo(0.8, 0.01);
    expect(converterEfficiency(chip, 5, 600)).to.be.below(0.4);
    expect(sleepMicroamps(chip, chip.levels[0])).to.be.above(sleepMicroamps(chip, chip.levels[3]));
  });
});
