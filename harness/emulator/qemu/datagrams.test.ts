import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { QemuDatagrams } from './datagrams.js';

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

  it('should hold back what the kernel would drop while QEMU does not read', async () => {
    if (process.platform !== 'linux') return;
    const datagrams = await QemuDatagrams.open();
    const options = new Map(
      datagrams.chardev.split(',').map(part => part.split('=') as [string, string | undefined]),
    );
    const port = Number(options.get('localport'));
    const script = `import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', ${port}))
print('bound', flush=True)
sys.stdin.readline()
s.settimeout(60)
left = 1000000
while left:
    left -= len(s.recv(65536))
print('whole', flush=True)`;
    const peer = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
    try {
      expect((await lines.next()).value).to.equal('bound');
      let sent = false;
      const done = new Promise<void>(resolve =>
        datagrams.send(Buffer.alloc(1_000_000), () => {
          sent = true;
          resolve();
        }),
      );
      /* Were it not held back, all would be in the kernel's hands, or lost, after as many turns. */
      for (let turn = 0; turn < 1000; turn += 1) await new Promise(setImmediate);
      expect(sent).to.equal(false);
      peer.stdin.write('read\n');
      await done;
      expect((await lines.next()).value).to.equal('whole');
    } finally {
      peer.kill('SIGKILL');
      datagrams.close();
    }
  });
});
