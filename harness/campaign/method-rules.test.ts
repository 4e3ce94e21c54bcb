import { expect } from 'chai';
import { type Evaluated, measureOnce } from '../testing/bench/campaign.js';

/** A campaign of one block through an emulated PPK2. */
const run = (meter: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<Evaluated> =>
  measureOnce({
    meter: { driver: 'ppk2', ...meter },
    strategies: ['big-only'],
    levels: ['24MHz'],
    ...windows(60),
    ...more,
  });

/** The reason why the one block is invalid; that it has no energy, no saving and no battery days. */
function reasonOf({ record }: Evaluated): string {
  const [block] = record.blocks;
  expect(block.valid, 'valid').to.be.a('string');
  expect(block.energyPerWindow_uJ).to.equal(null);
  expect(block.savingVsBigOnly?.energy ?? null).to.equal(null);
  expect(block.averagePower_uW).to.equal(null);
  expect(block.batteryDays).to.equal(null);
  return String(block.valid);
}

const windows = (count: number) => ({ data: { set: 'synthetic', windows: count, seed: 3 } });
const knownLoad = { ohms: 330, tolerance: 0.001, seconds: 0.05 };
/** The meter was calibrated: it knows itself to half a percent. */
const calibrated = {
  gainRelative: 0.0025,
  voltageRelative: 0.0005,
  source: 'calibrated against a resistor, in a test',
};

describe('rules of method', function () {
  this.timeout(120_000);

  it('let a sound block pass', async () => {
    const { record } = await run({ knownLoad, accuracy: calibrated });
    expect(record.blocks[0].valid, String(record.blocks[0].valid)).to.equal(true);
    expect(record.blocks[0].energyPerWindow_uJ?.value).to.be.above(0);
    expect(record.knownLoads?.map(({ when, valid }) => [when, valid])).to.deep.equal([
      ['start', true],
      ['end', true],
    ]);
    expect(record.knownLoads?.[0].measuredAmps).to.be.closeTo(0.01, 1e-4);
  });

  it('take the gain from two known loads where their voltage was read, and say so', async () => {
    const loads = [
      { ...knownLoad, millivolts: 3300 },
      { ohms: 330_000, tolerance: 0.001, seconds: 0.05, millivolts: 3300 },
    ];
    const errors = { gain: 0.03, offsetAmps: 0 };
    const [plain, narrow] = [await run({ errors }), await run({ errors, knownLoad: loads })];
    expect(narrow.record.blocks[0].valid, String(narrow.record.blocks[0].valid)).to.equal(true);
    expect(narrow.record.knownLoads?.map(({ when, isApplied }) => [when, isApplied])).to.deep.equal([
      ['start', true],
      ['start', true],
      ['end', false],
      ['end', false],
    ]);
    const [wide, narrowed] = [plain, narrow].map(({ record }) => record.blocks[0].energyPerWindow_uJ!);
    expect(wide.value / narrowed.value).to.be.closeTo(1.03, 3e-3);
    expect(narrowed.u95Meter! / narrowed.value).to.be.below(0.5 * (wide.u95Meter! / wide.value));
    expect(narrow.record.blocks[0].uncertainty?.find(({ term }) => term === 'gain')?.source).to.match(
      /^known loads at 10\.0 mA and 0\.0100 mA/,
    );
  });

  const violations: [string, RegExp, Record<string, unknown>, Record<string, unknown>?][] = [
    ['too few windows', /^windows: 5 windows/, {}, windows(5)],
    [
      'windows too short for the meter',
      /* Edges that are known to half a millisecond alone may also lie where the clock looks wrong, by how windows fall among samples. */
      /^edges: edge timing explains [^;]*(; clock: [^;]*)?$/,
      { driver: 'lpm01a', sampleRateHz: 2000 },
      { guardMicroseconds: 10_000 },
    ],
    ['0.2 % of the samples lost', /drops: 0\.\d+ % of the samples/, { errors: { loss: 0.002 } }],
    ['a clock that is off by 0.5 %', /clock: windows last/, { errors: { clock: 0.005 } }],
    ['swapped markers', /markers: the marker lines show Big in 0 windows|LF_SEGMENTATION/, { pins: [1, 0] }],
    ['a saturated range', /saturation: \d+ samples at the end of the range/, { errors: { stuckRange: 0 } }],
    ['a calibration that is not a number', /meter-problem: .*GI3 is -nan/, { errors: { notANumber: 'GI3' } }],
    ['a cable that is pulled within the block', /unplugged|is gone|LF_METER/, { errors: { unplugAt: 4000 } }],
    [
      'a wrong value of the shunt',
      /^known-load: at the start of the session the meter read 10\.[45]\d+ mA where 10\.000 mA/,
      { knownLoad, accuracy: calibrated, errors: { gain: 0.05 } },
    ],
    [
      'an offset that two known loads show together',
      /^known-load: at the start of the session 0\.0100 mA and 10\.0 mA do not agree .* off by 0\.2\d* uA/,
      {
        knownLoad: [knownLoad, { ...knownLoad, ohms: 330_000 }],
        accuracy: {
          ...{ gainRelative: 1e-4, voltageRelative: 0.03, offsetAmps: 2e-8 },
          source: 'a voltage that is hardly known, in a test',
        },
        errors: { offsetAmps: 2e-7 },
      },
    ],
  ];
  for (const [name, reason, meter, more] of violations)
    it(`make a block with ${name} invalid`, async () => {
      expect(reasonOf(await run(meter, more))).to.match(reason);
    });

  it('let no block of a session count whose meter had drifted at its end', async () => {
    const drift = { offsetAmps: 0, driftAmpsPerSecond: 2.5e-4 };
    const { record, records } = await run({
      knownLoad: { ...knownLoad, seconds: 0.02 },
      accuracy: calibrated,
      errors: drift,
    });
    expect(record.knownLoads?.length).to.equal(2);
    expect(records.find(({ kind }) => kind === 'block-end')).to.have.property('valid', true);
    expect(record.knownLoads?.[1].valid).to.be.a('string');
    expect(record.blocks[0].valid).to.match(/^known-load: at the end/);
  });
});
