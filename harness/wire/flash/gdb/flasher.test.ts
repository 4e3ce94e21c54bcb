import { expect } from 'chai';
import fc from 'fast-check';
import { openTerminal } from '../../../emulator/instruments/terminal.js';
import type { ErrorCode, LittlefirstError } from '../../../errors.js';
import { type GdbFakeOptions, GdbFakeServer } from '../../../testing/dut/gdb-server.js';
import { failure } from '../../../testing/failure.js';
import { createExternalFlasher, externalFlasherSchema } from '../config.js';
import { gdbCrc32 } from './crc.js';
import { GdbFlasher, gdbServers } from './flasher.js';
import { GdbDecoder, gdbEscape, gdbPacket } from './packet.js';
import { GdbRemote } from './remote.js';

const map = `<?xml version="1.0"?>
<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" "http://sourceware.org/gdb/gdb-memory-map.dtd">
<memory-map>
  <memory type="flash" start="0x8000000" length="0x10000"><property name="blocksize">0x800</property></memory>
  <memory type="ram" start="0x20000000" length="0x4000"/>
</memory-map>`;
const withMap = { features: ['qXfer:memory-map:read+'], memoryMap: map };
const image = Uint8Array.from({ length: 3000 }, (_, index) => (index * 37) & 0xff);
const segment = { address: 0x8000010, data: image };
const options = { timeoutMs: 150, slowTimeoutMs: 300 };

describe('GDB packets', () => {
  it('carry any bytes, in any pieces, through noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (data, piece) => {
        const stream = Buffer.concat([Buffer.from('noise'), gdbPacket(gdbEscape(data)), Buffer.from('+')]);
        const decoder = new GdbDecoder();
        const tokens = [];
        for (let at = 0; at < stream.length; at += piece)
          tokens.push(...decoder.push(stream.subarray(at, at + piece)));
        expect(tokens).to.deep.equal([
          { kind: 'packet', payload: Buffer.from(data).toString('latin1') },
          { kind: 'ack' },
        ]);
      }),
    );
  });

  it('expand runs, and notice a wrong checksum', () => {
    const decoder = new GdbDecoder();
    expect(decoder.push(gdbPacket('0* '))).to.deep.equal([{ kind: 'packet', payload: '0000' }]);
    expect(decoder.push(Buffer.from('$OK#00'))).to.deep.equal([{ kind: 'damaged' }]);
  });

  it('have the checksum of qCRC', () => {
    /* CRC-32/MPEG-2, the same parameters: check value of "123456789" in the catalogue of parametrised CRC algorithms. */
    expect(gdbCrc32(Buffer.from('123456789'))).to.equal(0x0376e6e7);
  });
});

