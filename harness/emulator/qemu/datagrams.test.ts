import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { QemuDatagrams } from './datagrams.js';

/** A process that takes QEMU's end and reads nothing before it is told; it says `whole` when so many bytes have come. */
function slowPeer(
  datagrams: QemuDatagrams,
  bytes: number,
): { line(): Promise<string | undefined>; read(): void; end(): void } {
  const port = /localport=(\d+)/.exec(datagrams.chardev)![1];
  const script = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', ${port}))
print('bound', flush=True)
sys.stdin.readline()
s.settimeout(60)
left = ${bytes}
while left:
    left -= len(s.recv(65536))
print('whole', flush=True)`;
  const peer = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => (await lines.next()).value,
    read: () => void peer.stdin.write('read\n'),
    end: () => void peer.kill('SIGKILL'),
  };
}

describe('datagrams to QEMU', () => {
  it('should send any number of bytes in order, in pieces that QEMU can take', async () => {
    const datagrams = await QemuDatagrams.open();
    const options = new Map(
      datagrams.chardev.split(',').map(part => part.split('=') as [string, string | undefined]),
    );
    const peer = createSocket('udp4');
    try {
      peer.bind(Number(options.get('localport')), options.get('localaddr'));
      await once(peer, 'listening');
      const sent = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7) & 0xff));
      const pieces: Buffer[] = [];
      const complete = new Promise<void>(resolve => {
        peer.on('message', (piece, from) => {
          expect(from.port).to.equal(Number(options.get('port')));
          pieces.push(piece);
          if (Buffer.concat(pieces).length === sent.length) resolve();
        });
      });
      await new Promise<void>(resolve => datagrams.send(sent, resolve));
      await complete;
      expect(Buffer.concat(pieces).equals(sent)).to.equal(true);
      expect(Math.max(...pieces.map(({ length }) => length))).to.be.at.most(4096);
    } finally {
      peer.close();
      datagrams.close();
      datagrams.close();
    }
  });

  /* What the kernel may hold is asked for on Linux only. */
  if (process.platform === 'linux')
    for (const [what, count, length] of [
      ['what the kernel would drop', 1, 1_000_000],
      ['small datagrams, which weigh more than their bytes', 5000, 10],
    ] as const)
      it(`should hold back ${what} while QEMU does not read`, async () => {
        const datagrams = await QemuDatagrams.open();
        const peer = slowPeer(datagrams, count * length);
        try {
          expect(await peer.line()).to.equal('bound');
          let sent = 0;
          const done = Promise.all(
            Array.from(
              { length: count },
              () =>
                new Promise<void>(resolve =>
                  datagrams.send(Buffer.alloc(length), () => {
                    sent += 1;
                    resolve();
                  }),
                ),
            ),
          );
          /* Were nothing held back, all would be in the kernel's hands, or lost, after as many turns. */
          for (let turn = 0; turn < 2 * count + 1000; turn += 1) await new Promise(setImmediate);
          expect(sent).to.be.below(count);
          peer.read();
          await done;
          expect(await peer.line()).to.equal('whole');
        } finally {
          peer.end();
          datagrams.close();
        }
      });
});
