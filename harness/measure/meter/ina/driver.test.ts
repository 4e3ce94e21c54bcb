import { expect } from 'chai';
import { markers } from '../../../machine/machine.js';
import { messageOf } from '../../../testing/failure.js';
import { idle, openIna, record, supplyMillivolts } from '../../../testing/instruments/benches.js';
import { meterConformance } from '../../../testing/instruments/conformance.js';
import { assertKnownLoad, measureKnownLoad } from '../known-load.js';
import { chooseInaConversion, formatInaLine, ina226, ina228, parseInaLine } from './protocol.js';

for (const type of ['ina226', 'ina228'] as const) {
  meterConformance(`INA bridge, ${type}`, async () => openIna({ type }), {
    supplyMillivolts,
    timeScale: 40,
  });
}

describe('INA meter', () => {
  it('should choose settings that the bridge can follow', () => {
    expect(chooseInaConversion(ina226, 0)).to.deep.equal({ timeCode: 2, averageCode: 0, micros: 332 });
    expect(chooseInaConversion(ina228, 0)).to.deep.equal({ timeCode: 1, averageCode: 1, micros: 336 });
    expect(chooseInaConversion(ina228, 540).micros).to.equal(540);
    expect(chooseInaConversion(ina226, 1e9).micros).to.equal(8244 * 1024);
  });

  it('should not take a line whose CRC is wrong', () => {
    const line = formatInaLine('s00deadbeef0008ff830').trim();
    expect(parseInaLine(line)).to.equal('s00deadbeef0008ff830');
    expect(parseInaLine(line.replace('dead', 'deae'))).to.equal(undefined);
    expect(parseInaLine('boot')).to.equal(undefined);
  });

  it('should tell the sensor, its shunt and the bridge', async () => {
    const identity = await openIna({ type: 'ina228' }).meter.identify();
    expect(identity.model).to.equal('Texas Instruments INA228 with 0.5 ohms');
    expect(identity.firmware).to.equal('littlefirst-ina-bridge 1');
    expect(identity.markerLines).to.equal(2);
  });

  it('should refuse a sensor that is not there, and a shunt that is too large', async () => {
    expect(await messageOf(openIna({ address: 0x41 }).meter.identify())).to.match(/^LF_METER_REPLY .*/);
    const bench = openIna();
    const large = bench.meter.configure({ supplyMillivolts, maxCurrentMicroamps: 200_000 });
    expect(await messageOf(large)).to.match(/^LF_CONFIG_INVALID .*shunt is too large/);
    expect(await messageOf(bench.meter.supply())).to.match(/^LF_METER_REPLY/);
    expect(() => openIna({}, { shuntOhms: 0 })).to.throw(/value of its shunt/);
  });

  it('should wait for a conversion by attended time: a host that stood still makes no instrument late', async () => {
    const milliseconds = 400;
    const { meter, instrument } = openIna({}, { replyTimeoutMs: milliseconds });
    const { sensor } = instrument;
    const read = sensor.read.bind(sensor);
    const { status } = ina226.registers;
    let looks = 0;
    sensor.read = (register, count) => {
      if (register !== status) return read(register, count);
      looks += 1;
      /* The first look throws old flags away, the second one finds nothing. */
      if (looks !== 2) return read(register, count);
      for (const end = performance.now() + 2 * milliseconds; performance.now() < end; );
      return new Array<number>(count).fill(0);
    };
    await meter.configure({ supplyMillivolts });
    await meter.start(() => {});
    expect(looks).to.be.greaterThan(2);
  });

  it('should report temperature and measured supply voltage', async () => {
    const bench = openIna({ type: 'ina228', celsius: 37.5 });
    await bench.meter.configure({ supplyMillivolts });
    const { chunks, status } = await record(bench, () => bench.source.play([idle(1e-3, 0.1)]));
    expect(status.temperatureCelsius).to.be.closeTo(37.5, 0.01);
    expect(chunks[0].voltage?.[0]).to.be.closeTo(3.3, 2e-4);
    expect(status.problems).to.deep.equal([]);
  });

  it('should take the time of its samples from the crystal, not from the chip', async () => {
    const bench = openIna({ errors: { oscillator: 0.08 } });
    await bench.meter.configure({ supplyMillivolts });
    const { chunks } = await record(bench, () => bench.source.play([idle(1e-3, 2)]));
    const seconds = chunks.reduce((sum, chunk) => sum + chunk.current.length * chunk.periodNs * 1e-9, 0);
    expect(seconds).to.be.closeTo(2, 1e-3);
  });

  it('should take saturated conversions out', async () => {
    const bench = openIna();
    await bench.meter.configure({ supplyMillivolts });
    const { chunks, status } = await record(bench, () =>
      bench.source.play([idle(1e-3, 0.1), idle(0.2, 0.01), idle(1e-3, 0.1)]),
    );
    expect(status.saturatedSamples).to.be.within(29, 31);
    expect(chunks.flatMap(chunk => [...chunk.current]).filter(Number.isNaN)).to.have.length(
      status.saturatedSamples,
    );
    expect(status.overcurrent).to.equal(true);
  });

  for (const type of ['ina226', 'ina228'] as const) {
    it(`should count lost lines of the ${type} and place what follows in time`, async () => {
      const bench = openIna({ type, lostLines: [100, 101, 102, 103, 104, 300] });
      await bench.meter.configure({ supplyMillivolts });
      const { chunks, status } = await record(bench, () => bench.source.play([idle(5e-3, 0.5)]));
      expect(status.lostSamples).to.equal(6);
      const last = chunks[chunks.length - 1];
      expect(last.startNs + last.current.length * last.periodNs).to.be.closeTo(0.5e9, 4e5);
    });
  }

  it('should count 256 lost lines by their time', async () => {
    const bench = openIna({ lostLines: Array.from({ length: 256 }, (_, i) => 100 + i) });
    await bench.meter.configure({ supplyMillivolts });
    const { status } = await record(bench, () => bench.source.play([idle(5e-3, 0.5)]));
    expect(status.lostSamples).to.equal(256);
  });

  it('should see in the charge of an INA228 that the samples are not all', async () => {
    const bench = openIna({ type: 'ina228' });
    await bench.meter.configure({ supplyMillivolts });
    const { port } = bench.instrument;
    const push = port.push.bind(port);
    const half = /^(s[0-9a-f]{14})([0-9a-f]{6})(.)\*/;
    const halved = (line: string) => {
      const found = half.exec(line);
      if (found === null) return `${line}\n`;
      const code = (Number.parseInt(found[2], 16) >> 1).toString(16).padStart(6, '0');
      return formatInaLine(`${found[1]}${code}${found[3]}`);
    };
    port.push = (bytes: Buffer) => {
      const lines = bytes.toString('latin1').split('\n').slice(0, -1);
      return push(Buffer.from(lines.map(halved).join(''), 'latin1'));
    };
    const { status } = await record(bench, () => bench.source.play([idle(5e-3, 3)]));
    expect(status.problems.join()).to.match(/the sensor counted 0\.015\d* C, its samples give 0\.0075/);
  });

  it('should report marker states that are shorter than a conversion', async () => {
    const bench = openIna();
    await bench.meter.configure({ supplyMillivolts });
    const { status } = await record(bench, () =>
      bench.source.play([
        idle(1e-3, 0.05001),
        { amps: 1e-2, marker: markers.gate, seconds: 1e-4 },
        idle(1e-3, 0.05),
        { amps: 1e-2, marker: markers.gate, seconds: 0.01 },
        { amps: 1e-2, marker: markers.big, seconds: 0.01 },
        idle(1e-3, 0.05),
      ]),
    );
    expect(status.problems).to.deep.equal(['1 marker states were shorter than one conversion']);
  });

  it('should see that the sensor was reset, and that the bridge was', async () => {
    const sensor = openIna({ sensorResetAfter: 50 });
    await sensor.meter.configure({ supplyMillivolts });
    const first = await record(sensor, () => sensor.source.play([idle(1e-3, 0.1)]));
    expect(first.status.problems.join()).to.match(/it was reset/);
    const bridge = openIna({ restartAfter: 50 });
    await bridge.meter.configure({ supplyMillivolts });
    const second = await record(bridge, () => bridge.source.play([idle(1e-3, 0.1)]));
    expect(second.status.problems.join()).to.match(/bridge restarted/);
  });

  it('should find another supply voltage than the configured one', async () => {
    const bench = openIna({ supplyVolts: 3.0 });
    await bench.meter.configure({ supplyMillivolts });
    const { status } = await record(bench, () => bench.source.play([idle(1e-3, 0.1)]));
    expect(status.problems.join()).to.match(/supply was 3000 mV before the block/);
  });

  it('should fail the known-load check with a wrong value of the shunt', async () => {
    for (const [shuntOhms, passes] of [
      [0.5, true],
      [0.47, false],
    ] as const) {
      const bench = openIna({ shuntOhms });
      const load = { ohms: 330, toleranceRelative: 1e-3, supplyMillivolts, seconds: 1 };
      const result = await measureKnownLoad(bench.meter, load, async seconds => {
        bench.source.play([idle(3.3 / 330, seconds)]);
      });
      expect(result.isPassed).to.equal(passes);
      if (!passes)
        expect(() => assertKnownLoad(result, 'before')).to.throw(/LF_METER_CHECK|known-load check/);
    }
  });
});
