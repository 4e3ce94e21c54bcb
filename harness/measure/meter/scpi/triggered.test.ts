import { expect } from 'chai';
import type { ScpiErrors } from '../../../emulator/instruments/scpi/instrument.js';
import { markers } from '../../../machine/machine.js';
import type { ScriptedSource } from '../../../machine/waveform.js';
import { messageOf } from '../../../testing/failure.js';
import { openScpi } from '../../../testing/instruments/benches.js';
import type { ScpiModel } from './dialects.js';
import { measureTriggered } from './triggered.js';

const config = { supplyMillivolts: 3300 };
const amps = 0.01;

const openBench = (model: ScpiModel, errors: ScpiErrors = {}) =>
  openScpi({ model, errors }, { isTriggered: true });

/** Idle, a loop of `seconds` under marker line 0, idle. */
const loop =
  (source: ScriptedSource, seconds: number, current = amps) =>
  async () => {
    source.play([
      { amps: 1e-3, marker: markers.idle, seconds: 0.1 },
      { amps: current, marker: markers.gate, seconds },
      { amps: 1e-3, marker: markers.idle, seconds: 0.1 },
    ]);
  };

describe('energy between two trigger edges', () => {
  for (const model of ['dmm6500', '2450'] as const) {
    it(`should hold the truth with the ${model}`, async () => {
      const bench = openBench(model, { noiseAmps: 1e-6 });
      const seconds = 3.00004;
      const result = await measureTriggered(bench.meter, config, 100, loop(bench.source, seconds));
      const truth = (amps * 3.3 * seconds) / 100;
      expect(Math.abs(result.joulesPerWindow - truth)).to.be.at.most(result.combined.u95);
      expect(result.combined.u95 / truth).to.be.below(0.03);
      expect(result.seconds).to.be.closeTo(seconds, 1e-3);
      expect(result.terms.map(({ term }) => term)).to.include('edge timing');
      await bench.meter.close();
    });
  }

  it('should refuse a loop that is too short, lossy, too strong, or not seen', async () => {
    const short = openBench('2450');
    expect(await messageOf(measureTriggered(short.meter, config, 1, loop(short.source, 0.1)))).to.match(
      /^LF_SEGMENTATION .*too short/,
    );
    const lossy = openBench('dmm6500', { gaps: [{ at: 1000, count: 5000 }] });
    expect(await messageOf(measureTriggered(lossy.meter, config, 1, loop(lossy.source, 2)))).to.match(
      /^LF_METER_LOSS/,
    );
    const strong = openBench('dmm6500');
    expect(await messageOf(measureTriggered(strong.meter, config, 1, loop(strong.source, 2, 0.2)))).to.match(
      /^LF_METER_RANGE/,
    );
    const unwired = openBench('dmm6500');
    expect(await messageOf(measureTriggered(unwired.meter, config, 1, async () => {}))).to.match(
      /^LF_SEGMENTATION .*/,
    );
  });

  it('should not be asked of a mainframe, whose marker channel sees every window', async () => {
    const bench = openBench('n6705');
    expect(await messageOf(bench.meter.configure(config))).to.match(/^LF_CONFIG_INVALID/);
  });
});
