import { expect } from 'chai';
import type { PowerEvent } from '../machine/machine.js';
import type { WaveformSegment } from '../machine/waveform.js';
import {
  activeMicroamps,
  type CoreActivity,
  crystalMicroamps,
  sleepMicroamps,
} from '../measure/chip/current.js';
import { loadChip } from '../measure/chip/profile.js';
import type { ChipProfile } from '../measure/chip/schema.js';
import { createSupply, switchBoard } from './supply.js';

const event = (timeNs: number, kind: PowerEvent['kind'], value = 0): PowerEvent => ({
  timeNs,
  cycles: 0,
  kind,
  value,
});

describe('modelled supply', () => {
  let chip: ChipProfile;
  before(async () => {
    chip = await loadChip('rp2040');
  });

  function play(events: PowerEvent[], batches = 1): WaveformSegment[] {
    const supply = createSupply(chip, chip.levels);
    const segments: WaveformSegment[] = [];
    supply.onSegments(list => segments.push(...list));
    const size = Math.ceil(events.length / batches);
    for (let i = 0; i < events.length; i += size) supply.push(events.slice(i, i + size));
    return segments;
  }

  it('should follow markers, levels, sleep and the wake-up before the first instruction', () => {
    chip.wake.microseconds.value = 2;
    chip.wake.microamps.value = 15_000;
    const segments = play([
      event(1000, 'marker', 1),
      event(3000, 'level', 2),
      event(4000, 'marker', 0),
      event(4000, 'sleep'),
      event(14_000, 'wake'),
      event(15_000, 'marker', 2),
    ]);
    const amps = (level: number, what: CoreActivity) =>
      activeMicroamps(chip, chip.levels[level], what) * 1e-6;
    const asleep = sleepMicroamps(chip, chip.levels[2], 0) * 1e-6;
    expect(segments).to.deep.equal([
      { startNs: 0, endNs: 1000, amps: amps(0, 'idle'), logic: 0 },
      { startNs: 1000, endNs: 3000, amps: amps(0, 'gate'), logic: 1 },
      { startNs: 3000, endNs: 4000, amps: amps(2, 'gate'), logic: 1 },
      { startNs: 4000, endNs: 12_000, amps: asleep, logic: 0 },
      { startNs: 12_000, endNs: 14_000, amps: chip.wake.microamps.value * 1e-6, logic: 0 },
      { startNs: 14_000, endNs: 15_000, amps: amps(2, 'idle'), logic: 0 },
    ]);
  });

  it('should follow the depth of sleep, and a core that runs from its crystal', () => {
    const segments = play([
      event(1000, 'sleep', 3),
      event(9000, 'wake'),
      event(10_000, 'clock', 1),
      event(12_000, 'sleep', 2),
      event(15_000, 'wake'),
      event(16_000, 'clock', 0),
      event(17_000, 'sleep', 1),
      event(18_000, 'sleep', 9),
      event(19_000, 'marker', 1),
    ]);
    const [level] = chip.levels;
    const asleep = (depth: number) => sleepMicroamps(chip, level, depth) * 1e-6;
    const at = (timeNs: number) =>
      segments.find(({ startNs, endNs }) => startNs <= timeNs && timeNs < endNs)?.amps;
    expect([2000, 13_000, 17_500, 18_500].map(at)).to.deep.equal([3, 2, 1, 0].map(asleep));
    expect(asleep(3)).to.be.below(asleep(2));
    expect(asleep(1)).to.be.below(asleep(0));
    expect(at(9500)).to.equal(activeMicroamps(chip, level, 'idle') * 1e-6);
    expect(at(11_000)).to.equal(crystalMicroamps(chip, level, 'idle') * 1e-6);
    /* 0.75 x 1.1 V x 143 pF x 12 MHz, 2.07 mA/V, leakage */
    expect(at(11_000)).to.be.closeTo(1e-6 * (0.75 * 1887.6 + 2277 + 100), 1e-7);
  });

  it('should give the same charge however the events are batched', () => {
    const events = Array.from({ length: 200 }, (_, i) => event(i * 700, 'marker', (i * 7) % 4));
    const charge = (segments: WaveformSegment[]) =>
      segments.reduce((sum, { startNs, endNs, amps }) => sum + amps * (endNs - startNs), 0);
    expect(charge(play(events, 17))).to.be.closeTo(charge(play(events)), 1e-12);
  });

  it('should draw nothing while off and start afresh afterwards', () => {
    const supply = createSupply(chip, chip.levels);
    const segments: WaveformSegment[] = [];
    supply.onSegments(list => segments.push(...list));
    supply.push([event(1000, 'marker', 2)]);
    supply.power(false);
    supply.advance(2000);
    supply.power(true);
    supply.advance(3000);
    expect(segments.map(({ amps, logic }) => [amps > 0, logic])).to.deep.equal([
      [true, 0],
      [false, 0],
      [true, 0],
    ]);
  });

  it('should forget nothing that a board does while it is being switched on', async () => {
    const supply = createSupply(chip, chip.levels);
    const segments: WaveformSegment[] = [];
    supply.onSegments(list => segments.push(...list));
    supply.push([event(0, 'logic', 1)]);
    const machine = {
      power: async (on: boolean) => {
        if (on) supply.push([event(2000, 'reset', 0), event(2000, 'level', 1), event(2000, 'logic', 1)]);
        else supply.advance(1000);
      },
    };
    await switchBoard(machine, supply, false);
    supply.advance(2000);
    await switchBoard(machine, supply, true);
    supply.advance(3000);
    const atLevel = play([event(0, 'level', 1), event(10, 'level', 1)])[0].amps;
    expect(segments.map(({ amps, logic }) => [amps, logic]).slice(1)).to.deep.equal([
      [0, 0],
      [atLevel, 1],
    ]);
  });

  it('should refuse events in the past and levels that the profile does not have', () => {
    expect(() => play([event(10, 'sleep'), event(5, 'wake')])).to.throw('in the past');
    expect(() => play([event(10, 'level', 5)])).to.throw('does not have');
  });
});
