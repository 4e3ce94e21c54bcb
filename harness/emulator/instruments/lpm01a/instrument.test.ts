import { expect } from 'chai';
import { type Marker, markers } from '../../../machine/machine.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { EmulatedLpm01a, type EmulatedLpm01aOptions } from './instrument.js';
import { parseLpm01aNumber } from './settings.js';

function open(options: Partial<EmulatedLpm01aOptions> = {}) {
  const source = new ScriptedSource();
  const { port } = new EmulatedLpm01a({ source, settle: async () => {}, ...options });
  let received = '';
  port.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1');
  });
  /** Sends a command; everything that came before the next one was answered. */
  const send = async (command: string): Promise<string> => {
    received = '';
    port.write(`${command}\r\n`);
    for (let i = 0; i < 20; i += 1) await new Promise(resolve => setImmediate(resolve));
    return received;
  };
  const play = (amps: number, marker: Marker, seconds: number) => source.play([{ amps, marker, seconds }]);
  const taken = () => {
    const text = received;
    received = '';
    return text;
  };
  return { source, send, play, taken };
}

const lines = (text: string) => text.split('\r\n').filter(line => line !== '');

describe('emulated LPM01A, by its manual and its published clients', () => {
  it('should answer with the bytes that a published client compares', async () => {
    const { send } = open();
    expect(await send('htc')).to.equal('\r\nPowerShield > ack htc\r\n\r\n');
    expect(await send('echo ABC')).to.equal('\r\nPowerShield > echo ABC\r\n');
    expect(await send('volt 3000m')).to.equal('\r\nPowerShield > ack volt 3000m\r\n\r\n');
    expect(await send('acqtime 0')).to.equal('\r\nPowerShield > ack acqtime 0\r\n\r\n');
    expect(await send('targrst 100m')).to.equal('\r\nPowerShield > ack targrst 100m\r\n\r\n');
    expect(await send('start')).to.equal('\r\nPowerShield > ack start\r\n\r\n');
    expect(await send('stop')).to.match(/PowerShield > Acquisition completed\r\n$/);
  });

  it('should know every command, and numbers in all their forms', async () => {
    const { send } = open();
    for (const command of [
      'help',
      'powershield',
      'version',
      'range',
      'status',
      'htc',
      'lcd 1 "  custom display"',
      'volt 3300-3',
      'volt 3.3',
      'volt get',
      'freq 1k',
      'freq 1000',
      'freq 1+3',
      'acqtime inf',
      'acqtime 100u',
      'acqmode stat',
      'funcmode high',
      'output energy',
      'format bin_hexa',
      'trigsrc d7',
      'trigdelay 2-3',
      'currthres 0',
      'currthres 100n',
      'pwr auto',
      'pwr on status',
      'pwr get',
      'pwrend off',
      'eventsrc d7 ris',
      'eventsrc d7 fal',
      'eventsrc d7 both',
      'temp',
      'temp degf',
      'autotest',
      'autotest start stat_all',
      'autotest status stat_min',
      'calib',
      'psrst',
      'hrc',
    ]) {
      const text = await send(command);
      if (command !== 'psrst')
        expect(text, command).to.match(new RegExp(`PowerShield > ack ${command.split(' ')[0]}`));
    }
    expect(await send('volt get')).to.include('ack volt get 3300-03');
    expect(await send('temp degc')).to.include('ack temp degc 28.0');
    expect(parseLpm01aNumber('6409-07')).to.be.closeTo(6409e-7, 1e-15);
  });

  it('should refuse what is out of range or unknown, with a detail, and tell it once by status', async () => {
    const { send } = open();
    for (const command of [
      'volt 3301m',
      'volt 1799m',
      'volt high',
      'freq 3k',
      'acqtime 1s',
      'acqtime 101',
      'trigdelay 31',
      'currthres 60m',
      'format ascii',
      'eventsrc d2 ris',
      'eventsrc d7 any',
      'lcd 3 "x"',
      'pwr maybe',
      'targrst 2',
      'temp degk',
      'autotest maybe',
      'autotest status stat_some',
      'stop',
      'frobnicate',
    ])
      expect(lines(await send(command)), command).to.have.length(2);
    expect(await send('status')).to.match(/ack status error: command not recognized/);
    expect(await send('status')).to.match(/ack status ok/);
  });

  it('should limit text to 5 kHz without end, 10 kHz for a second, 20 kHz for half of one, and energy to 10 kHz', async () => {
    const { send } = open();
    for (const [format, output, freq, acqtime, starts] of [
      ['ascii_dec', 'current', '5k', 'inf', true],
      ['ascii_dec', 'current', '10k', 'inf', false],
      ['ascii_dec', 'current', '10k', '1', true],
      ['ascii_dec', 'energy', '10k', '1', true],
      ['ascii_dec', 'energy', '10k', '1001m', false],
      ['bin_hexa', 'energy', '10k', 'inf', true],
      ['ascii_dec', 'current', '20k', '500m', true],
      ['ascii_dec', 'current', '20k', '1', false],
      ['bin_hexa', 'current', '100k', 'inf', true],
      ['bin_hexa', 'energy', '20k', 'inf', false],
    ] as const) {
      for (const command of [`format ${format}`, `output ${output}`, `freq ${freq}`, `acqtime ${acqtime}`])
        await send(command);
      expect(/ack start/.test(await send('start')), `${format} ${output} ${freq} ${acqtime}`).to.equal(
        starts,
      );
      await send('stop');
    }
  });

  it('should send joules a sample', async () => {
    const { send, play, taken } = open();
    for (const command of [
      'acqtime inf',
      'trigdelay 0',
      'output energy',
      'freq 1k',
      'volt 3000m',
      'pwr on',
      'start',
    ])
      await send(command);
    taken();
    play(0.01, markers.idle, 0.01);
    expect(lines(taken())).to.deep.equal(Array(10).fill('3000-08'));
  });

  for (const [events, expected] of [
    ['ris', ['event 1 ris', 'event 2 ris']],
    ['fal', ['event 1 ris', 'event 2 ris']],
    ['both', ['event 1 ris', 'event 2 ris', 'event 3 ris', 'event 4 ris']],
  ] as const)
    it(`should tell each ${events} edge once, also of pulses shorter than a sample`, async () => {
      const { send, play, taken } = open();
      for (const command of [
        'acqtime inf',
        'trigdelay 0',
        `eventsrc d7 ${events}`,
        'freq 1k',
        'pwr on',
        'start',
      ])
        await send(command);
      taken();
      for (let i = 0; i < 2; i += 1) {
        play(0.01, markers.idle, 0.0102);
        play(0.01, markers.gate, 50e-6);
      }
      play(0.01, markers.idle, 0.01);
      const all = lines(taken());
      expect(all.filter(line => line.startsWith('event'))).to.deep.equal(expected);
      expect(all.indexOf('event 1 ris'), 'behind the samples before it').to.equal(10);
    });

  it('should send samples as they come', async () => {
    const { send, play, taken } = open();
    for (const command of ['acqtime inf', 'trigdelay 0', 'freq 1k', 'pwr on', 'start']) await send(command);
    taken();
    for (let i = 0; i < 5; i += 1) {
      play(0.01, markers.idle, 0.002);
      expect(lines(taken())).to.have.length(2);
    }
  });

  it('should send a timestamp after every 1,000 samples at any rate, and a NUL before the next sample', async () => {
    const { send, play, taken } = open();
    for (const command of ['acqtime inf', 'trigdelay 0', 'freq 5k', 'pwr on', 'start']) await send(command);
    taken();
    play(0.01, markers.idle, 0.4002);
    const all = lines(taken());
    expect(all[1000]).to.equal('TimeStamp: 000s 200ms, buff 00%');
    expect(all[1001]).to.equal('\x001000-05');
    expect(all[2001]).to.equal('TimeStamp: 000s 400ms, buff 00%');
  });

  it('should stop by itself after a finite time, and switch the supply as pwrend says', async () => {
    const powered: boolean[] = [];
    const { send, play, taken } = open({ power: async on => void powered.push(on) });
    for (const command of ['acqtime 10m', 'freq 1k', 'pwrend off', 'start']) await send(command);
    taken();
    play(0.01, markers.idle, 0.1);
    const all = lines(`${taken()}${await send('status')}`);
    expect(all.filter(line => line === '1000-05')).to.have.length(10);
    expect(all).to.include('PowerShield > Acquisition completed');
    expect(powered).to.deep.equal([true, false]);
  });

  it('should wait for an edge of D7 where that is the trigger, and for the delay behind it', async () => {
    const { send, play, taken } = open();
    for (const command of ['acqtime inf', 'trigsrc d7', 'trigdelay 5m', 'freq 1k', 'pwr on', 'start'])
      await send(command);
    taken();
    play(0.01, markers.idle, 0.1);
    expect(taken()).to.equal('');
    play(0.02, markers.gate, 0.01);
    expect(lines(taken())).to.deep.equal(Array(5).fill('2000-05'));
  });

  it('should speak as old firmware did', async () => {
    const { send, play, taken } = open({ firmware: '1.0.0' });
    expect(lines(await send('eventsrc d7 ris'))).to.deep.equal([
      'PowerShield > err eventsrc',
      'Error detail: command not recognized',
    ]);
    for (const command of ['acqtime inf', 'trigdelay 0', 'freq 1k', 'pwr on', 'start']) await send(command);
    taken();
    play(0.01, markers.idle, 1);
    expect(lines(taken()).at(-1)).to.equal('Timestamp: 001s 000ms, buff 00%');
    expect(lines(await send('stop')).slice(-4)).to.deep.equal([
      'summary beg',
      '1000-05',
      'summary end',
      'end',
    ]);
  });

  it('should give one value for an acquisition in mode stat, at any rate, and take back one of a current that varied', async () => {
    const { send, play, taken } = open();
    for (const command of ['acqmode stat', 'acqtime 100m', 'trigdelay 0', 'freq 5k', 'pwr on', 'start'])
      await send(command);
    taken();
    play(0.1, markers.idle, 0.05);
    expect(taken()).to.equal('');
    play(0.104, markers.idle, 0.06);
    expect(lines(`${taken()}${await send('status')}`)).to.deep.equal([
      '1020-04',
      'PowerShield > Acquisition completed',
      'PowerShield > ack status ok',
    ]);
    await send('acqtime inf');
    await send('start');
    taken();
    play(0.1, markers.idle, 0.05);
    play(0.15, markers.idle, 0.05);
    expect(lines(await send('stop'))).to.deep.equal([
      '1250-04',
      'error: Static acquisition: current not constant',
      'PowerShield > ack stop',
      'PowerShield > Acquisition completed',
    ]);
    await send('output energy');
    await send('start');
    play(0.1, markers.idle, 0.05);
    expect(lines(await send('stop'))[0]).to.equal('1650-05');
  });

  it('should end an acquisition at an overcurrent, in each mode at its own limit', async () => {
    for (const [mode, amps, message] of [
      ['dyn', 0.07, 'Overcurrent >59mA, dynamic acquisition stopped'],
      ['stat', 0.21, 'Overcurrent >200mA, static acquisition stopped'],
    ] as const) {
      const { send, play, taken } = open();
      for (const command of [`acqmode ${mode}`, 'acqtime inf', 'trigdelay 0', 'freq 1k', 'pwr on', 'start'])
        await send(command);
      taken();
      play(0.05, markers.idle, 0.002);
      play(amps, markers.idle, 0.01);
      play(0.05, markers.idle, 0.01);
      const all = lines(`${taken()}${await send('status')}`);
      expect(all.slice(all.indexOf(`error: ${message}`)).filter(line => !/^\d{4}-/.test(line))).to.deep.equal(
        [
          `error: ${message}`,
          'PowerShield > Acquisition completed',
          `PowerShield > ack status error: ${message}`,
        ],
      );
      expect(all.filter(line => line === '5000-05')).to.have.length(mode === 'dyn' ? 2 : 1);
      expect(await send('stop')).to.match(/error stop/);
    }
  });

  it('should reset the target for a while, in the waveform’s own time', async () => {
    const powered: boolean[] = [];
    const { send, play } = open({ power: async on => void powered.push(on) });
    await send('pwr on');
    await send('targrst 50m');
    play(0.01, markers.idle, 0.04);
    await send('status');
    expect(powered).to.deep.equal([true, false]);
    play(0.01, markers.idle, 0.02);
    await send('status');
    expect(powered).to.deep.equal([true, false, true]);
  });
});
