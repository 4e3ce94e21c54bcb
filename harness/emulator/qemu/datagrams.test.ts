import { createSocket } from 'node:dgram';
import { once } from 'node:events';
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
});
