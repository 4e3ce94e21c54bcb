import { expect } from 'chai';
import type { Lpm01aErrors } from '../../../emulator/instruments/lpm01a/instrument.js';
import { type Marker, markers } from '../../../machine/machine.js';
import { openLpm01a } from '../../../testing/instruments/benches.js';
import { BlockEnergyCollector } from '../../energy/collector.js';
import type { SampleChunk } from '../meter.js';
import { decodeLpm01aWord, encodeLpm01aWord, formatLpm01aSample, parseLpm01aSample } from './protocol.js';
import { Lpm01aSamples, Lpm01aWords, takeLpm01aLine } from './stream.js';

const bench = (format: 'ascii' | 'binary', errors: Lpm01aErrors = {}, firmware?: string) =>
  openLpm01a({ errors, firmware }, { format });

function collectSamples(sampleRateHz = 1000) {
  const chunks: SampleChunk[] = [];
  return { chunks, samples: new Lpm01aSamples({ sampleRateHz, onChunk: chunk => chunks.push(chunk) }) };
}

describe('LPM01A formats', () => {
  it('should read the documented samples', () => {
    expect(parseLpm01aSample('6409-07')).to.equal(6409e-7);
    expect(parseLpm01aSample('6409-7')).to.equal(undefined);
    expect(decodeLpm01aWord(0x52a0)).to.be.closeTo(640.9e-6, 0.1e-6);
  });

  it('should carry currents from 1 nA to 100 mA to the precision of each format', () => {
    for (let amps = 1e-9; amps < 0.1; amps *= 1.37) {
      expect(parseLpm01aSample(formatLpm01aSample(amps))).to.be.closeTo(amps, 0.5e-3 * amps);
      expect(decodeLpm01aWord(encodeLpm01aWord(amps))).to.be.closeTo(amps, amps / 256 / 2);
    }
    expect(parseLpm01aSample(formatLpm01aSample(-1e-6))).to.equal(0);
    expect(parseLpm01aSample(formatLpm01aSample(0.99999))).to.equal(1);
  });

  it('should see lost samples by the timestamps and shift time', () => {
    const { chunks, samples } = collectSamples();
    for (let i = 0; i < 990; i += 1) samples.sample(1e-3);
    takeLpm01aLine(samples, 'TimeStamp: 001s 000ms, buff 00%');
    samples.sample(2e-3);
    samples.flush();
    expect(samples.lostSamples).to.equal(10);
    expect(chunks[1].startNs).to.equal(1e9);
  });

  it('should notice overcurrent, errors and a full buffer', () => {
    const { samples } = collectSamples();
    takeLpm01aLine(samples, 'overcurrent');
    takeLpm01aLine(samples, 'error: acquisition');
    takeLpm01aLine(samples, 'TimeStamp: 000s 000ms, buff 100%');
    expect(samples.overcurrent).to.equal(true);
    expect(samples.problems).to.have.length(2);
  });

  it('should decode words however the bytes are cut, with metadata in between', () => {
    const bytes = Buffer.from([
      0x52, 0xa0, 0xf0, 0xf3, 0, 0, 0, 1, 0, 0xff, 0xff, 0x52, 0xa1, 0xf0, 0xf5, 0xff, 0xff, 0xf0, 0xf1, 0x62,
      0x61, 0x64, 0xff, 0xff, 0xf0, 0xf4, 0xff, 0xff, 0x61, 0x63, 0x6b,
    ]);
    for (const cut of [1, 2, 3, 4, 100]) {
      const { chunks, samples } = collectSamples();
      const words = new Lpm01aWords(samples);
      let rest = Buffer.alloc(0);
      for (let i = 0; i < bytes.length; i += cut) {
        const piece = bytes.subarray(i, i + cut);
        if (samples.isEnded) rest = Buffer.concat([rest, piece]);
        else rest = Buffer.concat([rest, words.push(piece) ?? Buffer.alloc(0)]);
      }
      samples.flush();
      expect(chunks.flatMap(chunk => [...chunk.current])).to.deep.equal([
        decodeLpm01aWord(0x52a0),
        decodeLpm01aWord(0x52a1),
      ]);
      expect(samples.overcurrent).to.equal(true);
      expect(samples.problems).to.deep.equal(['the instrument reported: bad']);
      expect(rest.toString()).to.equal('ack');
    }
  });
});

