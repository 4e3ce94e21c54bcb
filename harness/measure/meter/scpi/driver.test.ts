import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { EmulatedScpi, type ScpiErrors } from '../../../emulator/instruments/scpi/instrument.js';
import { markers } from '../../../machine/machine.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { messageOf } from '../../../testing/failure.js';
import { openScpi, record, settle, supplyMillivolts } from '../../../testing/instruments/benches.js';
import { meterConformance } from '../../../testing/instruments/conformance.js';
import { classifyScpiNumber } from './connection.js';
import type { ScpiModel } from './dialects.js';
import { ScpiMeter, type ScpiMeterOptions } from './driver.js';

const openBench = (model: ScpiModel, errors?: ScpiErrors, options: Partial<ScpiMeterOptions> = {}) =>
  openScpi({ model, errors }, options);

for (const [model, timeScale] of [
  ['n6705', 25],
  ['dmm6500', 2],
  ['2450', 40],
] as const) {
  meterConformance(`SCPI, ${model}`, async () => openBench(model), {
    supplyMillivolts,
    hasLogic: model === 'n6705',
    timeScale,
    lossy: { open: async () => openBench(model, { gaps: [{ at: 100, count: 40 }] }), seconds: 1 },
    overloadAmps: 0.5,
  });
}

