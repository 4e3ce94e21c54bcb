import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { messageOf } from '../../../testing/failure.js';
import type { SampleChunk } from '../meter.js';
import { ScpiMeter, type ScpiMeterOptions } from './driver.js';

type Answer = string | Buffer | readonly Buffer[];

/**
 * An instrument made from documents, not from our emulated one: what it answers to each query; anything else that ends in `?` is an undefined header, as is what
 * `unknown` matches, and a command is taken in silence. An answer in several parts comes in several pieces.
 */
function scripted(
  answers: Readonly<Record<string, Answer | ((sent: readonly string[]) => Answer)>>,
  { unknown = /^$/, noError = '+0,"No error"', undefinedHeader = '-113,"Undefined header"' } = {},
): { port: Duplex; sent: string[] } {
  const sent: string[] = [];
  const errors: string[] = [];
  const all = {
    '*OPC?': '1',
    'SYST:ERR?': () => errors.shift() ?? noError,
    ...answers,
  };
  const port: Duplex = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      for (const command of bytes.toString('latin1').split('\n').filter(Boolean)) {
        sent.push(command);
        if (command === '*CLS') errors.length = 0;
        const answer = (all as Record<string, Answer | ((sent: readonly string[]) => Answer)>)[command];
        if (answer === undefined || unknown.test(command)) {
          if (command.includes('?') || unknown.test(command)) errors.push(undefinedHeader);
          continue;
        }
        const said = typeof answer === 'function' ? answer(sent) : answer;
        const parts = typeof said === 'string' ? [Buffer.from(`${said}\n`, 'latin1')] : [said].flat();
        for (const part of parts as Buffer[]) port.push(part);
      }
      done();
    },
  });
  return { port, sent };
}

async function measure(port: Duplex, options: Partial<ScpiMeterOptions> = {}, sampleRateHz?: number) {
  let now = 0;
  const meter = new ScpiMeter({
    port,
    elapsed: { seconds: () => now, jitterSeconds: 0.1 },
    pollMilliseconds: 60_000,
    replyTimeoutMs: 2000,
    ...options,
  });
  const identity = await meter.identify();
  const configured = await meter.configure({ supplyMillivolts: 3300, sampleRateHz });
  const chunks: SampleChunk[] = [];
  await meter.start(chunk => chunks.push(chunk));
  now = 1e-3;
  const status = await meter.stop();
  await meter.close();
  return {
    identity,
    configured,
    status,
    current: chunks.flatMap(chunk => [...chunk.current]),
    voltage: chunks.flatMap(chunk => [...(chunk.voltage ?? [])]),
    starts: chunks.map(chunk => chunk.startNs),
  };
}

const singles = (values: readonly number[]) => {
  const block = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) block.writeFloatBE(value, 4 * i);
  return block;
};
const doubles = (values: readonly number[]) => {
  const block = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) block.writeDoubleLE(value, 8 * i);
  return block;
};
/** A number whose double, and one whose single precision, has the byte of a line feed in it. */
const withLineFeed = Buffer.from('0a0a0a0a0a0a803f', 'hex').readDoubleLE();
const singleWithLineFeed = Buffer.from('3c0a0a0a', 'hex').readFloatBE();

/**
 * Exchanges as Keysight's "N6705C Operating and Service Guide" documents them: FORMat (page 286), status bits (350), and as its kin's guides do: periods and Elog
 * records (N6700C, pages 143 to 146; N6900/N7900, page 161). Identities as published scripts show them.
 */
const n6705 = {
  '*IDN?': 'Keysight Technologies,N6705C,MY56006098,E.02.09.3271',
  'SENS:ELOG:PER? (@1)': '+2.04800000E-04',
  'STAT:QUES:EVEN? (@1)': '+0',
  'STAT:QUES:COND? (@1)': '+0',
  'FETC:ELOG? 10000,(@1)': Buffer.from('#10\n'),
};

