import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openTerminal, type Terminal } from '../../emulator/instruments/terminal.js';
import { messageOf } from '../../testing/failure.js';
import { DutClient } from '../dut/client.js';
import { openLine, sameDevice } from './open-line.js';
import type { ListedPort } from './system-list.js';

/** One interface of a USB device: its port's name, and what answers there. */
interface Plugged {
  name: string;
  serialNumber: string;
  interfaceNumber: number;
  says: string;
}

describe('a USB port that enumerates anew', () => {
  let folder: string;
  let terminals: Terminal[] = [];
  let listed: ListedPort[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-usb-'));
  });
  afterEach(async () => {
    await unplug();
    await rm(folder, { recursive: true, force: true });
  });

  const sources = () => ({ root: folder, list: async () => listed });
  const options = () => ({ role: 'board', baudRate: 115200, sources: sources() });

  async function unplug(): Promise<void> {
    for (const terminal of terminals) terminal.close();
    for (const { path } of listed) await rm(path, { force: true });
    terminals = [];
    listed = [];
  }

  /** What a system's list says of them, as node-serialport gives it. */
  async function plug(things: readonly Plugged[]): Promise<void> {
    for (const { name, serialNumber, interfaceNumber, says } of things) {
      const terminal = openTerminal();
      terminals.push(terminal);
      terminal.port.on('data', (asked: Buffer) => {
        if (asked.includes('?')) terminal.port.write(`${says}\n`);
      });
      const path = join(folder, name);
      await symlink(terminal.path, path);
      listed.push({
        path,
        serialNumber,
        vendorId: '2e8a',
        productId: '000a',
        pnpId: `USB\\VID_2E8A&PID_000A&MI_0${interfaceNumber}\\6&3A4B&0&000${interfaceNumber}`,
      });
    }
  }

  const ours = { serialNumber: 'E66A01' };
  const other = { serialNumber: 'E66A02' };

  it('is lost in the middle of an answer, and found by serial number and interface under its new name', async () => {
    await plug([
      { name: 'ttyACM0', ...ours, interfaceNumber: 0, says: 'ours 0' },
      { name: 'ttyACM1', ...ours, interfaceNumber: 2, says: 'ours 2' },
    ]);
    const choice = { link: `serial:${join(folder, 'ttyACM0')}` };
    const line = await openLine(choice, options());
    expect(line.device).to.include({ ...ours, interfaceNumber: 0 });
    const again = sameDevice(choice, line.device);

    const [board] = terminals;
    const client = new DutClient(line.link);
    board.port.on('data', (asked: Buffer) => {
      if (!asked.includes('lf levels')) return;
      board.port.write('m-lf-levels cou');
      setImmediate(() => board.close());
    });
    expect(await messageOf(client.levels())).to.match(/^LF_LINK_LOST/);
    client.detach();
    await line.close();

    await unplug();
    expect(await messageOf(openLine(again, options()))).to.match(/^LF_DEVICE_MISSING.*E66A01/s);

    await plug([
      { name: 'ttyACM0', ...other, interfaceNumber: 0, says: 'a stranger' },
      { name: 'ttyACM1', ...ours, interfaceNumber: 2, says: 'ours 2' },
      { name: 'ttyACM7', ...ours, interfaceNumber: 0, says: 'ours 0' },
    ]);
    const back = await openLine(again, options());
    expect(back.device?.path).to.equal(join(folder, 'ttyACM7'));
    const answer = once(back.link, 'data');
    back.link.write('?');
    expect(String((await answer)[0])).to.include('ours 0');
    await back.close();

    /* The link alone, without what was seen behind it, leads to whoever has the name now. */
    const byName = await openLine(choice, options());
    expect(byName.device).to.include(other);
    await byName.close();
  });

  it('is not taken for a device that has one of its facts only', async () => {
    const choice = { link: `serial:${join(folder, 'ttyACM0')}` };
    await plug([{ name: 'ttyACM0', ...ours, interfaceNumber: 0, says: '' }]);
    const line = await openLine(choice, options());
    const again = sameDevice(choice, line.device);
    await line.close();
    for (const wrong of [
      { name: 'ttyACM0', ...other, interfaceNumber: 0, says: '' },
      { name: 'ttyACM0', ...ours, interfaceNumber: 2, says: '' },
    ]) {
      await unplug();
      await plug([wrong]);
      expect(await messageOf(openLine(again, options()))).to.match(/^LF_DEVICE_MISSING/);
    }
  });
});
