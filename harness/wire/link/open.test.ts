import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { codeOf, failure } from '../../testing/failure.js';
import type { BindingInterface, OpenOptions } from './binding.js';
import { duplexBinding } from './duplex-binding.js';
import { closeLink, openLink } from './open.js';
import { parseLinkUrl } from './url.js';

async function listening(server: Server, where: string | number): Promise<void> {
  server.listen(where);
  await once(server, 'listening');
}

/** A UART whose far end sends back what it gets. */
function echoUart(): Duplex {
  return new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      this.push(chunk);
      done();
    },
  });
}

describe('parseLinkUrl', () => {
  it('reads every form', () => {
    expect(parseLinkUrl('serial:/dev/ttyACM0?baud=921600')).to.deep.equal({
      kind: 'serial',
      path: '/dev/ttyACM0',
      baudRate: 921600,
    });
    expect(parseLinkUrl('serial:COM3', 9600)).to.deep.equal({ kind: 'serial', path: 'COM3', baudRate: 9600 });
    expect(parseLinkUrl('tcp:[::1]:2000')).to.deep.equal({ kind: 'tcp', host: '::1', port: 2000 });
    expect(parseLinkUrl('tcp://host:4000')).to.deep.equal({ kind: 'tcp', host: 'host', port: 4000 });
    expect(parseLinkUrl('unix:/run/dut')).to.deep.equal({ kind: 'unix', path: '/run/dut' });
    expect(parseLinkUrl('emulated:')).to.deep.equal({ kind: 'emulated' });
  });

  it('refuses what is no link', () => {
    for (const url of [
      '',
      'usb:1',
      'tcp:host',
      'tcp:host:99999',
      'serial:',
      'serial:/dev/x?baud=fast',
      'unix:',
    ])
      expect(() => parseLinkUrl(url), url)
        .to.throw(LittlefirstError)
        .with.property('code', 'LF_CONFIG_INVALID');
  });
});

describe('control lines', () => {
  /** A serial binding that notes how it was opened and what was set. */
  function recording(): { binding: BindingInterface; opened: OpenOptions[]; set: unknown[] } {
    const opened: OpenOptions[] = [];
    const set: unknown[] = [];
    const inner = duplexBinding(async () => ({ stream: echoUart(), release: () => {} }));
    const open = async (options: OpenOptions) => {
      opened.push(options);
      return Object.assign(await inner.open(options), {
        set: async (flags: unknown) => void set.push(flags),
      });
    };
    return { binding: { ...inner, open }, opened, set };
  }

  it('are left alone unless URL or board ask, so that opening resets nothing', async () => {
    const { binding, opened, set } = recording();
    await closeLink(await openLink('serial:/dev/x?baud=9600', { serialBinding: binding }));
    expect(opened[0]).to.include({ path: '/dev/x', baudRate: 9600, hupcl: false });
    expect(set).to.deep.equal([]);
    await closeLink(
      await openLink('serial:/dev/x?dtr=off', { serialBinding: binding, lines: { rts: false } }),
    );
    await closeLink(await openLink('serial:/dev/x', { serialBinding: binding, lines: { dtr: false } }));
    await closeLink(
      await openLink('serial:/dev/x?dtr=on', { serialBinding: binding, lines: { dtr: false } }),
    );
    expect(set).to.deep.equal([
      { dtr: false, rts: false, brk: false, cts: false },
      { dtr: false, rts: true, brk: false, cts: false },
      { dtr: true, rts: true, brk: false, cts: false },
    ]);
  });

  it('that a port does not have are an error that says so', async () => {
    const { binding } = recording();
    const refusing: BindingInterface = {
      ...binding,
      open: async options =>
        Object.assign(await binding.open(options), {
          set: () => Promise.reject(new Error('Inappropriate ioctl for device')),
        }),
    };
    const error = await failure(
      openLink('serial:/dev/x?dtr=off', { serialBinding: refusing }),
      'LF_LINK_OPEN',
    );
    expect(error.message).to.include('Inappropriate ioctl').and.to.include('dtr off');
  });
});

describe('openLink', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-link-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('carries bytes both ways over tcp and unix sockets', async () => {
    for (const where of [0, join(folder, 'dut.sock')]) {
      const server = createServer(socket => socket.pipe(socket));
      await listening(server, where);
      const url = where === 0 ? `tcp:127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${where}`;
      const link = await openLink(url);
      link.write('name%');
      expect(String((await once(link, 'data'))[0])).to.equal('name%');
      await closeLink(link);
      server.close();
      await once(server, 'close');
    }
  });

  it('reports a lost line by a close with an error', async () => {
    const sockets: Socket[] = [];
    const server = createServer(socket => sockets.push(socket));
    await listening(server, 0);
    const link = await openLink(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
    link.resume();
    const closed = once(link, 'close');
    if (sockets.length === 0) await once(server, 'connection');
    sockets[0].destroy();
    expect((await closed)[0]).to.be.an('error');
    server.close();
  });

  it('carries the UART of a machine, once at a time, and again after closing', async () => {
    const machine = { board: 'rp2040', uart: echoUart() };
    for (let round = 0; round < 2; round += 1) {
      const link = await openLink('emulated:', { machine });
      expect(await codeOf(openLink('emulated:', { machine }))).to.equal('LF_LINK_BUSY');
      link.write('db print%');
      expect(String((await once(link, 'data'))[0])).to.equal('db print%');
      await closeLink(link);
    }
  });

  it('fails with LF_LINK_OPEN where nothing is there', async () => {
    expect(await codeOf(openLink('serial:/dev/no-such-port'))).to.equal('LF_LINK_OPEN');
    expect(await codeOf(openLink(`unix:${join(folder, 'absent')}`))).to.equal('LF_LINK_OPEN');
    expect(await codeOf(openLink('emulated:'))).to.equal('LF_LINK_OPEN');
  });
});