describe('SCPI meter', () => {
  it('should tell the numbers that stand for overflow and for no number, in both precisions', () => {
    for (const sign of [1, -1]) {
      expect(classifyScpiNumber(sign * 9.9e37)).to.equal('overflow');
      expect(classifyScpiNumber(sign * Math.fround(9.9e37))).to.equal('overflow');
    }
    expect(classifyScpiNumber(9.91e37)).to.equal('nan');
    expect(classifyScpiNumber(Math.fround(9.91e37))).to.equal('nan');
    expect(classifyScpiNumber(Number.NaN)).to.equal('nan');
    expect(classifyScpiNumber(0.1)).to.equal('number');
  });

  it('should say which instrument answers, when it was calibrated and that it has no marker lines', async () => {
    const mainframe = await openBench('n6705').meter.identify();
    expect(mainframe.calibration).to.equal('calibrated 20260105');
    expect(mainframe.markerLines).to.equal(2);
    expect(mainframe.serial).to.equal('MY00000001');
    const multimeter = await openBench('dmm6500').meter.identify();
    expect(multimeter.markerLines).to.equal(0);
    expect(multimeter.calibration).to.equal('the instrument does not tell');
  });

  it('should refuse an instrument that is not the model asked for', async () => {
    const bench = openBench('2450', {}, { model: 'dmm6500' });
    expect(await messageOf(bench.meter.identify())).to.match(/^LF_METER_OPEN .*not the one/);
  });

  it('should refuse marker lines on an instrument that has no second voltmeter', async () => {
    const bench = openBench('dmm6500', {}, { markerChannel: 2 });
    expect(await messageOf(bench.meter.configure({ supplyMillivolts }))).to.match(/^LF_CONFIG_INVALID/);
  });

  it('should begin with an empty error queue, and refuse a configuration that leaves errors in it', async () => {
    const errorQueue = ['-310,"System error"', '-113,"Undefined header"'];
    expect(
      await messageOf(openBench('n6705', { errorQueue }).meter.configure({ supplyMillivolts })),
    ).to.equal('none');
    const bench = openBench('n6705', {}, { markerChannel: 7 });
    expect(await messageOf(bench.meter.configure({ supplyMillivolts }))).to.match(
      /^LF_METER_REPLY [\s\S]*-222,"Data out of range"/,
    );
  });

  it('should log the supply voltage unless the wanted rate leaves no time for it', async () => {
    const bench = openBench('n6705');
    const play = () => bench.source.play([{ amps: 1e-3, marker: markers.idle, seconds: 0.1 }]);
    const slow = await bench.meter.configure({ supplyMillivolts, sampleRateHz: 1000 });
    expect(1 / slow.sampleRateHz).to.be.closeTo(49 * 20.48e-6, 1e-9);
    const slowly = await record(bench, play);
    expect([...(slowly.chunks[0].voltage ?? [])].every(volts => Math.abs(volts - 3.3) < 1e-6)).to.equal(true);
    const fast = await bench.meter.configure({ supplyMillivolts, sampleRateHz: 1e6 });
    expect(1 / fast.sampleRateHz).to.be.closeTo(204.8e-6, 1e-9);
    expect((await record(bench, play)).chunks[0].voltage).to.equal(undefined);
  });

  it('should mark readings beyond the range as saturated and others as no number', async () => {
    const bench = openBench('dmm6500', { nanAt: 3 });
    await bench.meter.configure({ supplyMillivolts, maxCurrentMicroamps: 10_000, sampleRateHz: 10_000 });
    if (bench.meter.canSwitchSupply !== false) await bench.meter.supply(true);
    const { chunks, status } = await record(bench, () =>
      bench.source.play([
        { amps: 5e-3, marker: markers.idle, seconds: 0.01 },
        { amps: 5e-2, marker: markers.idle, seconds: 0.002 },
        { amps: 5e-3, marker: markers.idle, seconds: 0.01 },
      ]),
    );
    expect(status.saturatedSamples).to.equal(20);
    const bad = chunks.flatMap(chunk => [...chunk.current]).filter(Number.isNaN).length;
    expect(bad).to.equal(21);
  });

  it('should see lost readings in the times of a buffer', async () => {
    const bench = openBench('dmm6500', {
      gaps: [
        { at: 100, count: 7 },
        { at: 400, count: 1 },
      ],
    });
    await bench.meter.configure({ supplyMillivolts, sampleRateHz: 10_000 });
    if (bench.meter.canSwitchSupply !== false) await bench.meter.supply(true);
    const { chunks, status } = await record(bench, () =>
      bench.source.play([{ amps: 5e-3, marker: markers.idle, seconds: 0.1 }]),
    );
    expect(status.lostSamples).to.equal(8);
    expect(status.samples).to.equal(992);
    expect(chunks.map(chunk => Math.round(chunk.startNs / 1e5))).to.include.members([0, 107, 401]);
  });

  it('should see by its clock that a FIFO ran over', async () => {
    const bench = openBench('n6705', { fifoSeconds: 0.5 }, { pollMilliseconds: 60_000 });
    await bench.meter.configure({ supplyMillivolts, sampleRateHz: 1000 });
    if (bench.meter.canSwitchSupply !== false) await bench.meter.supply(true);
    const { status } = await record(bench, () =>
      bench.source.play([{ amps: 5e-3, marker: markers.idle, seconds: 0.8 }]),
    );
    expect(status.lostSamples).to.be.within(290, 305);
  });

  it('should report that the current limit acted', async () => {
    const bench = openBench('2450');
    await bench.meter.configure({ supplyMillivolts });
    if (bench.meter.canSwitchSupply !== false) await bench.meter.supply(true);
    const { status } = await record(bench, () =>
      bench.source.play([{ amps: 0.4, marker: markers.idle, seconds: 0.1 }]),
    );
    expect(status.overcurrent).to.equal(true);
  });

  it('should give up on an instrument that does not answer', async () => {
    const bench = openBench('n6705', {}, { replyTimeoutMs: 30 });
    bench.instrument.port.write = () => true;
    bench.instrument.port.removeAllListeners('data');
    expect(await messageOf(bench.meter.identify())).to.match(/^LF_METER_(REPLY|OPEN)/);
    expect(await messageOf(bench.meter.identify())).to.match(/^LF_METER_OPEN/);
  });

  it('should refuse a broken data block', async () => {
    const bench = openBench('n6705');
    await bench.meter.configure({ supplyMillivolts });
    if (bench.meter.canSwitchSupply !== false) await bench.meter.supply(true);
    const { port } = bench.instrument;
    const push = port.push.bind(port);
    port.push = (bytes: Buffer) => push(bytes[0] === 0x23 ? Buffer.from('#xyz\n') : bytes);
    const { status } = await record(bench, () =>
      bench.source.play([{ amps: 1e-3, marker: markers.idle, seconds: 0.1 }]),
    );
    expect(status.problems.join()).to.match(/broken data block/);
  });

  it('should measure over a real TCP connection', async () => {
    const source = new ScriptedSource();
    const server = createServer((socket: Socket) => {
      const instrument = new EmulatedScpi({ source, settle });
      socket.pipe(instrument.port).pipe(socket);
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
    const meter = new ScpiMeter({ port, emulated: true, pollMilliseconds: 2 });
    try {
      await meter.configure({ supplyMillivolts });
      if (meter.canSwitchSupply !== false) await meter.supply(true);
      let charge = 0;
      await meter.start(chunk => {
        for (const amps of chunk.current) charge += amps * chunk.periodNs * 1e-9;
      });
      source.play([{ amps: 0.02, marker: markers.idle, seconds: 10 }]);
      const status = await meter.stop();
      expect(status.samples).to.be.above(48_000);
      expect(charge).to.be.closeTo(0.2, 1e-4);
    } finally {
      await meter.close();
      server.close();
    }
  });
});
