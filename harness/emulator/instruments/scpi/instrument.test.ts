import { expect } from 'chai';
import { markers } from '../../../machine/machine.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { EmulatedScpi, type EmulatedScpiOptions } from './instrument.js';

function open(model: EmulatedScpiOptions['model'], options: Partial<EmulatedScpiOptions> = {}) {
  const source = new ScriptedSource();
  const instrument = new EmulatedScpi({ source, settle: async () => {}, model, ...options });
  let received = Buffer.alloc(0);
  instrument.port.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
  });
  /** Sends a message; what was answered, without its line feed. */
  const say = async (message: string): Promise<string> => {
    received = Buffer.alloc(0);
    instrument.port.write(`${message}\n`);
    for (let i = 0; i < 30; i += 1) await new Promise(resolve => setImmediate(resolve));
    return received.toString('latin1').replace(/\n$/, '');
  };
  return { source, instrument, say };
}

/** Commands and what the error queue says behind each. */
async function errors(
  say: (message: string) => Promise<string>,
  list: readonly (readonly [string, number])[],
) {
  for (const [message, code] of list) {
    await say(message);
    expect(Number.parseInt(await say('SYST:ERR?'), 10), message).to.equal(code);
    await say('*CLS');
  }
}

describe('emulated SCPI instruments, by SCPI-99 and IEEE 488.2', () => {
  it('should take headers in any case, long or short, with and without optional nodes', async () => {
    const { say } = open('n6705');
    for (const identity of ['*IDN?', '*idn?', ' *Idn? ', '*IDN?\r'])
      expect(await say(identity)).to.match(/^Keysight Technologies,N6705C/);
    await say('volt 3.3,(@1)');
    for (const query of [
      'VOLT? (@1)',
      'voltage? (@1)',
      ':SOUR:VOLT? (@1)',
      'SOURce:VOLTage:LEVel:IMMediate:AMPLitude? (@1)',
      'SOUR:VOLT:AMPL? (@1)',
      'SOUR1:VOLT? (@1)',
    ])
      expect(await say(query), query).to.equal('+3.30000000E+00');
    expect(await say('SYSTem:ERRor?')).to.equal('+0,"No error"');
    await errors(say, [
      ['VOLTA 1,(@1)', -113],
      ['VOL 1,(@1)', -113],
      ['SYST:ERRO?', -113],
      ['SOUR:LEV:VOLT 1,(@1)', -113],
      ['VOLT: 1,(@1)', -102],
      ['?', -102],
      ['VOLT 1,(@1', -171],
      ['VOLT "1,(@1)', -151],
    ]);
  });

  it('should follow paths behind semicolons, and join answers', async () => {
    const { say } = open('n6705');
    await say('SENS:ELOG:FUNC:CURR ON,(@1);VOLT ON,(@1);:VOLT 2,(@1);CURR 0.5,(@1)');
    expect(await say('SYST:ERR?')).to.equal('+0,"No error"');
    expect(await say('VOLT? (@1);CURR? (@1);*OPC?;:SYST:VERS?')).to.equal(
      '+2.00000000E+00;+5.00000000E-01;1;1999.0',
    );
    await errors(say, [['SENS:ELOG:PER 0.1,(@1);VOLT 3,(@1)', -113]]);
  });

  it('should stop a message at a command error, and pass over an execution error', async () => {
    const { say } = open('n6705');
    await say('VOLT 1,(@1);BOGUS;VOLT 2,(@1)');
    expect(await say('VOLT? (@1)')).to.equal('+1.00000000E+00');
    expect(await say('SYST:ERR?')).to.equal('-113,"Undefined header"');
    await say('VOLT 99,(@1);VOLT 4,(@1)');
    expect(await say('VOLT? (@1)')).to.equal('+4.00000000E+00');
    expect(await say('SYST:ERR?')).to.equal('-222,"Data out of range"');
  });

  it('should read channel lists, units, multipliers and limits', async () => {
    const { say } = open('n6705');
    await say('VOLT 1500 mV,(@1,3:4)');
    expect(await say('VOLT? (@1:4)')).to.equal(
      '+1.50000000E+00,+0.00000000E+00,+1.50000000E+00,+1.50000000E+00',
    );
    expect(await say('VOLT? MAX,(@1);VOLT? MINimum,(@1)')).to.equal('+2.04000000E+01;+0.00000000E+00');
    for (const [text, amps] of [
      ['100MA', '+1.00000000E-01'],
      ['2E5 UA', '+2.00000000E-01'],
      ['.3', '+3.00000000E-01'],
      ['0.0005KA', '+5.00000000E-01'],
    ]) {
      await say(`CURR:LIM ${text},(@1)`);
      expect(await say('CURR:LIM? (@1)'), text).to.equal(amps);
    }
    await errors(say, [
      ['VOLT 99,(@1)', -222],
      ['VOLT -1,(@1)', -222],
      ['VOLT 1,(@7)', -222],
      ['VOLT 1,(@0)', -222],
      ['VOLT 1,(@1:9)', -222],
      ['VOLT 1,(@x)', -171],
      ['VOLT 1,(1)', -171],
      ['VOLT 1', -109],
      ['VOLT ,(@1)', -109],
      ['VOLT', -109],
      ['VOLT 1 HZ,(@1)', -131],
      ['VOLT 1 QV,(@1)', -131],
      ['VOLT one,(@1)', -104],
      ['VOLT 1,2,(@1)', -108],
      ['OUTP MAYBE,(@1)', -141],
      ['FORM BINARY', -224],
      ['SENS:ELOG:PER 1E-5,(@1)', -222],
      ['SENS:SWE:TINT:RES RES30', -224],
    ]);
  });

  it('should keep its status registers and a bounded error queue', async () => {
    const { say } = open('n6705');
    expect(await say('*ESR?')).to.equal('+128');
    expect(await say('*ESR?')).to.equal('+0');
    await say('BOGUS');
    await say('VOLT 99,(@1)');
    await say('*OPC');
    await say('*ESE 48;*SRE 32');
    expect(await say('*STB?')).to.equal('+100');
    expect(await say('*ESR?;*STB?')).to.equal('+49;+20');
    expect(await say('*ESE?;*SRE?')).to.equal('+48;+32');
    expect(await say('SYST:ERR:COUN?')).to.equal('+2');
    for (let i = 0; i < 30; i += 1) await say('BOGUS');
    expect(await say('SYST:ERR:COUN?')).to.equal('+20');
    for (let i = 0; i < 19; i += 1) await say('SYST:ERR?');
    expect(await say('SYST:ERR?')).to.equal('-350,"Queue overflow"');
    expect(await say('SYST:ERR?;*TST?')).to.equal('+0,"No error";+0');
  });

  it('should measure, log and trigger as an N6705 does', async () => {
    const powered: boolean[] = [];
    const { source, say } = open('n6705', { power: async on => void powered.push(on) });
    const play = () => source.play([{ amps: 0.02, marker: markers.idle, seconds: 0.1 }]);
    await say('VOLT 3,(@1);OUTP:STAT ON,(@1)');
    play();
    expect(await say('OUTP? (@1,2);:MEAS:SCAL:CURR:DC? (@1);:MEAS:VOLT? (@1);:FETC:CURR? (@1)')).to.equal(
      '1,0;+2.00100000E-02;+3.00000000E+00;+2.00100000E-02',
    );
    await errors(say, [
      ['INIT:ELOG (@1)', -221],
      ['TRIG:ELOG (@1)', -213],
    ]);
    await say(
      'SENS:ELOG:FUNC:CURR ON,(@1);:SENS:ELOG:PER 0.001,(@1);:TRIG:ELOG:SOUR BUS;:INIT:ELOG (@1);*TRG',
    );
    play();
    const text = await say('FETC:ELOG? 10,(@1)');
    expect(text.split(',')).to.have.length(10);
    await errors(say, [['INIT:ELOG (@1)', -213]]);
    await say('ABOR:ELOG (@1);*RST');
    expect(await say('OUTP? (@1)')).to.equal('0');
    expect(powered).to.deep.equal([true, false]);
  });

  it('should log extremes beside the average, and count the parameters of all outputs', async () => {
    const { source, say } = open('n6705');
    await say('VOLT 3,(@1,2);:OUTP ON,(@1,2);:SENS:ELOG:FUNC:CURR ON,(@1);CURR:MINM ON,(@1)');
    await say('SENS:ELOG:FUNC:VOLT ON,(@1,2);:SENS:ELOG:PER 0.0004096,(@1,2)');
    await errors(say, [['INIT:ELOG (@1,2)', -221]]);
    await say('SENS:SWE:TINT:RES RES40;:SENS:ELOG:PER 0.000512,(@1,2)');
    expect(await say('SENS:ELOG:PER? (@1)')).to.equal('+5.32480000E-04');
    await say('INIT:ELOG (@1,2);:TRIG:ELOG (@1,2)');
    source.play([
      { amps: 0.01, marker: markers.idle, seconds: 2.6624e-4 },
      { amps: 0.03, marker: markers.idle, seconds: 2.6624e-4 },
    ]);
    const record = (await say('FETC:ELOG? 10,(@1)')).split(',').map(Number);
    expect(record.map(value => value.toFixed(4))).to.deep.equal(['0.0200', '0.0100', '0.0300', '3.0000']);
  });

  it('should tell a current limit as LIM+, latched once STATus:PRESet lets it', async () => {
    const { source, say } = open('n6705');
    await say('VOLT 3,(@1);CURR:LIM 0.1,(@1);:OUTP ON,(@1)');
    const overload = () =>
      source.play([
        { amps: 0.2, marker: markers.idle, seconds: 0.001 },
        { amps: 0.01, marker: markers.idle, seconds: 0.1 },
      ]);
    overload();
    expect(await say('STAT:QUES? (@1)')).to.equal('+0');
    await say('STAT:PRES');
    overload();
    expect(await say('STAT:QUES:COND? (@1);EVEN? (@1);EVEN? (@1)')).to.equal('+0;+128;+0');
    source.play([{ amps: 0.2, marker: markers.idle, seconds: 0.001 }]);
    expect(await say('STAT:QUES:COND? (@1);:STAT:OPER:COND? (@1,2)')).to.equal('+128;+2,+4');
  });

  it('should write formats, blocks and errors as each maker does', async () => {
    const keysight = open('n6705');
    expect(await keysight.say('FORM?;:FORM:BORD?')).to.equal('ASCII;NORM');
    await keysight.say('FORM REAL');
    expect(await keysight.say('FORM:DATA?;BORD?')).to.equal('REAL;NORM');
    await errors(keysight.say, [['FORM SREAL', -224]]);
    for (const model of ['dmm6500', '2450'] as const) {
      const { say } = open(model);
      expect(await say('FORM?;:FORM:BORD?')).to.equal('ASC;SWAP');
      await say('FORM SREAL');
      const single = Buffer.from(await say('READ?'), 'latin1');
      expect(single.subarray(0, 2).toString()).to.equal('#0');
      expect(single.length).to.equal(2 + 4);
      await say('FORM REAL');
      expect(Buffer.from(await say('READ?'), 'latin1').length).to.equal(2 + 8);
      await say('BOGUS');
      expect(await say('SYST:ERR?')).to.match(
        /^-113,"Undefined header;1;\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3}"$/,
      );
      await errors(say, [
        ['TRAC:DATA? 1,1,"defbuffer1",UNIT', 1133],
        ['*OPT?', -113],
        ['SYST:REM', -113],
      ]);
      expect(await say('*LANG?;:SYST:LFR?')).to.equal('SCPI;60');
    }
  });

  it('should show one client what another one set', async () => {
    const { instrument, say } = open('n6705');
    const other = instrument.connect();
    other.write('VOLT 1.8,(@1)\n');
    expect(await say('VOLT? (@1)')).to.equal('+1.80000000E+00');
  });

  it('should be as strict as a DMM6500 and a 2450', async () => {
    const dmm = open('dmm6500');
    expect(await dmm.say('syst:err?')).to.equal('0,"No error;0;0 0"');
    await dmm.say(':SENSe:DIGitize:FUNCtion "CURRent";:DIG:CURR:SRAT 10 KHZ;:DIG:CURR:RANG 0.05');
    expect(await dmm.say('DIG:CURR:SRATE?;RANG?')).to.equal('+1.00000000E+04;+1.00000000E-01');
    await errors(dmm.say, [
      ['OUTP ON', -113],
      ['DIG:CURR:SRAT 100', -222],
      ['DIG:FUNC CURR', -104],
      ['DIG:FUNC "TEMP"', -221],
      ['DIG:CURR:RANG 5', -222],
      ['TRAC:DATA? 1,10,"nobuffer",READ', -224],
      ['TRAC:DATA? 1,10,"defbuffer1",READ', -222],
      ['TRIG:BLOC:MEAS 2,"defbuffer1",INF', -113],
      ['TRIG:BLOC:WAIT 2,SOMETIME', -224],
      ['INIT', -221],
      ['DIG:CURR:RANG 0.1,(@1)', -108],
    ]);
    await dmm.say('TRIG:LOAD "EMPTY";:TRIG:BLOC:MDIG 1,"defbuffer1",7;:INIT');
    dmm.source.play([{ amps: 0.02, marker: markers.idle, seconds: 0.1 }]);
    expect(await dmm.say('TRAC:ACT?')).to.equal('7');
    const smu = open('2450');
    await smu.say('SOUR:FUNC VOLT;:SOUR:VOLT:RANG 20;ILIM 100 mA;:SOUR:VOLT 3300MV;:OUTP ON');
    expect(await smu.say('SOUR:VOLT?;:SOUR:VOLT:ILIM?;:OUTP?')).to.equal('+3.30000000E+00;+1.00000000E-01;1');
    await errors(smu.say, [
      ['SOUR:VOLT 300', -222],
      ['SOUR:VOLT:ILIM 2', -222],
      ['SENS:FUNC "VOLT"', -221],
      ['VOLT 1,(@1)', -108],
    ]);
  });
});
