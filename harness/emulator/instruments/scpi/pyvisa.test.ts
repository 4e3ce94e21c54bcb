import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { execa } from 'execa';
import type { ScpiModel } from '../../../measure/meter/scpi/dialects.js';
import { constantLoad, Load } from '../load.js';
import { serveTcp } from '../serve.js';
import { EmulatedScpi } from './instrument.js';

/** A Python with pyvisa and pyvisa-py (Debian: python3-pyvisa-py). */
const python = ['python3', '/usr/bin/python3'].find(
  command => spawnSync(command, ['-c', 'import pyvisa, pyvisa_py'], { stdio: 'ignore' }).status === 0,
);

/** Walks an instrument: steps are `[method, message, ...]`; prints what each gave, as JSON. */
const client = `
import json, sys, time, pyvisa
port, steps = int(sys.argv[1]), json.loads(sys.argv[2])
instrument = pyvisa.ResourceManager("@py").open_resource(
    f"TCPIP::127.0.0.1::{port}::SOCKET", read_termination="\\n", write_termination="\\n", timeout=20000)
results = []
for method, message, *more in steps:
    if method == "wait":
        time.sleep(float(message))
    elif method == "write":
        instrument.write(message)
    elif method == "until":
        while float(instrument.query(message)) < more[0]:
            time.sleep(0.02)
    elif method == "ascii":
        results.append(instrument.query_ascii_values(message))
    elif method == "binary":
        results.append(instrument.query_binary_values(message, datatype=more[0], is_big_endian=more[1], data_points=more[2] if len(more) > 2 else 0))
    else:
        results.append(instrument.query(message).strip())
print(json.dumps(results))
`;

type Step = readonly [
  'query' | 'write' | 'wait' | 'ascii' | 'binary' | 'until',
  string,
  ...(readonly (string | number | boolean)[]),
];

async function walk(model: ScpiModel, steps: readonly Step[]): Promise<unknown[]> {
  const load = new Load(constantLoad(0.02));
  if (model === 'dmm6500') load.power(true);
  const instrument = new EmulatedScpi({
    source: load,
    settle: async () => load.advance(),
    power: async on => load.power(on),
    model,
  });
  const served = await serveTcp(() => instrument.connect(), 0);
  try {
    const port = served.address.split(':').at(-1)!;
    const { stdout } = await execa(python!, ['-c', client, port, JSON.stringify(steps)]);
    return JSON.parse(stdout) as unknown[];
  } finally {
    await served.close();
    load.close();
  }
}

const common: readonly Step[] = [
  ['query', '*idn?'],
  ['query', '*OPC?'],
  ['query', 'SYSTem:ERRor:NEXT?'],
  ['write', 'NONSENSE:HEADer 1'],
  ['query', ':syst:err?'],
  ['query', '*TST?'],
  ['query', 'system:version?'],
];