describe('SCPI driver on documented exchanges', () => {
  it('should read the records of an N6705: definite blocks, big-endian, the current before the voltage', async () => {
    const block = singles([0.02, 3.3, singleWithLineFeed, 3.25]);
    const { port, sent } = scripted({
      ...n6705,
      'FETC:ELOG? 10000,(@1)': [
        Buffer.from('#2'),
        Buffer.from('16'),
        block.subarray(0, 9),
        block.subarray(9),
        Buffer.from('\n'),
      ],
    });
    const { identity, configured, current, voltage, status } = await measure(port, {}, 1000);
    expect(identity).to.include({ serial: 'MY56006098', firmware: 'E.02.09.3271', emulated: false });
    expect(configured.sampleRateHz).to.be.closeTo(1 / 204.8e-6, 1e-6);
    expect(current).to.deep.equal([Math.fround(0.02), singleWithLineFeed]);
    expect(voltage).to.deep.equal([Math.fround(3.3), 3.25]);
    expect(status).to.deep.include({ overcurrent: false, problems: [] });
    /* Without it no event register catches anything, and an event of before would be taken for one of now. */
    expect(sent.indexOf('STAT:PRES')).to.be.within(1, sent.indexOf('*CLS'));
    expect(sent.indexOf('STAT:QUES:EVEN? (@1)')).to.be.below(sent.indexOf('INIT:ELOG (@1)'));
  });

  it('should not end one reply behind where lines end in CR LF, behind a block too, and in pieces', async () => {
    const block = singles([0.02, 3.3]);
    for (const end of ['\r\n', '\n'])
      for (const pieces of [[end], [...end]]) {
        const line = (text: string) => Buffer.from(`${text}${end}`);
        const answers = Object.fromEntries(
          Object.entries({ '*OPC?': '1', 'SYST:ERR?': '0,"No error"', ...n6705 }).map(([query, answer]) => [
            query,
            typeof answer === 'string' ? line(answer) : line('#10'),
          ]),
        );
        const { port } = scripted({
          ...answers,
          'FETC:ELOG? 10000,(@1)': [Buffer.from('#18'), block, ...pieces.map(piece => Buffer.from(piece))],
        });
        const { current, status } = await measure(port, {}, 1000);
        expect(current).to.deep.equal([Math.fround(0.02)]);
        expect(status.problems).to.deep.equal([]);
      }
  });

  it('should take the older maker and an empty record', async () => {
    const { port } = scripted({ ...n6705, '*IDN?': 'Agilent Technologies,N6705B,MY53001146,D.01.10' });
    const { identity, current } = await measure(port, {}, 1000);
    expect(identity.serial).to.equal('MY53001146');
    expect(current).to.deep.equal([]);
  });

  it('should hear a limit and a protection in the registers of an N6705, also one that is over', async () => {
    for (const [event, condition, overcurrent, problems] of [
      ['+128', '+0', true, []],
      ['+0', '+128', true, []],
      ['+2', '+0', true, []],
      ['+0', '+0', false, []],
      ['+16', '+0', false, ['the instrument reports: over-temperature']],
      ['+0', '+1024', false, ['the instrument reports: output unregulated']],
      ['+131', '+0', true, ['the instrument reports: over-voltage protection']],
    ] as const) {
      const { port } = scripted({
        ...n6705,
        'STAT:QUES:EVEN? (@1)': sent => (sent.includes('TRIG:ELOG (@1)') ? event : '+128'),
        'STAT:QUES:COND? (@1)': sent => (sent.includes('TRIG:ELOG (@1)') ? condition : '+0'),
      });
      const { status } = await measure(port, {}, 1000);
      expect(status.overcurrent, event).to.equal(overcurrent);
      expect(status.problems, event).to.deep.equal(problems);
    }
  });

  /** "DMM6500 Reference Manual" (DMM6500-901-01 Rev. A): buffer, formats (13-44), `*LANG?` (2-29); kin: "Model 2461 Reference Manual" (2461-901-01 Rev. A). */
  const keithley = {
    noError: '0,"No error;0;0 0"',
    undefinedHeader: '-113,"Undefined header;1;2018/05/26 14:00:14.871"',
  };
  const pairs = [0.02, 0, withLineFeed, 1e-4, 0.03, 2e-4];
  const dmm6500 = {
    '*IDN?': 'KEITHLEY INSTRUMENTS,MODEL DMM6500,04592428,1.7.12b',
    '*LANG?': 'SCPI',
    'SYST:LFR?': '60',
    'DIG:CURR:SRATE?': '10000',
    'TRAC:ACT:END? "defbuffer1"': '3',
    'TRAC:DATA? 1,3,"defbuffer1",READ,REL': [Buffer.from('#0'), doubles(pairs), Buffer.from('\n')],
  };

  it('should read the buffer of a DMM6500: blocks that begin with #0 and have no length', async () => {
    const { port } = scripted(dmm6500, keithley);
    const { identity, current, status, starts } = await measure(port, {}, 10_000);
    expect(identity.serial).to.equal('04592428');
    expect(current).to.deep.equal([0.02, withLineFeed, 0.03]);
    expect(starts).to.deep.equal([0]);
    expect(status).to.deep.include({ samples: 3, lostSamples: 0, problems: [] });
  });

  it('should read the same from a block with its length', async () => {
    const block = doubles(pairs);
    const { port } = scripted(
      {
        ...dmm6500,
        'TRAC:DATA? 1,3,"defbuffer1",READ,REL': [Buffer.from(`#2${block.length}`), block, Buffer.from('\n')],
      },
      keithley,
    );
    expect((await measure(port, {}, 10_000)).current).to.deep.equal([0.02, withLineFeed, 0.03]);
  });

  it('should name a block without a length that ends elsewhere, and take no number from it', async () => {
    for (const bytes of [doubles([...pairs, 1]), doubles(pairs.slice(1))]) {
      const { port } = scripted(
        { ...dmm6500, 'TRAC:DATA? 1,3,"defbuffer1",READ,REL': [Buffer.from('#0'), bytes, Buffer.from('\n')] },
        keithley,
      );
      const { current, status } = await measure(port, { replyTimeoutMs: 100 }, 10_000);
      expect(current).to.deep.equal([]);
      expect(status.problems.join()).to.match(/block of another length|does not answer/);
    }
  });

  it('should refuse an instrument that is set to another language, and say how to set it back', async () => {
    for (const language of ['TSP', 'SCPI2000', 'SCPI34401']) {
      const { port } = scripted({ ...dmm6500, '*LANG?': language }, keithley);
      const message = await messageOf(measure(port, {}, 10_000));
      expect(message).to.match(/^LF_METER_OPEN .*another command language/);
      expect(message).to.match(new RegExp(`received: ${language}`));
    }
  });

  const model2450 = {
    '*IDN?': 'KEITHLEY INSTRUMENTS,MODEL 2450,04488850,1.7.3c',
    '*LANG?': 'SCPI',
    'SYST:LFR?': '60',
    'SENS:CURR:NPLC?': '1.800000E-02',
    'SOUR:VOLT:ILIM:LEV:TRIP?': '0',
    'TRAC:ACT:END? "defbuffer1"': '0',
  };

  it('should call the measuring block of a 2450 by either name', async () => {
    for (const unknown of [/^TRIG:BLOC:MDIG/, /^TRIG:BLOC:MEAS/, /^$/]) {
      const { port, sent } = scripted(model2450, { ...keithley, unknown });
      const { status } = await measure(port);
      expect(status.problems).to.deep.equal([]);
      const last = sent.findLast(command => /^TRIG:BLOC:M/.test(command)) ?? '';
      expect(unknown.test(last)).to.equal(false);
      expect(sent.slice(sent.indexOf(last)).join('\n')).to.match(/WAIT 3,COMM[\s\S]*\nINIT/);
    }
    const { port } = scripted(model2450, { ...keithley, unknown: /^TRIG:BLOC:M/ });
    expect(await messageOf(measure(port))).to.match(
      /^LF_METER_REPLY[\s\S]*refused its configuration[\s\S]*-113/,
    );
  });

  it('should count apertures in the periods of the power line that the instrument tells', async () => {
    for (const [hertz, nplc] of [
      ['60', 'SENS:CURR:NPLC 0.0180'],
      ['50', 'SENS:CURR:NPLC 0.0150'],
      [undefined, 'SENS:CURR:NPLC 0.0150'],
    ] as const) {
      const { 'SYST:LFR?': _, ...rest } = model2450;
      const { port, sent } = scripted(hertz === undefined ? rest : { ...rest, 'SYST:LFR?': hertz }, keithley);
      await measure(port);
      expect(sent).to.include(nplc);
    }
  });
});
