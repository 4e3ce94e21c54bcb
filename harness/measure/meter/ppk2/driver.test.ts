import { expect } from 'chai';
import type { EmulatedPpk2Options, Ppk2Errors } from '../../../emulator/instruments/ppk2/instrument.js';
import { markers } from '../../../machine/machine.js';
import type { WaveformPiece } from '../../../machine/waveform.js';
import { openPpk2 } from '../../../testing/instruments/benches.js';
import { BlockEnergyCollector } from '../../energy/collector.js';
import { checkBlock } from '../../energy/rules/check.js';
import { assertKnownLoad, measureKnownLoad } from '../known-load.js';
import type { MeterAccuracy } from '../meter.js';

function bench(
  errors: Ppk2Errors = {},
  editMetadata?: (text: string) => string,
  accuracy?: Partial<MeterAccuracy>,
  { mode, ...options }: Partial<EmulatedPpk2Options> & { mode?: 'source' | 'ampere' } = {},
) {
  const powered: boolean[] = [];
  const instrument = {
    errors,
    editMetadata,
    ...options,
    power: async (on: boolean) => {
      powered.push(on);
    },
  };
  return { ...openPpk2(instrument, { accuracy, mode }), powered };
}

const windows = (count: number, activeAmps = 0.02, activeSeconds = 2e-3): WaveformPiece[] => [
  { amps: 2e-4, marker: markers.idle, seconds: 0.05 },
  ...Array.from({ length: count }, () => [
    { amps: activeAmps, marker: markers.gate, seconds: activeSeconds / 4 },
    { amps: activeAmps, marker: markers.big, seconds: (activeSeconds * 3) / 4 },
    { amps: 2e-4, marker: markers.idle, seconds: 1.0037e-3 },
  ]).flat(),
  { amps: 2e-4, marker: markers.idle, seconds: 0.05 },
];

async function block(
  errors: Ppk2Errors,
  pieces: WaveformPiece[],
  count: number,
  accuracy?: Partial<MeterAccuracy>,
) {
  const { source, meter } = bench(errors, undefined, accuracy);
  await meter.configure({ supplyMillivolts: 3300 });
  await meter.supply(true);
  const collector = new BlockEnergyCollector({
    accuracy: () => meter.accuracy(),
    supplyMillivolts: 3300,
    expectedWindows: count,
  });
  await meter.start(chunk => collector.push(chunk));
  source.play(pieces);
  const status = await meter.stop();
  await meter.close();
  return collector.finish(status);
}

