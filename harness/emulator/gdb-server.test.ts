import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { LittlefirstError } from '../errors.js';
import { DutClient } from '../wire/dut/client.js';
import { createExternalFlasher } from '../wire/flash/config.js';
import type { GdbAddress } from '../wire/flash/gdb/connection.js';
import { GdbFlasher, gdbServers } from '../wire/flash/gdb/flasher.js';
import { GdbRemote } from '../wire/flash/gdb/remote.js';
import { closeLink, openLink } from '../wire/link/open.js';
import { type DebuggedMachine, serveGdb } from './gdb-server.js';
import { loadFirmware } from './manifest.js';
import { createRp2040Machine, rp2040Memory } from './rp2040/machine.js';

const hasGdb = (await execa('gdb-multiarch', ['--version'], { reject: false })).code !== 'ENOENT';

describe('GDB server of the emulated rp2040', function () {
  this.timeout(60_000);
  const firmware = loadFirmware('rp2040');
  const blob = Uint8Array.from({ length: 9000 }, (_, i) => (i * 29) & 0xff);
  const segments = [...firmware.segments, { address: firmware.entry.blobAddress, data: blob }];
  let machine: DebuggedMachine;
  let gdb: { address: GdbAddress; close(): Promise<void> };

  beforeEach(async () => {
    machine = await createRp2040Machine({ levelHz: [125_000_000] });
    gdb = await serveGdb(machine, rp2040Memory);
  });
  afterEach(async () => {
    await gdb.close();
    await machine.close();
  });

  async function imageOnBoard(): Promise<string> {
    await machine.reset();
    const link = await openLink('emulated:', { machine });
    const { image } = await new DutClient(link).sync();
    await closeLink(link);
    return image;
  }

  it('is flashed by the GDB flasher: sectors erased, everything written, compared by checksum', async () => {
    await machine.load([{ address: firmware.entry.loadAddress, data: new Uint8Array(4096) }]);
    const report = await new GdbFlasher(gdb.address, { server: gdbServers.qemu }).flash(segments);
    expect(report.verified).to.equal('checksum');
    expect(await machine.read(firmware.entry.blobAddress, blob.length)).to.deep.equal(blob);
    const behind = await machine.read(firmware.entry.blobAddress + blob.length, 100);
    expect([...behind]).to.deep.equal(new Array(100).fill(0xff));
    expect(await imageOnBoard()).to.equal(firmware.entry.sha256.slice(0, 16));
  });

  it('refuses flash outside the map, half a sector, and flash through a plain write; writing only clears bits', async () => {
    const remote = await GdbRemote.connect(gdb.address);
    const refused = async (act: Promise<unknown>) =>
      expect(await act.catch((error: unknown) => error)).to.be.instanceOf(LittlefirstError);
    await refused(remote.flashErase(0x1000_0800, 4096));
    await refused(remote.flashErase(0x1020_0000, 4096));
    await refused(remote.flashWrite(0x2000_0000, Uint8Array.of(1)));
    await refused(remote.writeMemory(0x1000_0000, Uint8Array.of(1)));
    await refused(remote.readMemory(0x5000_0000, 4));
    await refused(remote.monitor('fly'));
    await remote.flashErase(0x1000_0000, 4096);
    await remote.flashWrite(0x1000_0000, Uint8Array.of(0xf0, 0x0f));
    await remote.flashWrite(0x1000_0000, Uint8Array.of(0xcc, 0xff));
    expect([...(await remote.readMemory(0x1000_0000, 3))]).to.deep.equal([0xc0, 0x0f, 0xff]);
    await remote.writeMemory(0x2000_0010, Uint8Array.of(3, 0x23, 0x7d));
    expect([...(await machine.read(0x2000_0010, 3))]).to.deep.equal([3, 0x23, 0x7d]);
    await remote.detach();
  });

  it('halts the core while a debugger is there, and lets it go on afterwards', async () => {
    await machine.load(firmware.segments);
    await machine.reset();
    const link = await openLink('emulated:', { machine });
    const before = new DutClient(link);
    await before.sync();
    before.detach();
    const remote = await GdbRemote.connect(gdb.address);
    expect(await remote.haltReason()).to.equal('S05');
    const client = new DutClient(link, { budgets: { sync: 300 } });
    const halted = await client.sync().catch((error: LittlefirstError) => error.code);
    expect(halted).to.equal('LF_DUT_TIMEOUT');
    await remote.detach();
    client.detach();
    await new DutClient(link).sync();
    await closeLink(link);
  });

  if (hasGdb)
    it('is flashed, compared, looked into and set going by the real gdb-multiarch', async () => {
      const address = 'path' in gdb.address ? gdb.address : undefined;
      const flasher = createExternalFlasher({ tool: 'gdb', address, server: 'qemu' });
      expect((await flasher.flash(segments)).verified).to.equal('checksum');
      expect(await imageOnBoard()).to.equal(firmware.entry.sha256.slice(0, 16));
      const folder = await mkdtemp(join(tmpdir(), 'lf-gdb-'));
      try {
        const script = join(folder, 'look.gdb');
        const back = join(folder, 'back.bin');
        const commands = [
          'set architecture arm',
          `target extended-remote ${address?.path}`,
          'set $r7 = 0x12345678',
          'info registers r7 sp pc',
          'set {unsigned int}0x20000100 = 0xcafe',
          'x/1xw 0x20000100',
          'info mem',
          `dump binary memory ${back} 0x10000000 0x10000200`,
          'detach',
        ];
        await writeFile(script, `${commands.join('\n')}\n`);
        const { all = '' } = await execa('gdb-multiarch', ['-nx', '-batch', '-x', script], { all: true });
        expect(all).to.match(/r7\s+0x12345678/);
        expect(all).to.match(/0x20000100:\s+0x0000cafe/);
        expect(all).to.match(/0x10000000\s+0x10200000 flash blocksize 0x1000/);
        expect(new Uint8Array(await readFile(back))).to.deep.equal(firmware.segments[0].data.slice(0, 512));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
});
