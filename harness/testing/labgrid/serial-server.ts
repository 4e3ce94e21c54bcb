import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Passes a line on as a server of RFC 2217 does: settings are answered as they were asked for, a byte 255 travels twice. */
function serve(socket: Socket, line: Duplex, settings: string[]): void {
  let held = Buffer.alloc(0);
  socket.on('error', () => undefined).on('close', () => line.off('data', back));
  const back = (chunk: Buffer) =>
    socket.write(Buffer.from([...chunk].flatMap(byte => (byte === 255 ? [255, 255] : [byte]))));
  line.on('data', back);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length > 0) {
      const at = held.indexOf(255);
      if (at !== 0) {
        const plain = at < 0 ? held : held.subarray(0, at);
        line.write(Buffer.from(plain));
        held = held.subarray(plain.length);
      } else if (held[1] === 255) {
        line.write(Buffer.from([255]));
        held = held.subarray(2);
      } else if (held[1] === 250) {
        const end = held.indexOf(Buffer.from([255, 240]));
        if (end < 0) return;
        const value = held.subarray(4, end);
        settings.push(`${held[3]}:${value.toString('hex')}`);
        socket.write(Buffer.from([255, 250, 44, held[3] + 100, ...value, 255, 240]));
        held = held.subarray(end + 2);
      } else if (held.length < 3) return;
      else held = held.subarray(3);
    }
  });
}

/** A serial line behind RFC 2217, as a labgrid exporter's ser2net serves it. */
export async function serveSerial(line: Duplex): Promise<{
  port: number;
  /** `command:value` of each setting. */
  settings: string[];
  close: () => Promise<void>;
}> {
  const sockets = new Set<Socket>();
  const settings: string[] = [];
  const server = createServer(socket => {
    sockets.add(socket);
    serve(socket, line, settings);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    settings,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
