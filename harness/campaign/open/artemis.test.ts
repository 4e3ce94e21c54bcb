import { expect } from 'chai';
import { openTerminal } from '../../emulator/instruments/terminal.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { SvlPeer } from '../../testing/devices/svl-peer.js';
import { FakeDut } from '../../testing/dut/fake.js';
import { withCrc } from '../../testing/dut/lines.js';
import { failure } from '../../testing/failure.js';
import { loadBench } from '../bench/load.js';
import { prepareBench } from '../bench/prepare.js';
import { openDut } from './open.js';

describe('a board with the Artemis module', function () {
  this.timeout(60_000);
  let bench: TestBench;
  afterEach(() => bench?.remove());

  async function prepared(link: string, flasher: object) {
    bench = await TestBench.make({
      ...{ board: 'apollo3', levels: ['48MHz'], link, flasher: { tool: 'svl', ...flasher } },
      meter: { driver: 'none' },
    });
    return (await prepareBench(await loadBench(bench.benchFile))).duts[0];
  }

  it('is flashed over its own line by its boot loader, and answers on that line afterwards', async () => {
    const terminal = openTerminal();
    const peer = new SvlPeer(terminal.port, { damages: [2] }, () => new FakeDut(terminal.port));
    try {
      const what = await prepared(`serial:${terminal.path}`, { restart: 'software' });
      terminal.port.on('data', (chunk: Buffer) => {
        if (peer.ended > 0 || !chunk.includes('lf bootloader%')) return;
        terminal.port.write(`${withCrc('m-lf-bootloader')}\r\n`);
        peer.restart();
      });
      const opened = await openDut(what, {});
      const [{ blob }] = what.bundles;
      const report = await opened.flash!(blob);
      expect(report).to.deep.include({ flasher: 'svl', verified: 'none' });
      const [image] = what.firmware.segments;
      const isThere = (address: number, data: Uint8Array) =>
        Buffer.compare(peer.flash.subarray(address, address + data.length), data) === 0;
      expect(isThere(image.address, image.data)).to.equal(true);
      expect(isThere(what.firmware.entry.blobAddress, blob)).to.equal(true);
      expect((await opened.client.sync()).board).to.equal('fake');
      await opened.close();
    } finally {
      peer.close();
      terminal.close();
    }
  });

  it('needs a port with control lines, unless its firmware restarts it', async () => {
    const terminal = openTerminal();
    try {
      const what = await prepared(`serial:${terminal.path}`, {});
      const opened = await openDut(what, {});
      const error = await failure(opened.flash!(what.bundles[0].blob), 'LF_LINK_OPEN');
      expect(error.message).to.contain('restart: software');
      await opened.close();
    } finally {
      terminal.close();
    }
  });
});
