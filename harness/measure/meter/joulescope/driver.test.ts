import { expect } from 'chai';
import { EmulatedJoulescope } from '../../../emulator/instruments/joulescope.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { failure } from '../../../testing/failure.js';
import {
  idle,
  openJoulescope,
  record,
  settle,
  supplyMillivolts,
} from '../../../testing/instruments/benches.js';
import { meterConformance } from '../../../testing/instruments/conformance.js';
import { JoulescopeMeter } from './driver.js';
import { spawnJoulescopeBridge } from './process.js';
import { decodeJoulescope, encodeJoulescope, JoulescopeFramer } from './protocol.js';
import { JoulescopeSamples } from './samples.js';

for (const model of ['js110', 'js220'] as const) {
  meterConformance(`Joulescope ${model}`, async () => openJoulescope({ model }), {
    supplyMillivolts,
    lossy: { open: async () => openJoulescope({ model, errors: { lostBlocks: [2] } }), seconds: 0.1 },
    overloadAmps: 11,
    isClosedAtFirst: true,
  });
}

describe('Joulescope meter', () => {
  it('should pack and unpack signals of one, four and 32 bits', () => {
    for (const [signal, values] of [
      ['0', [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1]],
      ['r', [1, 15, 7, 0, 3]],
      ['i', [0.5, -0.25, 1.5]],
    ] as const) {
      expect([...decodeJoulescope(signal, encodeJoulescope(signal, values), values.length)]).to.deep.equal(
        values,
      );
    }
    expect(() => decodeJoulescope('i', Buffer.alloc(7), 2)).to.throw(/no message/);
  });

  it('should take messages that arrive in pieces, and refuse what is none', () => {
    const payload = Buffer.from('abcde\n');
    const bytes = Buffer.concat([
      Buffer.from('{"event":"data","bytes":6}\n'),
      payload,
      Buffer.from('{"event":"stopped"}\n'),
    ]);
    for (let size = 1; size <= bytes.length; size += 1) {
      const framer = new JoulescopeFramer();
      const seen: string[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        framer.push(bytes.subarray(at, at + size), (message, data) =>
          seen.push(`${message.event} ${data.toString()}`),
        );
      }
      expect(seen).to.deep.equal(['data abcde\n', 'stopped ']);
    }
    for (const text of [
      'hello\n',
      'null\n',
      '{"event":"data","bytes":-1}\n',
      '{"bytes":1}\n',
      '{"event":"data","count":-12}\n',
      '{"event":"data","count":1.5}\n',
      '{"event":"data","index":"9"}\n',
      '{"event":"opened","model":{}}\n',
      'x'.repeat(5000),
    ]) {
      expect(() => new JoulescopeFramer().push(Buffer.from(text), () => {})).to.throw(/no message/);
    }
  });

  it('should not make room for whatever gap a header claims', () => {
    const samples = new JoulescopeSamples(1e6, () => {});
    const block = (index: number) =>
      samples.add({ event: 'data', signal: 'i', index, count: 1 }, Buffer.alloc(4));
    block(0);
    expect(() => block(1e9)).to.throw(/no message/);
  });

  it('should deliver measured volts and ranges, and count the switches', async () => {
    const bench = openJoulescope({ supplyVolts: 3.1 });
    await bench.meter.configure({ supplyMillivolts });
    const { chunks, status } = await record(bench, () =>
      bench.source.play([idle(1e-3, 0.02), idle(0.05, 0.02), idle(1e-3, 0.02)]),
    );
    expect(chunks[0].voltage?.[0]).to.be.closeTo(3.1, 1e-6);
    expect(status.rangeSwitches).to.equal(2);
  });

  it('should bridge blocks that are lost and go on in time', async () => {
    const bench = openJoulescope({ errors: { lostBlocks: [3, 7] } });
    await bench.meter.configure({ supplyMillivolts, sampleRateHz: 100_000 });
    const { chunks, status } = await record(bench, () => bench.source.play([idle(1e-3, 0.2)]));
    expect(status.lostSamples).to.equal(2000);
    expect(status.saturatedSamples).to.equal(0);
    const seconds = chunks.reduce((sum, chunk) => sum + chunk.current.length * chunk.periodNs * 1e-9, 0);
    expect(seconds).to.be.closeTo(0.2, 1e-4);
    expect(chunks.flatMap(chunk => [...chunk.current]).filter(Number.isNaN)).to.have.length(2000);
  });

  it('should count samples beyond the ranges', async () => {
    const bench = openJoulescope({ errors: { largestAmps: 0.01 } });
    await bench.meter.configure({ supplyMillivolts, sampleRateHz: 100_000 });
    const { status } = await record(bench, () =>
      bench.source.play([idle(1e-3, 0.05), idle(0.05, 0.01), idle(1e-3, 0.05)]),
    );
    expect(status.saturatedSamples).to.equal(1000);
  });

  it('should know an emulated instrument by what that says', async () => {
    const instrument = new EmulatedJoulescope({ source: new ScriptedSource(), settle });
    const meter = new JoulescopeMeter({ port: instrument.port });
    expect((await meter.identify()).emulated).to.equal(true);
  });

  it('should say which library is missing', async () => {
    const bench = openJoulescope({ isLibraryMissing: true });
    const error = await failure(bench.meter.identify(), 'LF_TOOL_MISSING');
    expect(error.message).to.match(/pip install pyjoulescope_driver/);
  });

  it('should say that there is no such Python', async () => {
    const port = spawnJoulescopeBridge('no-such-python');
    const meter = new JoulescopeMeter({ port });
    await new Promise(resolve => {
      port.once('close', resolve);
    });
    await failure(meter.identify(), 'LF_TOOL_MISSING');
  });
});