describe('LPM01A driver on the emulated instrument', () => {
  it('should see windows by D7, gate and Big as one', async () => {
    const { source, meter } = bench('ascii');
    await meter.configure({ supplyMillivolts: 3000 });
    await meter.supply(true);
    const collector = new BlockEnergyCollector({
      accuracy: meter.accuracy(),
      supplyMillivolts: 3000,
      expectedWindows: 10,
      minimumIdleSeconds: 1e-3,
    });
    await meter.start(chunk => collector.push(chunk));
    const piece = (amps: number, marker: Marker, seconds: number) => ({ amps, marker, seconds });
    source.play([
      piece(1e-4, markers.idle, 0.1),
      ...Array.from({ length: 10 }, () => [
        piece(0.01, markers.gate, 0.01003),
        piece(0.02, markers.big, 0.0201),
        piece(1e-4, markers.idle, 0.0503),
      ]).flat(),
      piece(1e-4, markers.idle, 0.1),
    ]);
    const { energy } = collector.finish(await meter.stop());
    const truth = 3e6 * (0.01 * 0.01003 + 0.02 * 0.0201);
    for (const microjoules of energy.gateMicrojoules) expect(microjoules).to.be.closeTo(truth, 0.002 * truth);
    expect(Math.max(...energy.bigSeconds)).to.equal(0);
    await meter.close();
  });

  it('should report gaps in both formats', async () => {
    for (const format of ['ascii', 'binary'] as const) {
      const { source, meter } = bench(format, { gaps: [{ at: 500, count: 37 }] });
      await meter.configure({ supplyMillivolts: 3300, sampleRateHz: 1000 });
      await meter.supply(true);
      await meter.start(() => {});
      source.play([{ amps: 1e-3, marker: markers.idle, seconds: 1.5 }]);
      const status = await meter.stop();
      expect(status.lostSamples).to.equal(37);
      expect(status.samples).to.equal(1463);
      await meter.close();
    }
  });

  it('should report an overcurrent in both formats', async () => {
    for (const format of ['ascii', 'binary'] as const) {
      const { source, meter } = bench(format);
      await meter.configure({ supplyMillivolts: 3300, sampleRateHz: 1000 });
      await meter.supply(true);
      await meter.start(() => {});
      source.play([{ amps: 0.08, marker: markers.idle, seconds: 0.1 }]);
      expect((await meter.stop()).overcurrent).to.equal(true);
      await meter.close();
    }
  });

  it('should measure on where another program left the instrument in mode stat', async () => {
    const { source, meter, instrument } = bench('ascii');
    instrument.port.write('acqmode stat\r\npwrend off\r\n');
    await meter.configure({ supplyMillivolts: 3300, sampleRateHz: 1000 });
    await meter.supply(true);
    for (let block = 0; block < 2; block += 1) {
      const currents: number[] = [];
      await meter.start(chunk => currents.push(...chunk.current));
      source.play([{ amps: 0.01, marker: markers.idle, seconds: 0.1 }]);
      expect((await meter.stop()).samples).to.equal(100);
      expect(currents.at(-1), `block ${block}`).to.equal(0.01);
    }
    await meter.close();
  });

  it('should choose a rate that the format allows', async () => {
    const ascii = bench('ascii');
    expect(
      (await ascii.meter.configure({ supplyMillivolts: 3300, sampleRateHz: 1e5 })).sampleRateHz,
    ).to.equal(5000);
    const binary = bench('binary');
    expect(
      (await binary.meter.configure({ supplyMillivolts: 3300, sampleRateHz: 60_000 })).sampleRateHz,
    ).to.equal(50_000);
    await ascii.meter.close();
    await binary.meter.close();
  });

  it('should say when its firmware is too old', async () => {
    const { meter } = bench('ascii', {}, '1.0.5');
    expect((await meter.identify()).calibration).to.include('older than 1.0.6');
    await meter.close();
  });
});
