import { expect } from 'chai';
import { markers } from '../../../machine/machine.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { EmulatedOtii, type EmulatedOtiiOptions } from './instrument.js';

interface Message {
  type: string;
  errorcode?: string;
  trans_id?: string;
  data: Record<string, unknown>;
}

/** A client that goes by the vendor's: a request at a time, `data` left out where there is none. */
function open(options: Partial<EmulatedOtiiOptions> = {}) {
  const source = new ScriptedSource();
  const server = new EmulatedOtii({ source, settle: async () => {}, ...options });
  let text = '';
  server.port.on('data', (bytes: Buffer) => {
    text += bytes.toString('utf8');
  });
  let transaction = 0;
  const raw = async (line: string): Promise<string> => {
    text = '';
    server.port.write(line);
    for (let i = 0; i < 30; i += 1) await new Promise(resolve => setImmediate(resolve));
    return text.trim().split('\r\n').at(-1) ?? '';
  };
  const ask = async (cmd: string, data?: object): Promise<Message> => {
    transaction += 1;
    const answer = await raw(
      `${JSON.stringify({ type: 'request', cmd, trans_id: String(transaction), data })}\r\n`,
    );
    const message = JSON.parse(answer) as Message;
    expect(message.trans_id).to.equal(String(transaction));
    return message;
  };
  return { source, server, ask, raw };
}

const id = { device_id: 'arc0001' };

describe('emulated Otii server, by the vendor’s client', () => {
  it('should want a login where the desktop application has none, and a licence in any case', async () => {
    const { ask } = open({ login: { username: 'lab', password: 'secret' } });
    expect((await ask('otii_is_logged_in')).data).to.deep.equal({ logged_in: false });
    expect((await ask('otii_get_devices', { timeout: 1 })).errorcode).to.equal('Not logged in');
    expect((await ask('otii_login', { username: 'lab', password: 'x' })).errorcode).to.equal(
      'Could not login',
    );
    expect((await ask('otii_login', { username: 'lab', password: 'secret' })).type).to.equal('response');
    expect((await ask('otii_get_devices', { timeout: 1 })).errorcode).to.equal('No license');
    const { licenses } = (await ask('otii_get_licenses')).data as {
      licenses: { id: number; reserved_to: string }[];
    };
    expect(licenses[0].reserved_to).to.equal('');
    expect((await ask('otii_reserve_license', { license_id: 9 })).errorcode).to.equal(
      'License could not be reserved',
    );
    expect((await ask('otii_reserve_license', { license_id: licenses[0].id })).type).to.equal('response');
    expect((await ask('otii_has_license', { license_type: 'Automation' })).data).to.deep.equal({
      has_license: true,
    });
    expect((await ask('otii_get_devices', { timeout: 1 })).data).to.have.property('devices');
    expect((await ask('otii_return_license', { license_id: licenses[0].id })).type).to.equal('response');
    expect((await ask('arc_get_main', id)).errorcode).to.equal('No license');
  });

  it('should record what was enabled, while it runs and after, and describe it with decimal points', async () => {
    const { source, ask, raw } = open();
    await ask('otii_reserve_license', { license_id: 1234 });
    const play = (seconds: number) => source.play([{ amps: 0.02, marker: markers.gate, seconds }]);
    for (const channel of ['mc', 'mv', 'i1'])
      await ask('arc_enable_channel', { ...id, channel, enable: true });
    await ask('arc_set_main_voltage', { ...id, value: 3.7 });
    expect((await ask('otii_get_active_project')).data).to.deep.equal({ project_id: 1 });
    expect((await ask('project_get_last_recording', { project_id: 1 })).data).to.deep.equal({
      recording_id: -1,
    });
    await ask('project_start_recording', { project_id: 1 });
    play(0.5);
    await ask('arc_set_main', { ...id, enable: true });
    play(0.5);
    const { data } = await ask('project_get_last_recording', { project_id: 1 });
    expect(data).to.include({ recording_id: 1, name: 'Recording 1' });
    const of = (channel: string) => ({ recording_id: 1, ...id, channel });
    expect((await ask('recording_is_running', { recording_id: 1 })).data).to.deep.equal({ running: true });
    expect((await ask('recording_get_channel_data_count', of('mc'))).data).to.deep.equal({ count: 4000 });
    await ask('project_stop_recording', { project_id: 1 });
    play(1);
    expect((await ask('recording_get_channel_info', of('mc'))).data).to.deep.equal({
      offset: 0,
      from: 0,
      to: 1,
      sample_rate: 4000,
    });
    const line = JSON.stringify({
      type: 'request',
      cmd: 'recording_get_channel_statistics',
      trans_id: 'x',
      data: { ...of('mc'), from: 0, to: 1 },
    });
    const text = await raw(`${line}\r\n`);
    expect(text).to.include('"min":0.0');
    const statistics = (JSON.parse(text) as Message).data as Record<string, number>;
    expect(statistics.average).to.be.closeTo(0.01, 1e-12);
    expect(statistics.energy).to.be.closeTo(0.02 * 3.7 * 0.5, 1e-9);
    expect((await ask('recording_get_channel_data', { ...of('i1'), index: 0, count: 9 })).data).to.deep.equal(
      {
        data_type: 'digital',
        values: [{ timestamp: 0, value: true }],
      },
    );
    expect((await ask('recording_get_channel_info', of('tp'))).errorcode).to.equal('Command failure');
  });

  it('should refuse what the vendor’s server refuses, with its codes', async () => {
    const { ask, raw } = open();
    await ask('otii_reserve_license', { license_id: 1234 });
    for (const [cmd, data, code] of [
      ['otii_make_coffee', {}, 'Invalid command'],
      ['arc_set_main_voltage', { ...id, value: 99 }, 'Invalid key value'],
      ['arc_set_main_voltage', { ...id, value: '3' }, 'Invalid key type'],
      ['arc_set_main_voltage', id, 'Missing key in request'],
      ['arc_set_main_voltage', { value: 3 }, 'Missing key in request'],
      ['arc_get_main_voltage', { device_id: 'x' }, 'Device not connected'],
      [
        'arc_set_channel_samplerate',
        { ...id, channel: 'mc', value: 50_000 },
        'Command not valid for device type',
      ],
      ['arc_set_power_regulation', { ...id, mode: 'magic' }, 'Invalid key value'],
      ['project_start_recording', { project_id: 7 }, 'Project does not exist'],
      ['recording_get_offset', { recording_id: 7 }, 'Command failure'],
    ] as const)
      expect((await ask(cmd, data)).errorcode, cmd).to.equal(code);
    expect(JSON.parse(await raw('{"type":\r\n'))).to.include({ errorcode: 'Not able to parse request' });
    expect(JSON.parse(await raw('7\r\n'))).to.include({ errorcode: 'Not able to parse request' });
  });

  it('should show one client what another one recorded', async () => {
    const { server, ask } = open();
    await ask('otii_reserve_license', { license_id: 1234 });
    await ask('project_start_recording', { project_id: 1 });
    const other = server.connect();
    let text = '';
    other.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    other.write(
      `${JSON.stringify({ cmd: 'project_get_recordings', trans_id: '1', data: { project_id: 1 } })}\r\n`,
    );
    for (let i = 0; i < 30; i += 1) await new Promise(resolve => setImmediate(resolve));
    expect(text).to.match(/"info":"connected"[\s\S]*"recording_id":1/);
  });
});
