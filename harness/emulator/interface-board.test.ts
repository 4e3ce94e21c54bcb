import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { markers } from '../machine/machine.js';
import { ScriptedSource } from '../machine/waveform.js';
import { EmulatedInterfaceBoard, restartNs } from './interface-board.js';

const restartMilliseconds = restartNs * 1e-6;

/** Everything that a side hears. */
function listen(side: Duplex): () => string {
  let heard = '';
  side.on('data', (bytes: Buffer) => {
    heard += bytes.toString('latin1');
  });
  return () => heard;
}

describe('emulated interface board where time passes', () => {
  function bench() {
    const time = new ScriptedSource();
    const [dutSide, dut] = duplexPair() as [Duplex, Duplex];
    const { port } = new EmulatedInterfaceBoard(dutSide, time);
    const pass = async (milliseconds: number) => {
      await turn();
      time.play([{ amps: 0, marker: markers.idle, seconds: milliseconds * 1e-3 }]);
      for (let i = 0; i < 5; i += 1) await turn();
    };
    return { port, dut, pass, atHost: listen(port), atDut: listen(dut) };
  }

  it('takes the time of its lines: 115200 baud to the host, what setbaud said to and from the DUT', async () => {
    const { port, dut, pass, atHost, atDut } = bench();
    port.write('setbaud 9600%');
    await pass(1);
    expect(atHost(), 'ten bits a byte').to.equal('set baud to');
    await pass(2);
    expect(atHost()).to.equal('set baud to: 9600\nm-ready\r\n');
    await pass(restartMilliseconds);

    port.write('dut name%');
    const echo = 'm-dut-passthrough(name)\r\nm-ready\r\n';
    await pass(5.1);
    expect(atHost().endsWith(echo)).to.equal(true);
    expect(atDut(), '5 bytes at 9600 baud are 5.2 ms').to.equal('name');
    await pass(0.2);
    expect(atDut()).to.equal('name%');

    const before = atHost().length;
    dut.write('m-ready\r\n');
    await pass(9.3);
    await pass(1);
    expect(atHost().slice(before), 'begins when the line of the DUT is over, after 9.4 ms').to.match(
      /^(\[dut]: m?)?$/,
    );
    await pass(2);
    expect(atHost().slice(before)).to.equal('[dut]: m-ready\r\n');
  });

  it('forgets at setbaud what is on its way to the DUT and from it', async () => {
    const { port, dut, pass, atHost, atDut } = bench();
    dut.write('m-init-done\r\nm-ready\r\n');
    await pass(1);
    port.write('setbaud 115200%');
    await pass(restartMilliseconds);
    port.write('dut name%');
    await pass(100);
    expect(atDut()).to.equal('name%');
    expect(atHost()).not.to.contain('m-init-done');
  });

  it('does not hear a DUT that starts while it restarts itself, so that no reply is one behind', async () => {
    const { port, dut, pass, atHost, atDut } = bench();
    port.write('setbaud 115200%');
    await pass(5);
    port.write('dut name%');
    await pass(restartMilliseconds / 2);
    dut.write('m-init-done\r\nm-ready\r\n');
    await pass(restartMilliseconds / 4);
    expect(atDut(), 'while it restarts').to.equal('');
    await pass(restartMilliseconds / 2);
    await pass(10);
    expect(atDut()).to.equal('name%');
    dut.write('m-name-dut-[acme]\r\nm-ready\r\n');
    for (const milliseconds of [10, 10]) await pass(milliseconds);
    const [, answer] = atHost().split('m-dut-passthrough(name)\r\nm-ready\r\n');
    expect(answer).to.equal('[dut]: m-name-dut-[acme]\r\n[dut]: m-ready\r\n');
  });

  it('takes a line for unended behind two CR, as the real one does', async () => {
    const { port, dut, pass, atHost } = bench();
    port.write('dut name%');
    await pass(100);
    dut.write('m-a\r\r\nm-b\r\r\r\nm-ready\r\n');
    for (const milliseconds of [10, 10]) await pass(milliseconds);
    expect(atHost().slice(atHost().indexOf('[dut]'))).to.equal(
      '[dut]: m-a\r\r\nm-b\r\r\r\n[dut]: m-ready\r\n',
    );
  });

  it('ends with its port, whatever is on its way', async () => {
    const { port, pass, atDut } = bench();
    port.write('dut name%');
    port.destroy();
    await pass(100);
    expect(atDut()).to.equal('');
  });

  it('does not answer a rate that is none', async () => {
    const { port, pass, atHost } = bench();
    port.write('setbaud fast%setbaud 0%checkbaud%');
    await pass(100);
    expect(atHost()).to.equal('baud is: 115200\nm-ready\r\n');
  });
});
