import { expect } from 'chai';
import type { BlockFacts } from '../block-energy.js';
import { checkBlock } from './check.js';
import type { BlockCheck, RuleName } from './violation.js';

const idleAt = (watts: number) => ({
  watts,
  seconds: 0.04,
  groups: Array.from({ length: 32 }, (_, i) => watts + (i % 2 === 0 ? 1e-8 : -1e-8)),
  headJoules: 1e-8,
  tailJoules: 2e-8,
  headSeconds: 0.01,
  tailSeconds: 0.001,
});

const facts = (): BlockFacts => ({
  windows: 100,
  bigWindows: 20,
  idleBefore: { watts: 1e-3, seconds: 0.1 },
  idleBetween: { watts: 1e-3, seconds: 0.1 },
  idleAfter: { watts: 1.01e-3, seconds: 0.1 },
  settled: [],
  before: [
    { index: 0, ...idleAt(1e-3), windowAfter: 1e-4 },
    { index: 1, ...idleAt(1e-3), windowBefore: 1e-4 },
  ],
  after: [
    { index: 101, ...idleAt(1.01e-3), windowAfter: 1e-4 },
    { index: 102, ...idleAt(1.01e-3), windowBefore: 1e-4 },
  ],
  activeSwitches: 0,
  exactEdges: false,
  configuredMillivolts: 3300,
  measuredMillivolts: 3290,
  expected: { activeWatts: 0.03, sleepWatts: 1e-3, leastSleepWatts: 5e-4 },
  samples: 100_000,
  badSamples: 0,
  bridgedSeconds: 0,
  bridgedInWindows: 0,
  totalSeconds: 1,
  firstNs: 0,
  lastNs: 1e9,
  noiseWatts: 1e-6,
  idleNoiseWatts: 1e-6,
  activeNoiseWatts: 1e-6,
  glitches: 0,
  meanJoules: 1e-4,
  meanSeconds: 5e-3,
  meanSecondsSigma: 1e-7,
  edgeJoulesSigma: 1e-9,
  combined: { u: 1e-6, u95: 2e-6, degrees: 100 },
  status: {
    samples: 100_000,
    lostSamples: 0,
    saturatedSamples: 0,
    overcurrent: false,
    rangeSwitches: 10,
    problems: [],
  },
});

function broken(change: (check: BlockCheck) => void): RuleName[] {
  const check: BlockCheck = {
    facts: facts(),
    hertz: 1e8,
    dutCycles: 100 * 5e-3 * 1e8,
    dutBigWindows: 20,
  };
  change(check);
  return checkBlock(check).map(violation => violation.rule);
}

