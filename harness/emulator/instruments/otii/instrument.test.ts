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

  /** Automation alone, or with the battery toolbox. */
  async function licensed(options: Partial<EmulatedOtiiOptions> = {}, hasBattery = true) {
    const bench = open(options);
    for (const license_id of hasBattery ? [1234, 1235] : [1234])
      expect((await bench.ask('otii_reserve_license', { license_id })).type).to.equal('response');
    return bench;
  }

  it('should emulate a battery as the vendor’s tests of it ask', async () => {
    const { ask, source } = await licensed();
    const { battery_profiles: profiles } = (await ask('otii_get_battery_profiles')).data as {
      battery_profiles: { battery_profile_id: string; model: string }[];
    };
    const profile = (model: string) => profiles.find(one => one.model === model)!.battery_profile_id;
    const small = profile('CR2450');
    const set = (data: object) =>
      ask('arc_set_supply_battery_emulator', {
        ...id,
        battery_profile_id: profile('LM17500'),
        used_capacity: null,
        soc: null,
        ...data,
      });
    expect((await set({ soc: 50, used_capacity: 333 })).errorcode).to.equal('Invalid key value');
    expect((await ask('arc_get_supply_mode', id)).data).to.deep.equal({ supply_mode: 'power-box' });
    await ask('arc_set_main', { ...id, enable: true });
    const { battery_emulator_id } = (
      await set({ series: 2, parallel: 3, used_capacity: 0.123, soc_tracking: false })
    ).data;
    const battery = { battery_emulator_id };
    const value = async (name: string) =>
      Object.values((await ask(`battery_emulator_get_${name}`, battery)).data)[0];
    expect((await ask('arc_get_main', id)).data).to.deep.equal({ value: false });
    expect((await ask('arc_get_supply_mode', id)).data).to.deep.equal({ supply_mode: 'battery-emulator' });
    expect([await value('series'), await value('parallel'), await value('used_capacity')]).to.deep.equal([
      2, 3, 0.123,
    ]);
    expect(await value('soc')).to.be.within(99, 100);
    expect(await value('soc_tracking')).to.equal(false);
    await ask('battery_emulator_set_soc', { ...battery, value: 33 });
    await ask('battery_emulator_update_profile', { ...battery, battery_profile_id: small, mode: 'keep_soc' });
    expect(await value('soc')).to.equal(33);
    await ask('battery_emulator_update_profile', { ...battery, battery_profile_id: small, mode: 'reset' });
    expect(await value('soc')).to.equal(100);
    await ask('arc_set_main', { ...id, enable: true });
    await ask('battery_emulator_set_soc_tracking', { ...battery, enable: true });
    source.play([{ amps: 0.5, marker: markers.idle, seconds: 100 }]);
    expect(await value('used_capacity')).to.be.closeTo(50, 1e-6);
    expect((await ask('battery_emulator_set_soc', { ...battery, value: 101 })).errorcode).to.equal(
      'Invalid key value',
    );
    expect((await ask('battery_emulator_get_soc', { battery_emulator_id: 'x' })).errorcode).to.equal(
      'Invalid key value',
    );
  });

  it('should want the battery licence for that, and keep the voltage of the cells', async () => {
    const without = await licensed({}, false);
    expect((await without.ask('otii_get_battery_profiles')).errorcode).to.equal('No license');
    const { ask } = await licensed();
    const [{ battery_profile_id }] = (await ask('otii_get_battery_profiles')).data['battery_profiles'] as {
      battery_profile_id: string;
    }[];
    await ask('arc_set_supply_battery_emulator', {
      ...id,
      battery_profile_id,
      series: 1,
      parallel: 1,
      soc: 50,
    });
    await ask('arc_set_main', { ...id, enable: true });
    expect((await ask('arc_get_value', { ...id, channel: 'mv' })).data['value']).to.equal(2.5);
    expect((await ask('otii_get_battery_profile_info', { battery_profile_id })).data).to.deep.include({
      battery_profile_id,
    });
  });

  it('should keep user logs, by pages, filters and offsets', async () => {
    const { ask } = await licensed();
    const project = { project_id: 1 };
    expect((await ask('project_create_user_log', { ...project, id: 'notes' })).data).to.deep.equal({
      id: 'notes',
    });
    await ask('project_start_recording', project);
    const { recording_id } = (await ask('project_get_last_recording', project)).data;
    const append = (time: number, message: string) =>
      ask('recording_append_user_log', { recording_id, measurement_id: 'notes', time, message });
    for (const [time, message] of [
      [1.231, 'Connected!'],
      [0.113, 'Connecting...'],
      [3, 'Sleeping'],
    ] as const)
      expect((await append(time, message)).type).to.equal('response');
    const page = (data: object) =>
      ask('recording_get_user_log_data', {
        recording_id,
        user_log_id: 'notes',
        from: 0,
        to: 10,
        filter: '',
        page: 1,
        page_size: 2,
        ...data,
      });
    expect((await page({})).data).to.deep.equal({
      data_type: 'log_data',
      page: 1,
      pages_total: 2,
      values: [
        { timestamp: 0.113, value: 'Connecting...' },
        { timestamp: 1.231, value: 'Connected!' },
      ],
    });
    expect((await page({ page: 2 })).data['values']).to.deep.equal([{ timestamp: 3, value: 'Sleeping' }]);
    expect((await page({ filter: 'Connect', to: 1 })).data['values']).to.have.length(1);
    await ask('recording_offset_user_log', { recording_id, measurement_id: 'notes', offset: 0.5 });
    expect((await page({ filter: 'Sleep' })).data['values']).to.deep.equal([
      { timestamp: 3.5, value: 'Sleeping' },
    ]);
    expect((await page({ user_log_id: 'none' })).errorcode).to.equal('Invalid key value');
  });

  it('should record the text on RX while the UART is on, and write to TX', async () => {
    const listeners = new Set<(text: string) => void>();
    const written: string[] = [];
    const uart = {
      onLine: (listener: (text: string) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      write: (text: string) => void written.push(text),
    };
    const { ask, source } = await licensed({ uart });
    await ask('arc_enable_channel', { ...id, channel: 'rx', enable: true });
    expect((await ask('arc_write_tx', { ...id, value: 'AT' })).errorcode).to.equal('Command failure');
    await ask('arc_enable_uart', { ...id, enable: true });
    await ask('project_start_recording', { project_id: 1 });
    source.play([{ amps: 0.01, marker: markers.idle, seconds: 0.25 }]);
    for (const listener of listeners) listener('Entering sleep mode');
    await ask('arc_write_tx', { ...id, value: 'AT' });
    expect(written).to.deep.equal(['AT']);
    const where = { recording_id: 1, ...id, channel: 'rx' };
    expect((await ask('recording_get_channel_data_count', where)).data).to.deep.equal({ count: 1 });
    expect((await ask('recording_get_channel_data', { ...where, index: 0, count: 9 })).data).to.deep.equal({
      data_type: 'log',
      values: [{ timestamp: 0.25, value: 'Entering sleep mode' }],
    });
    await ask('project_stop_recording', { project_id: 1 });
    expect(listeners.size).to.equal(0);
  });
});
