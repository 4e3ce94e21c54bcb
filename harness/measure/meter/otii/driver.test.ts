import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { EmulatedOtii } from '../../../emulator/instruments/otii/instrument.js';
import { markers } from '../../../machine/machine.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { codeOf } from '../../../testing/failure.js';
import { openOtii, settle } from '../../../testing/instruments/benches.js';
import { BlockEnergyCollector } from '../../energy/collector.js';
import { OtiiMeter } from './driver.js';
import { OtiiFramer } from './protocol.js';

/** A server that plays a transcript: answers by command, a text is an error code. */
function transcript(answers: Record<string, object | string>) {
  const asked: string[] = [];
  const port: Duplex = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      for (const line of bytes.toString().split('\r\n').filter(Boolean)) {
        const { cmd, trans_id, data } = JSON.parse(line) as {
          cmd: string;
          trans_id: string;
          data: { channel?: string };
        };
        asked.push(cmd);
        const isLine = cmd === 'recording_get_channel_data' && data.channel !== 'mc';
        const answer =
          (isLine ? answers['digital'] : answers[cmd]) ??
          (isLine ? { data_type: 'digital', values: [] } : {});
        const message =
          typeof answer === 'string'
            ? { type: 'error', errorcode: answer, cmd, trans_id, data: {} }
            : { type: 'response', cmd, trans_id, data: answer };
        port.push(Buffer.from(`${JSON.stringify(message)}\r\n`));
      }
      done();
    },
  });
  return { port: { asked }, meter: new OtiiMeter({ port }) };
}

describe('Otii', () => {
  it('should fetch more samples than one answer holds', async () => {
    const { source, meter } = openOtii({ sampleRateHz: 50_000 });
    await meter.configure({ supplyMillivolts: 3300 });
    await meter.supply(true);
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
    await meter.supply(true);
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

  it('should reserve a licence and give it back, and say when there is none', async () => {
    const source = new ScriptedSource();
    const server = new EmulatedOtii({ source, settle });
    for (let i = 0; i < 2; i += 1) {
      const meter = new OtiiMeter({ port: server.connect(), emulated: true });
      await meter.configure({ supplyMillivolts: 3300 });
      await meter.close();
    }
    const { meter } = openOtii({ licence: 'taken' });
    let message = '';
    await meter.identify().catch(error => {
      message = error.message;
    });
    expect(message).to.match(/no free licence[\s\S]*Automation, reserved to somebody else/);
    await meter.close();
  });

  it('should sit in the line of another supply where it is asked to', async () => {
    const { source, meter } = openOtii({ supplyVolts: 3 }, { mode: 'ampere' });
    await meter.configure({ supplyMillivolts: 3000 });
    await meter.supply(true);
    const seen: number[] = [];
    await meter.start(({ current }) => seen.push(...current));
    source.play([{ amps: 0.01, marker: markers.idle, seconds: 1 }]);
    await meter.stop();
    expect(seen).to.have.length(4000);
    expect(Math.min(...seen)).to.be.closeTo(0.01, 1e-9);
    await meter.close();
  });

  it('should work with a server that knows nothing of licences', async () => {
    const { meter, port } = transcript({
      otii_is_logged_in: 'Invalid command',
      otii_has_license: 'Invalid command',
      arc_set_power_regulation: 'Invalid command',
      arc_get_channel_samplerate: 'Invalid command',
      otii_get_devices: { devices: [{ device_id: 'Arc1', name: 'Arc I', type: 'Arc' }] },
      otii_get_active_project: { project_id: 3 },
      project_get_last_recording: { recording_id: 5, name: 'x' },
      recording_get_channel_data: {
        data_type: 'analog',
        timestamp: 0,
        interval: 0.00025,
        values: [0.002453, 0.002675],
      },
    });
    await meter.configure({ supplyMillivolts: 3300 });
    const seen: number[] = [];
    await meter.start(({ current }) => seen.push(...current));
    expect(await meter.stop()).to.include({ samples: 2 });
    expect(seen).to.deep.equal([0.002453, 0.002675]);
    expect(port.asked).to.include.members([
      'arc_set_main_voltage',
      'project_start_recording',
      'project_stop_recording',
    ]);
    await meter.close();
  });

  it('should take neither more edges at once than it asked for, nor what is no edge', async () => {
    for (const values of [Array.from({ length: 300_000 }, () => 0), [null], [{ timestamp: 'x' }]]) {
      const { meter } = transcript({
        otii_has_license: { has_license: true },
        otii_get_devices: { devices: [{ device_id: 'a', name: 'a', type: 'Ace' }] },
        otii_get_active_project: { project_id: 3 },
        project_get_last_recording: { recording_id: 5 },
        digital: { data_type: 'digital', values },
      });
      await meter.configure({ supplyMillivolts: 3300 });
      await meter.start(() => {});
      const { problems } = await meter.stop();
      expect(problems.join(), JSON.stringify(values).slice(0, 20)).to.match(/LF_METER_REPLY|does not fit/);
      await meter.close();
    }
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
