import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut and mended. */
export interface Gate {
  address: string;
  cut(): void;
  /** What is asked arrives, what is answered is lost: all, or on ways on which something was asked for that begins so. */
  deafen(path?: string): void;
  mend(): void;
  close(): Promise<void>;
}

/** @param server e.g. `http://127.0.0.1:8680`; a function where it moves */
export async function openGate(server: string | (() => string)): Promise<Gate> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'cut' | 'deaf' = 'open';
  let deafTo = '';
  const gate = createServer(near => {
    if (state === 'cut') return near.destroy();
    const { hostname, port } = new URL(typeof server === 'string' ? server : server());
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    let asked = '';
    near.on('data', (chunk: Buffer) => {
      asked = (asked + chunk.toString('latin1')).slice(-4096);
    });
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      if (state === 'deaf' && asked.includes(` ${deafTo}`)) near.destroy();
      else near.write(chunk);
    });
  });
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    cut: () => {
      state = 'cut';
      end();
    },
    deafen: (path = '/') => {
      state = 'deaf';
      deafTo = path;
    },
    mend: () => {
      state = 'open';
    },
    close: () =>
      new Promise(resolve => {
        gate.close(() => resolve());
        end();
      }),
  };
}
