import { expect } from 'chai';
import { DirectMeter } from '../../emulator/instruments/direct.js';
import { openEmulatedMeter } from '../../emulator/instruments/open.js';
import { markers } from '../../machine/machine.js';
import { ScriptedSource, type WaveformPiece } from '../../machine/waveform.js';
import type { Meter } from '../meter/meter.js';
import { periodUncertainty, withWaking } from '../period.js';
import { BlockEnergyCollector } from './collector.js';

const volts = 3.3;
const sleepAmps = 5e-6;
const awakeAmps = 2e-3;
const windowSeconds = 1.234e-3;
const windows = 60;
/** A core that wakes up at half of its current, and falls asleep at all of it: amperes and seconds outside the markers. */
const waking = { amps: 1e-3, seconds: 11.3e-6 };
const falling = { amps: awakeAmps, seconds: 2.9e-6 };
const truth =
  volts * ((waking.amps - sleepAmps) * waking.seconds + (falling.amps - sleepAmps) * falling.seconds) * 1e6;

const idle = (amps: number, seconds: number): WaveformPiece => ({ amps, marker: markers.idle, seconds });
const transfer: WaveformPiece = { amps: awakeAmps, marker: markers.transfer, seconds: 5e-3 };

/** @param guards whether windows of the block lie so far apart that the current shows their edges */
async function measure(meterOf: (source: ScriptedSource) => Meter, hertz: number, guards: boolean) {
  const source = new ScriptedSource();
  const meter = meterOf(source);
  await meter.configure({ supplyMillivolts: volts * 1e3, sampleRateHz: hertz });
  if (meter.canSwitchSupply !== false) await meter.supply(true);
  const seconds = Math.max(0.05, 1000 / hertz);
  const baseline = { before: 1, after: 1, seconds };
  const collector = new BlockEnergyCollector({
    ...{
      accuracy: () => meter.accuracy(),
      supplyMillivolts: volts * 1e3,
      expectedWindows: windows,
      baseline,
    },
  });
  await meter.start(chunk => collector.push(chunk));
  const window = [
    idle(waking.amps, waking.seconds),
    { amps: awakeAmps, marker: markers.gate, seconds: windowSeconds },
    idle(falling.amps, falling.seconds),
  ];
  const beside = [idle(sleepAmps, seconds), ...window, idle(sleepAmps, seconds), transfer];
  const guard = (i: number) => idle(sleepAmps, ((guards ? 20 : 2.5) + 0.0317 * i) / hertz);
  const block = Array.from({ length: windows }, (_, i) => [guard(i), ...window]).flat();
  source.play([transfer, ...beside, ...block, guard(0), transfer, ...beside]);
  const result = collector.finish(await meter.stop());
  await meter.close();
  return result;
}

const settle = async () => {};
const instruments: [string, number, (source: ScriptedSource) => Meter][] = [
  ['the ideal meter', 1e6, source => new DirectMeter({ source, settle, exactEdges: true })],
  ['the ideal meter that samples', 1e5, source => new DirectMeter({ source, settle })],
  ['a PPK2', 1e5, source => openEmulatedMeter('ppk2', { source, settle })],
  [
    'an LPM01A',
    5e3,
    source =>
      openEmulatedMeter('lpm01a', {
        source,
        settle,
        lpm01aFormat: 'ascii',
        lpm01aErrors: { noiseAmps: 1e-7 },
      }),
  ],
];

describe('what flows outside the markers', function () {
  this.timeout(60_000);

  for (const [name, hertz, meterOf] of instruments)
    it(`should be in the energy of a whole period, and not in the window's: ${name}`, async () => {
      const { block, facts } = await measure(meterOf, hertz, true);
      const energy = block.waking!;
      const active = volts * awakeAmps * windowSeconds * 1e6;
      const { microjoules, sigmaMicrojoules } = energy;
      // Where an edge is not placed by all of them together, part of it lies in the windows: none is lost, and none counted twice.
      const outside = facts.meanJoules * 1e6 + microjoules - active;
      expect(outside).to.be.closeTo(
        truth,
        0.01 * truth + 3 * sigmaMicrojoules + 2e-3 * active * (hertz < 1e5 ? 1 : 0.1),
      );
      expect(sigmaMicrojoules).to.be.below((hertz < 1e5 ? 0.7 : 0.05) * truth);
      const sleepSeconds = 1 - windowSeconds;
      const parts = {
        ...{ microjoules: facts.meanJoules * 1e6, terms: block.uncertainty, windows, sleepSeconds },
        sleepMicrowatts: block.idleMicrowatts,
        ...{ sleepTerms: block.idle!.terms, sleepDegrees: block.idle!.degrees },
      };
      const whole = active + truth + sleepAmps * volts * sleepSeconds * 1e6;
      const own = periodUncertainty(withWaking(parts, energy));
      expect(own.microjoules).to.be.closeTo(whole, 2e-3 * whole);
      expect(own.u95).to.be.at.least(periodUncertainty(parts).u95);
      expect(own.microjoules - periodUncertainty(parts).microjoules).to.be.closeTo(energy.microjoules, 1e-9);
    });

  it('should be told by the long idle of the baselines where the edges do not show it', async () => {
    const { block } = await measure(source => new DirectMeter({ source, settle }), 1e5, false);
    expect(block.waking).to.have.property('from', 'baseline');
    expect(block.waking!.microjoules).to.be.within(0, 1.05 * truth);
  });
});