describe('GDB flasher', () => {
  let server: GdbFakeServer | undefined;

  const flasherFor = async (fake: GdbFakeOptions): Promise<GdbFlasher> => {
    server = new GdbFakeServer(fake);
    return new GdbFlasher(await server.start(), { ...options, server: gdbServers.openocd });
  };
  const refusal = async (fake: GdbFakeOptions, code: ErrorCode): Promise<LittlefirstError> => {
    const flasher = await flasherFor(fake);
    return failure(flasher.flash([segment]), code);
  };

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('ends at once when it is told to, be the server silent for good', async () => {
    let tell = () => {};
    const heard = new Promise<void>(resolve => {
      tell = resolve;
    });
    server = new GdbFakeServer({ ...withMap, faults: { stallAt: { request: 'vFlashErase', told: tell } } });
    const forEver = { timeoutMs: 3_600_000, slowTimeoutMs: 3_600_000, server: gdbServers.openocd };
    const stop = new AbortController();
    const flashing = new GdbFlasher(await server.start(), forEver).flash([segment], stop.signal);
    await heard;
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await flashing.catch(error => error)).to.equal(reason);
  });

  it('reaches a probe that is a GDB server on a serial port', async () => {
    const terminal = openTerminal();
    server = new GdbFakeServer({ ...withMap, hasCrc: true, binaryWrites: true });
    server.serve(terminal.port);
    const port = `serial:${terminal.path}`;
    try {
      const flasher = new GdbFlasher({ link: port }, { ...options, server: gdbServers['black-magic'] });
      expect(await flasher.flash([segment])).to.include({
        flasher: 'gdb-black-magic',
        verified: 'checksum',
      });
      expect(server.bytes(segment.address, image.length)).to.deep.equal(image);
      expect(server.log.some(request => request.startsWith('vAttach;1'))).to.equal(true);
      const config = externalFlasherSchema.parse({
        tool: 'gdb-remote',
        address: port,
        server: 'black-magic',
      });
      expect(await createExternalFlasher(config).flash([segment])).to.include({ verified: 'checksum' });
    } finally {
      terminal.close();
    }
    await failure(GdbRemote.connect({ link: 'serial:/dev/no-such-probe' }), 'LF_LINK_OPEN');
  });

  it('erases whole blocks, writes flash and RAM, compares checksums and resets', async () => {
    const flasher = await flasherFor({ ...withMap, hasCrc: true, binaryWrites: true });
    const ramData = Uint8Array.from([0x23, 0x24, 0x7d, 0x2a, 0]);
    const report = await flasher.flash([segment, { address: 0x20000000, data: ramData }]);
    expect(report).to.include({ flasher: 'gdb-openocd', verified: 'checksum' });
    expect(server!.bytes(segment.address, image.length)).to.deep.equal(image);
    expect(server!.bytes(0x20000000, 5)).to.deep.equal(ramData);
    expect(server!.memory.get(0x8000000), 'erased before the image').to.equal(0xff);
    expect(server!.memory.get(0x8000fff), 'erased behind it').to.equal(0xff);
    expect(server!.memory.has(0x8001000), 'next block').to.equal(false);
    expect(server!.log.filter(entry => entry.startsWith('vFlashErase'))).to.have.length(1);
    expect(server!.log.at(-1)).to.equal('D');
  });

  it('reads everything back where the server has neither map nor checksum', async () => {
    const flasher = await flasherFor({});
    const report = await flasher.flash([segment]);
    expect(report.verified).to.equal('readback');
    expect(server!.bytes(segment.address, image.length)).to.deep.equal(image);
    expect(server!.log.some(entry => entry.startsWith('M'))).to.equal(true);
  });

  for (const faults of [
    { damageReplies: 3 },
    { refuseRequests: 3 },
    { loseRequests: 2 },
    { loseAcknowledgements: 5 },
    { stopReport: true },
  ]) {
    it(`gets through ${JSON.stringify(faults)}`, async () => {
      const flasher = await flasherFor({ ...withMap, faults });
      await flasher.flash([segment]);
      expect(server!.bytes(segment.address, image.length)).to.deep.equal(image);
    });
  }

  it('works without acknowledgements', async () => {
    const flasher = await flasherFor({ features: ['QStartNoAckMode+'] });
    await flasher.flash([segment]);
    expect(server!.bytes(segment.address, image.length)).to.deep.equal(image);
  });

  it('gives up with LF_FLASH_FAILED when the line stays bad, is cut, or the server refuses', async () => {
    await refusal({ faults: { damageReplies: 1000 } }, 'LF_FLASH_FAILED');
    await server?.stop();
    await refusal({ faults: { loseRequests: 1000 } }, 'LF_FLASH_FAILED');
    await server?.stop();
    const cut = await refusal({ faults: { cutAt: 'M8000' } }, 'LF_FLASH_FAILED');
    expect(cut.message).to.contain('broke');
    await server?.stop();
    const refused = await refusal({ ...withMap, faults: { failAt: 'vFlashErase' } }, 'LF_FLASH_FAILED');
    expect(refused.message).to.contain('vFlashErase').and.contain('E01');
  });

  it('names the address where flash did not take the byte', async () => {
    for (const hasCrc of [false, true]) {
      const error = await refusal(
        { ...withMap, hasCrc, faults: { deadAddress: 0x8000123 } },
        'LF_FLASH_VERIFY',
      );
      expect(error.message).to.contain(hasCrc ? 'CRC' : '0x8000123');
      await server?.stop();
    }
  });

  it('refuses an image outside the memory map, and a map that is none', async () => {
    const flasher = await flasherFor(withMap);
    try {
      await flasher.flash([{ address: 0x800ff00, data: image }]);
      expect.fail('nothing was thrown');
    } catch (error) {
      expect((error as LittlefirstError).message).to.contain('does not fit');
    }
    await server?.stop();
    for (const memoryMap of ['not xml <', map.replace('0x800<', 'x<'), map.replace('"ram"', '"mystery"')])
      await refusal({ ...withMap, memoryMap }, 'LF_FLASH_FAILED').finally(() => server?.stop());
  });

  it('says so when nobody listens', async () => {
    server = new GdbFakeServer();
    const address = await server.start();
    await server.stop();
    server = undefined;
    try {
      await GdbRemote.connect(address, options);
      expect.fail('nothing was thrown');
    } catch (error) {
      expect((error as LittlefirstError).code).to.equal('LF_LINK_OPEN');
    }
  });

  it('attaches to the target of a Black Magic Probe, and restarts it without an answer', async () => {
    server = new GdbFakeServer(withMap);
    const flasher = new GdbFlasher(await server.start(), { ...options, server: gdbServers['black-magic'] });
    await flasher.flash([segment]);
    const order = server.log.filter(entry => /^(qRcmd|vAttach|vFlashDone|R00|D)/.test(entry));
    expect(order.map(entry => entry.split(',')[0])).to.deep.equal([
      'qRcmd',
      'vAttach;1',
      'vFlashDone',
      'R00',
      'D',
    ]);
    await server.stop();
    server = new GdbFakeServer({ ...withMap, faults: { failAt: 'vAttach' } });
    const refused = new GdbFlasher(await server.start(), { ...options, server: gdbServers['black-magic'] });
    const error = await refused.flash([segment]).catch((reason: LittlefirstError) => reason);
    expect(error).to.have.property('code', 'LF_FLASH_FAILED');
  });

  it('returns what monitor commands print', async () => {
    server = new GdbFakeServer();
    const remote = await GdbRemote.connect(await server.start(), options);
    expect(await remote.monitor('reset')).to.equal('resetting target\n');
    expect(await remote.haltReason()).to.equal('T05');
    await remote.kill();
  });
});