describe('rules of method', () => {
  it('should accept a sound block', () => {
    expect(broken(() => {})).to.deep.equal([]);
  });

  it('should bear what the way into a deeper sleep and back takes beside the long idles, once, and no more', () => {
    const deeper = { enterJoules: 4e-6, leaveJoules: 2e-5 };
    const rules = (headJoules: number, tailJoules: number, more: Partial<BlockFacts> = {}) =>
      broken(({ facts }) => {
        Object.assign(facts, { wakeJoules: deeper.leaveJoules, deeper, ...more });
        Object.assign(facts.after[1], { headJoules });
        Object.assign(facts.before[0], { tailJoules });
      });
    expect(rules(4.3e-6, 2.03e-5)).to.deep.equal([]);
    expect(rules(8e-6, 0)).to.deep.equal(['charge']);
    expect(rules(0, 3e-5)).to.deep.equal(['charge']);
    expect(rules(0, 2.03e-5, { wakeJoules: 0, deeper: undefined })).to.deep.equal(['charge']);
  });

  it('should bear a rise before the marker by as much as waking from the guard may draw', () => {
    const rules = (risesBefore: number, wakeJoules: number) =>
      broken(({ facts }) =>
        Object.assign(facts, {
          wakeJoules,
          markerDelay: { seconds: 0, sigma: 1e-6, edges: 100, risesBefore, risesSigma: 1e-6 },
        }),
      );
    const joules = 1e-4 * (1e-4 / 5e-3);
    expect(rules(9e-5, joules)).to.deep.equal([]);
    expect(rules(9e-5, 0)).to.deep.equal(['marker-delay']);
    expect(rules(1.5e-4, joules)).to.deep.equal(['marker-delay']);
  });

  it('names windows of a few samples, of which the meter makes too much, as the reason why clocks disagree', () => {
    const said = (meanSeconds: number) => {
      const check = {
        facts: { ...facts(), meanSeconds },
        hertz: 1e8,
        dutCycles: 100 * meanSeconds * 1e8 * 1.05,
      };
      return checkBlock(check).find(({ rule }) => rule === 'clock')?.message;
    };
    expect(said(5e-3))
      .to.match(/they may differ by/)
      .and.not.match(/samples/);
    expect(said(5e-5)).to.match(/lasts 5\.0 samples of the meter/);
  });

  const cases: [string, RuleName[], (check: BlockCheck) => void][] = [
    [
      'too few windows',
      ['windows'],
      check => Object.assign(check.facts, { windows: 5, bigWindows: 20, meanSeconds: 0.1 }),
    ],
    [
      'windows too short for the meter',
      ['edges'],
      check => Object.assign(check.facts, { edgeJoulesSigma: 1e-6 }),
    ],
    ['0.2 % lost', ['drops'], check => Object.assign(check.facts.status, { lostSamples: 201 })],
    ['0.2 % bad', ['drops'], check => Object.assign(check.facts, { bridgedSeconds: 0.002 })],
    [
      'a clock off by 0.5 %',
      ['clock'],
      check => Object.assign(check, { dutCycles: 100 * 5e-3 * 1e8 * 1.005 }),
    ],
    ['a host clock far off', ['host-clock'], check => Object.assign(check, { hostSeconds: 1.6 })],
    ['swapped markers', ['markers'], check => Object.assign(check.facts, { bigWindows: 80 })],
    [
      'losses that nothing watched',
      ['drops'],
      check => {
        Object.assign(check.facts.status, { unwatchedSamples: 2 + 0.001 * check.facts.status.samples });
        Object.assign(check, { dutCycles: undefined, hostSeconds: undefined });
      },
    ],
    [
      'a saturated range',
      ['saturation'],
      check => Object.assign(check.facts.status, { saturatedSamples: 1 }),
    ],
    ['an overcurrent', ['overcurrent'], check => Object.assign(check.facts.status, { overcurrent: true })],
    ['not a number', ['not-a-number'], check => Object.assign(check.facts, { meanJoules: Number.NaN })],
    ['no idle before', ['idle'], check => Object.assign(check.facts, { before: [] })],
    ['no idle after', ['idle'], check => Object.assign(check.facts, { after: [] })],
    [
      'idle that changed',
      ['idle'],
      check => Object.assign(check.facts, { after: [{ index: 102, ...idleAt(2e-3) }] }),
    ],
    [
      'a shunt that is off by a factor',
      ['plausible'],
      check => Object.assign(check.facts, { expected: { activeWatts: 20, sleepWatts: 1e-3 } }),
    ],
    [
      'a DUT that something else feeds',
      ['plausible'],
      check =>
        Object.assign(check.facts, {
          idle: {
            microwatts: 1,
            terms: [{ term: 'offset', microwatts: 0.3, kind: 'B', source: 's' }],
          },
        }),
    ],
    [
      'idle shorter than asked for',
      ['idle', 'idle'],
      check => Object.assign(check.facts, { baselineSeconds: 0.2 }),
    ],
    [
      'idle that still falls',
      ['settled'],
      check => {
        const groups = Array.from({ length: 32 }, (_, i) => 1e-3 * (1 + 2 * Math.exp(-i / 8)));
        Object.assign(check.facts.before[1], { groups });
      },
    ],
    [
      'marker lines that lag',
      ['marker-delay'],
      check => Object.assign(check.facts, { markerDelay: { seconds: 5e-5, sigma: 1e-6, edges: 100 } }),
    ],
    [
      'a current that lags',
      ['marker-delay'],
      check => Object.assign(check.facts, { markerDelay: { seconds: -5e-5, sigma: 1e-6, edges: 100 } }),
    ],
    [
      'a rise long behind its marker',
      ['marker-delay'],
      check =>
        Object.assign(check.facts, {
          markerDelay: { seconds: 0, sigma: 1e-6, edges: 100, risesBefore: -3e-5, risesSigma: 1e-6 },
        }),
    ],
    [
      'a rise long before its marker',
      ['marker-delay'],
      check =>
        Object.assign(check.facts, {
          markerDelay: { seconds: 0, sigma: 1e-6, edges: 100, risesBefore: 3e-5, risesSigma: 1e-6 },
        }),
    ],
    [
      'windows that begin with little power',
      ['marker-delay'],
      check => Object.assign(check.facts, { lateRises: 0.6 }),
    ],
    [
      'a sleep cut off at nothing',
      ['saturation'],
      check => Object.assign(check.facts, { idleNothingShare: 0.3 }),
    ],
    ['charge after a window', ['charge'], check => Object.assign(check.facts.after[1], { headJoules: 3e-5 })],
    [
      'charge before a window',
      ['charge'],
      check => Object.assign(check.facts.before[0], { tailJoules: 3e-5 }),
    ],
    [
      'restless ranges',
      ['range-switching'],
      check => Object.assign(check.facts.status, { rangeSwitches: 3000 }),
    ],
    ['a sagging supply', ['voltage'], check => Object.assign(check.facts, { measuredMillivolts: 3200 })],
    [
      'an unmeasured voltage that is NaN',
      ['voltage'],
      check => Object.assign(check.facts, { measuredMillivolts: Number.NaN }),
    ],
    ['bytes inside windows', ['uart'], check => Object.assign(check, { unquiet: 1 })],
    ['a problem of the meter', ['meter-problem'], check => check.facts.status.problems.push('unplugged')],
  ];
  for (const [name, rules, change] of cases) {
    it(`should refuse ${name}`, () => {
      const found = broken(change);
      expect(found).to.include.members(rules);
      if (name !== 'too few windows') expect(found).to.deep.equal(rules);
    });
  }
});
