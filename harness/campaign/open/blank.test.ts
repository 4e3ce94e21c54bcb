import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openTerminal } from '../../emulator/instruments/terminal.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { FakeDut } from '../../testing/dut/fake.js';
import { failure } from '../../testing/failure.js';
import { loadBench } from '../bench/load.js';
import { prepareBench } from '../bench/prepare.js';
import { openDut } from './open.js';

describe('a blank board', function () {
  this.timeout(60_000);
  let bench: TestBench;
  afterEach(() => bench.remove());

  async function prepared(changes: object) {
    bench = await TestBench.make({
      device: { serialNumber: 'BLANK1', vid: '2e8a' },
      meter: { driver: 'none' },
      ...changes,
    });
    return (await prepareBench(await loadBench(bench.benchFile))).duts[0];
  }

  it('is flashed before its own port is looked for', async () => {
    const terminal = openTerminal();
    const dut = new FakeDut(terminal.port);
    try {
      /* The tool stands for one that writes the image from which the board gets its USB port. */
      const what = await prepared({ flasher: { tool: 'command', write: 'touch {file}' } });
      const flag = join(bench.folder, 'alive');
      what.bench.flasher = { tool: 'command', write: `touch ${flag}` };
      const list = async () =>
        existsSync(flag)
          ? [{ path: terminal.path, serialNumber: 'BLANK1', vendorId: '2e8a', productId: '000a' }]
          : [];
      const opened = await openDut(what, { devices: { root: join(bench.folder, 'nothing'), list } });
      const before = await failure(opened.client.sync(), 'LF_DEVICE_MISSING');
      expect(before.message).to.contain('BLANK1');
      await opened.flash!(what.bundles[0].blob);
      expect((await opened.client.sync()).board).to.equal('fake');
      expect(dut.commands.some(command => command.startsWith('lf id'))).to.equal(true);
      await opened.close();
    } finally {
      terminal.close();
    }
  });

  it('that nobody can flash, or that is not named yet, is missing at once', async () => {
    const devices = { root: join('/', 'nothing'), list: async () => [] };
    await failure(openDut(await prepared({ flasher: 'none' }), { devices }), 'LF_DEVICE_MISSING');
    await bench.remove();
    const unnamed = await prepared({
      device: { serialNumber: 'PICO-SERIAL', vid: '2e8a' },
      flasher: { tool: 'command', write: 'touch {file}' },
    });
    expect((await failure(openDut(unnamed, { devices }), 'LF_DEVICE_MISSING')).message).to.contain(
      'placeholder',
    );
  });
});
