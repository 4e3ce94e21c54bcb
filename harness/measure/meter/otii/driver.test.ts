import { expect } from 'chai';
import { markers } from '../../../machine/machine.js';
import { codeOf } from '../../../testing/failure.js';
import { openOtii } from '../../../testing/instruments/benches.js';
import { BlockEnergyCollector } from '../../energy/collector.js';
import { OtiiFramer } from './protocol.js';

describe('Otii', () => {
  it('should fetch more samples than one answer holds', async () => {
    const { source, meter } = openOtii({ sampleRateHz: 50_000 });
    await meter.configure({ supplyMillivolts: 3300 });
    let next = 0;
    await meter.start(chunk => {
      expect(chunk.startNs).to.be.closeTo(next, 1);
      next = chunk.startNs + chunk.current.length * chunk.periodNs;
    });
    source.play([{ amps: 1e-3, marker: markers.idle, seconds: 2 }]);
    expect((await meter.stop()).samples).to.equal(100_000);
    expect(next).to.be.closeTo(2e9, 10);
    await meter.close();
  });

  it('should cut windows by GPI 1 and 2', async () => {
    const { source, meter } = openOtii();
    await meter.configure({ supplyMillivolts: 3000 });
    const collector = new BlockEnergyCollector({
      accuracy: meter.accuracy(),
      supplyMillivolts: 3000,
      expectedWindows: 8,
    });
    await meter.start(chunk => collector.push(chunk));
    source.play([{ amps: 1e-5, marker: markers.idle, seconds: 0.1 }]);
    for (let i = 0; i < 8; i += 1) {
      source.play([
        { amps: 0.01, marker: markers.gate, seconds: 0.00513 },
        { amps: 0.03, marker: markers.big, seconds: 0.02017 },
        { amps: 1e-5, marker: markers.idle, seconds: 0.03 + 31e-6 * i },
      ]);
    }
    source.play([{ amps: 1e-5, marker: markers.idle, seconds: 0.1 }]);
    const { energy } = collector.finish(await meter.stop());
    for (let i = 0; i < 8; i += 1) {
      expect(energy.gateMicrojoules[i]).to.be.closeTo(3e6 * 0.01 * 0.00513, 0.5);
      expect(energy.bigMicrojoules[i]).to.be.closeTo(3e6 * 0.03 * 0.02017, 1.5);
    }
    await meter.close();
  });

  it('should log in, and say when it may not', async () => {
    const login = { username: 'lab', password: 'secret' };
    const allowed = openOtii({ login }, { login });
    expect((await allowed.meter.identify()).model).to.equal('Qoitech Otii Arc');
    const refused = openOtii({ login });
    expect(await codeOf(refused.meter.identify())).to.equal('LF_METER_REPLY');
    await allowed.meter.close();
    await refused.meter.close();
  });

  it('should want exactly one device', async () => {
    const two = ['a', 'b'].map(id => ({ device_id: id, name: id, type: 'Ace' }));
    const none = openOtii({ devices: [] });
    const many = openOtii({ devices: two });
    const named = openOtii({ devices: two }, { deviceId: 'b' });
    expect(await codeOf(none.meter.identify())).to.equal('LF_METER_OPEN');
    expect(await codeOf(many.meter.identify())).to.equal('LF_DEVICE_AMBIGUOUS');
    expect((await named.meter.identify()).serial).to.equal('b');
    for (const { meter } of [none, many, named]) await meter.close();
  });

  it('should join messages over pieces and refuse what is none', () => {
    const framer = new OtiiFramer();
    expect(framer.push(Buffer.from('{"type":"respo'))).to.deep.equal([]);
    expect(framer.push(Buffer.from('nse"}\r\n{"type":"error"}\r\n'))).to.deep.equal([
      { type: 'response' },
      { type: 'error' },
    ]);
    expect(() => framer.push(Buffer.from('hello\r\n'))).to.throw('no message');
    expect(() => new OtiiFramer().push(Buffer.from('[1]\r\n'))).to.throw('no message');
  });
});
