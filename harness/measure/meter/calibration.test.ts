import { expect } from 'chai';
import { CalibratedMeter, calibrationOf, type MeasuredLoad } from './calibration.js';
import type { KnownLoad } from './known-load.js';
import type { Meter, MeterAccuracy, SampleChunk } from './meter.js';

const accuracy: MeterAccuracy = {
  gainRelative: 0.02,
  offsetAmps: 1e-7,
  resolutionAmps: 0,
  edgeNs: 1000,
  voltageRelative: 0.01,
  clockRelative: 1e-4,
  source: 'the data sheet',
};

/** A meter that delivers one chunk. */
function meterOf(chunk: SampleChunk): Meter {
  let deliver: (chunk: SampleChunk) => void = () => {};
  return {
    identify: async () => ({ driver: 'ppk2', model: 'a meter', emulated: true }),
    configure: async () => ({ sampleRateHz: 1e5, supplyMillivolts: 3300 }),
    accuracy: () => accuracy,
    supply: async () => {},
    start: async onChunk => {
      deliver = onChunk;
    },
    stop: async () => {
      deliver(chunk);
      return {
        samples: chunk.current.length,
        lostSamples: 0,
        saturatedSamples: 0,
        overcurrent: false,
        rangeSwitches: 0,
        problems: [],
      };
    },
    close: async () => {},
  };
}

/** A load that a meter with a gain read. */
function measured(amps: number, gain: number, range: number, more: Partial<KnownLoad> = {}): MeasuredLoad {
  const ohms = 3.3 / amps;
  return {
    load: {
      ...{ ohms, toleranceRelative: 1e-3, supplyMillivolts: 3300, seconds: 0.1 },
      ...{ measuredMillivolts: 3300, voltageRelative: 3e-4, ...more },
    },
    result: {
      isPassed: true,
      expectedAmps: (more.measuredMillivolts ?? 3300) / 1000 / ohms,
      measuredAmps: ((more.measuredMillivolts ?? 3300) / 1000 / ohms) * (1 + gain),
      u95Amps: amps * 0.04,
      ownSigmaAmps: 0,
      noiseSigmaAmps: 0,
      accuracy,
      range,
      samples: 1000,
      problems: [],
    },
  };
}

async function read(meter: Meter): Promise<SampleChunk> {
  const chunks: SampleChunk[] = [];
  await meter.start(chunk => chunks.push(chunk));
  await meter.stop();
  return chunks[0];
}

const chunk = (range?: number[]): SampleChunk => ({
  startNs: 0,
  periodNs: 1e4,
  current: Float64Array.of(0.0102, 9.9e-6, Number.NaN),
  logic: Uint8Array.of(1, 0, 0),
  ...(range && { range: Uint8Array.from(range) }),
});

describe('calibration against known loads', () => {
  it('should correct each range by its own load, and be as uncertain as the load', async () => {
    const calibration = calibrationOf([measured(0.01, 0.02, 3), measured(1e-5, -0.01, 0)])!;
    for (const meter of [meterOf(chunk([3, 0, 0])), meterOf(chunk())]) {
      const calibrated = new CalibratedMeter(meter, calibration);
      const { current } = await read(calibrated);
      expect(current[0]).to.be.closeTo(0.01, 1e-9);
      expect(current[1]).to.be.closeTo(1e-5, 1e-12);
      expect(current[2]).to.be.NaN;
      for (const one of [calibrated.accuracy(), calibrated.accuracy('idle')]) {
        expect(one.gainRelative).to.be.closeTo(1e-3 / Math.sqrt(3), 1e-9);
        expect(one.voltageRelative).to.be.closeTo(6e-4, 1e-9);
        expect(one.source).to.match(/^known loads at 10\.0 mA and 0\.0100 mA for 100 %/);
      }
    }
  });

  it('should leave what no load reached to the instrument', async () => {
    const calibrated = new CalibratedMeter(
      meterOf(chunk([2, 0, 0])),
      calibrationOf([measured(1e-5, -0.01, 0)])!,
    );
    expect((await read(calibrated)).current[0]).to.equal(0.0102);
    expect(calibrated.accuracy().gainRelative).to.equal(0.02);
    expect(calibrated.accuracy('idle').gainRelative).to.be.below(0.001);
  });

  it('should tell the resistance before the DUT from two voltages', async () => {
    const sagging = measured(0.01, 0, 3, { measuredMillivolts: 3300 - 50 });
    const calibration = calibrationOf([sagging, measured(1e-5, 0, 0)])!;
    expect(calibration.sourceOhms).to.be.closeTo(5, 0.1);
    const { voltage } = await read(new CalibratedMeter(meterOf(chunk([3, 0, 0])), calibration));
    expect(voltage![0]).to.be.closeTo(3.3 - 0.0102 * 5, 1e-3);
    expect(voltage![1]).to.be.closeTo(3.3, 1e-4);
  });

  it('should say nothing where no voltage was read, or the check failed', () => {
    expect(calibrationOf([measured(0.01, 0.01, 3, { measuredMillivolts: undefined })])).to.equal(undefined);
    const failed = measured(0.01, 0.2, 3);
    expect(calibrationOf([{ ...failed, result: { ...failed.result, isPassed: false } }])).to.equal(undefined);
  });
});
