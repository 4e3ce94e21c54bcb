import { expect } from 'chai';
import { DirectMeter } from '../../emulator/instruments/direct.js';
import { createSupply } from '../../emulator/supply.js';
import type { Marker, PowerEvent } from '../../machine/machine.js';
import { activeMicroamps, type CoreActivity, sleepMicroamps } from '../chip/current.js';
import { loadChip } from '../chip/profile.js';
import type { ChipProfile } from '../chip/schema.js';
import type { CollectorOptions } from './block-energy.js';
import { BlockEnergyCollector } from './collector.js';
import { checkBlock } from './rules/check.js';

const volts = 3.3;

/** Power events of windows: sleep, gate, perhaps Big, sleep. Times in microseconds. */
function scenario(
  windows: { gateUs: number; bigUs: number }[],
  guardUs = 100,
  awakeUs = { before: 0, after: 0 },
): { events: PowerEvent[]; endNs: number } {
  const events: PowerEvent[] = [];
  let timeNs = 0;
  const event = (kind: PowerEvent['kind'], value = 0) => events.push({ timeNs, cycles: 0, kind, value });
  event('sleep');
  timeNs += 5e6;
  for (const { gateUs, bigUs } of windows) {
    event('marker', 3 satisfies Marker);
    timeNs += 700e3;
    event('marker', 0);
    timeNs += guardUs * 1e3;
    event('wake');
    timeNs += awakeUs.before * 1e3;
    event('marker', 1);
    timeNs += gateUs * 1e3;
    if (bigUs > 0) {
      event('marker', 2);
      timeNs += bigUs * 1e3;
    }
    event('marker', 0);
    timeNs += awakeUs.after * 1e3;
    event('sleep');
    timeNs += guardUs * 1e3 + 37;
  }
  timeNs += 5e6;
  return { events, endNs: timeNs };
}

async function measure(
  chip: ChipProfile,
  windows: { gateUs: number; bigUs: number }[],
  sampleRateHz: number,
  expectedWindows = windows.length,
  exactEdges = false,
  awakeUs?: { before: number; after: number },
  onWindow?: CollectorOptions['onWindow'],
) {
  const supply = createSupply(chip, chip.levels);
  const meter = new DirectMeter({
    source: supply,
    settle: async () => {},
    exactEdges,
    joinRuns: awakeUs === undefined,
  });
  await meter.configure({ supplyMillivolts: volts * 1e3, sampleRateHz });
  const collector = new BlockEnergyCollector({
    accuracy: meter.accuracy(),
    supplyMillivolts: volts * 1e3,
    expectedWindows,
    onWindow,
  });
  await meter.start(chunk => collector.push(chunk));
  const { events, endNs } = scenario(windows, 100, awakeUs);
  supply.push(events);
  supply.advance(endNs);
  return collector.finish(await meter.stop());
}