describe('PPK2 driver on the emulated instrument', () => {
  it('should set voltage and supply', async () => {
    const { meter, powered } = bench();
    expect(await meter.configure({ supplyMillivolts: 1800, sampleRateHz: 10 })).to.deep.equal({
      sampleRateHz: 100_000,
      supplyMillivolts: 1800,
    });
    await meter.supply(true);
    await meter.supply(false);
    await meter.identify();
    expect(powered).to.deep.equal([true, false]);
    await meter.close();
  });

  for (const mode of ['source', 'ampere'] as const)
    it(`should see no current before its switch is closed in ${mode} mode, nor after a reset`, async () => {
      const { source, instrument, meter } = bench({}, undefined, undefined, { mode });
      await meter.configure({ supplyMillivolts: 3300 });
      const mean = async () => {
        let sum = 0;
        let count = 0;
        await meter.start(({ current }) => {
          for (const amps of current) sum += amps;
          count += current.length;
        });
        source.play([{ amps: 5e-3, marker: markers.idle, seconds: 0.01 }]);
        await meter.stop();
        return sum / count;
      };
      expect(await mean()).to.be.below(1e-6);
      await meter.supply(true);
      expect(await mean()).to.be.closeTo(5e-3, 1e-5);
      instrument.port.write(Buffer.from([0x20]));
      expect(await mean()).to.be.below(1e-6);
      await meter.close();
    });

  it('should read an instrument with the offsets, bends and spikes of a real one', async () => {
    for (const amps of [2e-6, 3e-5, 3e-4, 3e-3, 3e-2, 0.4]) {
      const { source, meter } = bench({ noiseSteps: 0 }, undefined, undefined, { calibration: 'realistic' });
      await meter.configure({ supplyMillivolts: 3300 });
      await meter.supply(true);
      const seen: number[] = [];
      await meter.start(({ current }) => seen.push(...current));
      source.play([
        { amps: amps / 20, marker: markers.idle, seconds: 0.001 },
        { amps, marker: markers.idle, seconds: 0.01 },
      ]);
      expect((await meter.stop()).problems).to.deep.equal([]);
      const settled = seen.slice(200);
      const mean = settled.reduce((sum, value) => sum + value, 0) / settled.length;
      expect(mean / amps, `${amps} A`).to.be.closeTo(1, amps < 1e-5 ? 0.05 : 0.01);
      if (amps > 1e-4) expect(Math.max(...seen) / amps, 'a spike').to.be.above(1.1);
      await meter.close();
    }
  });

  it('should set a gain of the user without a change of the samples', async () => {
    const { instrument, meter } = bench({}, undefined, undefined, { calibration: 'realistic' });
    const gain = Buffer.alloc(6);
    gain.set([0x25, 3]);
    gain.writeFloatLE(1.25, 2);
    instrument.port.write(gain);
    await instrument.settled();
    expect((await meter.identify()).calibration).to.equal('factory modifiers');
    await meter.close();
  });

  it('should go on behind a byte that was lost on the way', async () => {
    const { source, meter } = bench({ droppedBytes: [4001, 9003] });
    await meter.configure({ supplyMillivolts: 3300 });
    await meter.supply(true);
    const seen: number[] = [];
    await meter.start(({ current }) => seen.push(...current));
    source.play([{ amps: 1e-3, marker: markers.idle, seconds: 0.05 }]);
    const status = await meter.stop();
    expect(status).to.include({ realignments: 2, lostSamples: 4, samples: 4996 });
    for (const amps of seen) expect(amps).to.be.closeTo(1e-3, 2e-5);
    await meter.close();
  });

  it('should detect and bound gaps of 1 to 200 samples, whole multiples of 64 included', async () => {
    for (const count of [1, 2, 63, 64, 65, 100, 127, 128, 192, 200]) {
      const { source, meter } = bench({ gaps: [{ at: 500, count }] });
      await meter.configure({ supplyMillivolts: 3300 });
      await meter.start(() => {});
      source.play([{ amps: 1e-3, marker: markers.idle, seconds: 0.02 }]);
      const status = await meter.stop();
      expect(status.lostSamples, `gap of ${count}`).to.equal(count);
      await meter.close();
    }
  });

  it('should make a block with a calibration that is not a number invalid', async () => {
    const { source, meter } = bench({}, text => text.replace(/GI2: .*/, 'GI2: -nan'));
    await meter.configure({ supplyMillivolts: 3300 });
    await meter.supply(true);
    const collector = new BlockEnergyCollector({
      accuracy: meter.accuracy(),
      supplyMillivolts: 3300,
      expectedWindows: 10,
    });
    await meter.start(chunk => collector.push(chunk));
    source.play(windows(10));
    const { facts } = collector.finish(await meter.stop());
    const violations = checkBlock({ facts, hertz: 1e6 });
    expect(violations.map(violation => violation.rule)).to.deep.equal(['meter-problem']);
    expect(violations[0].message).to.include('GI2 is -nan');
    await meter.close();
  });

  it('should agree with the truth on a quiet block, window by window', async () => {
    const { energy, block: fields, facts } = await block({}, windows(40), 40);
    const truth = 0.02 * 2e-3 * 3.3 * 1e6;
    energy.gateMicrojoules.forEach((gate, i) => {
      expect(gate + energy.bigMicrojoules[i]).to.be.closeTo(truth, 0.003 * truth);
    });
    expect(facts.meanJoules * 1e6).to.be.closeTo(truth, 0.001 * truth);
    expect(fields.idleMicrowatts).to.be.closeTo(660, 7);
    expect(checkBlock({ facts, hertz: 1e6, dutCycles: 40 * 2000, dutBigWindows: 40 })).to.deep.equal([]);
  });

  it('should make a block with an unplugged cable invalid', async () => {
    const { source, meter } = bench({ unplugAt: 7000 });
    await meter.configure({ supplyMillivolts: 3300 });
    await meter.supply(true);
    await meter.start(() => {});
    source.play(windows(10));
    const status = await meter.stop();
    expect(status.problems.join()).to.include('unplugged');
  });
});

describe('known-load check', () => {
  const load = { ohms: 330, toleranceRelative: 0.001, supplyMillivolts: 3300, seconds: 0.1 };
  const check = async (errors: Ppk2Errors, ohms: number) => {
    const { source, meter } = bench(errors, undefined, { gainRelative: 0.005, voltageRelative: 0.001 });
    const result = await measureKnownLoad(meter, load, async seconds => {
      source.play([{ amps: 3.3 / ohms, marker: markers.idle, seconds }]);
    });
    await meter.close();
    return result;
  };

  it('should accept a sound meter', async () => {
    const result = await check({}, 330);
    expect(result.measuredAmps).to.be.closeTo(0.01, 1e-4);
    expect(() => assertKnownLoad(result, 'at the start')).not.to.throw();
  });

  it('should refuse a drifted meter and a wrong resistor', async () => {
    for (const result of [await check({ gain: 0.05 }, 330), await check({}, 300)]) {
      expect(result.isPassed).to.equal(false);
      expect(() => assertKnownLoad(result, 'at the end')).to.throw('at the end failed');
    }
  });

  it('should refuse a load that makes no sense', async () => {
    const { meter } = bench();
    let message = '';
    await measureKnownLoad(meter, { ...load, ohms: 0 }).catch(error => {
      message = error.code;
    });
    expect(message).to.equal('LF_CONFIG_INVALID');
    await meter.close();
  });
});
