import { expect } from 'chai';
import type { PowerEvent } from '../../machine/machine.js';
import { levelsForBoard, loadChip } from '../../measure/chip/profile.js';
import { BlockEnergyCollector } from '../../measure/energy/collector.js';
import { checkBlock } from '../../measure/energy/rules/check.js';
import { createSupply } from '../supply.js';
import { emulatedMeterDrivers, openEmulatedMeter } from './open.js';

const supplyMillivolts = 3300;
const count = 60;

/** A block at a level: windows of 60,000 gate cycles and, for every fourth, 1,900,000 of Big, with UART transfers between batches. */
function blockEvents(
  level: number,
  hertz: number,
): { events: PowerEvent[]; endNs: number; cycles: number; big: number } {
  const events: PowerEvent[] = [];
  let timeNs = 1000;
  let cycles = 0;
  let big = 0;
  const put = (kind: PowerEvent['kind'], value = 0) => events.push({ timeNs, cycles, kind, value });
  const work = (amount: number) => {
    cycles += amount;
    timeNs += (amount / hertz) * 1e9;
  };
  const sleep = (microseconds: number) => {
    put('sleep');
    timeNs += microseconds * 1e3;
    put('wake');
  };
  put('level', level);
  sleep(20_000);
  for (let i = 0; i < count; i += 1) {
    if (i % 6 === 0) {
      sleep(1100);
      put('marker', 3);
      timeNs += 5e6;
      put('marker', 0);
    }
    sleep(1003 + 3.7 * i);
    put('marker', 1);
    work(60_000 + 11 * i);
    if (i % 4 === 0) {
      put('marker', 2);
      work(1_900_000);
      big += 1;
    }
    put('marker', 0);
  }
  sleep(20_000);
  const windowCycles = Array.from(
    { length: count },
    (_, i) => 60_000 + 11 * i + (i % 4 === 0 ? 1_900_000 : 0),
  );
  return { events, endNs: timeNs, cycles: windowCycles.reduce((sum, value) => sum + value, 0), big };
}

describe('emulated meters on one supply', function () {
  this.timeout(120_000);

  it('should agree with the ideal meter within their uncertainty, level by level, and keep the rules', async () => {
    const chip = await loadChip('rp2040');
    const levels = levelsForBoard(chip, 'rp2040');
    for (const [index, level] of levels.entries()) {
      const supply = createSupply(chip, levels);
      const { events, endNs, cycles, big } = blockEvents(index, level.hertz.value);
      const blocks = await Promise.all(
        emulatedMeterDrivers.map(async driver => {
          const meter = openEmulatedMeter(driver, { source: supply, settle: async () => {} });
          await meter.configure({ supplyMillivolts });
          if (meter.canSwitchSupply !== false) await meter.supply(true);
          const collector = new BlockEnergyCollector({
            accuracy: () => meter.accuracy(),
            supplyMillivolts,
            expectedWindows: count,
          });
          await meter.start(chunk => collector.push(chunk));
          return { driver, meter, collector };
        }),
      );
      supply.push(events);
      supply.advance(endNs);
      const results = [];
      for (const { driver, meter, collector } of blocks) {
        results.push({ driver, ...collector.finish(await meter.stop()) });
        await meter.close();
      }
      const truth = results[0].facts.meanJoules;
      for (const { driver, facts } of results) {
        // Three standard uncertainties: of some forty comparisons, two lie outside 95 % by right.
        expect(Math.abs(facts.meanJoules - truth), `${driver} at ${level.name}`).to.be.at.most(
          1.5 * facts.combined.u95 + 1e-12,
        );
      }
      expect(results[0].facts.edgeJoulesSigma, 'the ideal meter has no edge error').to.equal(0);
      for (const { facts } of results.slice(0, 2)) {
        const check = { facts, hertz: level.hertz.value, dutCycles: cycles, dutBigWindows: big };
        expect(checkBlock(check), level.name).to.deep.equal([]);
      }
    }
  });
});
