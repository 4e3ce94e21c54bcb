import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import type { LittlefirstError } from '../../errors.js';
import { failure } from '../../testing/failure.js';
import { closeLink, openLink } from './open.js';

/** A server that answers as RFC 2217 says and echoes data, telnet's escapes undone and done again. */
function serve(
  socket: Socket,
  peculiar: { refuse?: boolean; rate?: number } = {},
): { settings: string[]; data: Buffer[] } {
  const seen = { settings: [] as string[], data: [] as Buffer[] };
  let held = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const at = held.indexOf(255);
      const plain = at < 0 ? held : held.subarray(0, at);
      if (plain.length > 0) {
        seen.data.push(plain);
        socket.write(plain);
      }
      held = held.subarray(plain.length);
      if (held.length < 2) return;
      if (held[1] === 255) {
        seen.data.push(Buffer.from([255]));
        socket.write(Buffer.from([255, 255]));
        held = held.subarray(2);
      } else if (held[1] === 250) {
        const end = held.indexOf(Buffer.from([255, 240]));
        if (end < 0) return;
        const [, , option, command] = held;
        const value = held.subarray(4, end);
        seen.settings.push(`${option}:${command}:${value.toString('hex')}`);
        const reply = Buffer.from(value);
        if (command === 1 && peculiar.rate !== undefined) reply.writeUInt32BE(peculiar.rate);
        socket.write(
          Buffer.concat([Buffer.from([255, 250, 44, command + 100]), reply, Buffer.from([255, 240])]),
        );
        held = held.subarray(end + 2);
      } else {
        if (held.length < 3) return;
        if (peculiar.refuse && held[2] === 44)
          socket.write(Buffer.from([255, held[1] === 251 ? 254 : 252, 44]));
        held = held.subarray(3);
      }
    }
  });
  return seen;
}

const missing = (
  await Promise.all(['ser2net', 'socat'].map(tool => execa(tool, ['-V'], { reject: false })))
).some(({ code }) => code === 'ENOENT');

describe('rfc2217 link', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `rfc2217://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => server.close());

  it('sets the port up, leaves DTR and RTS alone, and carries every byte both ways', async () => {
    const arrived = once(server, 'connection');
    const opening = openLink(`${url}?baud=921600`);
    const seen = serve((await arrived)[0]);
    const link = await opening;
    expect(seen.settings).to.deep.equal(['44:1:000e1000', '44:2:08', '44:3:01', '44:4:01', '44:5:01']);
    const sent = Buffer.from(Array.from({ length: 1024 }, (_, index) => index & 0xff));
    let back = Buffer.alloc(0);
    const all = new Promise<void>(resolve =>
      link.on('data', (chunk: Buffer) => {
        back = Buffer.concat([back, chunk]);
        if (back.length >= sent.length) resolve();
      }),
    );
    link.write(sent);
    await all;
    expect(back.equals(sent)).to.equal(true);
    expect(Buffer.concat(seen.data).equals(sent)).to.equal(true);
    await closeLink(link);
  });

  it('sets the control lines when asked to', async () => {
    const arrived = once(server, 'connection');
    const opening = openLink(`${url}?dtr=off&rts=on`);
    const seen = serve((await arrived)[0]);
    await closeLink(await opening);
    expect(seen.settings.slice(5)).to.deep.equal(['44:5:09', '44:5:0b']);
  });

  for (const [what, peculiar] of Object.entries({
    'refuses the option': { refuse: true },
    'sets another rate': { rate: 9600 },
  }))
    it(`fails when the server ${what}`, async () => {
      server.once('connection', socket => serve(socket, peculiar));
      await failure(openLink(url), 'LF_LINK_OPEN');
    });

  it("passes a server's refusal on, however it ends the connection", async () => {
    const ends: ((socket: Socket) => void)[] = [
      socket => socket.end('Port already in use\r\n'),
      socket =>
        socket.end(
          Buffer.from('\xff\xfb\x03\xff\xfd\x2cDevice open failure: Value was not found\r\n', 'latin1'),
        ),
      socket => socket.write("Port's device already in use\r\n", () => socket.resetAndDestroy()),
      socket => void socket.resetAndDestroy(),
    ];
    const codes: string[] = [];
    for (const end of ends) {
      server.once('connection', socket => {
        socket.on('error', () => undefined);
        socket.resume();
        end(socket);
      });
      codes.push(((await openLink(url).catch((error: LittlefirstError) => error)) as LittlefirstError).code);
    }
    expect(codes[0]).to.equal('LF_LINK_BUSY');
    expect(codes[1]).to.equal('LF_LINK_OPEN');
    /* A reset may overtake the text. */
    for (const code of codes.slice(2)) expect(code).to.be.oneOf(['LF_LINK_BUSY', 'LF_LINK_OPEN']);
  });

  if (!missing)
    it('talks to a real ser2net in front of a pseudo terminal', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lf-ser2net-'));
      const [near, far] = [join(folder, 'near'), join(folder, 'far')];
      const port = (server.address() as AddressInfo).port;
      await new Promise(resolve => server.close(resolve));
      const config = join(folder, 'ser2net.yaml');
      await writeFile(
        config,
        `connection: &dut\n  accepter: telnet(rfc2217),tcp,127.0.0.1,${port}\n  connector: serialdev,${near},115200n81,local\n`,
      );
      const terminals = spawn('socat', [`PTY,raw,echo=0,link=${near}`, `PTY,raw,echo=0,link=${far}`]);
      const exporter = spawn('ser2net', ['-n', '-c', config, '-P', join(folder, 'pid')]);
      try {
        while (!existsSync(near) || !existsSync(far)) await new Promise(resolve => setImmediate(resolve));
        const board = await openLink(`serial:${far}`);
        const reach = (): Promise<Awaited<ReturnType<typeof openLink>>> =>
          openLink(`${url}?baud=115200`).catch((error: LittlefirstError) => {
            if (!error.message.includes('ECONNREFUSED') || exporter.exitCode !== null) throw error;
            return reach();
          });
        const link = await reach();
        const second = (await openLink(`${url}?baud=115200`).catch(
          (error: LittlefirstError) => error,
        )) as LittlefirstError;
        expect(second.code, second.message).to.equal('LF_LINK_BUSY');
        expect(second.message).to.contain('already in use').and.contain('kickolduser');
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
        for (const [from, to] of [
          [link, board],
          [board, link],
        ]) {
          let got = Buffer.alloc(0);
          from.write(bytes);
          while (got.length < bytes.length) got = Buffer.concat([got, (await once(to, 'data'))[0]]);
          expect(got.equals(bytes)).to.equal(true);
        }
        await closeLink(link);
        await closeLink(board);
      } finally {
        for (const child of [exporter, terminals]) child.kill('SIGKILL');
        await rm(folder, { recursive: true, force: true });
      }
    });
});
