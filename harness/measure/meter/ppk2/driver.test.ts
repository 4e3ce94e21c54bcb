import { expect } from 'chai';
import type { Ppk2Errors } from '../../../emulator/instruments/ppk2.js';
import { markers } from '../../../machine/machine.js';
import type { WaveformPiece } from '../../../machine/waveform.js';
import { openPpk2 } from '../../../testing/instruments/benches.js';
import { BlockEnergyCollector } from '../../energy/collector.js';
import { checkBlock } from '../../energy/rules.js';
import { assertKnownLoad, measureKnownLoad } from '../known-load.js';
import type { MeterAccuracy, SampleChunk } from '../meter.js';
import { Ppk2Decoder } from './decode.js';
import { defaultPpk2Ranges, formatPpk2Metadata, parsePpk2Metadata } from './protocol.js';

function bench(
  errors: Ppk2Errors = {},
  editMetadata?: (text: string) => string,
  accuracy?: Partial<MeterAccuracy>,
) {
  const powered: boolean[] = [];
  const instrument = {
    errors,
    editMetadata,
    power: async (on: boolean) => {
      powered.push(on);
    },
  };
  return { ...openPpk2(instrument, { accuracy }), powered };
}

/** One sample as the instrument sends it. */
function word(adc: number, range: number, counter: number, logic: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(adc | (range << 14) | ((counter & 63) << 18) | (logic << 24));
  return bytes;
}

function decode(bytes: Buffer, spikeFilter = false, cut = bytes.length) {
  const chunks: SampleChunk[] = [];
  const decoder = new Ppk2Decoder({
    ranges: [
      { R: 1000, GS: 0.5, GI: 1.1, O: 40, S: 1e-6, I: -2e-7, UG: 0.9 },
      ...defaultPpk2Ranges().slice(1),
    ],
    supplyMillivolts: 3000,
    spikeFilter,
    onChunk: chunk => chunks.push(chunk),
  });
  for (let i = 0; i < bytes.length; i += cut) decoder.push(bytes.subarray(i, i + cut));
  return { chunks, decoder, amps: chunks.flatMap(chunk => [...chunk.current]) };
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

describe('PPK2 samples', () => {
  it('should follow the calibration formula of the range', () => {
    const adc = 1234;
    const x = ((adc * 4 - 40) * (1.8 / 163840)) / 1000;
    const expected = 0.9 * (x * (0.5 * x + 1.1) + 1e-6 * 3 - 2e-7);
    const { amps, chunks } = decode(word(adc, 0, 0, 0x83));
    expect(amps[0]).to.be.closeTo(expected, 1e-15);
    expect(chunks[0].logic[0]).to.equal(0x83);
    expect(chunks[0].range?.[0]).to.equal(0);
  });

  it('should decode the same however the bytes are cut', () => {
    const bytes = Buffer.concat(Array.from({ length: 50 }, (_, i) => word(100 + i, 1 + (i % 4), i, i & 3)));
    for (const cut of [1, 2, 3, 5, 7, 64])
      expect(decode(bytes, false, cut).amps).to.deep.equal(decode(bytes).amps);
  });

  it('should count every gap that the counter shows, and shift time by it', () => {
    for (let gap = 1; gap <= 63; gap += 1) {
      const { decoder, chunks } = decode(Buffer.concat([word(9, 1, 5, 0), word(9, 1, 6 + gap, 0)]));
      expect(decoder.lostSamples).to.equal(gap);
      expect(chunks[1].startNs).to.equal((1 + gap) * 10_000);
    }
  });

  it('should name a range that does not exist not a number', () => {
    const { amps, decoder } = decode(Buffer.concat([word(9, 1, 0, 0), word(9, 6, 1, 0)]));
    expect(amps[1]).to.be.NaN;
    expect(decoder.badRanges).to.equal(1);
  });

  it('should smooth three samples after a range change only when asked to', () => {
    const bytes = Buffer.concat([
      ...Array.from({ length: 8 }, (_, i) => word(1000, 1, i, 0)),
      ...Array.from({ length: 8 }, (_, i) => word(1000, 2, 8 + i, 0)),
    ]);
    const plain = decode(bytes);
    const smooth = decode(bytes, true);
    const [low, high] = [plain.amps[7], plain.amps[8]];
    expect(smooth.amps.slice(0, 8)).to.deep.equal(plain.amps.slice(0, 8));
    expect(smooth.amps[8]).to.be.closeTo(low + 0.18 * (high - low), 1e-12);
    expect(smooth.amps[9]).to.be.closeTo(low + (1 - 0.82 ** 2) * (high - low), 1e-12);
    expect(smooth.amps[11]).to.equal(high);
    expect(plain.decoder.rangeSwitches).to.equal(1);
  });
});

describe('PPK2 metadata', () => {
  it('should read back what the instrument writes', () => {
    const ranges = defaultPpk2Ranges().map((range, i) => ({ ...range, O: 112.5 + i, S: 1e-6, UG: 1.01 }));
    const text = formatPpk2Metadata(ranges, { calibrated: true, vddMillivolts: 3300, mode: 2 });
    const metadata = parsePpk2Metadata(text);
    expect(metadata.ranges).to.deep.equal(ranges);
    expect(metadata).to.deep.include({ calibrated: true, vddMillivolts: 3300, problems: [] });
  });

  it('should keep the default for R of 0 and report "-nan"', () => {
    const text = 'Calibrated: 0\nR0: 0.0000\nGS1: -nan\nVDD: 3000\nEND\n';
    const metadata = parsePpk2Metadata(text);
    expect(metadata.ranges).to.deep.equal(defaultPpk2Ranges());
    expect(metadata.problems).to.deep.equal(['calibration GS1 is -nan, not a number']);
  });

  it('should refuse anything else', () => {
    expect(() => parsePpk2Metadata('Calibrated: 0\nR0: 1')).to.throw('incomplete');
    expect(() => parsePpk2Metadata('hello END')).to.throw('incomplete');
  });
});

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
