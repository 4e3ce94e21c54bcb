import { expect } from 'chai';
import { normalSource } from '../../emulator/instruments/noise.js';
import { EmulatedPpk2, type Ppk2Errors } from '../../emulator/instruments/ppk2/instrument.js';
import { markers } from '../../machine/machine.js';
import { ScriptedSource, type WaveformPiece } from '../../machine/waveform.js';
import { openMeter } from '../meter/open.js';
import { nominalPpk2Ranges } from '../meter/ppk2/metadata.js';
import { sleepUncertainty } from '../period.js';
import { cutOffShare } from './baseline.js';
import { BlockEnergyCollector } from './collector.js';

const volts = 3.3;
const baseline = { before: 1, after: 1, seconds: 0.05 };
/** Input offset of the converter, as real calibrations have it: small negative currents still count. */
const ranges = nominalPpk2Ranges().map(range => ({ ...range, O: 400 }));

/** A block of windows of 2 mA between two baselines, its sleep read by a PPK2. */
async function measure(sleepAmps: number, errors: Ppk2Errors) {
  const source = new ScriptedSource();
  const instrument = new EmulatedPpk2({ source, settle: async () => {}, errors, ranges });
  const meter = openMeter('ppk2', {
    port: instrument.port,
    elapsed: { seconds: () => instrument.sampledSeconds, jitterSeconds: 0 },
    settled: () => instrument.settled(),
    emulated: true,
  });
  await meter.configure({ supplyMillivolts: volts * 1e3 });
  await meter.supply(true);
  const collector = new BlockEnergyCollector({
    accuracy: () => meter.accuracy(),
    supplyMillivolts: volts * 1e3,
    expectedWindows: 20,
    baseline,
  });
  await meter.start(chunk => collector.push(chunk));
  const asleep = (seconds: number): WaveformPiece => ({ amps: sleepAmps, marker: markers.idle, seconds });
  const window: WaveformPiece = { amps: 2e-3, marker: markers.gate, seconds: 1.234e-3 };
  const transfer: WaveformPiece = { amps: 2e-3, marker: markers.transfer, seconds: 1e-3 };
  const beside = [asleep(baseline.seconds), window, asleep(baseline.seconds), transfer];
  const block = [
    asleep(1e-4),
    ...Array.from({ length: 20 }, () => [window, asleep(1.003e-4)]).flat(),
    transfer,
  ];
  source.play([transfer, ...beside, ...block, ...beside]);
  const result = collector.finish(await meter.stop());
  await meter.close();
  return result;
}

describe('sleep power through a noisy PPK2', function () {
  this.timeout(60_000);

  for (const noiseSteps of [0.5, 20, 60])
    it(`should not be biased by noise of ${noiseSteps} steps, and say what it leaves open`, async () => {
      const truth = 3.24e-6 * volts * 1e6;
      let covered = 0;
      let sum = 0;
      const seeds = 25;
      for (let seed = 1; seed <= seeds; seed += 1) {
        const { block } = await measure(3.24e-6, { noiseSteps, seed });
        const { idle } = block;
        if (idle === undefined) throw new Error('no sleep power');
        const { u95 } = sleepUncertainty({
          sleepTerms: idle.terms,
          sleepDegrees: idle.degrees,
        });
        if (Math.abs(idle.microwatts - truth) <= u95) covered += 1;
        sum += idle.microwatts;
        expect(idle.seconds).to.be.above(0.12);
        expect(block.baselineSeconds).to.equal(0.05);
      }
      expect(covered).to.be.at.least(seeds - 3);
      expect(sum / seeds).to.be.closeTo(truth, 0.2 + 0.015 * noiseSteps);
    });

  it('should count changes of range in the windows that they happen in', async () => {
    const { facts, block } = await measure(3.24e-6, { noiseSteps: 0.1 });
    // One at each rising edge, or two where the mean of the straddling sample lies in a range between.
    expect(facts.activeSwitches).to.be.within(20, 30);
    const share = block.ranges?.find(({ range }) => range === 2)?.microjoules ?? 0;
    expect(share / (facts.meanJoules * 1e6)).to.be.within(0.98, 1.001);
    const term = block.uncertainty.find(({ term: name }) => name === 'range switching');
    const oneSwitch = 9e-6 * 2e-3 * volts * 1e6;
    expect(term?.microjoules).to.be.closeTo((oneSwitch * facts.activeSwitches) / 20, 1e-3);
  });

  it('should know what noise adds that is cut off at nothing', () => {
    for (const [z, p] of [
      [0.8, 0.2119],
      [1.2, 0.1151],
      [2, 0.0228],
    ]) {
      const normal = normalSource(5);
      let sum = 0;
      for (let i = 0; i < 200_000; i += 1) sum += Math.max(0, z + normal());
      expect(cutOffShare(p)).to.be.closeTo(sum / 200_000 / z - 1, 0.01);
    }
    expect(cutOffShare(0)).to.equal(0);
  });
});