describe('energy pipeline: power events to energy per window', () => {
  let chip: ChipProfile;
  before(async () => {
    chip = await loadChip('rp2040');
  });

  for (const rate of [1e6, 1e5]) {
    it(`should find the closed-form energy of every window at ${rate} samples per second`, async () => {
      const windows = Array.from({ length: 40 }, (_, i) => ({
        gateUs: 61.3 + 7.77 * i,
        bigUs: i % 3 === 0 ? 5000.4 + 13.1 * i : 0,
      }));
      const instant = structuredClone(chip);
      instant.wake.microseconds.value = 0;
      const { energy, block, facts } = await measure(instant, windows, rate);
      const watts = (what: CoreActivity) => activeMicroamps(chip, chip.levels[0], what) * 1e-6 * volts;
      const halfSample = 0.5 / rate;
      windows.forEach((window, i) => {
        const total = energy.gateMicrojoules[i] + energy.bigMicrojoules[i];
        const truth = watts('gate') * window.gateUs + watts('big') * window.bigUs;
        expect(total).to.be.closeTo(truth, truth * 1e-9 + 4e6 * facts.edgeJoulesSigma);
        expect(energy.gateSeconds[i]).to.be.closeTo(window.gateUs * 1e-6, halfSample * 1.001);
        expect(energy.bigSeconds[i]).to.be.closeTo(window.bigUs * 1e-6, halfSample * 1.001);
        expect(energy.otherMicrojoules[i]).to.equal(0);
      });
      expect(block.idleMicrowatts).to.be.closeTo(sleepMicroamps(chip, chip.levels[0], 0) * volts, 1);
      expect(facts.idleBefore.seconds).to.be.above(4e-3);
      expect(facts.idleAfter.seconds).to.be.above(4e-3);
    });
  }

  it('should tell the energy of the windows so far, after each', async () => {
    const told: [windows: number, joules: number][] = [];
    const windows = Array.from({ length: 9 }, (_, i) => ({ gateUs: 200, bigUs: i % 2 === 0 ? 900 : 0 }));
    const { energy } = await measure(chip, windows, 1e6, 9, true, undefined, (...soFar) => told.push(soFar));
    expect(told.map(([count]) => count)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let sum = 0;
    told.forEach(([, joules], i) => {
      sum += energy.gateMicrojoules[i] + energy.bigMicrojoules[i] + energy.otherMicrojoules[i];
      expect(joules * 1e6).to.be.closeTo(sum, sum * 1e-9);
    });
  });

  it('should keep the first windows as a trace with their markers', async () => {
    const { trace } = await measure(chip, Array(10).fill({ gateUs: 200, bigUs: 900 }), 1e6);
    expect(trace.seconds.length).to.equal(trace.amperes.length).and.to.equal(trace.marker.length);
    expect([...new Set(trace.marker)].sort()).to.deep.equal([0, 1, 2, 3]);
    expect(Math.max(...trace.amperes)).to.be.closeTo(
      activeMicroamps(chip, chip.levels[0], 'big') * 1e-6,
      1e-9,
    );
    expect(trace.seconds).to.deep.equal([...trace.seconds].sort((a, b) => a - b));
  });

  it('should refuse a block whose windows are not those that the DUT answered', async () => {
    let caught: unknown;
    try {
      await measure(chip, Array(5).fill({ gateUs: 200, bigUs: 0 }), 1e6, 6);
    } catch (error) {
      caught = error;
    }
    expect(caught).to.have.property('code', 'LF_SEGMENTATION');
  });

  it('should break the edges rule with few short windows that border on waking idle, unless edges are exact', async () => {
    const restless = structuredClone(chip);
    restless.sleep = {
      fixedMicroamps: {
        ...chip.sleep.fixedMicroamps,
        value: activeMicroamps(chip, chip.levels[0], 'gate'),
      },
      activity: { ...chip.sleep.activity, value: 0 },
    };
    restless.wake.microseconds.value = 0;
    const windows = Array.from({ length: 8 }, (_, i) => ({ gateUs: 25.3 + 0.31 * i, bigUs: 0 }));
    const hertz = chip.levels[0].hertz.value;
    const verdict = async (exactEdges: boolean) => {
      const { facts } = await measure(restless, windows, 1e6, windows.length, exactEdges);
      return { facts, rules: checkBlock({ facts, hertz }).map(({ rule }) => rule) };
    };
    expect((await verdict(false)).rules).to.deep.equal(['edges']);
    const { facts, rules } = await verdict(true);
    expect(rules).to.deep.equal([]);
    const meanUs = windows.reduce((sum, { gateUs }) => sum + gateUs, 0) / windows.length;
    expect(facts.meanSeconds).to.be.closeTo(meanUs * 1e-6, 1e-12);
  });

  it('should tell waking idle beside a window from the window by the edges of all windows together', async () => {
    const beside = { before: 2.37, after: 0.59 };
    const windows = Array.from({ length: 120 }, (_, i) => ({ gateUs: 941.3 + 7.7 * (i % 7), bigUs: 0 }));
    const { facts } = await measure(chip, windows, 1e5, windows.length, false, beside);
    const watts = activeMicroamps(chip, chip.levels[0], 'gate') * 1e-6 * volts;
    const seconds = windows.reduce((sum, { gateUs }) => sum + gateUs, 0) / windows.length / 1e6;
    expect(facts.meanSecondsSigma).to.be.within(1e-9, 2e-7);
    expect(facts.meanSeconds).to.be.closeTo(seconds, 3 * facts.meanSecondsSigma);
    expect(facts.meanJoules).to.be.closeTo(watts * seconds, 3 * facts.edgeJoulesSigma);
    const hertz = chip.levels[0].hertz.value;
    const dutCycles = Math.round(seconds * windows.length * hertz);
    expect(checkBlock({ facts, hertz, dutCycles })).to.deep.equal([]);
    expect(
      checkBlock({ facts, hertz, dutCycles: Math.round(1.0025 * dutCycles) }).map(({ rule }) => rule),
    ).to.deep.equal(['clock']);
  });

  it('should place wake-up before the first instruction and outside the window', async () => {
    const slow: ChipProfile = structuredClone(chip);
    slow.wake.microseconds.value = 40;
    slow.wake.microamps.value = 20000;
    const plain = await measure(chip, Array(6).fill({ gateUs: 200, bigUs: 0 }), 1e6);
    const waking = await measure(slow, Array(6).fill({ gateUs: 200, bigUs: 0 }), 1e6);
    expect(waking.facts.meanJoules / plain.facts.meanJoules).to.be.closeTo(1, 1e-4);
  });
});