function checkCommon(results: unknown[], name: RegExp): unknown[] {
  expect(results[0]).to.match(name);
  expect(results[1]).to.equal('1');
  expect(results[2]).to.match(/^\+?0,"No error/);
  expect(results[3]).to.match(/^-113,"Undefined header/);
  expect(results[4]).to.match(/^\+?0$/);
  expect(results[5]).to.equal('1999.0');
  return results.slice(6);
}

/** Mean of numbers that all are finite. */
function mean(values: unknown): number {
  const list = values as number[];
  expect(list).to.have.length.above(0);
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

if (python !== undefined)
  describe('emulated SCPI instruments through pyvisa-py', function () {
    this.timeout(120_000);

    it('should be an N6705 to it: levels, outputs, measurements and a log', async () => {
      const rest = checkCommon(
        await walk('n6705', [
          ...common,
          ['write', 'SOURce:VOLTage:LEVel 3.3 V,(@1);:OUTPut:STATe ON,(@1)'],
          ['ascii', 'VOLT? (@1:2)'],
          ['query', 'OUTP? (@1)'],
          ['wait', '0.1'],
          ['ascii', 'MEASure:SCALar:CURRent:DC? (@1)'],
          ['ascii', 'FETC:VOLT? (@1)'],
          ['write', 'VOLT 99,(@1)'],
          ['query', 'SYST:ERR?'],
          ['write', 'FORMat:DATA REAL;BORDer NORMal'],
          ['write', 'SENSe:ELOG:FUNCtion:CURRent ON,(@1)'],
          ['write', 'SENSe:ELOG:PERiod 0.001,(@1)'],
          ['write', 'TRIG:ELOG:SOUR BUS;:INIT:ELOG (@1);*TRG'],
          ['wait', '0.3'],
          ['binary', 'FETCh:ELOG? 100,(@1)', 'f', true],
          ['write', 'ABORt:ELOG (@1);:OUTP OFF,(@1)'],
          ['query', 'SYST:ERR?'],
        ]),
        /^Keysight Technologies,N6705C/,
      );
      expect(rest[0]).to.deep.equal([3.3, 0]);
      expect(rest[1]).to.equal('1');
      expect(mean(rest[2])).to.be.closeTo(0.02, 1e-4);
      expect(mean(rest[3])).to.be.closeTo(3.3, 1e-6);
      expect(rest[4]).to.equal('-222,"Data out of range"');
      expect(mean(rest[5])).to.be.closeTo(0.02, 1e-4);
      expect(rest[6]).to.equal('+0,"No error"');
    });

    it('should be a DMM6500 to it: digitized current in its buffer', async () => {
      const rest = checkCommon(
        await walk('dmm6500', [
          ...common,
          ['write', '*RST'],
          ['write', ':DIGitize:FUNCtion "CURRent"'],
          ['write', ':DIG:CURR:RANG 100 mA;SRAT 1 kHz'],
          ['write', 'FORM REAL;:FORM:BORD SWAP'],
          [
            'write',
            'TRIG:LOAD "EMPTY";:TRIG:BLOC:BUFF:CLE 1,"defbuffer1";:TRIG:BLOC:MDIG 2,"defbuffer1",50;:INIT',
          ],
          ['until', 'TRAC:ACT? "defbuffer1"', 50],
          /* A block without a length (#0): pyvisa wants to be told. */
          ['binary', 'TRAC:DATA? 1,50,"defbuffer1",READ', 'd', false, 50],
          ['write', 'FORM ASC'],
          ['query', 'READ?'],
          ['write', 'OUTP ON'],
          ['query', 'SYST:ERR?'],
        ]),
        /^KEITHLEY INSTRUMENTS,MODEL DMM6500/,
      );
      expect(rest[0]).to.have.length(50);
      expect(mean(rest[0])).to.be.closeTo(0.02, 1e-4);
      expect(Number(rest[1])).to.be.closeTo(0.02, 1e-4);
      expect(rest[2]).to.match(/^-113/);
    });

    it('should be a 2450 to it: a source with its limit, measuring', async () => {
      const rest = checkCommon(
        await walk('2450', [
          ...common,
          ['write', '*RST;:SOUR:FUNC VOLT;:SOUR:VOLT:RANG 20;ILIM 0.1;:SOUR:VOLT 3.3'],
          ['write', 'SENS:FUNC "CURR";:SENS:CURR:RANG 0.1;NPLC 0.1;AZER OFF;:OUTP ON'],
          ['wait', '0.1'],
          ['ascii', 'MEAS:CURR?'],
          ['write', 'TRIG:LOAD "EMPTY";:TRIG:BLOC:MEAS 1,"defbuffer1",20;:INIT'],
          ['until', 'TRAC:ACT? "defbuffer1"', 20],
          ['ascii', 'TRAC:DATA? 1,20,"defbuffer1",READ'],
          ['query', 'SOUR:VOLT:ILIM:LEV:TRIP?'],
          ['query', 'SYST:ERR?'],
        ]),
        /^KEITHLEY INSTRUMENTS,MODEL 2450/,
      );
      expect(mean(rest[0])).to.be.closeTo(0.02, 1e-4);
      expect(mean(rest[1])).to.be.closeTo(0.02, 1e-4);
      expect(rest[2]).to.equal('0');
      expect(rest[3]).to.match(/^0,"No error/);
    });
  });
