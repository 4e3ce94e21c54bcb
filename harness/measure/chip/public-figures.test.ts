import { expect } from 'chai';
import { activeMicroamps, sleepMicroamps } from './current.js';
import { chipNames, findLevel, loadChip } from './profile.js';
import type { ChipProfile } from './schema.js';
import { modelParameters, standardShare } from './uncertainty.js';

/** A figure that others published, with its standard uncertainty, and what the profile says of the same. */
interface PublicFigure {
  what: string;
  chip: string;
  value: number;
  u: number;
  source: string;
  own: (chip: ChipProfile) => number;
  /** Relative standard uncertainty of the profile's figure. */
  ownShare: number;
}

const at = (chip: ChipProfile, level: string) => findLevel(chip, level).level;
const running = (level: string) => (chip: ChipProfile) => activeMicroamps(chip, at(chip, level), 'big');
const sleeping = (level: string, depth?: number) => (chip: ChipProfile) =>
  sleepMicroamps(chip, at(chip, level), depth);

const figures: PublicFigure[] = [
  {
    what: 'one core running, uA/MHz at 1.1 V, without what is fixed',
    chip: 'rp2040',
    value: 157,
    u: 16,
    source: 'RP2040 datasheet 5.7, figure 172 and table 629',
    own: chip => chip.active.capacitancePicofarads.value * 1.1,
    ownShare: 0.1,
  },
  {
    what: 'BOOTSEL active, DVDD, uA at 48 MHz and 1.1 V, taken at the level of 64 MHz and 0.9 V',
    chip: 'rp2040',
    value: 9400,
    u: 2000,
    source: 'RP2040 datasheet, table 631: 9.4 mA typical',
    own: running('64MHz'),
    ownShare: 0.15,
  },
  {
    what: 'plain WFI at 133 MHz, uA',
    chip: 'rp2040',
    value: 19_500,
    u: 3900,
    source: 'RP2040 datasheet: 3.9 mA + 117 uA/MHz',
    own: sleeping('133MHz', 0),
    ownShare: 0.2,
  },
  {
    what: 'plain WFI at 24 MHz and 0.80 V, uA',
    chip: 'rp2040',
    value: 5000,
    u: 1000,
    source: 'the same, scaled with the core voltage',
    own: sleeping('24MHz', 0),
    ownShare: 0.2,
  },
  {
    what: 'SLEEP at 1.10 V, uA',
    chip: 'rp2040',
    value: 390,
    u: 30,
    source: 'RP2040 datasheet, table 631, typical; the own state clocks timer, watchdog and UART beside it',
    own: chip => sleeping('133MHz', 2)(chip) - 12 * (3.5 + 1.2 + 1),
    ownShare: 0.02,
  },
  ...(
    [
      ['mean of 36 runs', 206, 25],
      ['X-CUBE-AI 7.3, kws, 3.0 V', (75.3e3 / 3.0 / 120) * 1, 5],
      ['X-CUBE-AI 9.0, ic, 1.8 V', 42.0e3 / 1.8 / 120, 10],
      ['microTVM with CMSIS-NN, kws, 1.8 V', 52.3e3 / 1.8 / 120, 15],
    ] as const
  ).map(([run, value, u]) => ({
    what: `networks at 120 MHz, uA/MHz: ${run}`,
    chip: 'stm32l4r5',
    value,
    u,
    source: 'mlcommons/tiny_results',
    own: (chip: ChipProfile) => running('120MHz-boost')(chip) / 120,
    ownShare: 0.12,
  })),
  {
    what: 'Stop 2 with SRAM3 kept, uA',
    chip: 'stm32l4r5',
    value: 7,
    u: 3,
    source: 'FRASTM; STM32LowPower pull 66',
    own: sleeping('80MHz'),
    ownShare: 0.43,
  },
  {
    what: 'networks behind the SMPS at 80 MHz, uA/MHz',
    chip: 'stm32l4r5-smps',
    value: 78,
    u: 12,
    source: 'derived from the LDO board',
    own: chip => running('80MHz')(chip) / 80,
    ownShare: 0.15,
  },
  {
    what: 'a CNN at 48 MHz, uA/MHz',
    chip: 'apollo3',
    value: 12.5,
    u: 1.25,
    source: 'milliwatt MCU survey: 41.3 uW/MHz at 3.3 V',
    own: chip => running('48MHz')(chip) / 48,
    ownShare: 0.13,
  },
  {
    what: 'deep sleep, uA',
    chip: 'apollo3',
    value: 2.4,
    u: 0.2,
    source: 'community.sparkfun.com 37755',
    own: sleeping('48MHz'),
    ownShare: 0.2,
  },
  {
    what: 'typical workload, at most 1 mW, at 96 MHz, uW',
    chip: 'ecm3532',
    value: 1000,
    u: 300,
    source: 'wikichip.org ecm3532',
    own: chip => running('96MHz')(chip) * 3,
    ownShare: 0.4,
  },
  {
    what: 'stall, uA',
    chip: 'ecm3532',
    value: 7,
    u: 2.1,
    source: 'wikichip.org ecm3532',
    own: sleeping('20MHz'),
    ownShare: 0.3,
  },
];

describe('profiles against public figures', () => {
  for (const { what, chip, value, u, own, ownShare } of figures)
    it(`should keep ${chip} within its interval of: ${what}`, async () => {
      const figure = own(await loadChip(chip));
      expect(Math.abs(figure - value)).to.be.at.most(2 * Math.hypot(u, ownShare * figure));
    });

  it('should state the uncertainty of every number that a current follows from', async () => {
    for (const name of await chipNames()) {
      const chip = await loadChip(name);
      for (const { name: parameter, facts } of modelParameters(chip))
        for (const fact of facts)
          expect(fact.u ?? fact.uFactor, `${name} ${parameter}`)
            .to.be.a('number')
            .and.be.above(0);
    }
  });

  it('should know assumed numbers worse than those of a data sheet', async () => {
    const chip = await loadChip('ecm3532');
    expect(standardShare({ value: 1, kind: 'assumed', source: 's' })).to.be.above(
      standardShare({ value: 1, kind: 'datasheet', source: 's' }),
    );
    expect(standardShare(chip.active.capacitancePicofarads)).to.be.above(0.25);
  });
});
